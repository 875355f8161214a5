"""Records that an import set aside or that do not count, kept with the upload while they are known.

Asked in the transaction of the import itself, of its temporary tables: the numbers of a report and the rows
behind them are of one moment.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.imports.staging import Staged
from customers.models import QualityMeasurement, Upload
from customers.quality.checks import Check, Field
from customers.quality.measure import keep_rows, write_amount

_ORDER_FIELDS: Final = (
    Field("number", _("order number")),
    Field("day", _("order date"), "date"),
    Field("month", _("month"), "month", facet=True),
    Field("customer", _("customer number"), link="customer:customer_id"),
    Field("customer_id", unit="hidden"),
    Field("amount", _("net revenue"), "money"),
)
_ORDERS: Final = """
    SELECT o.external_id AS number, o.to_ordered_on AS day,
           date_trunc('month', o.to_ordered_on)::date AS month, c.external_id AS customer, o.customer_id,
           o.to_net_revenue AS amount {more}
    FROM import_order o LEFT JOIN customers_customer c ON c.id = o.customer_id WHERE """


def _orders(key: str, where: str, title: Any, why: Any, advice: Any, **extra: Any) -> Check:
    more = extra.pop("more", ())
    return Check(
        key=key, group="orders", severity="info", title=title, why=why, advice=advice,
        rows=_ORDERS.format(more=extra.pop("sql", "")) + where, fields=(*_ORDER_FIELDS, *more),
        order="day DESC, number", **{"amount": "amount", "amount_label": _("net revenue"), **extra},
    )  # fmt: skip


_CHECKS: Final = (
    Check(
        key="duplicate",
        group="orders",
        severity="info",
        title=_("Records that a later one took the place of"),
        why=_("The later record of the same key counts; these were left out."),
        advice=_("Where the two differ, look which of them is right in your shop."),
        rows="""
    SELECT s.line, {number}::text AS number, {amount}::numeric AS amount, s.differs, s.winning_line
    FROM import_superseded s""",
        fields=(
            Field("line", _("line"), "count"),
            Field("number", _("number")),
            Field("amount", _("amount"), "money"),
            Field("differs", _("holds something else"), "flag", facet=True),
            Field("winning_line", _("line that counts"), "count"),
        ),
        order="line",
        amount="amount",
        amount_label=_("amount"),
    ),
    _orders(
        "cancelled", "o.to_status = 'cancelled'",
        _("Cancelled orders of this file"),
        _("They are kept, and count in no revenue and for no customer."),
        _("Look whether the words of the status were understood as you mean them; the mapping says how."),
    ),
    _orders(
        "test", "o.to_status = 'test'",
        _("Test orders of this file"),
        _("They are kept, and count in no revenue and for no customer."),
        _("Look whether the words of the status were understood as you mean them; the mapping says how."),
    ),
    _orders(
        "refunded", "o.to_refunded_amount > 0{placed}",
        _("Orders of this file for which money was given back"),
        _("The refunded amount lowers the order and its customer; a full refund takes the purchase away."),
        _("If you import refunds as a file of their own as well, the larger of the two counts."),
        sql=", o.to_refunded_amount AS refunded",
        more=(Field("refunded", _("refunded"), "money"),), amount="refunded", amount_label=_("refunded"),
    ),
)  # fmt: skip
SET_ASIDE: Final[dict[str, Check]] = {check.key: check for check in _CHECKS}


def keep_set_aside(upload: Upload, staged: Staged, amount: str, parts: Iterable[str]) -> None:
    """Keep the rows behind these parts of the equation, by their keys.

    ``amount``: SQL for what a staged row ``s`` is worth. Needs the transaction of the import, whose temporary
    tables it reads.
    """
    QualityMeasurement.objects.filter(upload=upload).delete()
    wanted = [SET_ASIDE[part] for part in parts if part in SET_ASIDE]
    if not wanted:
        return
    measurement = QualityMeasurement.objects.create(upload=upload)
    has_status = {"status", "cancelled"} & {*staged.columns}
    names = {
        "number": _find_number(staged.columns),
        "amount": amount,
        "placed": " AND o.to_status = 'placed'" if has_status else "",
    }
    for check in wanted:
        count, money = keep_rows(check, check.rows.format(**names), measurement, {})
        measurement.findings[check.key] = {"count": count, "amount": write_amount(money)}
    measurement.save(update_fields=["findings"])


def _find_number(columns: Sequence[str]) -> str:
    """Return the SQL for what a staged record is known by."""
    names = [name for name in ("external_id", "order", "customer", "channel") if name in columns]
    return f's."{names[0]}"' if names else "''"
