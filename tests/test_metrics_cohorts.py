"""Maximum CAC: which customers it is about, what they brought in, and when it says nothing."""

from decimal import Decimal
from fractions import Fraction

import pytest

from customers.models import Customer
from metrics import cohorts, pipeline
from metrics.models import CalculationSettings, KpiValue
from tests.builders import make_acquisition_cost, make_customer, make_order, make_refund, make_shop
from tests.hostile_shops import HostileShop
from tests.oracle_cohorts import choose_latest, contribute_first_year
from tests.oracle_customers import Valuation
from tests.oracle_storage import store
from tests.worked_example_shop import calculate

pytestmark = pytest.mark.django_db(transaction=True)


def find_maximum(run):
    rows = KpiValue.objects.filter(run=run, kpi="maximum_cac").order_by("member")
    return {row.member: (row.numerator, row.n) for row in rows}


@pytest.mark.parametrize("seed", [2, 5, 7, 11, 19])
def test_it_is_about_the_latest_customers_with_a_whole_first_year(monkeypatch, seed):
    """Hostile shops are small: two customers are enough here, and sums show what means would be made of."""
    monkeypatch.setattr(cohorts, "LEAST_CUSTOMERS", 2)
    monkeypatch.setattr(cohorts, "find_lower_mean", lambda amounts: float(amounts.sum()))
    shop = HostileShop(seed)
    store(shop.facts)
    run = pipeline.recalculate(pipeline.start_run("oracle", shop.end).pk)
    valuation = Valuation(shop.facts, shop.end)

    chosen = {
        person.channel: choose_latest(valuation, person.channel, 2) for person in valuation.people.values()
    }

    assert find_maximum(run) == {
        channel: (as_decimal(contribute_first_year(valuation, people)), len(people))
        for channel, people in chosen.items()
        if people
    }


def as_decimal(amount: Fraction | None) -> Decimal | None:
    return None if amount is None else Decimal(amount.numerator) / Decimal(amount.denominator)


def make_customers(count: int, net: str = "100", cost: str | None = "60") -> None:
    """``count`` customers of one channel, one order each, in January 2024."""
    make_shop(data_complete_from="2024-01-01")
    for number in range(count):
        customer = make_customer(f"{number:03}", acquisition_channel="ads")
        make_order(customer, f"2024-01-{number % 28 + 1:02}", net, cost_of_goods=cost)


def test_thirty_customers_who_are_alike_may_cost_what_each_brought_in():
    make_customers(30)
    assert find_maximum(calculate()) == {"ads": (Decimal(40), 30)}


def test_of_twenty_nine_customers_nothing_is_said():
    make_customers(29)
    assert find_maximum(calculate()) == {}


def test_it_is_lower_than_the_mean_of_customers_who_differ():
    """Half bring in 40 and half 240 in their first year, 140 on average; an order on day 365 is too late."""
    make_customers(30)
    for number in range(15):
        make_order(get_customer(number), "2024-06-15", "200", cost_of_goods="0")
    make_order(get_customer(27), "2025-01-27", "9000", cost_of_goods="0")
    [(most, n)] = find_maximum(calculate()).values()
    assert n == 30
    assert 110 < most < 125  # 140 − 1.28 × 100 ÷ √30 is 116.60


def get_customer(number: int) -> Customer:
    return Customer.objects.get(external_id=f"{number:03}")


def test_a_refund_without_an_order_counts_while_the_first_year_lasts():
    make_customers(30)
    make_refund("2024-12-30", "30", customer=get_customer(0))
    make_refund("2025-03-01", "30", customer=get_customer(1))
    [(most, _n)] = find_maximum(calculate()).values()
    assert 37 < most < 40  # one of thirty brought in 10


def test_an_unknown_cost_of_goods_makes_it_unknown():
    make_customers(30, cost=None)
    assert find_maximum(calculate()) == {"ads": (None, 30)}
    assert CalculationSettings.current().default_margin is None


def find_shops(run, kpi):
    rows = KpiValue.objects.filter(run=run, kpi=kpi, dimension="", window="month")
    return {f"{row.period:%Y-%m}": (row.numerator, row.denominator) for row in rows}


@pytest.mark.parametrize("complete", [True, False])
def test_the_shops_cac_leaves_out_the_first_year_unless_the_history_is_complete(complete):
    """Who was new in January 2024 may have bought before; in January 2025 nobody did. A channel's stays."""
    make_customers(30)
    make_shop(data_complete_from="2024-01-01", history_complete=complete)
    late = make_customer("late", acquisition_channel="ads")
    make_order(late, "2025-01-10", "100", cost_of_goods="60")
    make_acquisition_cost("ads", "2024-01-01", "2024-01-31", "300")
    make_acquisition_cost("ads", "2025-01-01", "2025-01-31", "20")
    run = calculate()
    cac = find_shops(run, "full_cac")
    first_year = (Decimal(300), Decimal(30)) if complete else (None, None)
    assert (cac["2024-01"], cac["2025-01"]) == (first_year, (Decimal(20), Decimal(1)))
    payback = find_shops(run, "payback")
    assert (payback["2024-01"] != (None, None), payback["2025-01"]) == (complete, (Decimal(1), None))
    ltv_cac = find_shops(run, "ltv_cac")["2025-01"]  # of who was new in January 2024
    assert (ltv_cac != (None, None)) == complete
    paid = KpiValue.objects.get(run=run, kpi="paid_cac", member="ads", window="month", period="2024-01-01")
    assert (paid.numerator, paid.denominator) == (300, 30)
