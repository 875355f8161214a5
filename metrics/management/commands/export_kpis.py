"""Every KPI of the published run as CSV on standard output."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from metrics.core.formulas import divide, round_half_up
from metrics.csv_output import NoRunError, require_run, write_rows
from metrics.kpis import KPIS
from metrics.models import KpiValue, Run

ROWS_AT_ONCE = 5_000
SHOP = "shop"
HEADER = (
    "kpi", "period", "window", "dimension", "member", "numerator", "denominator", "value", "n", "complete",
)  # fmt: skip
PLACES = {"money": 4, "count": 0, "percent": 6, "ratio": 6, "points": 4, "days": 4, "months": 0}


class Command(BaseCommand):
    """A rate comes with its numerator and denominator; a percentage is a fraction."""

    help = "Write the KPIs as CSV: identifiers as column names, decimal point, ISO days."

    def add_arguments(self, parser: CommandParser) -> None:
        """Filters: without one, everything is written."""
        parser.add_argument(
            "--kpi",
            action="append",
            choices=sorted(KPIS),
            metavar="KEY",
            help="only this KPI; may be repeated",
        )
        parser.add_argument(
            "--dimension", action="append", metavar="NAME",
            help="only this dimension: shop, anonymous, channel, country, first_category, rfm, tier, "
            "lifecycle, segment, campaign, attribute:NAME; may be repeated",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the KPIs. Raises CommandError before the first calculation, and for an unknown dimension."""
        try:
            run = require_run()
        except NoRunError as problem:
            raise CommandError(str(problem)) from None
        found = KpiValue.objects.filter(run=run)
        if options["kpi"]:
            found = found.filter(kpi__in=options["kpi"])
        if options["dimension"]:
            found = found.filter(dimension__in=read_dimensions(run, options["dimension"]))
        write_rows(self.stdout, HEADER, list_rows(found))


def read_dimensions(run: Run, names: Sequence[str]) -> list[str]:
    """Return dimensions as they are kept: the shop has none. Raises CommandError for one without KPIs."""
    kept = ["" if name == SHOP else name for name in names]
    known = set(KpiValue.objects.filter(run=run).values_list("dimension", flat=True).distinct())
    for name in kept:
        if name not in known:
            there = ", ".join(sorted(dimension or SHOP for dimension in known))
            raise CommandError(f"There are no KPIs by '{name}'. There are: {there}.")
    return kept


def list_rows(found: QuerySet[KpiValue]) -> Iterator[tuple[Any, ...]]:
    """Yield one row per KPI, period, window and member."""
    ordered = found.order_by("kpi", "window", "dimension", "member", "period")
    for one in ordered.iterator(ROWS_AT_ONCE):
        who = (one.kpi, one.period, one.window, one.dimension, one.member)
        parts = (_trim(one.numerator), _trim(one.denominator))
        yield *who, *parts, find_value(one), one.n, one.complete


def find_value(one: KpiValue) -> Decimal | None:
    """Return what the KPI comes to; None when not available."""
    value = one.numerator if one.denominator is None else divide(one.numerator, one.denominator)
    return None if value is None else round_half_up(value, PLACES[KPIS[one.kpi].unit])


def _trim(number: Decimal | None) -> Decimal | None:
    """Counts are kept with four places of nothing."""
    return number.to_integral_value() if number is not None and number == int(number) else number
