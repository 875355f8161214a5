"""The margin of a customer: its own where its orders tell one, else that of its peers."""

from decimal import Decimal

import pytest

from metrics.models import CustomerValue
from tests.builders import make_customer, make_order, make_refund
from tests.worked_example_shop import calculate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("left", "margin", "is_own"),
    [("10000.0000", "-11.0000000000", True), ("0.0001", "0.4000000001", False)],
)
def test_what_is_left_of_large_orders_is_no_ground_for_a_margin(left, margin, is_own):
    """Orders of 150,000 of which all but a part of a cent was given back: a loss of 1.2 thousand million
    times what is left, which no column holds. Those of peers: 400,000.0001 of 1,000,000.0001.
    """
    anna = make_customer("anna")
    for day in ("2025-01-10", "2025-02-10", "2025-03-10"):
        make_order(anna, day, "50000", cost_of_goods="40000")
    make_refund("2025-03-20", str(150_000 - Decimal(left)), customer=anna)
    make_order(make_customer("bram"), "2025-03-01", "1000000", cost_of_goods="480000")
    run = calculate()
    value = CustomerValue.objects.get(run=run, external_id="anna")
    assert value.revenue == Decimal(left)
    assert (value.margin, value.margin_own) == (Decimal(margin), is_own)
