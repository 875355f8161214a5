"""Customers by profile: dimensions in families, and own segments that one may be in several of."""

from unittest.mock import patch

import pytest
from django.db import connection

from metrics import conclusion, pipeline, profiles
from metrics.members import OTHER
from metrics.models import CalculationSettings, GroupValue, KpiValue, OwnSegment
from tests.builders import make_customer, make_order, make_retention_cost, make_shop
from tests.hostile_shops import HostileShop
from tests.oracle_storage import store

pytestmark = pytest.mark.django_db(transaction=True)
ATTRIBUTES = ["Bran'che", "Größe"]


def calculate():
    return pipeline.recalculate(pipeline.start_run("test").pk)


@pytest.mark.parametrize("seed", [3, 5, 10])
def test_dimensions_told_apart_in_families_give_the_same_figures(seed):
    """At most one profile a family: every dimension has one of its own."""
    shop = HostileShop(seed)
    store(shop.facts)
    CalculationSettings.objects.update(kpi_attributes=ATTRIBUTES)
    OwnSegment.objects.create(name="NL", slug="nl", criteria={"country": "NL"})
    OwnSegment.objects.create(name="Rich", slug="rich", criteria={"value_min": "50", "method": "realised"})
    make_retention_cost("2024-01-01", "2026-01-31", "99.99", segment="country = NL", external_id="of NL")
    families = []

    def keep_profiles(work, settings):
        found = profiles.keep_profiles(work, settings)
        families.append(len(found.profiles))
        return found

    with patch.object(conclusion, "keep_profiles", keep_profiles):
        together = read_all(pipeline.recalculate(pipeline.start_run("test", shop.as_of).pk))
        with patch.object(profiles, "MOST_PROFILES", 1):
            apart = read_all(pipeline.recalculate(pipeline.start_run("test", shop.as_of).pk))
    assert families[0] == 1
    assert families[1] >= 8
    assert apart == together
    assert len(together) > 1000


def read_all(run):
    """Every KPI and every group of a run, as they are stored."""
    columns = ("kpi", "period", "window", "dimension", "member", "numerator", "denominator", "n", "complete")
    kpis = list(KpiValue.objects.filter(run=run).order_by(*columns[:5]).values_list(*columns))
    groups = GroupValue.objects.filter(run=run).order_by("dimension", "member")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'calculation\\_%'")
        assert cursor.fetchone() == (0,)
    return [*kpis, *groups.values_list("dimension", "member", "n", "orders", "revenue", "customer_years")]


def test_who_is_in_several_of_the_small_own_segments_is_one_of_the_others_once():
    """Fifty segments of two customers; Anna, alone, is in two more: by her country, and by her channel."""
    make_shop()
    for number in range(50):
        OwnSegment.objects.create(name=f"s{number}", slug=f"s{number:02}", criteria={"channel": f"c{number}"})
        for half in "ab":
            customer = make_customer(f"{half}{number}", acquisition_channel=f"c{number}")
            make_order(customer, "2025-01-10", "10")
    OwnSegment.objects.create(name="small", slug="small", criteria={"country": "XX"})
    OwnSegment.objects.create(name="tiny", slug="tiny", criteria={"channel": "rare"})
    make_order(make_customer("anna", acquisition_channel="rare", country="XX"), "2025-01-10", "7")
    run = calculate()
    found = {group.member: group.n for group in GroupValue.objects.filter(run=run, dimension="segment")}
    assert found == {OTHER: 1, **{f"s{number:02}": 2 for number in range(50)}}
    orders = KpiValue.objects.get(
        run=run, kpi="orders", dimension="segment", member=OTHER, window="month", period="2025-01-01"
    )
    assert orders.numerator == 1
