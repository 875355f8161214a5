"""What orders, refunds and costs come to for a customer: every rule of the definitions with its own case."""

from datetime import date
from decimal import Decimal

import pytest

from metrics.models import CalculationSettings, CustomerValue, KpiValue, PeerGroup, Run
from tests.builders import (
    make_acquisition_cost,
    make_customer,
    make_membership,
    make_order,
    make_refund,
    make_retention_cost,
    make_shop,
)
from tests.worked_example_shop import calculate

pytestmark = pytest.mark.django_db(transaction=True)
AS_OF = date(2025, 12, 31)


@pytest.fixture
def anna():
    return make_customer("anna", acquisition_channel="ads")


def value_of(customer, as_of=AS_OF):
    return CustomerValue.objects.get(run=calculate(as_of), customer=customer)


def figure(key, month, window="month"):
    one = KpiValue.objects.filter(kpi=key, period=f"{month}-01", window=window, dimension="").latest("run_id")
    return one.numerator


def test_of_an_amount_on_the_order_and_refund_rows_the_larger_counts(anna):
    order = make_order(anna, "2025-03-01", "100", refunded_amount="30", refunded_on="2025-03-05")
    make_refund("2025-04-01", "20", order=order)

    assert value_of(anna).revenue == 70
    # by period: the row on its own day, what the order says beyond it on the day the order says
    assert (figure("revenue", "2025-03"), figure("revenue", "2025-04")) == (90, -20)


def test_a_refund_above_its_order_lowers_the_customer_and_no_order(anna):
    make_order(anna, "2025-03-01", "100")
    order = make_order(anna, "2025-05-01", "50", transaction_cost="2")
    make_refund("2025-05-09", "80", order=order)

    value = value_of(anna)

    assert (value.orders, value.revenue, value.transaction_cost) == (1, 70, 2)
    assert figure("aov", "2025-05") == 0


def test_rows_that_are_more_than_the_order_says_count_on_their_own_day(anna):
    """The order speaks of 60 on 2 August, its rows of 80 in May: the rows are more, and count alone."""
    make_order(anna, "2025-03-01", "100", cost_of_goods="40")
    order = make_order(anna, "2025-05-01", "50", refunded_amount="60", refunded_on="2025-08-02")
    make_refund("2025-05-09", "80", order=order)

    assert value_of(anna).revenue == 70
    assert (figure("contribution", "2025-05"), figure("contribution", "2025-08")) == (-30, 0)


def test_a_refund_is_of_its_orders_customer_whoever_it_names(anna):
    make_order(anna, "2025-03-01", "100")
    order = make_order(None, "2025-04-01", "30")
    make_refund("2025-04-05", "30", order=order, customer=anna)

    value = value_of(anna)

    months = KpiValue.objects.filter(
        run=value.run, kpi="revenue", period="2025-04-01", window="month",
        dimension__in=("", "channel", "anonymous"),
    )  # fmt: skip
    assert value.revenue == 100
    assert {x.dimension: x.numerator for x in months} == {"": 0, "channel": 0, "anonymous": 0}


def test_revenue_of_nobody_is_less_the_refunds_of_nobody(anna):
    """The same total on both bases: customers and anonymous orders by order, all months by period."""
    make_order(anna, "2025-03-01", "100")
    make_order(None, "2025-04-01", "30")
    make_refund("2025-05-01", "12")

    totals = calculate(AS_OF).totals

    assert (totals["revenue"], totals["anonymous"]["revenue"]) == ("100.0000", "18.0000")
    assert sum(figure("revenue", f"2025-{month:02}") for month in range(3, 13)) == 118


def test_a_negative_order_is_a_refund_without_an_order(anna):
    make_order(anna, "2025-03-01", "100", cost_of_goods="40")
    make_order(anna, "2025-05-01", "-30")

    value = value_of(anna)

    assert (value.orders, value.revenue, value.cost_of_goods, value.last_order) == (
        1,
        70,
        40,
        date(2025, 3, 1),
    )
    assert figure("revenue", "2025-05") == -30


