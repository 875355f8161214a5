"""The environment seeds the shop's settings once; a difference is reported and the database wins."""

import re

import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from customers.models import Shop
from klantwaarde import launch
from tests.builders import make_shop

pytestmark = pytest.mark.django_db


def messages(databases: list[str] | None = None) -> list[CheckMessage]:
    return [found for found in run_checks(databases=databases) if found.id.startswith("klantwaarde.")]


def test_a_difference_is_a_warning_that_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop(currency="GBP")
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    (found,) = messages(["default"])
    assert found.id == "klantwaarde.W001"
    assert not found.is_serious()
    assert "REPORTING_CURRENCY='USD'" in found.msg
    assert "'GBP'" in found.msg


def test_a_time_zone_is_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop()
    monkeypatch.setenv("SHOP_TIME_ZONE", "Europe/London")
    assert [found.id for found in messages(["default"])] == ["klantwaarde.W001"]


def test_the_same_value_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop(currency="GBP")
    monkeypatch.setenv("REPORTING_CURRENCY", "GBP")
    assert messages(["default"]) == []


def test_a_variable_that_is_not_set_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPORTING_CURRENCY", raising=False)
    make_shop(currency="GBP")
    assert messages(["default"]) == []


def test_the_database_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop(currency="GBP")
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    assert Shop.load().currency == "GBP"


@override_settings(REPORTING_CURRENCY="GBP", SHOP_TIME_ZONE="Europe/London")
def test_the_first_value_comes_from_the_environment() -> None:
    Shop.objects.all().delete()
    assert (Shop.load().currency, Shop.load().time_zone) == ("GBP", "Europe/London")


def test_before_the_shop_has_a_row_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    Shop.objects.all().delete()
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    assert messages(["default"]) == []


def test_before_the_first_migrate_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_shop RENAME TO customers_shop_not_there_yet")
    assert messages(["default"]) == []


def test_a_check_without_a_database_asks_none(monkeypatch: pytest.MonkeyPatch) -> None:
    make_shop(currency="GBP")
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    assert messages() == []


def test_migrate_says_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    make_shop(currency="GBP")
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    call_command("migrate", skip_checks=False)
    assert "klantwaarde.W001" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seed", "error"),
    [
        ({"REPORTING_CURRENCY": "euro"}, "klantwaarde.E001"),
        ({"SHOP_TIME_ZONE": "Amsterdam"}, "klantwaarde.E002"),
    ],
)
def test_a_seed_that_cannot_be_right_is_an_error(seed: dict[str, str], error: str) -> None:
    with override_settings(**seed):
        assert [found.id for found in messages()] == [error]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (
            "REPORTING_CURRENCY",
            "eur",
            "REPORTING_CURRENCY='eur': expected a currency such as EUR.",
        ),
        (
            "REPORTING_CURRENCY",
            "ZZZ",
            "REPORTING_CURRENCY='ZZZ': expected a currency such as EUR.",
        ),
        ("SHOP_TIME_ZONE", "Mars", "SHOP_TIME_ZONE='Mars': expected a name such as Europe/Amsterdam."),
    ],
)
def test_a_first_value_that_cannot_be_one_stops_the_start(name: str, value: str, expected: str) -> None:
    with override_settings(**{name: value}):
        assert [found.msg for found in messages() if found.is_serious()] == [expected]
        with pytest.raises(launch.CannotRunError, match=re.escape(expected)):
            launch.prepare(say=print)
