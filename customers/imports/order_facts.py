"""Orders, their lines and credit notes, from the staged rows of one file.

A file has one row an order, or one row a line with the order's own columns on every row (invoices) or on the
first only (``head``). Either way ``import_groups`` gets one row an order; the latest head holds its columns,
the earliest moment counts.
"""

from collections.abc import Mapping
from typing import Final

from customers.imports.bulk import foreign_keys_set_aside, indexes_set_aside
from customers.imports.facts import (
    CHANGED,
    NEW,
    UNCHANGED,
    Outcome,
    analyse,
    drop_temporary,
    make_temporary,
    rows,
    run,
)
from customers.imports.staging import TABLE, Staged

LINE_COLUMNS: Final = ("product", "category", "quantity", "line_amount", "unit_price", "unit_cost")


def makes_orders(staged: Staged) -> bool:
    """Tell whether the rows make orders; without a moment they are lines of orders that are known."""
    return "moment" in staged.columns


def order_column(staged: Staged) -> str:
    """Return the staged column that holds the order's number."""
    return "order" if staged.kind.name == "order_lines" else "external_id"


def has_lines(staged: Staged) -> bool:
    """Tell whether the rows carry lines of orders."""
    return bool({"line_amount", "unit_price"} & set(staged.columns))


def line_amount(staged: Staged) -> str:
    """Return the SQL for what a line is worth as it stands in the file, to four places."""
    parts = []
    if "line_amount" in staged.columns:
        parts.append("s.line_amount")
    if "unit_price" in staged.columns and "quantity" in staged.columns:
        less = " - coalesce(s.line_discount, 0)" if "line_discount" in staged.columns else ""
        parts.append(f"s.quantity * s.unit_price{less}")
    return f"round(coalesce({', '.join(parts)}), 4)"


def is_no_line(staged: Staged) -> str:
    """Return the SQL that is true for a staged row that carries no line."""
    quantity = " OR s.quantity IS NULL" if "quantity" in staged.columns else ""
    return f"({line_amount(staged)} IS NULL{quantity})"


def customer_key(staged: Staged) -> str:
    """Return the SQL for the customer of a row: the shop's number, else the e-mail address, else NULL."""
    parts = [f"s.{name}" for name in ("customer", "email") if name in staged.columns]
    return f"coalesce({', '.join(parts)})" if parts else "NULL::text"


def group_lines(staged: Staged) -> None:
    """Make ``import_groups``: per order its rows, latest head, earliest moment and sums over its lines."""
    amount, order = line_amount(staged), f's."{order_column(staged)}"'
    moment = "min(s.moment) FILTER (WHERE s.head)" if "moment" in staged.columns else "NULL::timestamptz"
    cost = "NULL::numeric"
    if "unit_cost" in staged.columns:
        cost = f"""CASE WHEN count(*) FILTER (WHERE {amount} IS NOT NULL AND s.unit_cost IS NULL) = 0
                   THEN round(sum(s.unit_cost * s.quantity), 4) END"""
    category = "''::text AS main_category"
    if "category" in staged.columns:
        first, last = 'min(s.category COLLATE "C")', 'max(s.category COLLATE "C")'
        category = f"coalesce({first}, '') AS main_category, nullif({last}, {first}) AS last_category"
    make_temporary(
        "import_groups",
        f"""
        SELECT {order} AS external_id, count(*) AS records, min(s.record) AS first_record,
               max(s.record) AS last_record, max(s.record) FILTER (WHERE s.head) AS head_record,
               {moment} AS moment, sum({amount}) AS line_total, {cost} AS line_cost, {category}
        FROM {TABLE} s GROUP BY {order}
    """,
    )
    analyse("import_groups")
    if "category" in staged.columns:
        _find_main_categories(order, amount)


def _find_main_categories(order: str, amount: str) -> None:
    """The category with the largest amount, else the first by alphabet; most orders have one only."""
    run(f"""
        UPDATE import_groups g SET main_category = best.category
        FROM (
            SELECT DISTINCT ON (external_id) external_id, category
            FROM (SELECT {order} AS external_id, s.category, sum({amount}) AS amount
                  FROM {TABLE} s JOIN import_groups several
                      ON several.external_id = {order} AND several.last_category IS NOT NULL
                  WHERE s.category IS NOT NULL GROUP BY 1, 2) sums
            ORDER BY external_id, amount DESC NULLS LAST, category COLLATE "C"
        ) best
        WHERE best.external_id = g.external_id
    """)


#: What ``import_order`` has of the source beside what is written: for the report and for the lines.
KEPT: Final = ("s.external_id", "s.customer_id", "s.net", "s.line_total", "s.line_factor")


