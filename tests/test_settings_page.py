"""The settings page: what it shows, what saving does, and the history it keeps."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.builders import make_customer, make_order, make_retention_cost, make_upload, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", role="admin", first_name="Ada", last_name="de Wit")


@pytest.fixture
def admin(client: Client, ada: User) -> Client:
    """A Dutch reader, as everyone is until they choose otherwise."""
    client.force_login(ada)
    return client


def read_form(client: Client) -> dict[str, str]:
    """Return the form as a browser would send it back untouched."""
    context = client.get("/settings/").context
    fields = [field for group in context["groups"] for field in group["fields"]]
    values = {field.html_name: field.value() for field in [*fields, context["version_field"]]}
    return {
        name: "on" if value is True else str(value)
        for name, value in values.items()
        if value not in (None, False, [])
    }


def save(client: Client, **changes: str) -> dict[str, list[str]]:
    """Change fields ("" empties one or unticks a box) and save; returns the errors, {} when saved."""
    data = {name: value for name, value in {**read_form(client), **changes}.items() if value}
    response = client.post("/settings/", data)
    if response.status_code == 302:
        return {}
    fields = [field for group in response.context["groups"] for field in group["fields"]]
    errors = {field.name: list(field.errors) for field in fields if field.errors}
    if response.context["form_errors"]:
        errors["page"] = list(response.context["form_errors"])
    return errors


@contextmanager
def heard() -> Iterator[list[dict[str, Any]]]:
    """Collect what ``facts_changed`` says."""
    signals: list[dict[str, Any]] = []

    def listen(sender: Any, **arguments: Any) -> None:
        signals.append({**arguments, "in_transaction": connection.in_atomic_block})

    facts_changed.connect(listen)
    try:
        yield signals
    finally:
        facts_changed.disconnect(listen)


def rows_of_history(client: Client) -> list[list[str]]:
    """Return who, setting, from, to of each row (version and moment left out)."""
    context = client.get("/settings/").context
    return [
        [str(row["version"].saved_by), row["setting"], row["before"], row["after"]]
        for row in context["history"]
    ]


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


def test_the_currency_can_be_chosen_while_there_is_no_amount(admin: Client) -> None:
    assert save(admin, currency="GBP") == {}
    assert Shop.load().currency == "GBP"


@pytest.mark.parametrize("amount", ["order", "cost"])
def test_the_currency_is_locked_once_there_is_an_amount_and_the_page_says_why(
    admin: Client, amount: str
) -> None:
    if amount == "order":
        make_order(None, "2025-01-05", "19.95")
    else:
        make_retention_cost("2025-01-01", "2025-01-31", "100")
    admin.cookies["django_language"] = "en"
    page = admin.get("/settings/").content.decode()
    assert "Locked: there are amounts in EUR already" in page
    assert re.search(r'<select name="currency"[^>]* disabled', page)
    save(admin, currency="GBP", interest="4.5")
    assert Shop.load().currency == "EUR"


def test_numbers_are_shown_and_read_in_the_language_of_the_reader(admin: Client) -> None:
    save(admin, interest="4,5")
    assert 'name="interest" value="4,5"' in admin.get("/settings/").content.decode()
    admin.cookies["django_language"] = "en"
    assert 'name="interest" value="4.5"' in admin.get("/settings/").content.decode()
    assert save(admin, interest="5.25") == {}
    assert CalculationSettings.current().interest == Decimal("0.0525")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("interest", "veel"),
        ("interest", "101"),
        ("inflation", "-51"),
        ("default_margin", "-1"),
        ("default_margin", "100,5"),
        ("fixed_periods", "0"),
        ("lifetime_cap", "0,5"),
        ("lifetime_cap", ""),
        ("assumed_lifetime", "11"),
        ("window_days", "1.000"),
        ("window_days", "0"),
        ("peer_minimum", "0"),
        ("least_buyers", "1.000"),
        ("least_days", "-1"),
        ("least_repeat_buyers", ""),
        ("prediction_months", "18"),
        ("share_won_back", "101"),
        ("period", "decade"),
        ("ranking_method", "alphabet"),
        ("currency", "euro"),
        ("time_zone", "Amsterdam"),
        ("data_complete_from", "01-02-2023"),
        ("data_complete_from", "2999-01-01"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field_and_nothing_is_saved(
    admin: Client, field: str, value: str
) -> None:
    assert field in save(admin, **{"history_complete": "on", field: value})
    assert CalculationSettings.objects.count() == 1
    assert not Shop.load().history_complete


@pytest.mark.parametrize("name", ["least_buyers", "least_days", "least_repeat_buyers"])
def test_a_prediction_from_nobody_cannot_be_asked_for(admin: Client, name: str) -> None:
    sentence = "Minstens 1: uit niemand, of uit geen enkele dag, valt niets te voorspellen."
    assert save(admin, **{name: "0"}) == {name: [sentence]}
    assert save(admin, **{name: "1"}) == {}


def test_an_emptied_field_is_not_set_again(admin: Client) -> None:
    save(admin, default_margin="30")
    save(admin, default_margin="")
    assert CalculationSettings.current().default_margin is None


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


def test_every_setting_says_beforehand_what_a_change_recomputes(admin: Client) -> None:
    admin.cookies["django_language"] = "en"
    for group in admin.get("/settings/").context["groups"]:
        for field in group["fields"]:
            said = f"{group['effect']} {field.help_text}"
            assert said.count("A change recomputes") == 1, field.name


def test_ranking_says_that_it_recomputes_the_order_only(admin: Client) -> None:
    admin.cookies["django_language"] = "en"
    groups = admin.get("/settings/").context["groups"]
    (field,) = [field for group in groups for field in group["fields"] if field.name == "ranking_method"]
    assert "A change recomputes the rank order only, no value." in field.help_text


def test_the_settings_of_prediction_are_kept_and_listed_as_the_reader_writes_them(admin: Client) -> None:
    save(admin, prediction_months="24", least_buyers="250", share_won_back="12,5")
    current = CalculationSettings.current()
    kept = (current.prediction_months, current.least_buyers, current.share_won_back)
    assert kept == (24, 250, Decimal("0.125"))
    assert read_form(admin)["share_won_back"] == "12,5"
    assert [row[2:] for row in rows_of_history(admin)] == [
        ["12 maanden", "24 maanden"],
        ["500", "250"],
        ["niet ingesteld", "12,5%"],
    ]


def test_kpis_can_be_given_by_five_of_the_columns_that_customers_have(admin):
    names = {f"column {number}": "x" for number in range(6)}
    make_customer("A", attributes={"Branche": "horeca", **names})
    response = admin.get("/settings/")
    [field] = [field for group in response.context["groups"] for field in group["fields"]
               if field.name == "kpi_attributes"]  # fmt: skip
    assert [name for name, _label in field.field.choices] == ["Branche", *sorted(names)]

    data = read_form(admin)
    assert admin.post("/settings/", {**data, "kpi_attributes": ["Branche", "column 1"]}).status_code == 302
    assert CalculationSettings.current().kpi_attributes == ["Branche", "column 1"]
    data = read_form(admin)
    response = admin.post("/settings/", {**data, "kpi_attributes": list(names)})
    assert response.status_code == 200
    assert "Kies er hoogstens 5." in response.content.decode()
    response = admin.post("/settings/", {**data, "kpi_attributes": ["colour"]})
    assert response.status_code == 200
