"""The step that looks at what customers say: who is satisfied, what they are worth, and what they did next.

Six boxes of value and satisfaction, answers per segment, the valuable and dissatisfied customers, and how a
score goes with the purchases of the year after: a correlation, not a cause. Referrals and programmes have
modules of their own. Customers who object to profiling are in no box, segment or list.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import ibis
import numpy as np
from ibis.expr.types import DecimalValue, Table

from customers.models import ProgrammeMembership, Referral, SurveyAnswer
from metrics import programmes, publishing, referrals
from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.calendar import FIRST_DAY
from metrics.core.satisfaction import STANDINGS, relate
from metrics.core.windows import Purchases
from metrics.feedback import judge
from metrics.members import MOST_MEMBERS, OTHER
from metrics.models import DissatisfiedCustomer, Run, Satisfaction
from metrics.queries import satisfaction as queries
from metrics.queries.facts import FACTS, MONEY
from metrics.valuation import UNKNOWN
from metrics.workspace import PREFIX, PostgresWorkspace

FAMILIES: Final = (queries.NPS, queries.CSAT)
#: What a customer is worth, in the order of preference; the first that is known of anybody.
METHODS: Final = ("total", "realised", "revenue")
VALUABLE_FROM: Final = 0.8  # the part of buyers below: a fifth of the customers is called valuable
MOST_LISTED: Final = 10_000
MOST_SAMPLED: Final = 50_000  # customers that members of a programme are compared with
YEAR: Final = calendar.DAYS_IN_WINDOW


@dataclass
class Looked:
    """What a run found, not stored yet."""

    satisfaction: Satisfaction
    dissatisfied: list[DissatisfiedCustomer] = field(default_factory=list)

    def store(self) -> None:
        """Write it; the run exists."""
        self.satisfaction.save(force_insert=True)
        DissatisfiedCustomer.objects.bulk_create(self.dissatisfied, batch_size=2_000)


def look_at_satisfaction(work: PostgresWorkspace, run: Run, basis: Basis, refunded: Table) -> Looked:
    """Return what the answers, referrals and programmes up to ``as_of`` say. The run's rows are written."""
    looked = Looked(Satisfaction(run_id=run.pk))
    values = ibis.table(queries.VALUES, name=publishing.name_partition(run.pk))
    asked = _list_families(basis)
    joined = ProgrammeMembership.objects.filter(first_day__lte=basis.as_of).exists()
    if asked:
        _describe_answers(work, looked, values, basis, asked)
    purchases, sample = None, np.zeros(0, dtype=np.int64)
    if asked or joined:
        purchases, sample = _read_purchases(work, basis, refunded)
        looked.satisfaction.relation = {
            family: found for family in asked if (found := _relate(work, basis, purchases, family))
        }
    looked.satisfaction.programmes = programmes.compare_programmes(work, basis, purchases, sample)
    if Referral.objects.exists():
        looked.satisfaction.referrals = referrals.describe_referrals(work, values, basis)
    return looked


def _list_families(basis: Basis) -> list[str]:
    """Return the families of scales that anybody answered on, up to ``as_of``."""
    scales = (
        SurveyAnswer.objects.filter(answered_on__lte=basis.as_of).order_by().values_list("scale", flat=True)
    )
    known = {queries.NPS if scale == SurveyAnswer.Scale.NPS else queries.CSAT for scale in scales.distinct()}
    return [family for family in FAMILIES if family in known]


def _describe_answers(
    work: PostgresWorkspace, looked: Looked, values: Table, basis: Basis, asked: Sequence[str]
) -> None:
    """Fill ``answers``: boxes and segments per family over the last answers of 12 months; list who is low.

    ``first`` and ``last``: the days of those months. ``method``: what value is; ``threshold``: from where it
    is high, None when nobody has a value.
    """
    window = basis.repeat_window
    answers = work.keep("last_answers", queries.find_last_answers(FACTS, window.first, window.last))
    method, threshold = _choose_value(work, values)
    buyers = queries.select_buyers(values, method)
    known = ibis.literal(threshold, type=MONEY)
    looked.satisfaction.answers = {
        "first": window.first.isoformat(),
        "last": window.last.isoformat(),
        "method": method,
        "threshold": None if threshold is None else str(threshold),
        "families": {
            family: _describe_family(
                work, work.keep(f"judged_{family}", queries.judge_buyers(buyers, answers, family)), known
            )
            for family in asked
        },
    }
    if threshold is not None:
        listed = work.read(queries.list_dissatisfied(buyers, answers, known, MOST_LISTED))
        looked.dissatisfied = [DissatisfiedCustomer(run_id=basis.run_id, **row) for row in listed]


