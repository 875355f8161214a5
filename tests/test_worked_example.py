"""The golden test: files as a marketer has them, the real import, the real calculation, figure by figure.

Source of every figure: `reference/worked_example.md` (worked out there by hand, with exact fractions).
Figures marked ≈ there are compared at the four places it prints.
"""

from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum

from customers.models import Customer
from metrics import fitting
from metrics.basis import resolve
from metrics.core.arithmetic import divide, round_half_up
from metrics.models import CustomerValue, KpiValue, PeerGroup
from metrics.queries.facts import FACTS
from metrics.queries.histories import FIRST_DAY
from metrics.queries.orders import list_refund_rows
from metrics.workspace import PostgresWorkspace
from tests.worked_example_shop import KPIS_OF_THE_YEAR, kept_for_the_module

pytestmark = pytest.mark.django_db
NAMES = "ABCDE"


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory):
    """The published run of the example, as of 31 December 2025."""
    with kept_for_the_module(django_db_blocker, tmp_path_factory.mktemp("files")) as run:
        yield run


def column(run, name):
    """One column of the ranked customers, A to E, as text; None is n.a."""
    values = CustomerValue.objects.filter(run=run).order_by("external_id").values_list("external_id", name)
    assert [external_id for external_id, _value in values] == list(NAMES)
    return [None if value is None else trim(value) for _id, value in values]


