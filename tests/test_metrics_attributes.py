"""KPIs by a further column of customers, whatever that is called."""

import random
from string import ascii_letters

import pytest

from metrics.models import CalculationSettings, GroupValue, KpiValue, Scenario
from tests.builders import make_customer, make_order
from tests.worked_example_shop import calculate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("length", [60, 80])
def test_a_label_may_be_as_long_as_the_heading_of_a_file(length):
    label = "Branche ".ljust(length, "x")
    make_order(make_customer("anna", attributes={label: "horeca"}), "2025-01-10", "100")
    CalculationSettings.objects.create(kpi_attributes=[label])
    run = calculate()
    of_label = {"dimension": f"attribute:{label}", "member": "horeca"}
    assert KpiValue.objects.filter(run=run, kpi="orders", **of_label).exists()
    assert GroupValue.objects.filter(run=run, **of_label).exists()
    assert Scenario.objects.create(name="Horeca", **of_label).pk


def test_a_column_of_whole_stories_makes_members_by_how_they_begin():
    """An index holds no more than some 2,700 bytes: the whole story would stop the calculation."""
    story = "".join(random.Random(1).choices(ascii_letters, k=5_000))
    for name, told in (("anna", story), ("bram", f"{story[:300]} and so on"), ("carla", story[::-1])):
        make_order(make_customer(name, attributes={"Story": told}), "2025-01-10", "100")
    CalculationSettings.objects.create(kpi_attributes=["Story"])
    run = calculate()
    of_story = {"dimension": "attribute:Story", "period": "2025-01-01", "window": "month"}
    orders = KpiValue.objects.filter(run=run, kpi="orders", **of_story)
    assert dict(orders.values_list("member", "numerator")) == {story[:200]: 2, story[::-1][:200]: 1}
