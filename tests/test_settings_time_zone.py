"""Another time zone moves every order and refund to its new local day, and nothing else."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from customers.models import Order, Refund, Shop, Upload
from customers.shop_changes import save_shop
from tests.builders import make_customer, make_order, make_refund, make_shop, make_upload

pytestmark = pytest.mark.django_db


def move_to(time_zone: str) -> int:
    shop = Shop.load()
    shop.time_zone = time_zone
    return save_shop(shop)


def order_days() -> dict[str, date]:
    return dict(Order.objects.values_list("external_id", "ordered_on"))


def test_the_last_half_hour_of_the_year_is_december_in_amsterdam_and_january_in_helsinki() -> None:
    order = make_order(make_customer(), "2024-12-31 23:30", "19.95")
    assert order.ordered_on == date(2024, 12, 31)
    assert move_to("Europe/Helsinki") == 1
    assert order_days() == {order.external_id: date(2025, 1, 1)}
    assert move_to("Europe/Amsterdam") == 1
    assert order_days() == {order.external_id: date(2024, 12, 31)}


def test_the_first_half_hour_of_the_year_is_january_in_amsterdam_and_december_in_london() -> None:
    order = make_order(make_customer(), "2025-01-01 00:30", "19.95")
    move_to("Europe/London")
    assert order_days() == {order.external_id: date(2024, 12, 31)}


def test_summer_time_counts_on_the_day_it_counts() -> None:
    """00:30 in Amsterdam is 22:30 UTC in July and 23:30 UTC in January: the day before in both."""
    make_order(make_customer(), "2025-07-01 00:30", "10", external_id="summer")
    make_order(None, "2025-01-01 00:30", "10", external_id="winter")
    make_order(None, "2025-07-01 01:30", "10", external_id="summer, an hour later")
    move_to("UTC")
    assert order_days() == {
        "summer": date(2025, 6, 30),
        "winter": date(2024, 12, 31),
        "summer, an hour later": date(2025, 6, 30),
    }


def test_refunds_move_as_orders_do() -> None:
    make_refund("2024-12-31 23:30", "5")
    assert move_to("Asia/Tokyo") == 1
    assert Refund.objects.get().refunded_on == date(2025, 1, 1)


def test_only_days_that_differ_are_written() -> None:
    customer = make_customer()
    for moment in ("2025-03-01 12:00", "2025-03-02 00:10", "2025-03-03 23:50"):
        make_order(customer, moment, "10")
    assert move_to("Europe/London") == 1


def test_the_moment_itself_stays() -> None:
    order = make_order(make_customer(), "2024-12-31 23:30", "19.95")
    move_to("Asia/Tokyo")
    assert Order.objects.get().ordered_at == order.ordered_at


@pytest.mark.parametrize(("field", "value"), [("time_zone", "Asia/Tokyo"), ("currency", "GBP")])
def test_what_an_import_read_at_its_start_stays_until_it_is_done(field: str, value: str) -> None:
    make_upload(state=Upload.State.RUNNING)
    shop = Shop.load()
    before = getattr(shop, field)
    setattr(shop, field, value)
    with pytest.raises(ValidationError) as refused:
        save_shop(shop)
    assert list(refused.value.message_dict) == [field]
    assert getattr(Shop.load(), field) == before


def test_a_zone_that_postgresql_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(ValidationError, match="Europe/Atlantis"):
        move_to("Europe/Atlantis")


@pytest.mark.parametrize("change", [{"currency": "GBP"}, {"history_complete": True}])
def test_another_setting_of_the_shop_moves_nothing(change: dict[str, object]) -> None:
    make_shop(time_zone="Europe/Amsterdam")
    shop = Shop.load()
    for name, value in change.items():
        setattr(shop, name, value)
    assert save_shop(shop) == 0
    assert Shop.load() == shop