def trim(value):
    """12.0000 as 12, and 60.1666 as it is; days in ISO form."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def kpi(run, key, period, window="12m", member=""):
    """A KPI as `numerator/denominator`, or its one number."""
    dimension = {"": "", "anonymous": "anonymous"}.get(member, "channel")
    one = KpiValue.objects.get(
        run=run, kpi=key, period=f"{period}-01", window=window, dimension=dimension,
        member="" if dimension != "channel" else member,
    )  # fmt: skip
    parts = [one.numerator] if one.denominator is None else [one.numerator, one.denominator]
    return "n.a." if parts == [None] else "/".join("None" if part is None else trim(part) for part in parts)


def test_facts_per_customer(run):
    assert column(run, "orders") == ["4", "2", "2", "0", "1"]
    assert column(run, "occasions") == ["3", "2", "2", "0", "1"]  # x + 1
    assert column(run, "first_order") == ["2024-01-10", "2024-02-01", "2024-11-29", None, "2025-11-28"]
    assert column(run, "last_order") == ["2025-03-20", "2025-02-10", "2024-12-31", None, "2025-11-28"]
    assert column(run, "age") == ["721", "699", "397", None, "33"]
    assert column(run, "recency") == ["435", "375", "32", None, "0"]
    assert column(run, "channel") == ["ads", "ads", "organic", "organic", "ads"]


def test_money_per_customer(run):
    assert column(run, "revenue") == ["550", "200", "140", "0", "110"]
    assert column(run, "cost_of_goods") == ["240", "98", "60", "0", "44"]
    assert column(run, "transaction_cost") == ["19", "8", "8", "5", "5"]
    assert column(run, "contribution") == ["291", "94", "72", "-5", "61"]


def test_cost_allocation_per_customer(run):
    assert column(run, "acquisition_cost") == ["170", "130", "60", "0", "63"]
    assert column(run, "retention_cost") == ["60.8334", "33.3333", "33.3333", "0", "15.5"]


def test_cost_allocation_loses_nothing(run):
    assert run.totals["acquisition"] == {
        "uploaded": "639.0000", "allocated": "423.0000", "unallocated": "186.0000", "not_yet_due": "30.0000",
    }  # fmt: skip
    assert run.totals["retention"] == {
        "uploaded": "203.0000", "allocated": "143.0000", "unallocated": "60.0000", "not_yet_due": "0.0000",
    }  # fmt: skip


def test_cost_of_each_month(run):
    """What is due of K1 to K5 and P1 to P4; what fell in a month without new customers is unallocated."""

    def by_month(key, member=""):
        months = ("2024-01", "2024-02", "2024-03", "2024-11", "2024-12", "2025-02", "2025-03", "2025-11",
                  "2025-12")  # fmt: skip
        figures = {month: kpi(run, key, month, "month", member) for month in months}
        return {month: figure for month, figure in figures.items() if figure != "0"}

    assert by_month("acquisition_cost") == {
        "2024-01": "170", "2024-02": "130", "2024-03": "62", "2024-11": "60", "2024-12": "62",
        "2025-11": "63", "2025-12": "62",
    }  # fmt: skip
    assert by_month("unallocated_cost", "ads") == {"2024-03": "62", "2025-12": "62"}
    assert by_month("unallocated_cost", "organic") == {"2024-12": "62"}
    assert by_month("retention_cost") == {"2025-02": "100", "2025-03": "12", "2025-12": "31"}


def test_realised_and_its_rank(run):
    assert column(run, "realised") == ["60.1666", "-69.3333", "-21.3333", "-5", "-17.5"]
    assert column(run, "rank_realised") == ["1", "5", "4", "2", "3"]


def test_lifetime_value(run):
    assert column(run, "margin") == ["0.5290909091", "0.518", "0.518", None, "0.518"]
    assert column(run, "margin_own") == ["True", "False", "False", "False", "False"]
    assert column(run, "lifetime") == ["442.2514", "162.403", "200.1607", None, "170.94"]
    assert column(run, "rank_lifetime") == ["1", "4", "2", "5", "3"]


def test_value_per_period_of_a_year(run):
    assert column(run, "periodic") == ["179.799", "-34.8991", "46.723", None, "73.5"]


def test_value_density_and_loyalty(run):
    assert column(run, "window_revenue") == ["300", "120", "0", "0", "110"]
    assert column(run, "window_orders") == ["2", "1", "0", "0", "1"]
    assert column(run, "value_density") == ["150", "120", None, None, "110"]
    assert column(run, "loyalty") == ["200", "80", "0", "0", "73.3333"]


def test_cost_to_serve(run):
    assert column(run, "window_cost_to_serve") == ["68.8334", "37.3333", "33.3333", "5", "20.5"]
    assert rate(run, "window_revenue", "window_cost_to_serve") == ["4.3583", "3.2143", "0", "0", "5.3659"]
    sums = add_up(run, "window_revenue", "window_orders", "window_cost_to_serve")
    assert sums == [530, 4, 165]


def add_up(run, *names):
    found = CustomerValue.objects.filter(run=run).aggregate(**{f"sum_{name}": Sum(name) for name in names})
    return list(found.values())


def rate(run, above, *below):
    """The quotient of two columns (the second may be a sum of columns) for A to E, to four places."""
    values = CustomerValue.objects.filter(run=run).order_by("external_id")
    rates = [divide(getattr(one, above), sum(getattr(one, name) for name in below)) for one in values]
    return [None if one is None else trim(round_half_up(one, 4)) for one in rates]


def test_value_to_cost_of_each_customer(run):
    found = rate(run, "revenue", "acquisition_cost", "retention_cost")
    assert found == ["2.3827", "1.2245", "1.5", None, "1.4013"]
    assert add_up(run, "revenue", "acquisition_cost", "retention_cost") == [1000, 423, 143]


def test_what_the_models_would_go_by(run):
    """Occasions after the first, days to the last of them and to `as_of`, and their mean revenue."""
    with transaction.atomic():
        basis = resolve(run)
        rows = list_refund_rows(FACTS, basis)
        histories = fitting.read_histories(PostgresWorkspace(), basis, rows)
    summary = histories.summarise((run.as_of - FIRST_DAY).days)
    numbers = histories.customers[summary.place].tolist()
    known = Customer.objects.in_bulk(numbers)
    columns = (summary.frequency, summary.recency, summary.age, map(str, summary.mean_value))
    assert sorted(zip((known[number].external_id for number in numbers), *columns, strict=True)) == [
        ("A", 2, 435, 721, "225.0"),
        ("B", 1, 375, 699, "120.0"),
        ("C", 1, 32, 397, "90.0"),
        ("E", 0, 0, 33, "nan"),
    ]


def test_without_a_prediction_nothing_stands_where_one_would(run):
    for name in ("p_active", "predicted_12", "predicted_24", "predicted_36", "total", "at_risk"):
        assert column(run, name) == [None] * 5, name
    assert kpi(run, "clv", "2025-12", "as_of") == "0/0"
    assert not KpiValue.objects.filter(run=run, kpi="maximum_cac").exists()  # 30 customers are needed


def test_extra_value_by_referral(run):
    """A tenth of what Eva realised; Anna brought her in. In no total: that of realised stays what it was."""
    assert column(run, "referral_value") == ["-1.75", "0", "0", "0", "0"]


def test_peer_group_is_the_shop(run):
    [shop] = PeerGroup.objects.filter(run=run)
    assert (shop.channel, shop.category, shop.n) == (None, None, 4)
    assert (shop.contribution, shop.revenue) == (518, 1000)
    assert (shop.repeat_numerator, shop.repeat_denominator) == (2, 3)
    assert (shop.retention_numerator, shop.retention_denominator) == (2, 3)
    assert (shop.lifetime_years, shop.lifetime_assumed) == (3, False)
    assert (shop.future_years, shop.future_periods) == (3, 3)


def test_totals_of_the_run(run):
    assert (run.customers, run.totals["customers_with_order"]) == (5, 4)
    sums = {name: run.totals["everyone"][name] for name in ("revenue", "cost_of_goods", "transaction_cost")}
    assert sums == {"revenue": "1000.0000", "cost_of_goods": "442.0000", "transaction_cost": "45.0000"}
    assert (run.totals["contribution"], run.totals["realised"]) == ("513.0000", "-53.0000")
    assert (run.totals["without_order"]["n"], run.totals["without_order"]["realised"]) == (1, "-5.0000")
    assert run.totals["anonymous"] == {"orders": 1, "revenue": "30.0000"}


def test_revenue_by_month(run):
    """By period; the months not named are 0. Both bases come to 1,030."""
    named = {
        "2024-01": "100", "2024-02": "80", "2024-06": "200", "2024-07": "-50", "2024-11": "60",
        "2024-12": "90", "2025-01": "-10", "2025-02": "120", "2025-03": "300", "2025-05": "70",
        "2025-06": "-70", "2025-11": "140",
    }  # fmt: skip
    found = KpiValue.objects.filter(run=run, kpi="revenue", window="month", dimension="")
    by_month = {f"{one.period:%Y-%m}": one.numerator for one in found}
    assert len(by_month) == 24
    assert {month: trim(amount) for month, amount in by_month.items() if amount} == named
    assert sum(by_month.values()) == 1030 == Decimal(run.totals["revenue"]) + 30


COLUMNS = (
    ("2024-12", ""),
    ("2025-12", ""),
    ("2025-12", "ads"),
    ("2025-12", "organic"),
    ("2025-12", "anonymous"),
)


def test_kpis_over_rolling_12_months(run):
    found = {
        key: tuple(
            None if figure is None else kpi(run, key, period, member=member)
            for figure, (period, member) in zip(figures, COLUMNS, strict=True)
        )
        for key, figures in KPIS_OF_THE_YEAR.items()
    }
    assert found == KPIS_OF_THE_YEAR


def test_paid_cac_of_2024(run):
    assert kpi(run, "paid_cac", "2024-12", member="ads") == "362/2"
    assert kpi(run, "paid_cac", "2024-12", member="organic") == "122/1"


def test_january_2025(run):
    figures = {key: kpi(run, key, "2025-01", "month") for key in ("revenue", "orders", "aov")}
    assert figures == {"revenue": "-10", "orders": "0", "aov": "0/0"}


def test_days_between_orders(run):
    """Anna 157 and 278, Bram 375, Carla 32: by hand, from the days of their orders."""
    medians = {
        (period, member): kpi(run, "days_between_orders", period, member=member)
        for period, member in COLUMNS
        if member != "anonymous"
    }
    assert medians == {
        ("2024-12", ""): "94.5", ("2025-12", ""): "326.5", ("2025-12", "ads"): "326.5",
        ("2025-12", "organic"): "n.a.",
    }  # fmt: skip
    assert kpi(run, "days_between_orders", "2024-06", "month") == "157"


def payback(run, cohort, member="", window="month"):
    """The month of payback, `not yet (month k)` or n.a."""
    text = kpi(run, "payback", cohort, window, member)
    return f"not yet (month {text.removeprefix('None/')})" if text.startswith("None/") else text


def test_payback_by_cohort_month(run):
    cohorts = ("2024-01", "2024-02", "2024-03", "2024-11", "2025-11")
    assert {cohort: payback(run, cohort) for cohort in cohorts} == {
        "2024-01": "15", "2024-02": "not yet (month 23)", "2024-03": "n.a.", "2024-11": "2",
        "2025-11": "not yet (month 2)",
    }  # fmt: skip
    assert payback(run, "2024-11", "organic") == "2"
    assert payback(run, "2025-11", "organic") == "n.a."  # nobody came by it


def test_february_2025(run):
    keys = ("revenue", "orders", "customers", "aov", "new_customers")
    figures = {key: kpi(run, key, "2025-02", "month") for key in keys}
    assert figures == {
        "revenue": "120", "orders": "1", "customers": "1", "aov": "120/1", "new_customers": "0",
    }  # fmt: skip


def test_may_2025_has_revenue_and_no_valid_order(run):
    figures = {key: kpi(run, key, "2025-05", "month") for key in ("revenue", "orders", "aov")}
    assert figures == {"revenue": "70", "orders": "0", "aov": "0/0"}


def test_november_2025(run):
    keys = ("revenue", "orders", "customers", "new_customers", "aov", "frequency", "acquisition_cost")
    figures = {key: kpi(run, key, "2025-11", "month") for key in keys}
    assert figures == {
        "revenue": "140", "orders": "2", "customers": "1", "new_customers": "1", "aov": "140/2",
        "frequency": "1/1", "acquisition_cost": "63",
    }  # fmt: skip
    assert kpi(run, "paid_cac", "2025-11", "month", "ads") == "63/1"


def test_snapshot(run):
    averages = {member: kpi(run, "average", "2025-12", "as_of", member) for member in ("", "ads", "organic")}
    means = {
        member: kpi(run, "realised_mean", "2025-12", "as_of", member) for member in ("", "ads", "organic")
    }
    assert averages == {"": "1000/4", "ads": "860/3", "organic": "140/1"}
    assert means == {"": "-48/4", "ads": "-26.6667/3", "organic": "-21.3333/1"}
    assert round(Decimal(kpi(run, "lifetime_group", "2025-12", "as_of")), 2) == Decimal("260.10")


def test_all_months_of_the_example_are_complete(run):
    months = KpiValue.objects.filter(run=run, complete=False, window="month")
    # Its denominator is of the 12 months before: of all 2024 these are not in the history.
    assert {(one.kpi, f"{one.period:%Y-%m}") for one in months} == {
        ("acquisition_rate", f"2024-{month:02}") for month in range(1, 13)
    }
    first_year = KpiValue.objects.filter(run=run, window="12m", kpi="orders", dimension="", complete=False)
    assert [f"{one.period:%Y-%m}" for one in first_year.order_by("period")] == [
        f"2024-{month:02}" for month in range(1, 12)
    ]