def show_added(columns: Mapping[str, str], upload_id: int) -> None:
    """Make ``import_order`` of orders that were added to an empty table: a view of them as they stand."""
    drop_temporary("import_order")
    values = ", ".join(f"{column} AS to_{column}" for column in columns)
    run(
        f"""
        CREATE TEMP VIEW import_order AS
        SELECT external_id, customer_id, CASE WHEN net_from_lines THEN NULL ELSE net_revenue END AS net,
               line_total, 1 AS line_factor, {values}, NULL::bigint AS target_id, '{NEW}'::text AS outcome
        FROM customers_order WHERE upload_id = {int(upload_id)}
    """
    )


#: Of a row of ``import_order``: its order had lines before.
HAD_LINES: Final = "s.had_lines"


def fill_orders(columns: Mapping[str, str]) -> None:
    """Sum up the first lines of orders that had none.

    What was there before needs no keeping: it was nothing. To undo it is to take the lines away again.
    """
    changes = ", ".join(f"{column} = s.to_{column}" for column in columns)
    run(f"""
        UPDATE customers_order t SET {changes}
        FROM import_order s
        WHERE t.id = s.target_id AND s.outcome = '{CHANGED}' AND NOT {HAD_LINES}
    """)


def order_source(staged: Staged, *, by_key: bool = False) -> tuple[str, dict[str, str]]:
    """Return the query with one row an order, and what to write in each column of the order.

    The query has ``external_id``, ``customer_id``, ``ordered_at`` and the amounts; expressions see it as
    ``s`` and the order that is there as ``t``. ``by_key``: its ``customer_id`` is what the file calls them.
    """
    have = set(staged.columns)
    lines, joined = has_lines(staged), f"{TABLE} s"
    if not by_key:
        joined += f" LEFT JOIN customers_customer c ON c.external_id = {customer_key(staged)}"
    if lines:
        joined += " JOIN import_groups g ON g.head_record = s.record"
    net, factor = _net_and_factor(have)
    of_lines = _line_factor(have, factor)
    wanted = {
        "record": "s.record",
        "external_id": f's."{order_column(staged)}"',
        "customer_id": customer_key(staged) if by_key else "c.id",
        "ordered_at": "g.moment" if lines else "s.moment",
        "net": _as_money(net),
        "line_total": _as_money("g.line_total" if lines else "NULL", of_lines),
        "line_factor": of_lines,
    }
    columns = {"customer_id": "s.customer_id"} if have & {"customer", "email"} else {}
    columns |= {
        "ordered_at": "s.ordered_at",
        "ordered_on": "s.ordered_at::date",
        "net_revenue": _as_money("coalesce(s.net, s.line_total, t.line_total, 0)"),
        "net_from_lines": "s.net IS NULL",
    }
    for name in ("discount", "shipping"):
        if name in have:
            wanted[name] = _as_money(f"s.{name}", of_lines)
            columns[name] = f"s.{name}"
    if "refunded_amount" in have:
        wanted["refunded_amount"] = _as_money("abs(s.refunded_amount)", factor)
        columns["refunded_amount"] = "s.refunded_amount"
    plain = _plain_columns(have)
    wanted |= plain
    columns |= {name: f"s.{name}" for name in plain}
    if lines:
        columns["line_total"] = "s.line_total"
        for name in ("line_cost", "main_category"):
            wanted[name] = f"g.{name}"
            columns[name] = f"s.{name}"
    selected = ", ".join(f"{value} AS {name}" for name, value in wanted.items())
    return f"SELECT {selected} FROM {joined}", columns


def as_new(columns: Mapping[str, str]) -> dict[str, str]:
    """Return what to write where no order is there yet, without a look at one."""
    return {**columns, "net_revenue": _as_money("coalesce(s.net, s.line_total, 0)")}


def _as_money(amount: str, factor: str = "1") -> str:
    """Return the SQL for an amount to four places, as it is stored: cast once, it is not rounded again."""
    return f"({amount if factor == '1' else f'{amount} * {factor}'})::numeric(19, 4)"


def _plain_columns(have: set[str]) -> dict[str, str]:
    """Return the SQL of columns that are taken over as they stand in the file."""
    found: dict[str, str] = {
        name: f"s.{name}" for name in ("refunded_on", "cost_of_goods", "transaction_cost") if name in have
    }
    status = [f"s.{name}" for name in ("cancelled", "status") if name in have]
    if status:
        found["status"] = f"coalesce({', '.join(status)}, 'placed')"
    if "sales_channel" in have:
        found["sales_channel"] = "coalesce(s.sales_channel, '')"
    return found


def _net_and_factor(have: set[str]) -> tuple[str, str]:
    """Return the SQL for net revenue, and for net ÷ gross where amounts of the file hold VAT."""
    if "net_revenue" in have:
        return "s.net_revenue", "1"
    if "gross_revenue" in have:
        net = "round(s.gross_revenue - coalesce(s.tax, 0), 4)" if "tax" in have else "s.gross_revenue"
        return net, f"coalesce({net} / nullif(s.gross_revenue, 0), 1)"
    return "NULL::numeric", "1"


