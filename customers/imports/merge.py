"""From the staging table to facts, inside one transaction: one function a kind of file.

Every function returns what became of the file's records and of the rows of each table. Nothing is written
that is not different; what is overwritten is kept as a before-image of the upload.
"""

from collections.abc import Callable
from typing import Final

from psycopg import sql

from customers.imports import order_facts, order_sums
from customers.imports.bulk import indexes_set_aside
from customers.imports.dedupe import Duplicates, drop_duplicates
from customers.imports.fact_tables import FACT_TABLES, find_table
from customers.imports.facts import (
    UNCHANGED,
    Outcome,
    analyse,
    compare,
    is_empty,
    make_temporary,
    rows,
    run,
    write,
)
from customers.imports.merged import Merged, add_rows, merge_table
from customers.imports.presets import get_preset
from customers.imports.staging import TABLE, Staged
from customers.models import BeforeImage, Customer, Order, OrderLine, Refund, Upload

_LOCK: Final = 0x4B57_494D  # one number for "imports" in this database
_MANY: Final = 1000
_TABLES: Final = {
    "customers": Customer._meta.db_table,
    "orders": Order._meta.db_table,
    "order_lines": OrderLine._meta.db_table,
    "refunds": Refund._meta.db_table,
}


def lock() -> None:
    """Wait until no other import writes; held to the end of the transaction."""
    run("SELECT pg_advisory_xact_lock(%(key)s)", {"key": _LOCK})


def try_lock() -> bool:
    """Take the same lock without waiting; False while an import writes."""
    return bool(rows("SELECT pg_try_advisory_xact_lock(%(key)s)", {"key": _LOCK})[0][0])


def merge_upload(staged: Staged, upload: Upload) -> Merged:
    """Bring the staged rows into the facts. Needs an open transaction and :func:`lock`."""
    table = find_table(staged)
    merged = table.merge(staged, upload) if table else _MERGERS[staged.kind.name](staged, upload)
    _analyse(merged)
    return merged


def _analyse(merged: Merged) -> None:
    """Tell the planner of tables that changed much; before autovacuum comes by, joins would take minutes."""
    for name, outcome in merged.facts.items():
        if outcome.new + outcome.changed >= _MANY:
            table = FACT_TABLES[name].model._meta.db_table if name in FACT_TABLES else _TABLES[name]
            analyse(table)
    if any(outcome.changed >= _MANY for outcome in merged.facts.values()):
        analyse(BeforeImage._meta.db_table)  # for the undo


def _merge_customers(staged: Staged, upload: Upload) -> Merged:
    duplicates = drop_duplicates(staged, "external_id")
    text = ("email", "name", "country", "city", "acquisition_channel", "campaign")
    columns = {name: f"coalesce(s.{name}, '')" for name in text if name in staged.columns}
    if "acquired_on" in staged.columns:
        columns["acquired_on"] = "s.acquired_on"
    if "objects_to_profiling" in staged.columns:
        columns["objects_to_profiling"] = "coalesce(s.objects_to_profiling, false)"
    if staged.attributes:
        columns["attributes"] = _take_over(staged.attributes)
    outcome = merge_table(Customer, f"SELECT * FROM {TABLE}", ("external_id",), columns, upload)
    return Merged(outcome, duplicates, {"customers": outcome})


def _take_over(attributes: dict[str, str]) -> str:
    """Return the SQL for a customer's attributes as uploaded last: a blank takes one away."""
    labels = {column: sql.Literal(label).as_string() for column, label in attributes.items()}
    found = ", ".join(f"{label}, s.{column}" for column, label in labels.items())
    others = f"coalesce(t.attributes, '{{}}') - ARRAY[{', '.join(labels.values())}]"
    return f"{others} || jsonb_strip_nulls(jsonb_build_object({found}))"


