"""The worked example under another day and other settings; `reference/worked_example.md` has the figures."""

from datetime import date
from decimal import Decimal

import pytest

from metrics.models import CustomerValue, KpiValue, PeerGroup, Run
from tests.worked_example_shop import calculate, import_worked_example

pytestmark = pytest.mark.django_db(transaction=True)


def test_value_per_period_of_a_month(tmp_path):
    """One order in the last month becomes 1,447.81: why the default period is the year."""
    import_worked_example(tmp_path, period="month")

    values = CustomerValue.objects.filter(run=calculate()).order_by("external_id")

    assert [value.periodic for value in values] == [
        Decimal("179.7990"), Decimal("-34.8991"), Decimal("46.7230"), None, Decimal("1447.8068"),
    ]  # fmt: skip


def test_lifetime_of_each_channel_when_one_customer_makes_a_group(tmp_path):
    """Who came by ads all bought again: the cap. Carla, by organic, did not: one year."""
    import_worked_example(tmp_path, peer_minimum=1)

    groups = PeerGroup.objects.filter(run=calculate()).exclude(channel=None)

    assert {group.channel: group.lifetime_years for group in groups} == {"ads": 10, "organic": 1}


def test_a_window_longer_than_any_calendar_holds_all_there_is(tmp_path):
    import_worked_example(tmp_path, window_days=2_147_483_647)
    values = CustomerValue.objects.filter(run=calculate())
    assert [value.window_orders for value in values] == [value.orders for value in values]


@pytest.fixture
def run_in_may(tmp_path) -> Run:
    """The same facts, as of 31 May 2025."""
    import_worked_example(tmp_path)
    return calculate(date(2025, 5, 31))


def test_in_may_what_comes_later_does_not_exist(run_in_may):
    values = CustomerValue.objects.filter(run=run_in_may)
    assert sorted(values.values_list("external_id", flat=True)) == ["A", "B", "C", "D"]
    daan = values.get(external_id="D")
    assert (daan.orders, daan.revenue, daan.contribution) == (1, 70, 35)
    assert run_in_may.totals["revenue"] == "960.0000"
    assert sum(values.values_list("orders", flat=True)) == 9
    assert run_in_may.totals["acquisition"]["not_yet_due"] == "155.0000"  # K4 and K5
    assert run_in_may.totals["retention"]["not_yet_due"] == "31.0000"  # P4
    assert [one.referral_value for one in values.order_by("external_id")] == [0, 0, 0, 0]  # Eva is not here
    months = KpiValue.objects.filter(run=run_in_may, kpi="revenue", window="month", dimension="")
    assert [int(one.numerator) for one in months.order_by("period")][-5:] == [-10, 120, 300, 0, 70]


def test_in_may_retention_is_not_known_and_the_lifetime_assumed(run_in_may):
    """Two years of complete months are needed; from January 2024 to May 2025 are 17."""
    [shop] = PeerGroup.objects.filter(run=run_in_may)
    assert (shop.retention_numerator, shop.lifetime_years, shop.lifetime_assumed) == (None, 3, True)


def test_without_a_share_there_is_no_extra_value(tmp_path):
    import_worked_example(tmp_path, referral_share=None)
    values = CustomerValue.objects.filter(run=calculate())
    assert {one.referral_value for one in values} == {None}


def test_without_a_day_the_run_is_as_of_the_last_valid_order(tmp_path):
    """O11 of 5 December is cancelled; the last one left is the anonymous order of 30 November."""
    import_worked_example(tmp_path)
    assert calculate(None).as_of == date(2025, 11, 30)
