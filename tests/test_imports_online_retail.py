"""Control figures of Online Retail (UCI, CC BY 4.0), to the cent, before and after the import."""

import csv
import gzip
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Count, F, Q, Sum

from customers.imports import pipeline
from customers.models import Customer, Order, OrderLine, Refund, Upload
from tests.builders import make_shop

DATA = Path(__file__).parents[2] / "shared/data/online_retail/online_retail.csv.gz"
needs_data = pytest.mark.skipif(
    not DATA.exists(), reason="the Online Retail file is not beside the repository"
)
pytestmark = [needs_data, pytest.mark.django_db]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked file."""
    path = tmp_path_factory.mktemp("online_retail") / "online_retail.csv"
    path.write_bytes(gzip.decompress(DATA.read_bytes()))
    return path


@pytest.fixture
def imported(file: Path) -> Upload:
    """The upload after it went in, in pounds."""
    make_shop(currency="GBP", time_zone="Europe/London")
    return pipeline.import_file(file)


def test_the_file_itself_holds_the_control_figures(file: Path) -> None:
    orders: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    lines = {"with customer": 0, "without": 0}
    anonymous = Decimal(0)
    with file.open(newline="") as text:
        for row in csv.DictReader(text):
            amount = Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
            lines["with customer" if row["CustomerID"] else "without"] += 1
            if row["CustomerID"]:
                orders[row["InvoiceNo"], row["CustomerID"]] += amount
            else:
                anonymous += amount
    invoices = {key: amount for key, amount in orders.items() if not key[0].startswith("C")}
    notes = {key: amount for key, amount in orders.items() if key[0].startswith("C")}
    assert lines == {"with customer": 406_829, "without": 135_080}
    assert (len(invoices), sum(invoices.values())) == (18_536, Decimal("8911407.904"))
    assert len({customer for _invoice, customer in invoices}) == 4_339
    assert (len(notes), sum(notes.values())) == (3_654, Decimal("-611342.090"))
    assert anonymous == Decimal("1447682.120")


def test_the_facts_hold_the_same_figures(imported: Upload) -> None:
    assert imported.state == Upload.State.DONE, imported.error
    assert (imported.kind, imported.preset) == ("order_lines", "online_retail")
    orders = Order.objects.filter(customer__isnull=False)
    assert orders.aggregate(
        n=Count("id"), customers=Count("customer", distinct=True), sum=Sum("net_revenue")
    ) == {
        "n": 18_536,
        "customers": 4_339,
        "sum": Decimal("8911407.9040"),
    }
    worth = orders.filter(net_revenue__gt=0)
    assert (worth.count(), worth.values("customer").distinct().count()) == (18_532, 4_338)
    notes = Refund.objects.filter(customer__isnull=False).aggregate(n=Count("id"), sum=Sum("amount"))
    assert notes == {"n": 3_654, "sum": Decimal("611342.0900")}
    anonymous = (
        Order.objects.filter(customer=None).aggregate(sum=Sum("net_revenue"))["sum"]
        - Refund.objects.filter(customer=None).aggregate(sum=Sum("amount"))["sum"]
    )
    assert anonymous == Decimal("1447682.1200")
    assert Customer.objects.count() == 4_372
    assert Customer.objects.filter(orders=None).count() == 33
    best = Customer.objects.get(external_id="14646")
    bought = best.orders.aggregate(sum=Sum("net_revenue"))["sum"]
    back = best.refunds.aggregate(sum=Sum("amount"))["sum"]
    assert bought - back == Decimal("279489.0200")


def test_every_line_is_accounted_for_and_the_totals_can_be_held_against_the_shop(imported: Upload) -> None:
    assert imported.counts == {
        "header": 1,
        "read": 541_909,
        "new": 541_909,
        "changed": 0,
        "unchanged": 0,
        "duplicate": 0,
        "rejected": 0,
        "skipped": 0,
    }
    totals = imported.control_totals
    named = Decimal(totals["revenue"]) - Decimal(totals["anonymous_revenue"])
    back = Decimal(totals["refunded"]) - Decimal(totals["anonymous_refunded"])
    assert (named, back, named - back) == (
        Decimal("8911407.904"),
        Decimal("611342.09"),
        Decimal("8300065.814"),
    )
    assert (totals["first_day"], totals["last_day"]) == ("2010-12-01", "2011-12-09")


def test_lines_add_up_to_their_orders(imported: Upload) -> None:
    assert OrderLine.objects.count() == 541_909 - 9_288  # the rest stands on credit notes
    differing = Order.objects.annotate(sum=Sum("lines__net_amount")).filter(~Q(sum=F("net_revenue")))
    assert differing.count() == 0


def test_the_same_file_again_changes_nothing_and_says_so(imported: Upload, file: Path) -> None:
    again = pipeline.import_file(file)
    assert again.counts["unchanged"] == again.counts["read"] == 541_909
    assert all(count == {"new": 0, "changed": 0} for count in again.facts.values())
    assert again.findings[0]["code"] == "already_imported"
    assert not Order.objects.filter(upload=again).exists()