def _merge_customers_named(staged: Staged, upload: Upload, key: str) -> tuple[Outcome, int]:
    """Create the customers that orders or refunds name; take over what it says of them, but no blanks.

    Returns how many the file names as well.
    """
    if key == "NULL::text":
        return Outcome(), 0
    latest = [("email", "email"), ("name", "customer_name"), ("country", "country"), ("city", "city")]
    latest = [(column, name) for column, name in latest if name in staged.columns]
    if latest:
        by_age = "s.moment DESC, s.record DESC"
        picked = ", ".join(
            f"(array_agg(s.{name} ORDER BY {by_age}) FILTER (WHERE s.{name} IS NOT NULL))[1] AS {column}"
            for column, name in latest
        )
        only = "WHERE s.head AND " + key + " IS NOT NULL"
        if order_facts.has_lines(staged):
            only += " AND s.record IN (SELECT head_record FROM import_groups)"
        source = f"SELECT {key} AS external_id, {picked} FROM {TABLE} s {only} GROUP BY 1"
        columns = {column: f"coalesce(s.{column}, t.{column}, '')" for column, _name in latest}
        outcome = merge_table(Customer, source, ("external_id",), columns, upload)
        return outcome, outcome.new + outcome.changed + outcome.unchanged
    if is_empty(Customer._meta.db_table):
        source = f"SELECT {key} AS external_id FROM {TABLE} s WHERE {key} IS NOT NULL GROUP BY 1"
        created = add_rows(Customer, source, ("external_id",), {}, upload, staged.rows)
        return created, created.new
    make_temporary(
        "import_named",
        f"""
        SELECT n.external_id, c.id IS NULL AS is_new
        FROM (SELECT {key} AS external_id FROM {TABLE} s WHERE {key} IS NOT NULL GROUP BY 1) n
        LEFT JOIN customers_customer c ON c.external_id = n.external_id
    """,
    )
    named, new = rows("SELECT count(*), count(*) FILTER (WHERE is_new) FROM import_named")[0]
    source = "SELECT external_id FROM import_named WHERE is_new"
    return (add_rows(Customer, source, ("external_id",), {}, upload, new) if new else Outcome()), named


def _merge_orders(staged: Staged, upload: Upload) -> Merged:
    prefix = get_preset(staged.plan.preset).credit_notes
    lines = order_facts.has_lines(staged)
    if lines:
        duplicates = _drop_duplicate_lines(staged)
        order_facts.group_lines(staged)
    else:
        duplicates = drop_duplicates(staged, "external_id")
    customers, named = _merge_customers_named(staged, upload, order_facts.customer_key(staged))
    sums = None
    if not lines and is_empty(Order._meta.db_table):
        orders = _add_orders(staged, upload)
    else:
        sums = None if lines else order_sums.add_up_staged(staged, named)
        if sums is None or sums.noteworthy["no_revenue"]:
            orders, sums = _merge_orders_of_lines(staged, upload, prefix), None
        else:
            orders = _merge_whole_orders(staged, upload, sums.orders)
    merged = Merged(
        orders, duplicates, {"customers": customers, "orders": orders}, customers.new, named, sums
    )
    if prefix:
        merged.facts["refunds"] = _merge_credit_notes(staged, upload, prefix)
    if lines:
        _identify_orders()
        order_facts.place_lines(staged)
        merged.facts["order_lines"] = order_facts.write_lines(upload.pk)
        merged.records = _count_line_records(staged, prefix)
    _link_refunds(upload)
    return merged


def _add_orders(staged: Staged, upload: Upload) -> Outcome:
    """Write orders that are a row each to a table that is empty."""
    source, columns = order_facts.order_source(staged)
    columns = order_facts.as_new(columns)
    orders = add_rows(Order, source, ("external_id",), columns, upload, staged.rows, number="record")
    order_facts.show_added(columns, upload.pk)
    return orders


def _merge_whole_orders(staged: Staged, upload: Upload, count: int) -> Outcome:
    """Merge so many orders that are a row each; of those that are unchanged only some are kept for later."""
    source, columns = order_facts.order_source(staged)
    told = order_sums.tell(staged)
    found = merge_table(Order, source, ("external_id",), columns, upload, order_facts.KEPT, told)
    return Outcome(found.new, found.changed, count - found.new - found.changed)


def _merge_orders_of_lines(staged: Staged, upload: Upload, prefix: str) -> Outcome:
    """Merge orders whose lines are in the file, or may be there; no invoice whose number starts with this."""
    source, columns = order_facts.order_source(staged)
    if prefix:
        source += f" WHERE NOT starts_with(g.external_id, '{prefix}')"
    return merge_table(Order, source, ("external_id",), columns, upload, order_facts.KEPT)


def _drop_duplicate_lines(staged: Staged) -> Duplicates:
    """A line with a number of its own is the same line when it comes twice; others are lines of their own."""
    if "line_id" not in staged.columns:
        return Duplicates()
    return drop_duplicates(staged, f'"{order_facts.order_column(staged)}", line_id', "line_id IS NOT NULL")


def _identify_orders() -> None:
    """Make ``import_targets``: the orders of this file with their ids, now that the new ones have one."""
    make_temporary(
        "import_targets",
        """
        SELECT o.id AS order_id, s.external_id, s.outcome, s.line_factor
        FROM import_order s JOIN customers_order o ON o.external_id = s.external_id
    """,
    )
    analyse("import_targets")


def _merge_credit_notes(staged: Staged, upload: Upload, prefix: str) -> Outcome:
    """Invoices that start with ``prefix`` are money given back: refunds of the customer, without an order."""
    source = f"""
        SELECT g.external_id, g.moment, g.line_total, c.id AS customer_id, g.records
        FROM {TABLE} s JOIN import_groups g ON g.head_record = s.record
        LEFT JOIN customers_customer c ON c.external_id = {order_facts.customer_key(staged)}
        WHERE starts_with(g.external_id, '{prefix}')
    """
    columns = {
        "refunded_at": "s.moment",
        "refunded_on": "s.moment::date",
        "amount": "abs(s.line_total)",
        "customer_id": "s.customer_id",
    }
    return merge_table(Refund, source, ("external_id",), columns, upload)


