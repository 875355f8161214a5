"""The samples of exports in tests/data, and the facts of the database as plain rows to hold against them."""

from pathlib import Path

from customers.imports import pipeline
from customers.models import AcquisitionCost, Customer, Order, OrderLine, Refund, Upload

SAMPLES = Path(__file__).parent / "data"


def import_sample(name: str) -> Upload:
    """Import a sample, which must succeed with nothing rejected."""
    upload = pipeline.import_file(SAMPLES / name)
    assert upload.state == Upload.State.DONE, upload.error
    assert not upload.rejects.exists(), [reject.sentence for reject in upload.rejects.all()]
    return upload


def import_changed(folder: Path, name: str, old: str, new: str, encoding: str = "utf-8") -> Upload:
    """Import a sample in which ``old``, which is in it once, was replaced by ``new``."""
    text = (SAMPLES / name).read_text(encoding=encoding)
    assert text.count(old) == 1
    path = folder / name
    path.write_text(text.replace(old, new), encoding=encoding)
    return pipeline.import_file(path)


def rejects_of(upload: Upload) -> list[tuple[int, str, str]]:
    """Return (line, column, reason) of every rejected record."""
    return list(upload.rejects.values_list("line", "column", "reason_code"))


def customers() -> list[tuple[str, str, str, str, str, str]]:
    """Return (number, e-mail, name, country, city, customer since) of every customer."""
    return [
        (found.external_id, found.email, found.name, found.country, found.city, str(found.acquired_on or ""))
        for found in Customer.objects.order_by("external_id")
    ]


def orders() -> list[tuple[str, str, str, str, str]]:
    """Return (order, customer, day, net, status) of every order."""
    return [
        (
            order.external_id,
            order.customer.external_id if order.customer else "",
            str(order.ordered_on),
            str(order.net_revenue),
            order.status,
        )
        for order in Order.objects.select_related("customer").order_by("external_id")
    ]


def lines() -> list[tuple[str, int, str, str, str]]:
    """Return (order, ordinal, product, quantity, net amount) of every line."""
    return [
        (line.order.external_id, line.ordinal, line.product, str(line.quantity), str(line.net_amount))
        for line in OrderLine.objects.select_related("order").order_by("order__external_id", "ordinal")
    ]


def refunds() -> list[tuple[str, str, str, str]]:
    """Return (number, order, day, amount) of every refund."""
    return [
        (
            found.external_id,
            found.order.external_id if found.order else "",
            str(found.refunded_on),
            str(found.amount),
        )
        for found in Refund.objects.select_related("order").order_by("external_id")
    ]


def transaction_costs() -> dict[str, str]:
    """Return the transaction cost of every order that has one."""
    found = Order.objects.filter(transaction_cost__isnull=False).order_by("external_id")
    return {order.external_id: str(order.transaction_cost) for order in found}


def costs() -> list[tuple[str, str, str, str, str]]:
    """Return (channel, campaign, first day, last day, amount) of every acquisition cost."""
    return [
        (found.channel, found.campaign, str(found.first_day), str(found.last_day), str(found.amount))
        for found in AcquisitionCost.objects.order_by("channel", "campaign", "first_day")
    ]
