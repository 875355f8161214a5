"""The settings page: what it shows, and what it takes and refuses at each field."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from customers.models import Shop
from metrics import pipeline
from metrics.models import CalculationSettings, Run
from tests.builders import make_customer, make_order, make_retention_cost
from tests.settings_form import read_form, rows_of_history, save

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(
    "far", [{"lifetime_cap": "100"}, {"lifetime_cap": "10", "fixed_periods": "9999", "period": "month"}]
)
def test_rates_at_which_the_far_future_outweighs_all_else_are_refused(
    admin: Client, far: dict[str, str]
) -> None:
    errors = save(admin, interest="0", inflation="100", **far)
    assert "meer dan 1.000 keer zo zwaar" in errors["inflation"][0]
    assert CalculationSettings.objects.count() == 1
    assert save(admin, interest="4", inflation="2", **far) == {}


@pytest.mark.django_db(transaction=True)
def test_the_largest_rates_that_are_taken_can_be_calculated_with(admin: Client) -> None:
    make_order(make_customer("A"), "2025-01-05", "20")
    assert save(admin, interest="0", inflation="0,69", lifetime_cap="999,99", assumed_lifetime="999,99") == {}
    assert pipeline.recalculate(pipeline.start_run("test").pk).state == Run.State.PUBLISHED


@pytest.mark.parametrize("name", ["least_buyers", "least_days", "least_repeat_buyers"])
def test_a_prediction_from_nobody_cannot_be_asked_for(admin: Client, name: str) -> None:
    sentence = "Minstens 1: uit niemand, of uit geen enkele dag, valt niets te voorspellen."
    assert save(admin, **{name: "0"}) == {name: [sentence]}
    assert save(admin, **{name: "1"}) == {}


def test_an_emptied_field_is_not_set_again(admin: Client) -> None:
    save(admin, default_margin="30")
    save(admin, default_margin="")
    assert CalculationSettings.current().default_margin is None


def test_every_setting_says_beforehand_what_a_change_recomputes(admin: Client) -> None:
    admin.cookies["django_language"] = "en"
    for group in admin.get("/settings/").context["groups"]:
        for field in group["fields"]:
            said = f"{group['effect']} {field.help_text}"
            assert said.count("A change recomputes") == 1, field.name


def test_what_predictions_are_discounted_by_or_borrow_a_margin_from_says_that_it_recomputes_them(
    admin: Client,
) -> None:
    admin.cookies["django_language"] = "en"
    groups = admin.get("/settings/").context["groups"]
    said = {field.name: field.help_text for group in groups for field in group["fields"]}
    for name in ("interest", "inflation", "peer_minimum"):
        assert "every prediction" in said[name], name
    assert "prediction" not in said["lifetime_cap"]


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
