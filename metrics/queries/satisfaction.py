"""Who gave which answer last, what customers with such an answer are worth, and what they bought next."""

from datetime import date
from typing import Final

import ibis
from ibis import literal
from ibis.expr.types import DecimalValue, IntegerValue, Table

from metrics.basis import Basis
from metrics.queries.facts import MONEY, Facts
from metrics.queries.histories import number_day, to_units
from metrics.queries.orders import NOTHING, value_recent_orders

NPS, CSAT = "nps", "csat"
#: What the answers of groups are told by.
DIMENSIONS: Final = ("tier", "rfm", "lifecycle", "channel", "country", "first_category")
NO_ANSWER: Final = -1  # instead of a standing, see metrics.core.satisfaction.STANDINGS
LOW, MIDDLE, HIGH = range(3)
#: The columns that are read of a run's rows.
VALUES: Final = {
    "customer_id": "int64", "objects_to_profiling": "boolean", "orders": "int32", "revenue": MONEY,
    "realised": MONEY, "total": MONEY, **dict.fromkeys(DIMENSIONS, "string"),
}  # fmt: skip


def find_last_answers(facts: Facts, first: date, last: date) -> Table:
    """Return each customer's last answer between two days: one on the NPS scale, one on any CSAT scale.

    ``family``: ``nps`` or ``csat``. ``standing``: 2 promoter or high, 1 passive or middle, 0 detractor or
    low. Of one day's answers the last is the one with the highest number.
    """
    answers = facts.survey_answers
    between = answers.filter(answers.answered_on >= literal(first), answers.answered_on <= literal(last))
    kinds = between.mutate(family=ibis.ifelse(between.scale == NPS, literal(NPS), literal(CSAT)))
    latest_first = ibis.window(
        group_by=[kinds.customer_id, kinds.family],
        order_by=[kinds.answered_on.desc(), kinds.external_id.desc()],
    )
    numbered = kinds.mutate(place=ibis.row_number().over(latest_first))
    found = numbered.filter(numbered.place == 0)
    return found.select(
        "customer_id",
        "family",
        "scale",
        "answered_on",
        score=found.score.cast("int64"),
        standing=_judge(found),
    )


def _judge(answers: Table) -> IntegerValue:
    """Return the standing of a score: CSAT is high from three quarters of its scale, low below a half."""
    high = ibis.cases((answers.scale == NPS, 9), (answers.scale == "csat_5", 4), else_=8)
    middle = ibis.cases((answers.scale == NPS, 7), (answers.scale == "csat_5", 3), else_=6)
    return ibis.cases(
        (answers.score >= high, literal(HIGH)), (answers.score >= middle, literal(MIDDLE)), else_=literal(LOW)
    ).cast("int64")


def select_buyers(values: Table, method: str) -> Table:
    """Return customers with a valid order who may be profiled, with their value by a method."""
    buyers = values.filter(values.orders > 0, ~values.objects_to_profiling)
    return buyers.mutate(value=buyers[method])


def judge_buyers(buyers: Table, answers: Table, family: str) -> Table:
    """Return every buyer with the last answer of a family: scale, score, standing; NULL for who gave none."""
    judged = answers.filter(answers.family == family).select("standing", "scale", "score", who="customer_id")
    found = buyers.left_join(judged, buyers.customer_id == judged.who)
    return found.select("value", "standing", "scale", "score", *DIMENSIONS)


def count_boxes(judged: Table, threshold: DecimalValue) -> Table:
    """Return how many buyers stand where: standing (`NO_ANSWER`: none), valuable (NULL: value not known).

    ``judged``: those of ``judge_buyers``. Nobody who is worth 0 or less is valuable, whatever the threshold.
    """
    placed = judged.mutate(
        standing=judged.standing.fill_null(NO_ANSWER),
        valuable=(judged.value >= threshold) & (judged.value > 0),
    )
    return placed.group_by("standing", "valuable").agg(
        customers=placed.count(), value=placed.value.sum().cast(MONEY)
    )


def count_standings(judged: Table, dimension: str) -> Table:
    """Return how many buyers of each member of a dimension gave which answer: score, scale, standing.

    Who gave none has NULL for all three. ``judged``: those of ``judge_buyers``.
    """
    return judged.group_by("standing", "scale", "score", member=judged[dimension]).agg(
        customers=judged.count()
    )


def list_dissatisfied(buyers: Table, answers: Table, threshold: DecimalValue, most: int) -> Table:
    """Return the valuable buyers whose last answer is low, the most valuable first, at most ``most``."""
    low = answers.filter(answers.standing == LOW)
    low = low.select("family", "scale", "score", "answered_on", who="customer_id")
    valuable = buyers.filter(buyers.value >= threshold, buyers.value > 0)
    found = valuable.join(low, valuable.customer_id == low.who)
    ordered = found.order_by([found.value.desc(), found.customer_id, found.family]).limit(most)
    return ordered.select("customer_id", "family", "scale", "score", "answered_on", "value")


def number_answers(answers: Table, family: str) -> Table:
    """Return the answers of a family as whole numbers, by customer: customer, day, score, standing."""
    asked = answers.filter(answers.family == family).order_by("customer_id")
    return asked.select("score", "standing", customer=asked.customer_id, day=number_day(asked.answered_on))


def number_memberships(facts: Facts, last: date, programme: str) -> Table:
    """Return when each customer first joined a programme, up to a day: customer, day."""
    told = facts.memberships
    mine = told.filter(told.programme == programme, told.first_day <= literal(last))
    first = mine.group_by(customer=mine.customer_id).agg(joined=mine.first_day.min())
    ordered = first.order_by("customer")
    return ordered.select("customer", day=number_day(ordered.joined))


def choose_followed(facts: Facts, every: int) -> Table:
    """Return the customers whose orders are looked into: who answered, who joined anything, and a sample.

    The sample: those whose number can be divided by ``every``.
    """
    answered = facts.survey_answers.select("customer_id")
    joined = facts.memberships.select("customer_id")
    sampled = facts.customers.filter(facts.customers.id % every == 0).select(customer_id="id")
    return ibis.union(answered, joined, sampled, distinct=True)


def list_followed_orders(facts: Facts, refunded: Table, followed: Table, basis: Basis, unknown: int) -> Table:
    """Return the valid orders of customers: customer, day, revenue, contribution.

    Amounts in 1/10,000; a contribution that is not known is ``unknown``.
    """
    orders = value_recent_orders(facts, refunded, basis.first_day, basis)
    mine = orders.filter(orders.valid).semi_join(followed, "customer_id")
    cost = mine.transaction_cost.fill_null(NOTHING)
    gained = (mine.net - mine.goods - cost).cast(MONEY)
    return mine.select(
        customer=mine.customer_id,
        day=number_day(mine.ordered_on),
        revenue=to_units(mine.net),
        contribution=to_units(gained).fill_null(unknown),
    )
