"""Plain builders for the small fixed cast of the tests: ``make_order(anna, "2025-01-05", "19.95")``.

Days and moments are given as the shop writes them ("2025-01-05" or "2025-01-05 14:30", shop time), amounts as
text, so that a test reads like the file a shop would upload.
"""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group, User

from customers.models import (
    AcquisitionCost,
    Customer,
    Order,
    OrderLine,
    ProgrammeMembership,
    Refund,
    RetentionCost,
    Shop,
    Upload,
)
from customers.permissions import MARKETER

_numbers = count(1)


def _amount(value: str | int | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(value: str | date | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: str) -> datetime:
    """Read shop time; a bare day starts at midnight; an offset, when given, is kept."""
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(Shop.load().time_zone))


def _shop_day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(Shop.load().time_zone)).date()


def write_csv(folder: Path, text: str, *, name: str = "export.csv", encoding: str = "utf-8") -> Path:
    """Write a file as a shop's export would be: ``write_csv(tmp_path, "id;net\\nO1;5", encoding="…")``."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def make_shop(**values: Any) -> Shop:
    """Return the one shop with the given fields changed: ``make_shop(currency="GBP")``."""
    shop = Shop.load()
    for name, value in values.items():
        setattr(shop, name, _day(value) if name == "data_complete_from" else value)
    shop.save()
    return shop


def make_upload(**values: Any) -> Upload:
    """Return an upload that is done, unless ``state`` says otherwise."""
    defaults: dict[str, Any] = {
        "file_name": "orders.csv",
        "size": 0,
        "sha256": f"{next(_numbers):064x}",
        "state": Upload.State.DONE,
    }
    return Upload.objects.create(**{**defaults, **values})


def _upload() -> Upload:
    return Upload.objects.filter(state=Upload.State.DONE).order_by("id").first() or make_upload()


def make_customer(external_id: str = "anna", **values: Any) -> Customer:
    """Return a customer: ``make_customer("anna", acquisition_channel="ads", country="NL")``."""
    values.setdefault("upload", _upload())
    values["acquired_on"] = _day(values.get("acquired_on"))
    return Customer.objects.create(external_id=external_id, **values)


def make_order(customer: Customer | None, moment: str, net: str, **values: Any) -> Order:
    """Return an order of ``customer`` (None: anonymous) at shop time ``moment`` worth ``net`` without VAT."""
    ordered_at = _moment(moment)
    for name in ("discount", "shipping", "refunded_amount", "cost_of_goods", "transaction_cost"):
        values[name] = _amount(values.get(name))
    values["refunded_on"] = _day(values.get("refunded_on"))
    values.setdefault("external_id", f"O{next(_numbers)}")
    values.setdefault("upload", _upload())
    return Order.objects.create(
        customer=customer,
        ordered_at=ordered_at,
        ordered_on=_shop_day(ordered_at),
        net_revenue=Decimal(net),
        **values,
    )


def make_line(order: Order, product: str, quantity: str, net_amount: str, **values: Any) -> OrderLine:
    """Return the next line of ``order`` and bring the order's sums over its lines up to date."""
    values["unit_cost"] = _amount(values.get("unit_cost"))
    values.setdefault("upload", _upload())
    line = OrderLine.objects.create(
        order=order,
        ordinal=order.lines.count() + 1,
        product=product,
        quantity=Decimal(quantity),
        net_amount=Decimal(net_amount),
        **values,
    )
    _sum_lines(order)
    return line


def _sum_lines(order: Order) -> None:
    lines = list(order.lines.all())
    by_category: dict[str, Decimal] = {}
    for line in lines:
        if line.category:
            by_category[line.category] = by_category.get(line.category, Decimal(0)) + line.net_amount
    costs = [line.unit_cost for line in lines]
    order.line_total = sum((line.net_amount for line in lines), Decimal(0))
    order.line_cost = None if None in costs else sum((x.unit_cost * x.quantity for x in lines), Decimal(0))
    order.main_category = min(by_category, key=lambda name: (-by_category[name], name), default="")
    order.save()


def make_refund(moment: str, amount: str, **values: Any) -> Refund:
    """Return a refund: ``make_refund("2025-06-02", "70", order=order)``, or of a customer, or of nobody."""
    refunded_at = _moment(moment)
    order = values.get("order")
    values.setdefault("order_reference", order.external_id if order else "")
    values.setdefault("external_id", f"R{next(_numbers)}")
    values.setdefault("upload", _upload())
    return Refund.objects.create(
        refunded_at=refunded_at, refunded_on=_shop_day(refunded_at), amount=Decimal(amount), **values
    )


def make_acquisition_cost(channel: str, first: str, last: str, amount: str, **values: Any) -> AcquisitionCost:
    """Return what was spent on ``channel`` from ``first`` to ``last`` (both included)."""
    values.setdefault("external_id", f"K{next(_numbers)}")
    values.setdefault("upload", _upload())
    return AcquisitionCost.objects.create(
        channel=channel, first_day=_day(first), last_day=_day(last), amount=Decimal(amount), **values
    )


def make_retention_cost(first: str, last: str, amount: str, **values: Any) -> RetentionCost:
    """Return a cost of one ``customer``, of a ``programme``, or (neither given) of everyone."""
    values.setdefault("external_id", f"P{next(_numbers)}")
    values.setdefault("upload", _upload())
    return RetentionCost.objects.create(
        first_day=_day(first), last_day=_day(last), amount=Decimal(amount), **values
    )


def make_membership(
    customer: Customer, programme: str, first: str, last: str | None = None, **values: Any
) -> ProgrammeMembership:
    """Return a membership of ``programme``, open-ended unless ``last`` is given."""
    values.setdefault("upload", _upload())
    return ProgrammeMembership.objects.create(
        customer=customer, programme=programme, first_day=_day(first), last_day=_day(last), **values
    )


PASSWORD = "drie gele fietsen"


def make_user(name: str = "marieke", role: str = MARKETER, **values: Any) -> User:
    """Return someone with ``role`` ("" for none) who signs in with ``PASSWORD``."""
    user = User.objects.create_user(name, password=PASSWORD, **values)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user
