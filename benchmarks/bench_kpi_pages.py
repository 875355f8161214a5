"""The pages that managers steer by, over a million customers: single requests, in turn.

The shop is that of ``bench_calculation``, calculated once. Pages read what that run concluded, so that their
time should not depend on how many customers there are; ``KLANTWAARDE_BENCH_CUSTOMERS`` tells whether it does.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings
from django.urls import reverse

from benchmarks import bench_calculation
from benchmarks.bench_calculation import CUSTOMERS
from benchmarks.bench_ranked_page import find_p95, sign_in
from benchmarks.figures import Figure
from metrics import pipeline, publishing
from metrics.models import CalculationSettings, KpiValue, Run

LIMIT_MS: Final = 200
PAGES: Final = (
    "overview",
    "cohorts",
    "channels",
    "segments",
    "satisfaction",
    "targets",
    "predictions",
    "potential",
)
LEVERS: Final = (
    "retention=5",
    "frequency=10&margin=-2",
    "order_value=3&acquisition_cost=-10",
    "retention_cost=20",
)
_PLAIN: Final = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
_STORAGES: Final = {**settings.STORAGES, "staticfiles": _PLAIN}


def measure() -> Iterator[Figure]:
    """Yield the 95th percentile of each page in ms, over changing periods and members."""
    bench_calculation.fill()
    CalculationSettings.objects.create(default_margin=Decimal("0.4"))
    try:
        run = pipeline.recalculate(pipeline.start_run("benchmark").pk)
        with override_settings(STORAGES=_STORAGES, ALLOWED_HOSTS=["testserver"]):
            client = sign_in()
            for name, addresses in _list_pages(run):
                p95 = find_p95(client, addresses)
                yield Figure(f"KPI pages: {name}, {CUSTOMERS:,} customers, p95", p95, "ms", LIMIT_MS)
    finally:
        for run_id in Run.objects.filter(state=Run.State.PUBLISHED).values_list("pk", flat=True):
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {publishing.name_partition(run_id)}")
        call_command("flush", interactive=False, verbosity=0)


def _list_pages(run: Run) -> Iterator[tuple[str, list[str]]]:
    """Yield pages and what is asked of them; no two requests in a row are alike."""
    asked = [f"{period}&{scope}" for period in _list_periods(run) for scope in _list_scopes(run)]
    for page in PAGES:
        yield page, [f"{reverse(page)}?{query}" for query in asked]
    for scheme in ("rfm", "tier", "lifecycle"):
        for page in ("segment_scheme", "segment_moves"):
            yield f"{page} {scheme}", [f"{reverse(page, args=[scheme])}?{query}" for query in asked]
    levers = [f"{reverse('whatif')}?{scope}&{lever}" for lever in LEVERS for scope in _list_scopes(run)]
    yield "whatif", levers


def _list_periods(run: Run) -> list[str]:
    months = KpiValue.objects.filter(run=run).order_by("-period").values_list("period", flat=True).distinct()
    return [f"window={window}&month={month:%Y-%m}" for month in months[:12] for window in ("12m", "month")]


def _list_scopes(run: Run) -> list[str]:
    members = (
        KpiValue.objects.filter(run=run, dimension="channel").values_list("member", flat=True).distinct()
    )
    return ["", *(f"dimension=channel&member={member}" for member in members)]
