"""From what the file adds up to, to what was imported: every difference with its records and its money.

file − rejected − duplicates − repeated − VAT ± the rest = imported; of orders also
imported − cancelled − test = what counts, and − refunds = what is left. Amounts are exact decimals as text.
The records behind a part are kept with the upload (``customers.quality.set_aside``); rejects are their own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from customers.imports import order_facts
from customers.imports.columns import NULL, AmountParser, Parser
from customers.imports.facts import rows
from customers.imports.mapping import ColumnPlan
from customers.imports.merged import Merged
from customers.imports.order_sums import OrderSums
from customers.imports.presets import get_preset
from customers.imports.reasons import BadValue
from customers.imports.rejects import Spool
from customers.imports.staging import TABLE, Staged
from customers.models import Shop

_FOREIGN: Final = "foreign_currency"  # a reason for a reject whose amount cannot be added up
_OF_ORDERS: Final = frozenset({"orders", "order_lines"})
Part = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Money:
    """What a staged row is worth: ``sql`` as it was read, ``as_written`` with the VAT that was taken off.

    ``column`` is where it stands in the file, None where it is the price in ``header`` × the quantity in
    ``times``. ``of_order``: the order's own amount, not that of a line.
    """

    sql: str
    as_written: str
    header: str
    column: ColumnPlan | None
    of_order: bool = False
    times: str = ""


def reconcile(staged: Staged, merged: Merged, rejects: Spool, sums: OrderSums | None) -> list[Part]:
    """Return the parts of the equation, each ``{"key", "amount", "count"}``; none for a file without money.

    ``sums``: of the orders of the same import, if it has any. Reads the staged rows and the temporary tables
    of the merge, so it is asked before the transaction ends.
    """
    money = find_money(staged)
    if money is None:
        return []
    good, count = _one(f"SELECT coalesce(sum({money.as_written}), 0), count({money.sql}) FROM {TABLE} s")
    taken = [*_add_up_rejects(rejects, staged, money), *_add_up_doubles(merged, money)]
    total = good + sum((Decimal(part["amount"]) for part in taken), Decimal(0))
    read = count + sum(part["count"] - part.get("without", 0) for part in taken)
    named = {"column": money.header, "times": money.times} if money.times else {"column": money.header}
    parts = [_part("file", total, read, **named), *taken]
    if sums:
        return parts + _explain_orders(staged, money, good, sums)
    net = good
    if money.as_written != money.sql:
        net = _one(f"SELECT coalesce(sum({money.sql}), 0) FROM {TABLE} s")[0]
    return [*parts, *_unless_nothing(_part("vat", good - net)), _part("imported", net, count)]


def find_money(staged: Staged) -> Money | None:
    """Return the amounts whose sum a shop would hold against its own: of the orders, else of the rows."""
    if staged.kind.name not in _OF_ORDERS:
        return _column_money(staged, "amount") if "amount" in staged.columns else None
    own = [name for name in ("gross_revenue", "net_revenue") if name in staged.columns]
    if own and _makes_orders(staged):
        return _column_money(staged, own[0], of_order=True)
    if "line_amount" in staged.columns:
        return _column_money(staged, "line_amount")
    if order_facts.has_lines(staged):
        amount = order_facts.line_amount(staged)
        price, quantity = (_find(staged, name).header for name in ("unit_price", "quantity"))
        return Money(amount, amount, price, None, times=quantity)
    return None


def _makes_orders(staged: Staged) -> bool:
    return staged.kind.name in _OF_ORDERS and order_facts.makes_orders(staged)


def _column_money(staged: Staged, name: str, *, of_order: bool = False) -> Money:
    """Return the money of one column, with VAT at a rate added again.

    That is exact where the file writes whole cents: net is kept to four places.
    """
    column, sql = _find(staged, name), f"s.{name}"
    if name == "line_amount":
        sql = order_facts.line_amount(staged)
    if staged.kind.name == "refunds":
        sql = f"abs({sql})"
    written = sql
    if column.vat and column.vat.rate and not column.vat.says:
        written = f"round({sql} * {100 + Decimal(column.vat.rate)} / 100, 2)"
    return Money(sql, written, column.header, column, of_order)


def _find(staged: Staged, target: str) -> ColumnPlan:
    return next(column for column in staged.plan.columns if column.target == target)


def _explain_orders(staged: Staged, money: Money, good: Decimal, sums: OrderSums) -> list[Part]:
    """Return what lies between the good records of a file and the orders made of them, then what counts."""
    parts: list[Part] = []
    left, once = good, f"{TABLE} s"
    if money.of_order and order_facts.has_lines(staged):
        once += " JOIN import_groups g ON g.head_record = s.record"
        left, orders = _one(f"SELECT coalesce(sum({money.as_written}), 0), count({money.sql}) FROM {once}")
        repeated = _one(f"SELECT count({money.sql}) FROM {TABLE} s")[0] - orders
        parts += _unless_nothing(_part("repeated", good - left, repeated))
    tax = _sum_tax(staged, money, once)
    parts += _unless_nothing(_part("vat", tax))
    left -= tax
    if get_preset(staged.plan.preset).credit_notes:
        credit, count = _one("SELECT coalesce(sum(line_total), 0), count(*) FROM import_refund")
        parts += _unless_nothing(_part("credit_notes", credit, count))
        left -= credit
    if money.of_order and "from_lines" in sums.parts:
        from_lines, made = sums.parts["from_lines"]
        parts += _unless_nothing(_part("from_lines", -from_lines, made))
        left += from_lines
    parts += _unless_nothing(_part("rest", left - sums.revenue))
    return [*parts, _part("imported", sums.revenue, sums.orders), *_find_what_counts(sums)]


def _sum_tax(staged: Staged, money: Money, once: str) -> Decimal:
    """Return the VAT in the amounts: in a column of its own, or taken off in reading."""
    tax = f"{money.as_written} - {money.sql}"
    if "gross_revenue" in staged.columns and "tax" in staged.columns and money.of_order:
        tax = "CASE WHEN s.gross_revenue IS NOT NULL THEN coalesce(s.tax, 0) END"
    elif money.as_written == money.sql:
        return Decimal(0)
    return Decimal(_one(f"SELECT coalesce(sum({tax}), 0) FROM {once}")[0])


def _find_what_counts(sums: OrderSums) -> list[Part]:
    """Return cancelled and test orders, what counts without them, and what was given back for it."""
    left, count, found = sums.revenue, sums.orders, sums.parts
    parts = [_part(name, *found[name]) for name in ("cancelled", "test") if name in found and found[name][1]]
    if parts:
        left -= sum((Decimal(part["amount"]) for part in parts), Decimal(0))
        count -= sum(part["count"] for part in parts)
        parts.append(_part("counted", left, count))
    given, times = found.get("refunded", (Decimal(0), 0))
    return [*parts, _part("refunded", given, times), _part("left", left - given, count)] if times else parts


def _add_up_doubles(merged: Merged, money: Money) -> list[Part]:
    """Return the records that a later one of the same key took the place of."""
    if not merged.duplicates.count:
        return []
    amount = _one(f"SELECT coalesce(sum({money.as_written}), 0) FROM import_superseded s")[0]
    return [_part("duplicate", amount, int(merged.duplicates.count))]


def _add_up_rejects(rejects: Iterable[list[Any]], staged: Staged, money: Money) -> list[Part]:
    """Return the rejects by reason, with the money in those whose amount can be read.

    ``without``: so many have no amount that can be added up. Those in another currency never are.
    """
    read = _AmountReader(staged, money)
    counts, without = Counter[str](), Counter[str]()
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for _line, _column, _value, code, _data, record in rejects:
        counts[code] += 1
        amount = read(record) if code != _FOREIGN else None
        without[code] += amount is None
        amounts[code] += amount or 0
    return [
        _part("rejected", amounts[code], count, reason=code, without=without[code])
        for code, count in counts.most_common()
    ]


class _AmountReader:
    """Reads what a record says it is worth, as it stands in the file; None when that cannot be told."""

    def __init__(self, staged: Staged, money: Money) -> None:
        plan, column = staged.plan, money.column
        self._parser: Parser | None = None
        if column is not None and column.made is None and plan.columns.index(column) < plan.width:
            self._place = plan.columns.index(column)
            self._is_absolute = staged.kind.name == "refunds"
            self._parser = AmountParser(column.decimal, Shop.load().currency, typed=plan.is_typed)

    def __call__(self, record: list[str]) -> Decimal | None:
        if self._parser is None or self._place >= len(record):
            return None
        try:
            text = self._parser[record[self._place]]
        except BadValue:
            return None
        amount = None if text == NULL else Decimal(text)
        return abs(amount) if amount is not None and self._is_absolute else amount


def _part(key: str, amount: Decimal, count: int | None = None, **more: Any) -> Part:
    part: Part = {"key": key, "amount": f"{amount:f}", **more}
    return part if count is None else {**part, "count": count}


def _unless_nothing(part: Part) -> list[Part]:
    return [part] if Decimal(part["amount"]) else []


def _one(query: str) -> Any:
    return rows(query)[0]
