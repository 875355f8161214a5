"""Checks of days: gaps, drops, how old the last order is, and where the data begins."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from customers.models import Order
from customers.quality.measure import measure_all
from tests.builders import (
    make_order,
    make_shop,
    make_upload,
)
from tests.quality_reading import find, rows_of

pytestmark = pytest.mark.django_db


def make_days(first: str, days: int, orders: int, *, weekdays: range = range(7), net: str = "10") -> None:
    upload = make_upload()
    start = date.fromisoformat(first)
    moments = [start + timedelta(days=n) for n in range(days)]
    Order.objects.bulk_create(
        Order(
            external_id=f"{day}-{n}", ordered_at=f"{day}T12:00Z", ordered_on=day, net_revenue=Decimal(net),
            upload=upload,
        )
        for day in moments if day.weekday() in weekdays
        for n in range(orders)
    )  # fmt: skip


def test_a_gap_is_told_with_what_was_usual_on_such_days() -> None:
    make_days("2025-01-01", 120, 3)
    Order.objects.filter(ordered_on__range=("2025-02-10", "2025-02-13")).delete()
    assert find("days_without_orders") == (1, "120.00")  # 4 days × 3 orders × 10
    assert rows_of("days_without_orders", "first_day", "last_day", "days") == [
        ("2025-02-10", "2025-02-13", "4")
    ]
    assert Decimal(str(rows_of("days_without_orders", "orders")[0][0])) == 12


def test_a_shop_closed_on_sundays_has_no_gaps() -> None:
    make_days("2025-01-01", 120, 20, weekdays=range(6))
    assert find("days_without_orders") == (0, None)


def test_days_without_orders_are_usual_where_orders_are_few() -> None:
    make_days("2025-01-01", 120, 1, weekdays=range(1))
    assert find("days_without_orders") == (0, None)


def test_a_week_of_less_than_half_is_a_drop_and_one_of_half_is_not() -> None:
    make_days("2025-01-06", 7 * 12, 10)  # a Monday; 70 a week
    Order.objects.filter(
        ordered_on__range=("2025-03-10", "2025-03-16"), external_id__regex="-[1-6]$"
    ).delete()
    assert find("weeks_with_a_drop") == (1, "420.0000")  # (70 − 28) × 10
    assert rows_of("weeks_with_a_drop", "first_day", "orders", "usual") == [("2025-03-10", "28", "70")]
    Order.objects.filter(
        ordered_on__range=("2025-03-24", "2025-03-30"), external_id__regex="-[1-5]$"
    ).delete()
    assert find("weeks_with_a_drop")[0] == 1  # 35 of 70


def test_the_age_of_the_last_order_is_told_after_a_week(monkeypatch: pytest.MonkeyPatch) -> None:
    late_in_the_evening = datetime(2025, 3, 20, 22, 30, tzinfo=UTC)  # 23:30 in the shop
    monkeypatch.setattr(timezone, "now", lambda: late_in_the_evening)
    make_order(None, "2025-01-05", "10")
    measure_all()
    assert rows_of("last_order_long_ago", "last_day") == [("2025-01-05",)]
    make_order(None, "2025-03-13", "10")
    assert find("last_order_long_ago") == (1, None)
    make_order(None, "2025-03-14", "10")
    assert find("last_order_long_ago") == (0, None)


def test_data_complete_from_is_held_against_the_first_order() -> None:
    make_shop(data_complete_from="2024-01-01")
    make_order(None, "2025-01-05", "10", external_id="A1")
    assert find("complete_before_first_order") == (1, None)
    assert find("orders_before_complete") == (0, None)
    make_shop(data_complete_from="2025-01-06")
    assert find("complete_before_first_order") == (0, None)
    assert find("orders_before_complete") == (1, "10.0000")
