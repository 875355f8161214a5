"""A shop whose first order is decades old is calculated like any other."""

from datetime import date
from decimal import Decimal

import pytest

from metrics import pipeline
from metrics.models import CustomerValue, KpiValue
from tests.builders import make_customer, make_order

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_order_of_decades_ago_counts_and_months_of_ten_years_are_shown():
    anna, bram = make_customer("A"), make_customer("B")
    days = ["1991-05-14", "2016-03-30", "2024-12-31"]
    for day, amount in zip(days, ["10", "20", "40"], strict=True):
        make_order(anna, day, amount)
    make_order(bram, "2024-12-30", "5")

    run = pipeline.recalculate(pipeline.start_run("test").pk)

    value = CustomerValue.objects.get(run=run, customer=anna)
    assert (value.orders, value.revenue, value.first_order) == (3, Decimal(70), date(1991, 5, 14))
    months = KpiValue.objects.filter(run=run, kpi="revenue", window="month", dimension="", numerator__gt=0)
    assert list(months.order_by("period").values_list("period", "numerator")) == [
        (date(2016, 3, 1), 20), (date(2024, 12, 1), 45),
    ]  # fmt: skip
    new = KpiValue.objects.filter(run=run, kpi="new_customers", window="month", dimension="", numerator__gt=0)
    assert list(new.order_by("period").values_list("period", "numerator")) == [
        (date(2024, 12, 1), 1),
    ]  # fmt: skip
