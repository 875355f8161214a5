"""Retention programmes: what they cost, who is in them, and how members did beside others like them.

A member is followed for the year after the day of joining, that day itself left out: joining often comes with
a purchase. Others are customers who were not in the programme by the end of such a year, looked at from a day
of the same month. Alike are who joined in the same month with about the same revenue in the year before and
about the same time since the last purchase. What remains is a difference, not an effect: joining is a choice.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np
from django.db.models import Count, Q, QuerySet

from customers.models import ProgrammeMembership, RetentionCost
from metrics.basis import Basis
from metrics.core import calendar, matching
from metrics.core.arithmetic import divide_by, round_amount
from metrics.core.calendar import FIRST_DAY
from metrics.core.histories import Flags, Whole
from metrics.core.windows import Purchases
from metrics.queries import satisfaction as queries
from metrics.queries.facts import FACTS
from metrics.workspace import PostgresWorkspace

YEAR: Final = calendar.DAYS_IN_WINDOW
MOST_PROGRAMMES: Final = 20
RECENT: Final = (30, 90, 180, 365)  # days since the last purchase before joining: edges of the strata
REVENUE_PARTS: Final = (0.2, 0.4, 0.6, 0.8)  # of the members' revenue in the year before: the other edges
_UNITS: Final = 10_000


def compare_programmes(
    work: PostgresWorkspace, basis: Basis, purchases: Purchases, sample: Whole
) -> list[dict[str, Any]]:
    """Return the programmes with most members first; ``purchases`` has the orders of members and ``sample``.

    Each: ``programme``, ``members`` on ``as_of``, ``joined`` ever, ``members_12`` on any day of the last 12
    months, ``cost`` and ``cost_12`` (text) due so far and in those months (None: no cost names it),
    ``followed`` (members with a purchase before joining and a year after it), ``retention`` and
    ``contribution`` (`metrics.core.matching`).
    """
    first = basis.repeat_window.first
    costs = _sum_costs(RetentionCost.objects.exclude(programme=""), first, basis.as_of)
    counted = _count_members(first, basis.as_of)
    names = sorted({*counted, *costs}, key=lambda name: (-counted.get(name, {}).get("joined", 0), name))
    nobody = {"members": 0, "joined": 0, "members_12": 0}
    return [
        {
            "programme": name,
            **counted.get(name, nobody),
            "cost": str(costs[name][0]) if name in costs else None,
            "cost_12": str(costs[name][1]) if name in costs else None,
            **_compare(work, basis, purchases, sample, name),
        }
        for name in names[:MOST_PROGRAMMES]
    ]


def _sum_costs(rows: Iterable[RetentionCost], first: date, as_of: date) -> dict[str, tuple[Decimal, Decimal]]:
    """Return what each programme cost up to ``as_of`` and from ``first`` on; spread evenly over its days."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for row in rows:
        whole = (row.last_day - row.first_day).days + 1
        due = _count_days(row.first_day, min(row.last_day, as_of))
        lately = _count_days(max(row.first_day, first), min(row.last_day, as_of))
        so_far, in_year = found.get(row.programme, (Decimal(0), Decimal(0)))
        found[row.programme] = (
            so_far + _take(row.amount, due, whole), in_year + _take(row.amount, lately, whole)
        )  # fmt: skip
    return found


def _count_days(first: date, last: date) -> int:
    return max((last - first).days + 1, 0)


def _take(amount: Decimal, days: int, whole: int) -> Decimal:
    return round_amount(divide_by(amount * days, whole))


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