def test_a_full_refund_takes_the_goods_back_and_a_partial_one_does_not(anna):
    full = make_order(anna, "2025-03-01", "100", cost_of_goods="40", transaction_cost="5")
    part = make_order(anna, "2025-04-01", "100", cost_of_goods="40", transaction_cost="5")
    make_refund("2025-03-02", "100", order=full)
    make_refund("2025-04-02", "99", order=part)

    value = value_of(anna)

    assert (value.orders, value.revenue, value.cost_of_goods, value.transaction_cost) == (1, 1, 40, 10)


def test_a_refund_of_a_cancelled_order_counts_nowhere(anna):
    make_order(anna, "2025-03-01", "100")
    order = make_order(anna, "2025-04-01", "50", status="cancelled", cost_of_goods="20", transaction_cost="1")
    make_refund("2025-04-02", "50", order=order)

    value = value_of(anna)

    assert (value.revenue, value.transaction_cost, figure("revenue", "2025-04")) == (100, 0, 0)


def test_a_refund_before_its_order_counts_on_its_own_day(anna):
    make_order(anna, "2025-03-01", "100")
    order = make_order(anna, "2025-08-01", "60")
    make_refund("2025-06-01", "10", order=order)

    assert value_of(anna, date(2025, 6, 30)).revenue == 90
    assert value_of(anna).revenue == 150


def test_without_a_known_cost_contribution_is_not_known(anna):
    make_order(anna, "2025-03-01", "100", cost_of_goods="40")
    make_order(anna, "2025-04-01", "100")

    value = value_of(anna)

    assert (value.cost_of_goods, value.contribution, value.realised, value.lifetime) == (
        None,
        None,
        None,
        None,
    )
    assert value.rank_realised == 1
    assert (figure("contribution", "2025-03"), figure("contribution", "2025-04")) == (60, None)


def test_the_first_order_of_a_day_goes_by_moment_then_number():
    carla = make_customer("carla")
    make_order(carla, "2025-03-01", "10", external_id="B", sales_channel="late")
    make_order(carla, "2025-03-01", "10", external_id="A", sales_channel="early")
    make_order(carla, "2025-03-01 08:00", "10", external_id="0", sales_channel="later")

    assert value_of(carla).channel == "early"


def test_who_was_acquired_before_the_data_are_complete_is_not_new(anna):
    make_shop(data_complete_from="2025-01-01")
    old = make_customer("old", acquisition_channel="ads", acquired_on="2024-05-01")
    make_order(old, "2025-03-01", "10")
    make_order(anna, "2025-03-01", "10")
    make_acquisition_cost("ads", "2025-03-01", "2025-03-31", "50")

    assert value_of(anna).acquisition_cost == 50
    assert (value_of(old).acquisition_cost, figure("new_customers", "2025-03")) == (0, 1)


def test_what_rounding_leaves_goes_to_the_lowest_customer_number():
    for number in ("c", "B", "a"):
        make_order(make_customer(number, acquisition_channel="ads"), "2025-03-01", "10")
    make_acquisition_cost("ads", "2025-03-01", "2025-03-31", "0.0005")

    run = calculate(AS_OF)

    shares = dict(CustomerValue.objects.filter(run=run).values_list("external_id", "acquisition_cost"))
    assert shares == {"B": Decimal("0.0003"), "a": Decimal("0.0001"), "c": Decimal("0.0001")}


def test_a_cost_for_one_customer_is_spread_over_its_days_up_to_the_day_of_the_calculation(anna):
    make_order(anna, "2025-03-01", "10")
    make_retention_cost("2025-12-30", "2026-01-01", "1", customer=anna)

    value = value_of(anna)

    assert value.retention_cost == Decimal("0.6666")
    assert value.run.totals["retention"]["not_yet_due"] == "0.3334"


def test_a_programme_is_paid_by_members_who_are_active(anna):
    asleep = make_customer("asleep", acquisition_channel="ads")
    make_order(asleep, "2024-01-01", "10")
    make_order(anna, "2025-11-01", "10")
    for customer in (anna, asleep):
        make_membership(customer, "club", "2024-01-01")
    make_membership(anna, "club", "2025-12-10", "2025-12-12")
    make_retention_cost("2025-12-01", "2025-12-31", "31", programme="club")

    run = calculate(AS_OF)

    shares = dict(CustomerValue.objects.filter(run=run).values_list("external_id", "retention_cost"))
    assert shares == {"anna": 31, "asleep": 0}


