"""Every KPI of the published run as CSV on standard output."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from metrics.core.formulas import divide, round_half_up
from metrics.csv_output import NoRunError, require_run, write_rows
from metrics.kpis import KPIS
from metrics.models import KpiValue, Run

ROWS_AT_ONCE = 5_000
HEADER = (
    "kpi", "period", "window", "dimension", "member", "numerator", "denominator", "value", "n", "complete",
)  # fmt: skip
PLACES = {"money": 4, "count": 0, "percent": 6, "ratio": 6, "points": 4, "days": 4, "months": 0}


class Command(BaseCommand):
    """A rate comes with its numerator and denominator; a percentage is a fraction."""

    help = "Write the KPIs as CSV: identifiers as column names, decimal point, ISO days."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the KPIs. Raises CommandError before the first calculation."""
        try:
            run = require_run()
        except NoRunError as problem:
            raise CommandError(str(problem)) from None
        write_rows(self.stdout, HEADER, list_rows(run))


def list_rows(run: Run) -> Iterator[tuple[Any, ...]]:
    """Yield one row per KPI, period, window and member."""
    found = KpiValue.objects.filter(run=run).order_by("kpi", "window", "dimension", "member", "period")
    for one in found.iterator(ROWS_AT_ONCE):
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
