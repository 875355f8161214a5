"""KPIs by a further column of customers, whatever that is called."""

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