def _count_line_records(staged: Staged, prefix: str) -> Outcome:
    """A record is as new as its line; it changed when its line or its order did."""
    same_order = f't.external_id = s."{order_facts.order_column(staged)}"'
    final = f"CASE WHEN p.outcome = '{UNCHANGED}' THEN p.order_outcome ELSE p.outcome END"
    if get_preset(staged.plan.preset).expander:
        # One record can be several rows: "c" sorts before "n" before "u".
        counted = f"""SELECT outcome, count(*) FROM (
            SELECT s.line, min(coalesce({final}, t.outcome)) AS outcome
            FROM {TABLE} s JOIN import_targets t ON {same_order}
            LEFT JOIN import_placed p ON p.line = s.line AND p.order_id = t.order_id
            GROUP BY s.line) x GROUP BY 1"""
    else:
        counted = f"SELECT {final}, count(*) FROM import_placed p GROUP BY 1"
    counts = dict(rows(counted))
    if not get_preset(staged.plan.preset).expander:
        _add(
            counts,
            rows(f"""
            SELECT t.outcome, count(*) FROM {TABLE} s JOIN import_targets t ON {same_order}
            WHERE {order_facts.is_no_line(staged)} GROUP BY 1"""),
        )
    if prefix:
        _add(counts, rows("SELECT outcome, sum(records)::bigint FROM import_refund GROUP BY 1"))
    return Outcome.of(counts)


def _add(counts: dict[str, int], more: list[tuple[str, int]]) -> None:
    for outcome, count in more:
        counts[outcome] = counts.get(outcome, 0) + count


def _link_refunds(upload: Upload) -> None:
    """Refunds that came before their order find it now."""
    run("""
        UPDATE customers_refund r SET order_id = o.id
        FROM customers_order o
        WHERE r.order_id IS NULL AND r.order_reference <> '' AND o.external_id = r.order_reference
    """)


def _merge_order_lines(staged: Staged, upload: Upload) -> Merged:
    if order_facts.makes_orders(staged):
        return _merge_orders(staged, upload)
    duplicates = _drop_duplicate_lines(staged)
    order_facts.group_lines(staged)
    columns = {
        "line_total": "s.line_total",
        "net_revenue": "CASE WHEN t.net_from_lines THEN s.line_total ELSE t.net_revenue END",
    }
    columns |= {"line_cost": "s.line_cost", "main_category": "s.main_category"}
    source = "SELECT *, 1 AS line_factor FROM import_groups"
    kept = ("s.external_id", "s.line_factor", "t.line_total IS NOT NULL AS had_lines")
    orders = compare(Order, "import_order", source, ("external_id",), columns, kept)
    _identify_orders()
    order_facts.place_lines(staged)
    lines = order_facts.write_lines(upload.pk)
    with indexes_set_aside(Order._meta.db_table, orders.changed):  # last: readers of orders wait
        order_facts.fill_orders(columns)
        write(Order, "import_order", ("external_id",), columns, upload, order_facts.HAD_LINES)
    return Merged(lines, duplicates, {"order_lines": lines, "orders": orders})


def _merge_refunds(staged: Staged, upload: Upload) -> Merged:
    duplicates = drop_duplicates(staged, "external_id")
    key = "s.customer" if "customer" in staged.columns else "NULL::text"
    customers, _named = _merge_customers_named(staged, upload, key)
    order = 's."order"' if "order" in staged.columns else "NULL::text"
    source = f"""
        SELECT s.*, c.id AS customer_id, o.id AS order_id, coalesce({order}, '') AS order_reference
        FROM {TABLE} s LEFT JOIN customers_customer c ON c.external_id = {key}
        LEFT JOIN customers_order o ON o.external_id = {order}
    """
    columns = {
        "refunded_at": "s.moment",
        "refunded_on": "s.moment::date",
        "amount": "abs(s.amount)",
        "order_reference": "s.order_reference",
        "order_id": "s.order_id",
        "customer_id": "s.customer_id",
    }
    if "reason" in staged.columns:
        columns["reason"] = "coalesce(s.reason, '')"
    outcome = merge_table(Refund, source, ("external_id",), columns, upload)
    return Merged(outcome, duplicates, {"customers": customers, "refunds": outcome}, customers.new)


_MERGERS: Final[dict[str, Callable[[Staged, Upload], Merged]]] = {
    "customers": _merge_customers,
    "orders": _merge_orders,
    "order_lines": _merge_order_lines,
    "refunds": _merge_refunds,
}