def test_a_history_of_more_months_than_a_number_has_bits():
    """96 months: who bought and who is active is kept in masks of 62."""
    loyal, gone = make_customer("loyal", acquisition_channel="ads"), make_customer("gone")
    for day in ("2018-01-10", "2024-06-10", "2025-06-10"):
        make_order(loyal, day, "100")
    make_order(gone, "2018-01-20", "100")
    make_retention_cost("2018-02-01", "2018-02-28", "10")
    make_retention_cost("2025-07-01", "2025-07-31", "10")

    run = calculate(AS_OF)

    shares = dict(CustomerValue.objects.filter(run=run).values_list("external_id", "retention_cost"))
    assert shares == {"loyal": 15, "gone": 5}
    assert (figure("customers", "2018-12", "12m"), figure("customers", "2025-12", "12m")) == (2, 1)
    assert figure("retention_rate", "2025-12", "12m") == 1


def test_a_peer_group_needs_its_minimum_and_else_widens():
    CalculationSettings.objects.create(peer_minimum=2, default_margin=Decimal("0.5"))
    for number, (channel, category) in enumerate(
        [("ads", "tea"), ("ads", "tea"), ("ads", "mugs"), ("seo", "tea")]
    ):
        customer = make_customer(f"c{number}", acquisition_channel=channel)
        make_order(customer, "2025-03-01", "10", main_category=category)

    run = calculate(AS_OF)

    groups = (
        CustomerValue.objects.filter(run=run)
        .order_by("external_id")
        .values_list("peer_group__channel", "peer_group__category", "peer_group__n")
    )
    assert list(groups) == [("ads", "tea", 2), ("ads", "tea", 2), ("ads", None, 3), (None, None, 4)]


def test_who_objects_is_in_totals_and_has_no_score(anna):
    bram = make_customer("bram", acquisition_channel="ads", objects_to_profiling=True)
    for customer in (anna, bram):
        make_order(customer, "2025-03-01", "100", cost_of_goods="40")

    value = value_of(bram)

    assert (value.realised, value.rank_realised, value.lifetime, value.periodic) == (60, None, None, None)
    assert (value.loyalty, value.value_density, value.margin, value.peer_group) == (None, None, None, None)
    assert (value.run.totals["realised"], value.run.totals["objections"]["n"]) == ("120.0000", 1)
    assert PeerGroup.objects.get(run=value.run, channel=None).n == 1


def test_with_interest_and_inflation_later_periods_count_for_less(anna):
    """Lifetime assumed 3 years; real rate 1.10 ÷ 1.00 − 1: 1/1.1 + 1/1.21 + 1/1.331 = 2.4868519910."""
    CalculationSettings.objects.create(interest=Decimal("0.1"), inflation=Decimal(0))
    make_order(anna, "2025-03-01", "100", cost_of_goods="40")

    value = value_of(anna)

    assert value.peer_group.future_years == Decimal("2.4868519910")
    assert value.lifetime == Decimal("149.2111")  # 100 × 2.486851991 × 0.6


def test_an_empty_shop_can_be_calculated():
    run = calculate(None)
    assert (run.state, run.customers, run.totals["revenue"]) == (Run.State.PUBLISHED, 0, "0")


def test_day_365_counts_for_repeat_and_day_366_does_not(anna):
    bram = make_customer("bram", acquisition_channel="ads")
    for customer, again in ((anna, "2024-12-31"), (bram, "2025-01-01")):
        make_order(customer, "2024-01-01", "10")
        make_order(customer, again, "10")

    run = calculate(AS_OF)

    rate = KpiValue.objects.get(run=run, kpi="repeat_rate", period="2024-12-01", window="12m", dimension="")
    assert (rate.numerator, rate.denominator) == (1, 2)


def test_who_bought_365_days_ago_counting_today_shares_and_the_day_before_does_not(anna):
    bram = make_customer("bram", acquisition_channel="ads")
    make_order(anna, "2025-01-01", "10")
    make_order(bram, "2024-12-31 23:59", "10")
    make_retention_cost("2025-12-31", "2025-12-31", "8")

    shares = CustomerValue.objects.filter(run=calculate(AS_OF)).values_list("external_id", "retention_cost")

    assert dict(shares) == {"anna": 8, "bram": 0}
