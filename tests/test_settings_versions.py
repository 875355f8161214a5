"""Saving settings: a version each time, what it sets going, and the history that tells of it."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Order, Shop, Upload
from customers.signals import facts_changed
from metrics.models import CalculationSettings, Run
from tests.builders import make_customer, make_order, make_upload, make_user
from tests.settings_form import heard, read_form, rows_of_history, save

pytestmark = pytest.mark.django_db


def test_saving_what_is_there_changes_nothing(admin: Client) -> None:
    before = CalculationSettings.current()
    with heard() as signals:
        assert save(admin) == {}
    assert CalculationSettings.objects.get() == before
    assert signals == []


def test_a_change_makes_a_new_version_and_leaves_the_old_one(admin: Client, ada: User) -> None:
    first = CalculationSettings.current()
    assert save(admin, interest="4,5", lifetime_cap="7,5", period="quarter", periodic_goods="") == {}
    current = CalculationSettings.current()
    assert (current.interest, current.lifetime_cap, current.period, current.periodic_goods) == (
        Decimal("0.045"),
        Decimal("7.5"),
        "quarter",
        False,
    )
    assert current.created_by == ada
    first.refresh_from_db()
    assert (first.interest, first.lifetime_cap, first.period, first.periodic_goods) == (
        None,
        Decimal(10),
        "year",
        True,
    )
    assert CalculationSettings.objects.count() == 2


def test_a_change_asks_for_a_calculation_in_the_name_of_who_made_it(admin: Client, ada: User) -> None:
    with heard() as signals:
        save(admin, ranking_method="lifetime")
    (said,) = signals
    assert said["user"] == ada
    assert said["reason"]


def test_after_a_change_the_page_says_that_a_calculation_waits_and_where_to_watch_it(
    admin: Client, ada: User
) -> None:
    admin.cookies["django_language"] = "en"
    page = admin.post("/settings/", {**read_form(admin), "interest": "4.5"}, follow=True).content.decode()
    assert "Changed: interest." in page
    assert 'A calculation is queued; until it is done the figures stay. <a href="/calculations/">' in page
    run = Run.objects.get(state=Run.State.QUEUED)
    assert (run.reason, run.requested_by) == ("settings", ada)


@pytest.mark.django_db(transaction=True)
def test_change_and_request_for_a_calculation_are_one_transaction(admin: Client) -> None:
    def refuse(sender: Any, **arguments: Any) -> None:
        assert connection.in_atomic_block
        raise RuntimeError("no room for a job")

    data = {**read_form(admin), "interest": "4,5", "time_zone": "Asia/Tokyo"}
    order = make_order(make_customer(), "2024-12-31 23:30", "19.95")
    facts_changed.connect(refuse)
    try:
        with pytest.raises(RuntimeError, match="no room"):
            admin.post("/settings/", data)
    finally:
        facts_changed.disconnect(refuse)
    assert CalculationSettings.current().interest is None
    assert Shop.load().time_zone == "Europe/Amsterdam"
    assert Order.objects.get().ordered_on == order.ordered_on


def test_a_change_of_the_shop_is_a_version_too(admin: Client) -> None:
    assert save(admin, data_complete_from="2023-01-01", history_complete="on") == {}
    shop = Shop.load()
    assert (str(shop.data_complete_from), shop.history_complete) == ("2023-01-01", True)
    assert CalculationSettings.current().shop == shop.snapshot()


def test_how_long_files_are_kept_is_a_version_and_asks_for_no_calculation(admin: Client) -> None:
    with heard() as signals:
        assert save(admin, upload_keep_days="90") == {}
    assert (Shop.load().upload_keep_days, signals) == (90, [])
    assert CalculationSettings.current().shop["upload_keep_days"] == 90


def test_a_change_of_zone_moves_the_orders(admin: Client) -> None:
    make_order(make_customer(), "2024-12-31 23:30", "19.95")
    assert save(admin, time_zone="Asia/Tokyo") == {}
    assert str(Order.objects.get().ordered_on) == "2025-01-01"


def test_a_change_of_zone_during_an_import_is_refused_at_its_field(admin: Client) -> None:
    make_upload(state=Upload.State.RUNNING)
    assert list(save(admin, time_zone="Asia/Tokyo", interest="4,5")) == ["time_zone"]
    assert CalculationSettings.current().interest is None


def test_settings_that_someone_else_changed_meanwhile_are_not_overwritten(admin: Client) -> None:
    opened_before = read_form(admin)
    save(admin, interest="4,5")
    response = admin.post("/settings/", {**opened_before, "inflation": "2"})
    assert response.status_code == 200
    assert len(response.context["form_errors"]) == 1
    current = CalculationSettings.current()
    assert (current.interest, current.inflation) == (Decimal("0.045"), None)


def test_the_history_says_who_changed_what_from_and_to(admin: Client) -> None:
    admin.cookies["django_language"] = "en"
    save(admin, interest="4.5", period="quarter")
    save(admin, interest="", history_complete="on", data_complete_from="2024-01-01", window_days="730")
    assert rows_of_history(admin) == [
        ["ada", "Data complete from", "not set", "1 Jan 2024"],
        ["ada", "The history is complete", "no", "yes"],
        ["ada", "Interest", "4.5%", "not set"],
        ["ada", "Window in days", "365", "730"],
        ["ada", "Interest", "not set", "4.5%"],
        ["ada", "Period", "year", "quarter"],
    ]
    assert "Ada de Wit" in admin.get("/settings/").content.decode()


def test_the_history_outlives_who_made_it(admin: Client, ada: User) -> None:
    save(admin, interest="4,5")
    other = make_user("eva", role="admin")
    ada.delete()
    admin.force_login(other)
    assert rows_of_history(admin)[0][0] == "None"
    assert admin.get("/settings/").status_code == 200


def test_before_any_change_the_history_says_so(admin: Client) -> None:
    admin.cookies["django_language"] = "en"
    assert "Nothing has been changed yet." in admin.get("/settings/").content.decode()


def test_the_number_of_queries_does_not_grow_with_the_history(admin: Client) -> None:
    save(admin, interest="1")
    admin.get("/settings/")
    with CaptureQueriesContext(connection) as few:
        admin.get("/settings/")
    for number in range(2, 8):
        save(admin, interest=str(number))
        newest = CalculationSettings.objects.filter(pk=CalculationSettings.current().pk)
        newest.update(created_by=make_user(f"user{number}"))
    with CaptureQueriesContext(connection) as many:
        rows = rows_of_history(admin)
    assert len({row[0] for row in rows}) == 7
    assert len(many) == len(few)
