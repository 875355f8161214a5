"""What groups of customers came to, beside the worked example and beside SQL written apart from the step."""

from decimal import Decimal

import pytest
from django.db import connection

from metrics.models import GroupValue, KpiValue
from tests.worked_example_shop import kept_for_the_module

pytestmark = pytest.mark.django_db

ORACLE = """
    SELECT count(*), sum(v.orders), sum(v.revenue), sum(v.contribution), sum(v.acquisition_cost),
        sum(v.retention_cost), sum(greatest(v.age / 365.25, 1))
    FROM metrics_customervalue v WHERE v.run_id = %s AND v.orders > 0 AND {condition}
"""


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory):
    with kept_for_the_module(django_db_blocker, tmp_path_factory.mktemp("files")) as run:
        yield run


def test_the_shop_is_the_four_customers_with_an_order_of_the_worked_example(run):
    shop = GroupValue.objects.get(run=run, dimension="")
    assert (shop.n, shop.orders, shop.known, shop.revenue) == (4, 9, 4, Decimal(1000))
    assert shop.contribution == Decimal(518)  # 513 without the -5 of Daan, who has no valid order
    assert shop.acquisition_cost == Decimal(423)
    assert shop.retention_cost == Decimal(143)  # 60.8334 + 33.3333 + 33.3333 + 15.50
    # 721, 699, 397 ÷ 365.25 and Eva's 33 days as one year
    assert shop.customer_years.quantize(Decimal("0.000001")) == Decimal("5.974675")


@pytest.mark.parametrize("dimension", ["channel", "country", "first_category", "rfm", "tier", "lifecycle"])
def test_groups_of_a_dimension_add_up_to_the_shop(run, dimension):
    shop = GroupValue.objects.get(run=run, dimension="")
    members = GroupValue.objects.filter(run=run, dimension=dimension)
    for name in ("n", "orders", "revenue", "customer_years", "contribution", "retention_cost"):
        assert sum(getattr(member, name) for member in members) == getattr(shop, name)


@pytest.mark.parametrize(
    ("dimension", "member", "condition"),
    [("", "", "true"), ("channel", "ads", "v.channel = 'ads'"), ("country", "BE", "v.country = 'BE'")],
)
def test_a_group_is_what_its_customers_come_to(run, dimension, member, condition):
    group = GroupValue.objects.get(run=run, dimension=dimension, member=member)
    with connection.cursor() as cursor:
        cursor.execute(ORACLE.format(condition=condition), [run.pk])
        *exact, years = cursor.fetchone()
    amounts = [group.revenue, group.contribution, group.acquisition_cost, group.retention_cost]
    assert exact == [group.n, group.orders, *amounts]
    assert float(years) == pytest.approx(float(group.customer_years), abs=1e-8)


def test_the_customer_years_are_those_of_the_lifetime_value_of_the_shop(run):
    """1000 ÷ 5.974675 customer-years × 3 × 0.518."""
    shop = GroupValue.objects.get(run=run, dimension="")
    published = KpiValue.objects.get(run=run, kpi="lifetime_group")
    assert published.numerator == round(shop.revenue / shop.customer_years * 3 * Decimal("0.518"), 4)
