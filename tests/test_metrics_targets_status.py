"""How targets stand on the day of a run, worked out by hand from figures that a run left."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from metrics.core.calendar import add_months, list_months
from metrics.kpis import KPIS
from metrics.models import KpiValue, Run, Target
from metrics.target_sentences import say_gap, write_value
from metrics.targets_status import Status, find_status, list_statuses
from tests.kpi_builders import MONTH, SNAPSHOT, YEAR, make_kpi
from tests.target_builders import make_target
from tests.value_builders import make_run

pytestmark = pytest.mark.django_db

#: 2024: 100 a month, 400 in December: 1,500. 2025: 150 a month up to 15 September, of which 75 in September.
BEFORE = {date(2024, month, 1): 400 if month == 12 else 100 for month in range(1, 13)}
NOW = {date(2025, month, 1): 75 if month == 9 else 150 for month in range(1, 10)}


@dataclass(frozen=True)
class Days:
    first: date
    last: date


@pytest.fixture
def run() -> Run:
    found = make_run("2025-09-15")
    for month, amount in {**BEFORE, **NOW}.items():
        make_kpi(found, "revenue", month, MONTH, amount, complete=month < date(2025, 9, 1))
        make_kpi(found, "aov", month, MONTH, amount, 4, complete=month < date(2025, 9, 1))
    return found


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def stand(run: Run, *target: str, **values: object) -> Status:
    return list_statuses(run, [make_target(*target, **values)])[0]


def test_revenue_is_paced_by_the_months_of_last_year(run):
    found = stand(run, "revenue", "2025-01-01", "2025-12-31", "2000")
    # 8 × 100 + half of September's 100 = 850 of 1,500: 1,133.3333 of 2,000
    assert (found.standing.realised, found.standing.expected) == (Decimal("1275.0000"), Decimal("1133.3333"))
    assert found.standing.by_season
    assert found.sentence == "On schedule: €141.67 above where you should be today."
    assert (found.state, found.tone) == ("running", "good")


def test_the_rest_of_the_year_follows_last_years_shape_at_this_years_level(run):
    ahead = stand(run, "revenue", "2025-01-01", "2025-12-31", "2000").standing.forecast
    assert ahead is not None
    assert ahead.level is not None
    # level: January to August, 1,200 ÷ 800; rest: half of September, 100, 100, 400 = 650 × 1.5
    assert (ahead.level.ratio, ahead.level.months) == (Decimal("1.5"), 8)
    assert ahead.amount == ahead.low == ahead.high == Decimal("2250.0000")


def test_behind_is_said_with_how_much_and_within_reach_only_if_the_range_is(run):
    behind = stand(run, "revenue", "2025-01-01", "2025-12-31", "2700")
    assert behind.sentence == "Behind schedule: €255.00 below where you should be today."
    assert behind.tone == "bad"
    # Months that differ as much as these leave room up to 2,250 + 1.415 × 389 = 2,800.
    KpiValue.objects.filter(run=run, period=date(2025, 2, 1), kpi="revenue").update(numerator=300)
    KpiValue.objects.filter(run=run, period=date(2025, 5, 1), kpi="revenue").update(numerator=0)
    near = list_statuses(run, [behind.target])[0]
    assert near.sentence == "Behind, but still within reach: €255.00 below where you should be today."
    assert near.tone == "warning"


def test_without_a_year_before_days_count_alike(run):
    KpiValue.objects.filter(run=run, period__lt=date(2025, 1, 1)).delete()
    found = stand(run, "revenue", "2025-01-01", "2025-12-31", "3650")
    # 258 of 365 days; and 1,275 goes on at its pace: 1,275 × 365 ÷ 258
    assert (found.standing.expected, found.standing.by_season) == (Decimal("2580.0000"), False)
    assert found.standing.forecast is not None
    assert found.standing.forecast.amount == Decimal("1803.7791")
    assert found.standing.forecast.low is None


def test_a_target_that_is_over_is_reached_or_not(run):
    reached = stand(run, "revenue", "2024-01-01", "2024-12-31", "1400")
    assert reached.sentence == "Reached: €100.00 above the target."
    assert (reached.state, reached.standing.forecast) == ("ended", None)
    missed = stand(run, "revenue", "2024-10-01", "2024-12-31", "700")
    assert missed.sentence == "Not reached: €100.00 below the target."


def test_a_difference_that_would_be_written_as_nothing_is_not(run):
    missed = stand(run, "revenue", "2024-10-01", "2024-12-31", "600.004")
    assert missed.sentence == "Not reached: practically at the target."
    # of 2,250 it should be 1,275 today, which it is; of 0.004 more it is behind by 0.0023
    behind = stand(run, "revenue", "2025-01-01", "2025-12-31", "2250.004")
    assert behind.sentence == "Behind schedule: practically where you should be today."


def test_a_target_that_begins_and_ends_within_months_is_an_estimate(run):
    found = stand(run, "revenue", "2025-01-17", "2025-02-14", "100")
    # 15 of 31 days of January, 14 of 28 of February: 72.5806 + 75
    assert found.standing.realised == Decimal("147.5806")
    assert found.standing.estimated


def test_a_target_of_before_the_data_cannot_be_told(run):
    found = stand(run, "revenue", "2023-01-01", "2024-12-31", "100")
    assert found.sentence == "Cannot be told: the data do not go back to the first day of this target."
    assert (found.tone, found.progress) == ("neutral", None)


def test_what_is_still_to_come_has_a_first_day_and_a_forecast(run):
    found = stand(run, "revenue", "2025-10-01", "2025-12-31", "1000")
    assert (found.sentence, found.gap) == ("Starts on 1 Oct 2025.", None)
    assert found.standing.forecast is not None
    assert found.standing.forecast.amount == Decimal("900.0000")


def test_an_order_value_is_its_sums_over_the_period_and_should_be_at_its_target(run):
    found = stand(run, "aov", "2025-01-01", "2025-12-31", "40")
    # 1,275 over 36 orders
    assert found.standing.realised == Decimal("35.4166666667")
    assert found.standing.expected == Decimal(40)
    assert found.sentence == "Off target: €4.58 below the target."


def test_a_retention_rate_is_judged_over_the_last_12_complete_months(run):
    make_kpi(run, "retention_rate", date(2025, 8, 1), YEAR, 33, 100)
    make_kpi(run, "retention_rate", date(2025, 9, 1), YEAR, 10, 100, complete=False)
    found = stand(run, "retention_rate", "2025-01-01", "2025-12-31", "0.30")
    assert (found.standing.realised, found.standing.over) == (Decimal("0.33"), "12 months to Aug 2025")
    assert found.sentence == "On target: 3.0 percentage points above the target."
    assert found.standing.forecast is not None
    assert found.standing.forecast.amount == Decimal("0.33")


def test_for_churn_less_is_better(run):
    make_kpi(run, "churn_rate", date(2025, 8, 1), YEAR, 60, 100)
    assert stand(run, "churn_rate", "2025-01-01", "2025-12-31", "0.65").tone == "good"


@pytest.mark.parametrize(
    ("kpi", "uploaded", "reason"),
    [
        ("full_cac", "retention", "there are no acquisition costs yet"),
        ("acquisition_cost", "retention", "there are no acquisition costs yet"),
        ("retention_cost", "acquisition", "there are no retention costs yet"),
        ("unallocated_cost", "", "there are no acquisition or retention costs yet"),
    ],
)
def test_costs_that_were_never_uploaded_are_not_known_to_be_nothing(run, kpi, uploaded, reason):
    costs = {"acquisition": {"uploaded": "0.0000"}, "retention": {"uploaded": "0.0000"}}
    run.totals = costs | ({uploaded: {"uploaded": "5.0000"}} if uploaded else {})
    make_kpi(run, kpi, date(2025, 8, 1), MONTH, 0, 4 if kpi == "full_cac" else None)
    found = stand(run, kpi, "2025-08-01", "2025-08-31", "60")
    assert found.standing.realised is None
    assert found.sentence == f"Cannot be told: {reason}."
    assert (found.tone, set(found.sparkline)) == ("neutral", {None})
    needed = "retention" if kpi == "retention_cost" else "acquisition"
    run.totals[needed] = {"uploaded": "1.0000"}
    assert list_statuses(run, [found.target])[0].standing.realised == 0


def test_spending_less_than_planned_is_neither_good_nor_bad(run):
    run.totals = {"acquisition": {"uploaded": "20.0000"}}
    make_kpi(run, "acquisition_cost", date(2025, 9, 1), MONTH, 20, complete=False)
    found = stand(run, "acquisition_cost", "2025-09-01", "2025-09-30", "60")
    assert found.sentence == "Under way: €10.00 below where you should be today."
    assert found.tone == "neutral"


def test_what_is_known_on_the_day_of_the_run_only_cannot_be_told_of_the_past(run):
    make_kpi(run, "realised_mean", date(2025, 9, 1), SNAPSHOT, 120, 4)
    now = stand(run, "realised_mean", "2025-01-01", "2025-12-31", "20")
    assert now.standing.realised == Decimal(30)
    past = stand(run, "realised_mean", "2024-01-01", "2024-12-31", "20")
    assert past.sentence.startswith("Cannot be told: this KPI is known on the day of the calculation only")


def test_a_kpi_that_a_channel_has_no_figures_of_cannot_be_told(run):
    found = stand(run, "revenue", "2025-01-01", "2025-12-31", "100", channel="ads")
    assert found.sentence == "Cannot be told: there are no figures of this KPI for this group."


def test_unknown_cost_of_goods_makes_contribution_unknown(run):
    make_kpi(run, "contribution", date(2025, 9, 1), MONTH, None, complete=False)
    found = stand(run, "contribution", "2025-09-01", "2025-09-30", "60")
    assert found.standing.reason == "the cost of goods of some orders in this period is not known"


def test_an_old_target_and_one_passed_by_far_ask_for_another_look(run):
    old = timezone.now() - timedelta(days=2 * 366)
    target = make_target("revenue", "2025-01-01", "2025-12-31", "1000")
    Target.objects.filter(pk=target.pk).update(set_at=old)
    target.refresh_from_db()
    [found] = list_statuses(run, [target])
    assert [reminder.split(",")[-1] for reminder in found.reminders] == [
        " more than a year ago: is it still right?",
        "Passed by more than a quarter: does it still ask for anything?",
    ]


def test_a_target_that_will_be_passed_by_far_asks_for_another_look(run):
    found = stand(run, "revenue", "2025-01-01", "2025-12-31", "1700")  # 1,275 now, 2,250 at the end
    assert found.reminders == ["Will be passed by more than a quarter: does it still ask for anything?"]


def test_the_sparkline_ends_with_the_last_complete_month(run):
    found = stand(run, "revenue", "2025-01-01", "2025-12-31", "2000")
    assert found.sparkline == [100, 100, 100, 400, *[150] * 8, None]


# Customers and rates over them are of one window: no other says anything of it. ---------------------------


@pytest.fixture
def january() -> Run:
    """350 customers in January 2026 so far (it is the 10th), 900 in December, 8,000 in 2025."""
    found = make_run("2026-01-10")
    make_kpi(found, "customers", date(2026, 1, 1), MONTH, 350, complete=False)
    make_kpi(found, "customers", date(2025, 12, 1), MONTH, 900)
    make_kpi(found, "customers", date(2025, 12, 1), YEAR, 8000)
    make_kpi(found, "customers", date(2026, 1, 1), YEAR, 7900, complete=False)
    return found


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        ("2026-01-01", "2026-01-31", "this period is not over, and only a whole one can be judged"),
        ("2026-01-01", "2026-12-31", "this period is not over, and only a whole one can be judged"),
        ("2026-01-01", "2026-03-31", "this KPI is known of a month or of 12 whole months only"),
        ("2025-10-01", "2025-12-31", "this KPI is known of a month or of 12 whole months only"),
        ("2025-12-17", "2026-01-16", "this KPI is known of a month or of 12 whole months only"),
        ("2025-11-01", "2025-11-30", "there are no complete figures of this period, or nothing to divide by"),
        ("2024-01-01", "2024-12-31", "there are no complete figures of this period, or nothing to divide by"),
    ],
)
def test_customers_are_not_judged_on_an_unfinished_month_or_another_window(january, first, last, reason):
    found = stand(january, "customers", first, last, "1000")
    assert (found.standing.realised, found.gap, found.tone) == (None, None, "neutral")
    assert found.sentence == f"Cannot be told: {reason}."
    assert found.standing.forecast is None


def test_customers_of_a_month_that_is_over_are_judged_on_that_month(january):
    found = stand(january, "customers", "2025-12-01", "2025-12-31", "1000")
    assert (found.standing.realised, found.gap, found.state) == (900, -100, "ended")


def test_customers_of_12_whole_months_are_judged_on_those_very_months(january):
    found = stand(january, "customers", "2025-01-01", "2025-12-31", "7500")
    assert (found.standing.realised, found.gap) == (8000, 500)
    assert found.standing.over == "12 months to Dec 2025"


def test_a_rate_of_12_months_that_go_on_is_judged_over_the_last_whole_12(january):
    make_kpi(january, "nps", date(2025, 12, 1), MONTH, 900, 30)
    make_kpi(january, "nps", date(2025, 12, 1), YEAR, 8000, 200)  # 40 points
    make_kpi(january, "nps", date(2026, 1, 1), YEAR, 100, 210, complete=False)

    found = stand(january, "nps", "2026-01-01", "2026-12-31", "45")
    assert (found.standing.realised, found.standing.expected, found.gap) == (40, 45, -5)
    assert (found.standing.over, found.tone) == ("12 months to Dec 2025", "bad")
    assert found.standing.forecast is not None
    assert found.standing.forecast.amount == 40
    assert found.sentence == "Off target: 5 below the target."

    ended = stand(january, "nps", "2024-01-01", "2024-12-31", "45")
    assert ended.standing.realised is None, "another year says nothing of one that is over"
    assert stand(january, "nps", "2026-01-01", "2026-01-31", "45").standing.realised is None


def test_nobody_foresees_customers_of_a_period_by_those_of_another(january):
    found = stand(january, "customers", "2026-02-01", "2026-02-28", "1000")
    assert (found.state, found.standing.forecast) == ("coming", None)
    assert found.standing.forecast_reason == "what this KPI is over another period says nothing of this one"


# The overview asks for the target of what stands on a card. ------------------------------------------------


def test_a_card_finds_the_target_over_its_very_days_else_the_shortest_that_holds(run):
    make_target("revenue", "2025-01-01", "2025-12-31", "2000")
    quarter = make_target("revenue", "2025-07-01", "2025-09-30", "500")
    month = make_target("revenue", "2025-08-01", "2025-08-31", "140")
    august = find_status(run, "revenue", Days(date(2025, 8, 1), date(2025, 8, 31)))
    assert august is not None
    assert (august.target, august.sentence) == (month, "Reached: €10.00 above the target.")
    september = find_status(run, "revenue", Days(date(2025, 9, 1), date(2025, 9, 30)))
    assert september is not None
    assert (september.target, september.day) == (quarter, date(2025, 9, 15))


def test_a_card_of_an_earlier_month_has_the_status_of_then(run):
    make_target("revenue", "2025-01-01", "2025-12-31", "2000")
    found = find_status(run, "revenue", Days(date(2025, 3, 1), date(2025, 3, 31)))
    assert found is not None
    # 300 of 1,500 is due: 400; 450 is there
    assert (found.standing.realised, found.standing.expected) == (Decimal("450.0000"), Decimal("400.0000"))


def test_a_card_without_a_target_has_no_status(run):
    make_target("revenue", "2025-01-01", "2025-12-31", "2000", channel="ads")
    days = Days(date(2025, 8, 1), date(2025, 8, 31))
    assert find_status(run, "revenue", days) is None
    assert find_status(run, "aov", days) is None
    assert find_status(run, "revenue", days, "channel", "ads") is not None


@pytest.mark.parametrize(
    ("dimension", "member", "values"),
    [
        ("country", "NL", {"segment": "country = NL"}),
        ("attribute:branche", "horeca", {"segment": "branche = horeca"}),
        ("segment", "vip", {"segment": "segment = vip"}),
    ],
)
def test_a_segment_in_a_target_is_the_member_of_its_dimension(run, dimension, member, values):
    for month in list_months(date(2025, 1, 1), date(2025, 9, 1)):
        KpiValue.objects.create(
            run=run, kpi="orders", period=month, window=MONTH, dimension=dimension, member=member,
            numerator=3, n=3, complete=month < date(2025, 9, 1),
        )  # fmt: skip
    target = make_target("orders", "2025-01-01", "2025-12-31", "30", **values)
    found = find_status(
        run, "orders", Days(add_months(date(2025, 9, 1), -11), date(2025, 9, 30)), dimension, member
    )
    assert found is not None
    assert (found.target, found.standing.realised) == (target, Decimal("27.0000"))


def test_a_month_of_payback_is_named_and_a_gap_from_it_counted():
    assert write_value(Decimal(6), "months", "EUR") == "month 6"
    said = say_gap(
        KPIS["payback"], Decimal(2), False, "EUR", ended=True, of_sum=False, within_reach=False
    )  # fmt: skip
    assert said.endswith(": 2 months above the target.")
