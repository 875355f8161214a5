"""Retention programmes: what they cost, who is in them, and how members did beside others like them.

A member is followed for the year after the day of joining, that day itself left out: joining often comes with
a purchase. Others are customers who were not in the programme by the end of such a year, looked at from a day
of the same month. Alike are who joined in the same month with about the same revenue in the year before and
about the same time since the last purchase. What remains is a difference, not an effect: joining is a choice.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from django.db.models import Count, Q, QuerySet

from customers.models import ProgrammeMembership
from metrics.basis import Basis
from metrics.core import calendar, matching
from metrics.core.calendar import FIRST_DAY
from metrics.core.histories import Flags, Whole
from metrics.core.windows import Purchases
from metrics.cost_allocation import pool_retention, to_amount
from metrics.queries import satisfaction as queries
from metrics.queries.facts import FACTS
from metrics.workspace import PREFIX, PostgresWorkspace

YEAR: Final = calendar.DAYS_IN_WINDOW
MOST_PROGRAMMES: Final = 20
RECENT: Final = (30, 90, 180, 365)  # days since the last purchase before joining: edges of the strata
REVENUE_PARTS: Final = (0.2, 0.4, 0.6, 0.8)  # of the members' revenue in the year before: the other edges
_UNITS: Final = 10_000


@dataclass(frozen=True)
class Spent:
    """What a programme cost up to ``as_of``, in the last 12 months, and what of it all landed on nobody."""

    so_far: int = 0  # 1/10,000, as in the books
    lately: int = 0
    unallocated: int = 0


def compare_programmes(
    work: PostgresWorkspace, basis: Basis, purchases: Purchases | None, sample: Whole
) -> list[dict[str, Any]]:
    """Return the programmes with most members first; ``purchases`` has the orders of members and ``sample``.

    Without ``purchases`` nobody has joined one. Each: ``programme``, ``members`` on ``as_of``, ``joined``
    ever, ``members_12`` on any day of the last 12 months, ``cost`` and ``cost_12`` (text) due so far and in
    those months, ``unallocated`` what of the cost no active member could share (None: no cost names it),
    ``followed`` (members with a purchase before joining and a year after it), ``retention`` and
    ``contribution`` (`metrics.core.matching`).
    """
    first = basis.repeat_window.first
    spent = sum_costs(work, basis, first)
    counted = _count_members(first, basis.as_of)
    names = sorted({*counted, *spent}, key=lambda name: (-counted.get(name, {}).get("joined", 0), name))
    nobody = {"members": 0, "joined": 0, "members_12": 0}
    not_followed = {"followed": 0, "retention": None, "contribution": None}
    return [
        {
            "programme": name,
            **counted.get(name, nobody),
            **_write_cost(spent.get(name)),
            **(
                _compare(work, basis, purchases, sample, name)
                if purchases is not None and name in counted
                else not_followed
            ),
        }
        for name in names[:MOST_PROGRAMMES]
    ]


def sum_costs(work: PostgresWorkspace, basis: Basis, first: date) -> dict[str, Spent]:
    """Return what each programme that a cost names has cost, as the books of the calculation have it.

    ``first``: the first of the months that count as lately.
    """
    _books, pools = pool_retention(basis)
    shared = {
        (row["programme"], basis.months[row["month"]])
        for row in work.read_sql(f"SELECT DISTINCT programme, month FROM {PREFIX}programme_shares")
    }
    return {
        name: Spent(
            sum(part.units for part in pool.values()),
            sum(part.units for month, part in pool.items() if month >= first),
            sum(part.units for month, part in pool.items() if (name, month) not in shared),
        )
        for name, pool in pools.programmes.items()
    }


def _write_cost(spent: Spent | None) -> dict[str, str | None]:
    if spent is None:
        return {"cost": None, "cost_12": None, "unallocated": None}
    return {
        "cost": str(to_amount(spent.so_far)),
        "cost_12": str(to_amount(spent.lately)),
        "unallocated": str(to_amount(spent.unallocated)),
    }


def _count_members(first: date, as_of: date) -> dict[str, dict[str, int]]:
    """Return per programme how many are in it, were in the months from ``first``, and ever joined."""
    rows = ProgrammeMembership.objects.filter(first_day__lte=as_of).order_by()
    found: dict[str, dict[str, int]] = {}
    of_days = {"joined": rows, "members_12": _during(rows, first), "members": _during(rows, as_of)}
    for name, members in of_days.items():
        counted = members.values("programme").annotate(n=Count("customer", distinct=True))
        for row in counted:
            found.setdefault(row["programme"], dict.fromkeys(of_days, 0))[name] = row["n"]
    return found


def _during(rows: QuerySet[ProgrammeMembership], first: date) -> QuerySet[ProgrammeMembership]:
    return rows.filter(Q(last_day=None) | Q(last_day__gte=first))


def _compare(
    work: PostgresWorkspace, basis: Basis, purchases: Purchases, sample: Whole, programme: str
) -> dict[str, Any]:
    as_of = (basis.as_of - FIRST_DAY).days
    rows = work.read_arrays(queries.number_memberships(FACTS, basis.as_of, programme), "customer")
    members = _look(purchases, rows["customer"], rows["day"], as_of)
    others = _look_at_others(purchases, sample, rows["customer"], rows["day"], members, as_of)
    edges = _find_edges(members)
    strata = [_place(part, edges) for part in (members, others)]
    told: dict[str, Any] = {"followed": len(members["day"]), "retention": None, "contribution": None}
    retention = matching.compare(strata[0], members["bought"], strata[1], others["bought"])
    if retention:
        told["retention"] = asdict(retention)
    known = [part["known"] for part in (members, others)]
    contribution = matching.compare(
        strata[0][known[0]], members["gained"][known[0]], strata[1][known[1]], others["gained"][known[1]]
    )
    if contribution:
        told["contribution"] = asdict(contribution)
    return told


Followed = dict[str, Any]


def _look(purchases: Purchases, customer: Whole, day: Whole, as_of: int) -> Followed:
    """Return who can be followed for a year from ``day`` on and had bought before, with before and after."""
    usable: Flags = purchases.has(customer) & (day + YEAR <= as_of)
    customer, day = customer[usable], day[usable]
    since = purchases.find_last_before(customer, day)
    customer, day, since = customer[since >= 0], day[since >= 0], since[since >= 0]
    before = purchases.add_up(customer, day - YEAR, day - 1)
    after = purchases.add_up(customer, day + 1, day + YEAR)
    return {
        "day": day, "since": since, "revenue": before.revenue,
        "bought": (after.occasions > 0).astype(np.float64),
        "gained": after.contribution / _UNITS, "known": after.known,
    }  # fmt: skip


def _look_at_others(
    purchases: Purchases, sample: Whole, joined: Whole, joined_on: Whole, members: Followed, as_of: int
) -> Followed:
    """Return the others, once for every month in which a member joined, from a day of that month on."""
    if len(joined):
        place = np.minimum(np.searchsorted(joined, sample), len(joined) - 1)
        until = np.where(joined[place] == sample, joined_on[place], np.iinfo(np.int64).max)
    else:
        until = np.full(len(sample), np.iinfo(np.int64).max)
    parts = []
    for month in sorted({_find_month(day) for day in np.unique(members["day"]).tolist()}):
        first = (month - FIRST_DAY).days
        length = calendar.last_day_of_month(month).day
        day = first + sample % length  # another day for each, the same in every calculation
        free = until > day + YEAR
        parts.append(_look(purchases, sample[free], day[free], as_of))
    if not parts:
        nobody = np.zeros(0, dtype=np.int64)
        parts = [_look(purchases, nobody, nobody, as_of)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _find_month(day: int) -> date:
    return calendar.first_day_of_month(FIRST_DAY + timedelta(days=day))


def _find_edges(members: Followed) -> Whole:
    """Return the edges of the strata by revenue of the year before: 0, and fifths of the rest."""
    spent = members["revenue"][members["revenue"] > 0]
    fifths = np.quantile(spent, REVENUE_PARTS, method="lower") if len(spent) else np.zeros(0)
    return np.unique(np.concatenate(([0], fifths))).astype(np.int64)


def _place(followed: Followed, edges: Whole) -> Whole:
    """Return the stratum of each: month of joining, revenue before, days since the last purchase."""
    days, place = np.unique(followed["day"], return_inverse=True)
    months = np.array([_number_month(day) for day in days.tolist()], dtype=np.int64)
    month = months[place] if len(days) else np.zeros(0, dtype=np.int64)
    by_revenue = matching.cut(followed["revenue"], edges)
    by_days = matching.cut(followed["since"], RECENT)
    return (month * (len(edges) + 1) + by_revenue) * (len(RECENT) + 1) + by_days


def _number_month(day: int) -> int:
    month = _find_month(day)
    return (month.year - FIRST_DAY.year) * calendar.MONTHS_PER_YEAR + month.month - 1