def _describe_family(work: PostgresWorkspace, judged: Table, threshold: DecimalValue) -> dict[str, Any]:
    """Return the six boxes, and the members of every dimension. Buyers are joined with answers only once."""
    return {
        "boxes": [_write_box(row) for row in work.read(queries.count_boxes(judged, threshold))],
        "dimensions": {
            dimension: list_members(work.read(queries.count_standings(judged, dimension)))
            for dimension in queries.DIMENSIONS
        },
    }


def _choose_value(work: PostgresWorkspace, values: Table) -> tuple[str, Decimal | None]:
    """Return the method by which value is told here, and from where it is high: the 80th percentile."""
    for method in METHODS:
        [found] = work.read_sql(
            f"SELECT percentile_disc({VALUABLE_FROM}) WITHIN GROUP (ORDER BY {method}) AS threshold"
            f" FROM {values.get_name()} WHERE orders > 0 AND NOT objects_to_profiling"
        )
        if found["threshold"] is not None:
            return method, found["threshold"]
    return METHODS[-1], None


def _write_box(row: Mapping[str, Any]) -> dict[str, Any]:
    standing = row["standing"]
    return {
        "standing": None if standing == queries.NO_ANSWER else STANDINGS[standing],
        "valuable": row["valuable"],
        "customers": row["customers"],
        "value": None if row["value"] is None else str(row["value"]),
    }


def list_members(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the members of a dimension: customers, how many answered (``n``) and by standing, the score.

    ``sum``: points of NPS, or 1/36 of the way up a CSAT scale; the score is ``sum`` ÷ ``n`` (÷ 36). The 50
    largest, the rest together as ``members.OTHER``.
    """
    sizes: Counter[str] = Counter()
    for row in rows:
        sizes[row["member"]] += row["customers"]
    kept = set(sorted(sizes, key=lambda name: (-sizes[name], name))[:MOST_MEMBERS])
    members: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = row["member"] if row["member"] in kept else OTHER
        empty = {"member": name, "customers": 0, "n": 0, "sum": 0, **dict.fromkeys(STANDINGS, 0)}
        member = members.setdefault(name, empty)
        member["customers"] += row["customers"]
        if row["score"] is None:
            continue
        _kpi, worth = judge(SurveyAnswer.Scale(row["scale"]), row["score"])
        member["n"] += row["customers"]
        member["sum"] += worth * row["customers"]
        member[STANDINGS[row["standing"]]] += row["customers"]
    return sorted(members.values(), key=lambda member: (-member["customers"], member["member"]))


def _read_purchases(work: PostgresWorkspace, basis: Basis, refunded: Table) -> tuple[Purchases, np.ndarray]:
    """Return the orders of who answered, who joined a programme and a sample; and who is in the sample."""
    customers = _count_customers(work)
    every = -(-customers // MOST_SAMPLED) or 1
    followed = work.keep("followed", queries.choose_followed(FACTS, every))
    orders = queries.list_followed_orders(FACTS, refunded, followed, basis, UNKNOWN)
    rows = work.read_arrays(orders, "customer")
    purchases = Purchases(rows["customer"], rows["day"], rows["revenue"], rows["contribution"], UNKNOWN)
    return purchases, purchases.customers[purchases.customers % every == 0]


def _count_customers(work: PostgresWorkspace) -> int:
    """Return how many customers the calculation is about."""
    [row] = work.read_sql(f"SELECT count(*) AS n FROM {PREFIX}values")
    return int(row["n"])


def _relate(
    work: PostgresWorkspace, basis: Basis, purchases: Purchases, family: str
) -> dict[str, Any] | None:
    """Return the relation of each customer's last answer that has a year after it; None without any."""
    last = basis.as_of - timedelta(days=YEAR)
    answers = queries.find_last_answers(FACTS, date.min, last)
    rows = work.read_arrays(queries.number_answers(answers, family), "customer")
    bought = purchases.has(rows["customer"])
    known = bought.copy()
    # Who had not bought yet is no customer whose coming back could be told.
    since = purchases.find_last_before(rows["customer"][bought], rows["day"][bought] + 1)
    known[bought] = since >= 0
    if not known.any():
        return None
    customer, day = rows["customer"][known], rows["day"][known]
    later = purchases.add_up(customer, day + 1, day + YEAR)
    found = relate(rows["standing"][known], rows["score"][known], later.occasions)
    return {
        **asdict(found),
        "first": (FIRST_DAY + timedelta(days=int(day.min()))).isoformat(),
        "last": (FIRST_DAY + timedelta(days=int(day.max()))).isoformat(),
    }
