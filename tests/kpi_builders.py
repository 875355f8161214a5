"""Figures of the worked example as a calculation leaves them, for tests of pages that only read them.

Five customers, twelve orders, as of 31 December 2025; all worked out by hand in exact fractions.
"""

from datetime import date
from decimal import Decimal

from metrics.core.calendar import add_months, list_months
from metrics.models import KpiValue, Run
from tests.value_builders import make_run

MONTH, YEAR, SNAPSHOT = KpiValue.Window.MONTH, KpiValue.Window.YEAR, KpiValue.Window.SNAPSHOT
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 1)
REVENUE = {
    (2024, 1): 100, (2024, 2): 80, (2024, 6): 200, (2024, 7): -50, (2024, 11): 60, (2024, 12): 90,
    (2025, 1): -10, (2025, 2): 120, (2025, 3): 300, (2025, 5): 70, (2025, 6): -70, (2025, 11): 140,
}  # fmt: skip
HISTOGRAM = [
    {"from": "-100", "to": "-50", "n": 1},
    {"from": "-50", "to": "0", "n": 2},
    {"from": "0", "to": "50", "n": 0},
    {"from": "50", "to": "100", "n": 1},
]
LORENZ = [
    {"customers": 0.1, "value": 0.43},
    {"customers": 0.5, "value": 0.9},
    {"customers": 1.0, "value": 1.0},
]


Amount = str | int | None


def make_kpi(
    run: Run, kpi: str, month: date, window: str, numerator: Amount, denominator: Amount = None,
    n: int = 4, complete: bool = True, **member: str,
) -> KpiValue:  # fmt: skip
    """Return one figure, of the whole shop or of a dimension's member; without a denominator no ratio."""
    return KpiValue.objects.create(
        run=run, kpi=kpi, period=month, window=window, n=n, complete=complete, **member,
        numerator=None if numerator is None else Decimal(numerator),
        denominator=None if denominator is None else Decimal(denominator),
    )  # fmt: skip


def make_worked_figures(**settings: object) -> Run:
    """Return a run with the shop's figures over 2024 and 2025, not yet published."""
    run = make_run("2025-12-31", **settings)
    for month in list_months(FIRST, LAST):
        make_kpi(run, "revenue", month, MONTH, REVENUE.get((month.year, month.month), 0))
        within = [add_months(month, -back) for back in range(12)]
        total = sum(REVENUE.get((part.year, part.month), 0) for part in within)
        make_kpi(run, "revenue", month, YEAR, total, complete=month >= date(2024, 12, 1))
    _add_months(run)
    _add_years(run)
    make_kpi(run, "realised_mean", LAST, SNAPSHOT, "-48", 4)
    run.totals = {
        "customers": 5, "customers_with_order": 4, "buyers": {"n": 4, "realised": "-48", "realised_known": 4},
        "revenue": "1000", "complete_from": "2024-01-01",
        "anonymous": {"orders": 1, "revenue": "30"},
        "known_cost_share": {"numerator": "950", "denominator": "1040"}, "revenue_by_order": "1040",
        "acquisition": {"uploaded": "639"}, "retention": {"uploaded": "203"},
    }  # fmt: skip
    run.curves = {"realised": {"histogram": HISTOGRAM, "lorenz": LORENZ}}
    run.save()
    return run


def _add_months(run: Run) -> None:
    november, before = date(2025, 11, 1), date(2024, 11, 1)
    make_kpi(run, "customers", november, MONTH, 1, n=1)
    make_kpi(run, "aov", november, MONTH, 140, 2, n=2)
    make_kpi(run, "frequency", november, MONTH, 1, 1, n=1)
    make_kpi(run, "full_cac", november, MONTH, 63, 1, n=1)
    make_kpi(run, "customers", before, MONTH, 1, n=1)
    make_kpi(run, "aov", before, MONTH, 60, 1, n=1)


def _add_years(run: Run) -> None:
    before = date(2024, 12, 1)
    for kpi, then, now in [
        ("customers", (3, None), (3, None)),
        ("aov", (480, 5), (560, 5)),
        ("frequency", (5, 3), (4, 3)),
        ("retention_rate", (None, None), (2, 3)),
        ("full_cac", (484, 3), (125, 1)),
        ("value_to_cost", (480, 484), (560, 268)),
    ]:
        make_kpi(run, kpi, before, YEAR, *then)
        make_kpi(run, kpi, LAST, YEAR, *now)
