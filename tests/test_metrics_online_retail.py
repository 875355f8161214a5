"""Online Retail (UCI, CC BY 4.0): real orders and credit notes, calculated and ranked, to the cent."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum

from customers.imports import pipeline as imports
from metrics.models import CustomerValue
from tests.builders import make_shop
from tests.worked_example_shop import calculate

DATA = Path(__file__).parents[2] / "shared/data/online_retail/online_retail.csv.gz"
pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason="the Online Retail file is not beside the repository"),
    pytest.mark.django_db(transaction=True),
]


def test_revenue_per_customer_and_in_all_is_what_the_file_says(tmp_path):
    file = tmp_path / "online_retail.csv"
    file.write_bytes(gzip.decompress(DATA.read_bytes()))
    make_shop(currency="GBP", time_zone="Europe/London")
    upload = imports.import_file(file)
    assert upload.state == "done", upload.error

    run = calculate(None)

    values = CustomerValue.objects.filter(run=run)
    best = values.order_by("-revenue").first()
    assert (best.external_id, best.revenue) == ("14646", Decimal("279489.0200"))
    assert (run.customers, values.count()) == (4_372, 4_372)
    assert values.aggregate(sum=Sum("revenue"))["sum"] == Decimal("8300065.8140")
    assert run.totals["revenue"] == "8300065.8140"
    assert (run.totals["customers_with_order"], values.filter(orders=0).count()) == (4_338, 34)
    assert values.aggregate(sum=Sum("orders"))["sum"] == 18_532
    only_notes = values.filter(customer__orders=None)
    assert only_notes.count() == 33
    assert not only_notes.exclude(lifetime=None, periodic=None, value_density=None).exists()
    anonymous = run.totals["anonymous"]
    assert Decimal(anonymous["revenue"]) == Decimal("1447682.12")  # its credit notes are taken off
