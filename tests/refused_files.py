"""Files that are refused in part or as a whole, and what was there before, for tests."""

from pathlib import Path
from typing import Any

from customers.imports import pipeline
from customers.models import Customer, Order, Upload
from tests.builders import make_customer, make_order

HEADER = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw"


GOOD = "1001;K1;31-01-2025;19,95"


def try_file(folder: Path, text: str | bytes, **choices: Any) -> Upload:
    """Import a file and return its upload."""
    path = folder / "export.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return pipeline.import_file(path, **choices)


def rejected(upload: Upload) -> list[str]:
    """Return the sentences of the rejects."""
    return [reject.sentence for reject in upload.rejects.all()]


def assert_nothing_came(before: Order) -> None:
    """Only the order that was there is there, as it was."""
    assert list(Order.objects.values_list("external_id", "net_revenue")) == [("1000", before.net_revenue)]
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["K0"]


def make_before() -> Order:
    """What was there before; every test leaves it as it is."""
    return make_order(make_customer("K0"), "2024-05-01", "10.00", external_id="1000")
