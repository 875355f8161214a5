"""Undo an import: rows it created go, rows it changed get back what they held, and what cannot be is listed.

A row is left alone when a later import changed it again, or when rows of other uploads refer to it. Preview
and undo read the same view of the database, made by :func:`_classify`.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone

from customers.imports import batches, report
from customers.imports.fact_tables import FACT_TABLES
from customers.imports.facts import join_in_parallel, rows, run, sql_type
from customers.imports.merge import lock, try_lock
from customers.imports.progress import Cancelled
from customers.imports.reasons import UnusableFile
from customers.models import Customer, Order, Refund, Shop, Upload
from customers.persons.joining import stand_apart
from customers.shop_changes import LOCAL_DAYS, recompute_local_days
from customers.signals import facts_changed

_EXAMPLES: Final = 20

#: Tables in the order in which rows may be deleted, each with the tables and columns that refer to it.
_Tables = dict[type[models.Model], tuple[tuple[str, str], ...]]


def _list_tables() -> _Tables:
    others = FACT_TABLES.values()
    of_customer = [reference for table in others for reference in table.list_references(Customer)]
    return {
        **{table.model: () for table in others},
        Refund: (),
        Order: (("customers_refund", "order_id"), ("customers_orderline", "order_id")),
        Customer: (("customers_order", "customer_id"), ("customers_refund", "customer_id"), *of_customer),
    }


@dataclass(frozen=True, slots=True)
class TableUndo:
    """What undoing does to one table; ``examples`` names rows that are kept."""

    deleted: int
    restored: int
    kept: int
    examples: list[str]


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What undoing an upload does, by table."""

    tables: dict[str, TableUndo] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        """Rows left as they are."""
        return sum(table.kept for table in self.tables.values())

    @property
    def deleted(self) -> int:
        """Rows that go."""
        return sum(table.deleted for table in self.tables.values())

    @property
    def restored(self) -> int:
        """Rows that get back what they held."""
        return sum(table.restored for table in self.tables.values())

    @property
    def touched(self) -> int:
        """Rows deleted or restored."""
        return self.deleted + self.restored


def preview(upload: Upload) -> UndoReport | None:
    """Return what :func:`undo` would do now, or None while an import writes. Changes nothing."""
    with transaction.atomic():
        if not try_lock():
            return None
        with stand_apart():
            _classify(upload)
            found = _report()
        transaction.set_rollback(True)
    return found


def undo(upload: Upload, user: User | None = None) -> UndoReport:
    """Take back what the upload wrote and mark it undone. Raises UnusableFile unless it is done.

    An upload on its way to be undone may be stopped until the last moment: then Cancelled is raised.
    """
    with transaction.atomic():
        lock()
        upload.refresh_from_db()
        before = upload.state
        if before not in (Upload.State.DONE, Upload.State.UNDOING):
            raise UnusableFile("already_active", state=upload.get_state_display())
        with stand_apart():
            found = take_back(upload)
        _note_kept(upload, found)
        batch = batches.lock(upload)
        _end(upload, before)
        if batch:
            batches.settle(batch, changed_facts=bool(found.touched), reason="undo", user=user)
        elif found.touched:
            facts_changed.send(sender=Upload, reason=f"undo {upload.file_name}", user=user)
    return found


def take_back(upload: Upload) -> UndoReport:
    """Delete and put back the rows; returns what was done. Everybody stands apart (:func:`stand_apart`)."""
    _classify(upload)
    found = _report()
    restored = set()
    for model in _list_tables():
        restored |= _restore(model, upload)
        if model is Order:
            _restore_lines(upload)
        _delete(model)
    run("DROP TABLE undo_rows")
    if restored & LOCAL_DAYS:
        recompute_local_days(Shop.load().time_zone)  # it may be of before a change of zone
    return found


def _end(upload: Upload, before: str) -> None:
    """Mark the upload undone; at the end, so that others may write to its row until then."""
    changed = Upload.objects.filter(pk=upload.pk, state=before).update(
        state=Upload.State.UNDONE, finished_at=timezone.now(), step=""
    )
    if not changed:
        raise Cancelled
    upload.refresh_from_db()