def _line_factor(have: set[str], factor: str) -> str:
    """Lines, shipping and discount hold VAT where Total = Subtotal + Shipping: the tax is inside."""
    if not {"subtotal", "gross_revenue"} <= have:
        return "1"
    shipping = "coalesce(s.shipping, 0)" if "shipping" in have else "0"
    inside = f"abs(s.gross_revenue - s.subtotal - {shipping}) < 0.005"
    return f"(CASE WHEN {inside} THEN {factor} ELSE 1 END)"


def place_lines(staged: Staged) -> None:
    """Make ``import_placed``: each staged line with its order, its ordinal, and whether it is new or differs.

    The orders are those of the temporary table ``import_targets``. Where an order's rows stand together, as
    nearly always, the ordinal is a subtraction; only the others are sorted.
    """
    have = set(staged.columns)
    amount = f"round({line_amount(staged)} * o.line_factor, 4)"
    text = {
        name: f"coalesce(s.{name}, '')" if name in have else "''"
        for name in ("line_id", "product", "category")
    }
    quantity = "s.quantity" if "quantity" in have else "1::numeric"
    unit_cost = "s.unit_cost" if "unit_cost" in have else "NULL"
    select = f"""
        o.order_id, {{ordinal}} AS ordinal, {text["line_id"]} AS external_id, {text["product"]} AS product,
        {text["category"]} AS category, {quantity}::numeric(19, 4) AS quantity,
        {amount}::numeric(19, 4) AS net_amount, {unit_cost}::numeric(19, 4) AS unit_cost,
        s.line, o.outcome AS order_outcome
        FROM {TABLE} s
        JOIN import_groups g ON g.external_id = s."{order_column(staged)}"
        JOIN import_targets o ON o.external_id = g.external_id
        WHERE NOT {is_no_line(staged)}
    """
    sorted_ordinal = "row_number() OVER (PARTITION BY g.external_id ORDER BY s.record)::int"
    together = "g.last_record - g.first_record + 1 = g.records"
    make_temporary(
        "import_placed",
        f"""
        SELECT {select.format(ordinal="s.record - g.first_record + 1")} AND {together}
        UNION ALL
        SELECT {select.format(ordinal=sorted_ordinal)}
        AND NOT {together}
    """,
    )
    _compare_lines()


_VALUES: Final = ("external_id", "product", "category", "quantity", "net_amount", "unit_cost")


def _compare_lines() -> None:
    """Only lines of orders that were there before can meet a line; the rest is new without looking."""
    mine = ", ".join(f"p.{name}" for name in _VALUES)
    theirs = ", ".join(f"l.{name}" for name in _VALUES)
    run("ALTER TABLE import_placed ADD COLUMN outcome text NOT NULL DEFAULT 'n'")
    run(f"""
        UPDATE import_placed p
        SET outcome = CASE WHEN ROW({mine}) IS DISTINCT FROM ROW({theirs}) THEN '{CHANGED}'
                      ELSE '{UNCHANGED}' END
        FROM customers_orderline l
        WHERE l.order_id = p.order_id AND l.ordinal = p.ordinal AND p.order_outcome <> '{NEW}'
    """)


def write_lines(upload_id: int) -> Outcome:
    """Replace the lines of each order as a set where anything in it differs, keeping what was there."""
    parameters = {"upload": upload_id}
    make_temporary(
        "import_sets",
        f"""
        SELECT p.order_id
        FROM import_placed p JOIN customers_orderline l ON l.order_id = p.order_id
        WHERE p.order_outcome <> '{NEW}' AND p.outcome <> '{UNCHANGED}'
        UNION
        SELECT l.order_id
        FROM (SELECT order_id, max(ordinal) AS last FROM import_placed WHERE order_outcome <> '{NEW}'
              GROUP BY order_id) p
        JOIN customers_orderline l ON l.order_id = p.order_id AND l.ordinal > p.last
    """,
    )
    analyse("import_sets")
    run(
        """
        INSERT INTO customers_beforeimage (upload_id, "table", "row", image)
        SELECT %(upload)s, 'customers_orderline', s.order_id, jsonb_agg(to_jsonb(l) ORDER BY l.ordinal)
        FROM import_sets s JOIN customers_orderline l USING (order_id) GROUP BY s.order_id
    """,
        parameters,
    )
    run("DELETE FROM customers_orderline l USING import_sets s WHERE l.order_id = s.order_id")
    outcome = Outcome.of(dict(rows("SELECT outcome, count(*) FROM import_placed GROUP BY outcome")))
    names = f"order_id, ordinal, {', '.join(_VALUES)}"
    table = "customers_orderline"
    with foreign_keys_set_aside(table, outcome.new), indexes_set_aside(table, outcome.new):
        run(
            f"""
            INSERT INTO customers_orderline ({names}, upload_id)
            SELECT {names}, %(upload)s FROM import_placed p
            WHERE p.outcome = '{NEW}' OR p.order_id IN (SELECT order_id FROM import_sets)
        """,
            parameters,
        )
    return outcome
