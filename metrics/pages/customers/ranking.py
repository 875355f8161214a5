"""One page of the ranked list, at any number of customers.

The ids of a page come first, by index, and then its rows. Unfiltered, page N by value is simply a range of
ranks. A filtered list is counted up to `COUNT_CAP`: below it the matches are collected by their own index and
then sorted, above it the index of the order is walked until the page is full. A range of values is a range of
ranks, because ranks follow values; the ends are found by bisection.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import F, Lookup, Max, QuerySet
from psycopg import sql

from metrics.models import CustomerValue, Run

PAGE_SIZE: Final = 25
COUNT_CAP: Final = 10_000
LOWEST: Final = Decimal("-Infinity")  # below every value there is, above none at all

# Halves the ranks until the first one is left whose value is not above the bound (with ">=": is below it).
# Asks for the next rank there is, because an erased customer leaves a gap.
_BISECTION = """
WITH RECURSIVE probe (low, high) AS (
    SELECT 1, %(last)s + 1
    UNION ALL
    SELECT CASE WHEN hit.before THEN middle + 1 ELSE low END, CASE WHEN hit.before THEN high ELSE middle END
    FROM probe
    CROSS JOIN LATERAL (SELECT (low + high) / 2 AS middle) AS half
    CROSS JOIN LATERAL (
        SELECT coalesce({value} {comparison} %(bound)s, false) AS before FROM {table}
        WHERE run_id = %(run)s AND {rank} >= middle ORDER BY {rank} LIMIT 1
    ) AS hit
    WHERE low < high
)
SELECT max(low) FROM probe
"""


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a list stands. A rank is the order of its method: rank 1 is the highest value."""

    field: str
    descending: bool

    @property
    def is_rank(self) -> bool:
        """True when the list stands by the value of a method, best or worst first."""
        return self.field.startswith("rank_")

    @property
    def known_by(self) -> str:
        """The column that is NULL for who must stand last; everyone has a rank, also without a value."""
        return self.field.removeprefix("rank_") if self.descending else self.field


@dataclass(frozen=True, slots=True)
class Page:
    """The ids of one page, and as much as is known of the others. `count` stops at the cap when `capped`."""

    ids: Sequence[int]
    number: int
    count: int
    capped: bool
    has_next: bool