def _classify(upload: Upload) -> None:
    """Make ``undo_rows``: every row that the upload created or changed, and what becomes of it.

    ``action`` is delete, restore or keep. Lines of orders come with their order, except sets that this upload
    replaced in an order of another upload, or gave to an order that had none.
    """
    parameters = {"upload": upload.pk}
    names = {table.model: table.name for table in FACT_TABLES.values()}
    found = [_list_rows(model._meta.db_table, names.get(model, "t.external_id")) for model in _list_tables()]
    join_in_parallel()
    run(f"CREATE TEMP TABLE undo_rows ON COMMIT DROP AS {' UNION ALL '.join(found)}", parameters)
    _classify_line_sets(parameters)
    run('CREATE INDEX ON undo_rows ("table", "row")')
    run("ANALYZE undo_rows")
    for model, references in _list_tables().items():
        for other, column in references:
            _keep_referred(model._meta.db_table, other, column, parameters)


def _list_rows(table: str, name: str) -> str:
    """Return the query of the rows of one table that the upload wrote, or that later ones wrote again.

    One pass over the table finds nearly all; images of later uploads, of which there are few, tell the rest.
    """
    return f"""
        SELECT '{table}' AS "table", t.id AS "row", {name} AS name,
               CASE WHEN t.upload_id <> %(upload)s THEN 'keep' WHEN b.id IS NULL THEN 'delete'
                    ELSE 'restore' END AS action
        FROM {table} t
        LEFT JOIN customers_beforeimage b
            ON b.upload_id = %(upload)s AND b."table" = '{table}' AND b."row" = t.id
        WHERE t.upload_id = %(upload)s OR b.id IS NOT NULL
        UNION ALL
        SELECT '{table}', t.id, {name}, 'keep'
        FROM customers_beforeimage b JOIN {table} t ON t.id = b."row"
        WHERE b."table" = '{table}' AND b.upload_id > %(upload)s
          AND (b.image->>'upload_id')::bigint = %(upload)s AND t.upload_id <> %(upload)s
          AND NOT EXISTS (SELECT FROM customers_beforeimage mine WHERE mine.upload_id = %(upload)s
                          AND mine."table" = '{table}' AND mine."row" = t.id)
    """


def _classify_line_sets(parameters: dict[str, Any]) -> None:
    run(
        """
        INSERT INTO undo_rows
        SELECT 'customers_orderline', b."row", o.external_id,
               CASE WHEN EXISTS (SELECT FROM customers_orderline l
                                 WHERE l.order_id = b."row" AND l.upload_id <> %(upload)s)
                    THEN 'keep' ELSE 'restore' END
        FROM customers_beforeimage b JOIN customers_order o ON o.id = b."row"
        WHERE b.upload_id = %(upload)s AND b."table" = 'customers_orderline'
    """,
        parameters,
    )
    run(
        """
        INSERT INTO undo_rows
        SELECT 'customers_orderline', o.id, o.external_id, mine.action
        FROM (
            SELECT order_id, 'delete' AS action FROM customers_orderline WHERE upload_id = %(upload)s
            UNION
            SELECT b."row", 'keep' FROM customers_beforeimage b
            WHERE b."table" = 'customers_orderline' AND b.upload_id > %(upload)s
              AND (b.image->0->>'upload_id')::bigint = %(upload)s
        ) mine
        JOIN customers_order o ON o.id = mine.order_id
        WHERE NOT EXISTS (SELECT FROM undo_rows u WHERE u."row" = o.id AND (
            u."table" = 'customers_orderline' OR (u."table" = 'customers_order' AND u.action <> 'restore')))
    """,
        parameters,
    )


def _keep_referred(table: str, other: str, column: str, parameters: dict[str, Any]) -> None:
    """Keep what rows that stay refer to. Orders come before customers: a kept order keeps its customer."""
    if other == "customers_orderline":
        stays = "r.upload_id <> %(upload)s"
    else:
        stays = f"""NOT EXISTS (SELECT FROM undo_rows d WHERE d."table" = '{other}' AND d."row" = r.id
                                AND d.action = 'delete')"""
    run(
        f"""
        UPDATE undo_rows u SET action = 'keep'
        FROM {other} r
        WHERE u."table" = '{table}' AND u.action = 'delete' AND r.{column} = u."row" AND {stays}
    """,
        parameters,
    )


def _report() -> UndoReport:
    counted = rows("""
        SELECT "table", count(*) FILTER (WHERE action = 'delete'), count(*) FILTER (WHERE action = 'restore'),
               count(*) FILTER (WHERE action = 'keep')
        FROM undo_rows GROUP BY 1
    """)
    found = {}
    for table, deleted, restored, kept in counted:
        examples = rows(
            """SELECT name FROM undo_rows WHERE "table" = %(table)s AND action = 'keep'
               ORDER BY 1 LIMIT 20""",
            {"table": table},
        )
        found[_label(table)] = TableUndo(deleted, restored, kept, [name for (name,) in examples])
    return UndoReport(found)


