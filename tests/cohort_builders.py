"""Cohorts of the worked example as a calculation leaves them, for tests of pages that only read them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from metrics.core.calendar import last_day_of_month, list_months
from metrics.models import CohortCell, KpiValue, Run

#: By month since the first order (from 0): active, bought again, revenue, contribution.
Course = Mapping[int, tuple[int, int, str, str | None]]

ANNA: Course = {0: (1, 0, "100", "55"), 5: (1, 1, "150", "64"), 14: (1, 0, "300", "172")}
BRAM: Course = {0: (1, 0, "80", "28"), 12: (1, 1, "120", "66")}
CARLA: Course = {0: (1, 0, "60", "32"), 1: (1, 1, "90", "50"), 2: (0, 0, "-10", "-10")}
EVA: Course = {0: (1, 0, "110", "61")}
JANUARY, FEBRUARY, NOVEMBER, LAST = date(2024, 1, 1), date(2024, 2, 1), date(2024, 11, 1), date(2025, 11, 1)
SPENT = {
    "ads": {"2024-01": 170, "2024-02": 130, "2024-03": 62, "2025-11": 63, "2025-12": 62},
    "organic": {"2024-11": 60, "2024-12": 62},
}


def make_cohort(run: Run, cohort: date, course: Course, *, customers: int = 1, **values: Any) -> None:
    """Store a cohort's cells of every month up to the run's day; what ``course`` leaves out is empty."""
    complete_from = date.fromisoformat(run.totals.get("complete_from", "2024-01-01"))
    for age, month in enumerate(list_months(cohort, run.as_of)):
        active, again, revenue, contribution = course.get(age, (0, 0, "0", "0"))
        CohortCell.objects.create(
            run=run, cohort=cohort, age=age, customers=customers, active=active, repurchased=again,
            revenue=Decimal(revenue), contribution=None if contribution is None else Decimal(contribution),
            complete=complete_from <= cohort and last_day_of_month(month) <= run.as_of, **values,
        )  # fmt: skip


def make_worked_cohorts(run: Run) -> None:
    """Store the cohorts of the shop and of its two channels."""
    for cohort, course, channel in [
        (JANUARY, ANNA, "ads"), (FEBRUARY, BRAM, "ads"), (NOVEMBER, CARLA, "organic"), (LAST, EVA, "ads"),
    ]:  # fmt: skip
        make_cohort(run, cohort, course)
        make_cohort(run, cohort, course, dimension="channel", member=channel)
        make_cohort(run, cohort, course, dimension="first_category", member="")


def spend(run: Run, spent: Mapping[str, Mapping[str, int]] = SPENT) -> None:
    """Store acquisition cost by month, of channels and of the shop."""
    for month in list_months(JANUARY, run.as_of):
        amounts = {channel: of.get(f"{month:%Y-%m}", 0) for channel, of in spent.items()}
        members = [("", "", sum(amounts.values()))]
        members += [("channel", channel, amount) for channel, amount in amounts.items()]
        KpiValue.objects.bulk_create(
            KpiValue(
                run=run, kpi="acquisition_cost", period=month, window=KpiValue.Window.MONTH,
                dimension=dimension, member=member, numerator=Decimal(amount), n=1, complete=True,
            )
            for dimension, member, amount in members
        )  # fmt: skip