class _AnyOf(Lookup):
    """``left = ANY (array)``: one parameter however many ids, and always by the key, never along an order."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        return f"{left} = ANY (%s)", (*left_params, list(self.rhs))


def is_any_of(ids: Sequence[int]) -> Lookup:
    """Return the condition on a CustomerValue that its customer is one of these."""
    return _AnyOf(F("customer_id"), ids)


def rank_field(method: str) -> str:
    """Return the column with the ranks of a method."""
    return f"rank_{method}"


def select_listed(run: Run, order: Order) -> QuerySet[CustomerValue]:
    """Return the values of everyone a list in this order may show: who objects to profiling has no rank.

    For an order that is no rank it is said by who is not among them, because the index of another column
    knows the customer but not the rank, and far down the list only an index is fast.
    """
    values = CustomerValue.objects.filter(run=run)
    if order.is_rank:
        return values.filter(**{f"{order.field}__isnull": False})
    return values.exclude(customer_id__in=select_objecting(run))


def select_objecting(run: Run) -> QuerySet[CustomerValue, Any]:
    """Return the ids of the customers who objected to profiling when the run was made."""
    return CustomerValue.objects.filter(run=run, rank_realised=None).values("customer_id")


def find_last_rank(run: Run, method: str) -> int:
    """Return the rank of the last customer, which is how many are listed; 0 when there is none."""
    last = CustomerValue.objects.filter(run=run).aggregate(last=Max(rank_field(method)))["last"]
    return int(last or 0)


def find_ranks(run: Run, method: str, lowest: Decimal | None, highest: Decimal | None) -> tuple[int, int]:
    """Return the first rank with a value in [lowest, highest] and the one after the last; None: no bound."""
    last = find_last_rank(run, method)
    first = 1 if highest is None else _bisect(run, method, last, ">", highest)
    end = last + 1 if lowest is None else _bisect(run, method, last, ">=", lowest)
    return first, end


def _bisect(run: Run, method: str, last: int, comparison: str, bound: Decimal) -> int:
    query = sql.SQL(_BISECTION).format(
        value=sql.Identifier(method),
        comparison=sql.SQL(comparison),
        table=sql.Identifier(CustomerValue._meta.db_table),
        rank=sql.Identifier(rank_field(method)),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, {"last": last, "bound": bound, "run": run.pk})
        return int(cursor.fetchone()[0])


def select_page(
    run: Run,
    method: str,
    values: QuerySet[CustomerValue],
    order: Order,
    number: int,
    *,
    ranks: tuple[int, int] | None = None,
    found: Sequence[int] | None = None,
) -> Page:
    """Return page `number` (from 1; one beyond the last is the last) of `values` in that order.

    `ranks` tells that `values` is everyone with a rank by `method` from the first up to the second. `found`
    are the customers that a search found, at most `COUNT_CAP` of them.
    """
    if ranks is not None and order.is_rank and order.field == rank_field(method):
        return _select_by_rank(run, method, order, number, ranks)
    if ranks is not None and ranks[1] - ranks[0] > COUNT_CAP:
        number = _clamp(number, ranks[1] - ranks[0])
        return _cut_page(values, order, number, ranks[1] - ranks[0], capped=False)
    if found is not None:
        values = values.filter(is_any_of(found))
    matches = list(values.order_by().values_list("customer_id", order.field, order.known_by)[: COUNT_CAP + 1])
    if len(matches) > COUNT_CAP:
        return _cut_page(values, order, max(number, 1), COUNT_CAP, capped=True)
    ids = _sort_few(matches, order)
    number = _clamp(number, len(ids))
    stop = number * PAGE_SIZE
    return Page(ids[stop - PAGE_SIZE : stop], number, len(ids), False, has_next=stop < len(ids))


def _sort_few(matches: Iterable[tuple[int, Any, Any]], order: Order) -> list[int]:
    """Return the ids of (id, what the list stands by, NULL for last) in order, as the database would."""
    known: list[tuple[Any, int]] = []
    unknown: list[tuple[Any, int]] = []
    for id, key, known_by in matches:
        (unknown if known_by is None else known).append((key, id))
    known.sort(reverse=order.descending)
    unknown.sort()
    return [id for _key, id in (*known, *unknown)]


def _select_by_rank(run: Run, method: str, order: Order, number: int, ranks: tuple[int, int]) -> Page:
    """Return a page of a range of ranks: which ranks stand on it follows from its number alone."""
    first, end = ranks
    number = _clamp(number, end - first)
    start = (number - 1) * PAGE_SIZE
    if order.descending:  # from the last who has a value up, and then those without
        middle = min(end, find_ranks(run, method, LOWEST, None)[1])
        upwards = (max(first, middle - start - PAGE_SIZE), max(first, middle - start))
        downwards = (max(middle, first + start), min(end, max(middle, first + start + PAGE_SIZE)))
        parts = [(upwards, f"-{order.field}"), (downwards, order.field)]
    else:
        parts = [((first + start, min(end, first + start + PAGE_SIZE)), order.field)]
    ids: list[int] = []
    for (lowest, after), sort in parts:
        if lowest < after:
            some = CustomerValue.objects.filter(
                run=run, **{f"{order.field}__gte": lowest, f"{order.field}__lt": after}
            )
            ids += some.order_by(sort).values_list("customer_id", flat=True)
    return Page(ids, number, end - first, False, has_next=start + PAGE_SIZE < end - first)


def _clamp(number: int, count: int) -> int:
    return max(1, min(number, -(-count // PAGE_SIZE)))


def _cut_page(
    values: QuerySet[CustomerValue], order: Order, number: int, count: int, *, capped: bool
) -> Page:
    start = (number - 1) * PAGE_SIZE
    ids = _take(values, order, start, start + PAGE_SIZE + 1)
    return Page(ids[:PAGE_SIZE], number, count, capped, has_next=len(ids) > PAGE_SIZE)


def _take(values: QuerySet[CustomerValue], order: Order, start: int, stop: int) -> list[int]:
    """Return the ids from `start` up to `stop`; the known are counted only where the list ends."""
    known, *unknown = split_known(values, order)
    ids = list(known.values_list("customer_id", flat=True)[start:stop])
    if unknown and len(ids) < stop - start:
        before = known.order_by().count()
        rest = unknown[0].values_list("customer_id", flat=True)
        ids += rest[max(0, start - before) : max(0, stop - before)]
    return ids


def split_known(values: QuerySet[CustomerValue], order: Order) -> list[QuerySet[CustomerValue]]:
    """Return the rows that have what the list stands by, in order, and after them those that have not.

    Ranks put those last by themselves; read backwards, they would come first.
    """
    sign = "-" if order.descending else ""
    if order.is_rank:
        if not order.descending:
            return [values.order_by(order.field)]
        value = order.field.removeprefix("rank_")
        known = values.filter(**{f"{value}__isnull": False}).order_by(f"-{order.field}")
        return [known, values.filter(**{f"{value}__isnull": True}).order_by(order.field)]
    ordered = values.order_by(f"{sign}{order.field}", f"{sign}customer_id")
    if not CustomerValue._meta.get_field(order.field).null:
        return [ordered]
    unknown = values.filter(**{f"{order.field}__isnull": True}).order_by("customer_id")
    return [ordered.filter(**{f"{order.field}__isnull": False}), unknown]


def fetch_rows(run: Run, ids: Sequence[int]) -> list[CustomerValue]:
    """Return the values of these customers with the customers, in the order of `ids`.

    Who objected after the calculation is left out at once, not at the next calculation.
    """
    rows: dict[Any, CustomerValue] = {
        row.customer_id: row
        for row in CustomerValue.objects.filter(run=run, customer_id__in=ids).select_related("customer")
    }
    return [rows[id] for id in ids if id in rows and not rows[id].customer.objects_to_profiling]
