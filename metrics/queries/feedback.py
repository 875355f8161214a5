"""What customers said, and whom they brought in."""

from collections.abc import Sequence

import ibis
from ibis import literal
from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.core.calendar import MONTHS_PER_YEAR
from metrics.queries.days import number_month
from metrics.queries.facts import Facts


def count_answers(facts: Facts, owners: Table, basis: Basis) -> Table:
    """Return how many customers gave each score as their last of a month, by member, scale and month.

    ``owners``: customer_id, and the member that each is.

    ``lasts``: for how many months, this one included, it stays a customer's last answer on that scale: 1 to
    12. Of one day's answers the last is the one with the highest number.
    """
    known = facts.survey_answers.filter(facts.survey_answers.answered_on <= basis.as_of)
    numbered = known.mutate(month=number_month(known.answered_on))
    later = ibis.window(
        group_by=[numbered.customer_id, numbered.scale],
        order_by=[numbered.answered_on, numbered.external_id],
    )
    followed = numbered.mutate(
        lasts=ibis.least(
            (numbered.month.lead().over(later) - numbered.month).fill_null(MONTHS_PER_YEAR), MONTHS_PER_YEAR
        )
    )
    last = followed.filter(followed.lasts > 0)
    owners = owners.select("member", owner=owners.customer_id)
    owned = last.join(owners, last.customer_id == owners.owner)
    return owned.group_by("member", "scale", "month", "lasts", "score").agg(n=owned.count())


def number_scales(counted: Table, scales: Sequence[str]) -> Table:
    """Return counts of answers in whole numbers alone; ``scale``: its place among ``scales``."""
    places = [(counted.scale == name, literal(place, type="int32")) for place, name in enumerate(scales)]
    numbers = {name: counted[name].cast("int64") for name in ("member", "month", "lasts", "score", "n")}
    return counted.select(scale=ibis.cases(*places).cast("int64"), **numbers)


def sum_referred(facts: Facts, values: Table, basis: Basis) -> Table:
    """Return per referrer the realised value of the customers that it brought in: one level, no further.

    ``values``: customer_id and realised. The earliest referrer of a customer counts, of equal days the one
    told first; a day not known comes last. ``unknown``: how many of them have no realised value.
    """
    earliest = find_earliest_referrals(facts, basis)
    found = earliest.join(values, earliest.referred_id == values.customer_id)
    return found.group_by(customer_id=found.referrer_id).agg(
        realised=found.realised.sum(), unknown=found.count(where=found.realised.isnull())
    )


def find_earliest_referrals(facts: Facts, basis: Basis) -> Table:
    """Return the referral that counts of each customer who was brought in: referrer_id, referred_id.

    ``told``: how many there are of it in all.
    """
    referrals = facts.referrals
    told = referrals.filter(referrals.referred_on.isnull() | (referrals.referred_on <= basis.as_of))
    by_day = ibis.window(
        group_by=told.referred_id, order_by=[told.referred_on.isnull(), told.referred_on, told.id]
    )
    numbered = told.mutate(
        place=ibis.row_number().over(by_day), told=told.count().over(ibis.window(group_by=told.referred_id))
    )
    return numbered.filter(numbered.place == 0).select("referrer_id", "referred_id", "told")


def list_channels(facts: Facts, customers: Table) -> Table:
    """Return the channel of everybody: customer_id, member.

    Who is not among ``customers`` (nothing bought, nothing spent on) has the channel that was uploaded.
    """
    told = facts.customers.select(owner="id", told="acquisition_channel")
    found = customers.select(customer="customer_id", found=customers.channel)
    both = told.left_join(found, told.owner == found.customer)
    return both.select(customer_id=both.owner, member=ibis.coalesce(both.found, both.told))
