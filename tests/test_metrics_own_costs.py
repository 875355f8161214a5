"""Retention cost made for single customers: of the shop it is the sum of what its customers have."""

from datetime import date
from decimal import Decimal

import pytest

from metrics.models import KpiValue
from tests.builders import make_customer, make_order, make_retention_cost, make_shop
from tests.worked_example_shop import calculate

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_month_of_the_shop_is_the_sum_of_its_channels_and_not_of_all_costs_at_once():
    """1.0001 over three days is 0.3333 on the first; thrice that is 0.9999, of 3.0003 at once 1.0001."""
    make_shop(data_complete_from="2025-01-01", history_complete=True)
    for name in ("anna", "bram", "carla"):
        customer = make_customer(name, acquisition_channel=name)
        make_order(customer, "2025-01-05", "10", cost_of_goods="4")
        make_retention_cost("2025-01-31", "2025-02-02", "1.0001", customer=customer)

    run = calculate(date(2025, 3, 31))

    rows = KpiValue.objects.filter(run=run, kpi="retention_cost", window="month", numerator__gt=0)
    january = rows.filter(period=date(2025, 1, 1), dimension__in=("", "channel"))
    assert dict(january.values_list("member", "numerator")) == {
        "": Decimal("0.9999"),
        **dict.fromkeys(("anna", "bram", "carla"), Decimal("0.3333")),
    }
    assert rows.get(period=date(2025, 2, 1), dimension="").numerator == Decimal("2.0004")
    assert run.totals["retention"]["allocated"] == "3.0003"
