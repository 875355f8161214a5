"""Run the checks and keep what they find, with the first rows behind each finding."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from customers.models import Evidence, QualityMeasurement, Shop, Upload
from customers.quality.checks import TABLES, Check, fill_in
from customers.quality.register import checks_of

#: So many rows behind a finding are kept to be looked through; a download has them all.
MOST_ROWS: Final = 10_000
_MANY_UPLOADS: Final = 20
_BATCH: Final = 2_000


def measure_all() -> QualityMeasurement:
    """Check all facts; the measurement takes the place of the last one."""
    return _measure(None)


def measure_uploads() -> int:
    """Check what the latest imports wrote that have not been checked yet; returns how many those were."""
    unmeasured = Q(quality=None) | Q(quality__totals={})
    waiting = Upload.objects.filter(unmeasured, state=Upload.State.DONE).order_by("-id")[:_MANY_UPLOADS]
    for upload in waiting:
        _measure(upload)
    return len(waiting)


def measure_upload(upload: Upload) -> QualityMeasurement:
    """Check what one upload wrote."""
    return _measure(upload)


def latest() -> QualityMeasurement | None:
    """Return the measurement of all facts."""
    return QualityMeasurement.objects.filter(upload=None).order_by("-id").first()


def read_rows(check: Check, upload: Upload | None, chosen: dict[str, str | None]) -> Iterator[list[Any]]:
    """Yield all rows behind a finding as they are now, streamed, as texts; ``chosen`` values of facets."""
    conditions = " AND ".join(f'q."{name}"::text IS NOT DISTINCT FROM %(facet_{name})s' for name in chosen)
    parameters = _parameters(upload) | {f"facet_{name}": value for name, value in chosen.items()}
    rows = fill_in(check.rows, of_upload=upload is not None)
    cells = ", ".join(f'q."{field.name}"::text' for field in check.fields)
    where = f"WHERE {conditions}" if chosen else ""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        ordered = f"SELECT * FROM ({rows}) q {where} ORDER BY {check.order}"  # as typed, before it is text
        cursor.execute(f"SELECT {cells} FROM ({ordered}) q", parameters)
        while batch := cursor.fetchmany(_BATCH):
            yield from map(list, batch)


def _measure(upload: Upload | None) -> QualityMeasurement:
    with transaction.atomic():
        measurement = _begin(upload)
        parameters = _parameters(upload)
        measurement.totals = _count_subjects(parameters, of_upload=upload is not None)
        for check in checks_of(upload):
            query = fill_in(check.rows, of_upload=upload is not None)
            count, amount = keep_rows(check, query, measurement, parameters)
            measurement.findings[check.key] = {"count": count, "amount": write_amount(amount)}
        measurement.measured_at = timezone.now()
        measurement.save()
    return measurement


def _begin(upload: Upload | None) -> QualityMeasurement:
    """Return a measurement without findings; of an upload what it set aside itself is left alone."""
    if upload is None:
        QualityMeasurement.objects.filter(upload=None).delete()
        return QualityMeasurement.objects.create()
    measurement, _is_new = QualityMeasurement.objects.get_or_create(upload=upload)
    keys = [check.key for check in checks_of(upload)]
    measurement.evidence.filter(finding__in=keys).delete()
    return measurement


def _parameters(upload: Upload | None) -> dict[str, Any]:
    shop = Shop.load()
    today = timezone.now().astimezone(ZoneInfo(shop.time_zone)).date()
    return {
        "today": today,
        "complete_from": shop.data_complete_from,
        "upload": upload.pk if upload else None,
    }


def keep_rows(
    check: Check, query: str, measurement: QualityMeasurement, parameters: dict[str, Any]
) -> Sequence[Any]:
    """Count and add up what a query finds and keep the first rows of it, in one statement."""
    cells = ", ".join(f'q."{field.name}"::text' for field in check.fields)
    amount = f"sum({check.amount})" if check.amount else "NULL::numeric"
    statement = f"""
        WITH found AS MATERIALIZED ({query}),
        kept AS (
            INSERT INTO {Evidence._meta.db_table} (measurement_id, finding, position, cells)
            SELECT %(measurement)s, %(finding)s, row_number() OVER (), jsonb_build_array({cells})
            FROM (SELECT * FROM found ORDER BY {check.order} LIMIT {MOST_ROWS}) q)
        SELECT count(*), {amount} FROM found"""
    with connection.cursor() as cursor:
        cursor.execute(statement, {**parameters, "measurement": measurement.pk, "finding": check.key})
        found: Sequence[Any] = cursor.fetchone()
    return found


def _count_subjects(parameters: dict[str, Any], *, of_upload: bool) -> dict[str, Any]:
    """Count what findings are a share of: orders that were placed, and all rows of the other tables.

    ``sold`` and ``revenue``: the orders worth more than 0, which alone can lack a cost, and their worth.
    """
    only = {"orders": "WHERE status = 'placed'"}
    counts = ", ".join(
        f"(SELECT count(*) FROM {{{name}}} t {only.get(name, '')}) AS {name}" for name in TABLES
    )
    sold = "FROM {orders} t WHERE status = 'placed' AND net_revenue > 0"
    more = f"(SELECT count(*) {sold}) AS sold, (SELECT coalesce(sum(net_revenue), 0)::text {sold}) AS revenue"
    with connection.cursor() as cursor:
        cursor.execute(fill_in(f"SELECT {counts}, {more}", of_upload=of_upload), parameters)
        return dict(zip((*TABLES, "sold", "revenue"), cursor.fetchone(), strict=True))


def write_amount(amount: Decimal | None) -> str | None:
    """Return an exact amount as it is kept in JSON."""
    return None if amount is None else f"{amount:f}"
