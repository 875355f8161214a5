"""An explanation goes by the stored inputs and comes to the stored value, of every customer and method."""

from decimal import Decimal

import pytest

from metrics.explain import EXPLAINED, explain_value
from metrics.models import CustomerValue
from tests.worked_example_shop import kept_for_the_module

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory):
    with kept_for_the_module(django_db_blocker, tmp_path_factory.mktemp("files")) as run:
        yield run


def find(run, number):
    values = CustomerValue.objects.select_related("peer_group", "run__settings")
    return values.get(run=run, external_id=number)


@pytest.mark.parametrize("method", EXPLAINED)
@pytest.mark.parametrize("number", "ABCDE")
def test_the_total_is_the_stored_value(run, number, method):
    value = find(run, number)
    assert explain_value(value, method).total == getattr(value, method)


def test_the_lines_add_up_to_the_total(run):
    explanation = explain_value(find(run, "A"), "realised")
    assert [line.amount for line in explanation.lines] == [
        Decimal("291.0000"), Decimal("-170.0000"), Decimal("-60.8334"),
    ]  # fmt: skip
    assert explanation.total == Decimal("60.1666")


def test_a_customer_without_a_valid_order_hears_what_is_missing(run):
    explanation = explain_value(find(run, "D"), "lifetime")
    assert explanation.total is None
    assert set(explanation.missing) == {"years", "margin", "future_years"}