def _label(table: str) -> str:
    names = {known.model._meta.db_table: name for name, known in FACT_TABLES.items()}
    names |= {"customers_orderline": "order_lines", Refund._meta.db_table: "refunds"}
    return names.get(table) or table.removeprefix("customers_") + "s"


def _restore(model: type[models.Model], upload: Upload) -> set[str]:
    """Put back what the images hold; columns that the upload did not write cost nothing.

    Returns the columns that were put back.
    """
    table = model._meta.db_table
    images, counted = _count_kept(table, upload)
    changes = {}
    for column in map(str, (known.column for known in model._meta.concrete_fields)):
        if column in counted:
            held = f"(b.image->>'{column}')::{sql_type(model, column)}"
            some = f"CASE WHEN b.image ? '{column}' THEN {held} ELSE t.{column} END"
            changes[column] = held if counted[column] == images else some
    if not changes:
        return set()
    if model is Order:
        _keep_worth_of_lines(changes)
    run(
        f"""
        UPDATE {table} t SET {", ".join(f"{column} = {value}" for column, value in changes.items())}
        FROM undo_rows u
        JOIN customers_beforeimage b ON b.upload_id = %(upload)s AND b."table" = u."table"
            AND b."row" = u."row"
        WHERE u."table" = '{table}' AND u.action = 'restore' AND t.id = u."row"
    """,
        {"upload": upload.pk},
    )
    return set(counted)


def _keep_worth_of_lines(changes: dict[str, str]) -> None:
    """Have orders worth what their lines are, which may have come after the image (``fill_orders``)."""
    names = ("net_revenue", "line_total", "net_from_lines")
    if any(name in changes for name in names):
        revenue, lines, is_sum = (changes.get(name, f"t.{name}") for name in names)
        changes["net_revenue"] = f"CASE WHEN {is_sum} AND {lines} IS NOT NULL THEN {lines} ELSE {revenue} END"


def _count_kept(table: str, upload: Upload) -> tuple[int, dict[str, int]]:
    """Return how many images of this table there are, and how many hold each column.

    The columns are the model's own, whatever a file says.
    """
    parameters = {"upload": upload.pk, "table": table}
    of_table = """FROM customers_beforeimage WHERE upload_id = %(upload)s AND "table" = %(table)s"""
    images = rows(f"SELECT count(*) {of_table}", parameters)[0][0]
    held = rows(f"SELECT jsonb_object_keys(image), count(*) {of_table} GROUP BY 1", parameters)
    return int(images), dict(held)


def _restore_lines(upload: Upload) -> None:
    run("""
        DELETE FROM customers_orderline l USING undo_rows u
        WHERE u."table" = 'customers_orderline' AND u.action <> 'keep' AND l.order_id = u."row"
    """)
    run("""
        UPDATE customers_order t
        SET line_total = NULL, line_cost = NULL, main_category = '',
            net_revenue = CASE WHEN t.net_from_lines THEN 0 ELSE t.net_revenue END
        FROM undo_rows u
        WHERE u."table" = 'customers_orderline' AND u.action = 'delete' AND t.id = u."row"
          AND NOT EXISTS (SELECT FROM undo_rows o WHERE o."table" = 'customers_order' AND o."row" = t.id)
    """)
    run(
        """
        INSERT INTO customers_orderline
        SELECT old.* FROM undo_rows u
        JOIN customers_beforeimage b
            ON b.upload_id = %(upload)s AND b."table" = u."table" AND b."row" = u."row"
        CROSS JOIN LATERAL jsonb_populate_recordset(NULL::customers_orderline, b.image) old
        WHERE u."table" = 'customers_orderline' AND u.action = 'restore'
    """,
        {"upload": upload.pk},
    )


def _delete(model: type[models.Model]) -> None:
    table = model._meta.db_table
    doomed = f"""SELECT "row" FROM undo_rows WHERE "table" = '{table}' AND action = 'delete'"""
    if model is Order:
        run(f"DELETE FROM customers_orderline WHERE order_id IN ({doomed})")
    run(f"DELETE FROM {table} WHERE id IN ({doomed})")


def _note_kept(upload: Upload, found: UndoReport) -> None:
    if found.kept:
        examples = [name for table in found.tables.values() for name in table.examples][:_EXAMPLES]
        upload.findings = [*upload.findings, report.finding("kept", found.kept, examples)]
        upload.save(update_fields=["findings"])
