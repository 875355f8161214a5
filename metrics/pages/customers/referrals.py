"""Whom a customer brought in, and how the extra value came out of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from customers.models import Customer, Referral
from metrics.models import CustomerValue, Run

MOST_LISTED: Final = 25


@dataclass(frozen=True, slots=True)
class Brought:
    """A customer that was brought in, on which day if that is known, with its realised value."""

    customer: Customer
    day: date | None
    realised: Decimal | None


@dataclass(frozen=True, slots=True)
class Referred:
    """Everyone a customer brought in: ``value`` = ``realised`` × ``share``, None while one is unknown.

    ``listed``: the most valuable ones that may be shown. ``hidden``: how many object to profiling; ``more``:
    how many others are not listed.
    """

    count: int
    listed: list[Brought]
    hidden: int
    more: int
    realised: Decimal | None
    share: Decimal | None
    value: Decimal | None


def find_referred(value: CustomerValue) -> Referred | None:
    """Return whom the customer of a run brought in by its day; None when it brought in nobody."""
    rows = list(_list_earliest(value))
    if not rows:
        return None
    found = CustomerValue.objects.filter(run=value.run, customer__in=[row.referred_id for row in rows])
    realised = dict(found.values_list("customer_id", "realised"))
    known = [amount for amount in realised.values() if amount is not None]
    shown = [row for row in rows if not row.referred.objects_to_profiling]
    brought = [Brought(row.referred, row.referred_on, realised.get(row.referred_id)) for row in shown]
    brought.sort(key=lambda one: (one.realised is None, -(one.realised or 0), one.customer.external_id))
    return Referred(
        count=len(rows),
        listed=brought[:MOST_LISTED],
        hidden=len(rows) - len(shown),
        more=len(brought[MOST_LISTED:]),
        realised=sum(known, Decimal(0)) if len(known) == len(realised) else None,
        share=value.run.settings.referral_share,
        value=value.referral_value,
    )


def _list_earliest(value: CustomerValue) -> QuerySet[Referral]:
    """Return the customer's referrals but for those in which somebody else was earlier.

    Of equal days the one told first counts; a day that is not known comes last.
    """
    told = _told_by(value.run)
    mine = told.filter(referrer=value.customer_id).select_related("referred")
    earlier = told.filter(referred=OuterRef("referred")).order_by(F("referred_on").asc(nulls_last=True), "pk")
    return mine.filter(pk=Subquery(earlier.values("pk")[:1]))


def _told_by(run: Run) -> QuerySet[Referral]:
    return Referral.objects.filter(Q(referred_on=None) | Q(referred_on__lte=run.as_of))
