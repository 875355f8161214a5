"""What referrals brought in, who brought in most, and circles of customers who brought in each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from customers.models import Customer
from metrics.core.arithmetic import divide
from metrics.models import Run, Satisfaction
from metrics.pages.satisfaction.answers import FEW

LISTED = 25


@dataclass(frozen=True, slots=True)
class Referrer:
    """A customer, how many it brought in, and what these have realised (None: not known of one of them)."""

    customer: Customer
    brought: int
    realised: Decimal | None


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean realised value of customers who were brought in, or of the others, with its 95 % interval."""

    brought: bool
    n: int
    value: Decimal
    low: Decimal
    high: Decimal

    @property
    def is_few(self) -> bool:
        """True when too few for more than a look."""
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class Referrals:
    """What was told and what counts. ``ignored``: referrals of whom somebody else brought in first."""

    counted: int
    buyers: int
    referrers: int
    ignored: int
    unknown: int
    realised: Decimal | None
    share: Decimal | None  # of what all customers have realised
    top: Sequence[Referrer]
    hidden: int  # of the referrers with most: who objects to profiling
    means: Sequence[Mean]
    circles: Sequence[Sequence[Customer | None]]  # None: objects to profiling
    circles_found: int


def read_referrals(found: Satisfaction, run: Run) -> Referrals | None:
    """Return what the run found; None without any referral. Who objects to profiling is named nowhere."""
    told = found.referrals
    if not told:
        return None
    numbers = {row["customer"] for row in told["top"]} | {one for circle in told["circles"] for one in circle}
    known = Customer.objects.in_bulk(numbers)
    shown = {pk: one for pk, one in known.items() if not one.objects_to_profiling}
    realised = _amount(told["realised"])
    return Referrals(
        counted=told["counted"],
        buyers=told["buyers"],
        referrers=told["referrers"],
        ignored=told["told"] - told["counted"],
        unknown=told["unknown"],
        realised=realised,
        share=divide(realised, _amount(run.totals.get("realised"))),
        top=[
            Referrer(shown[row["customer"]], row["brought"], _amount(row["realised"]))
            for row in told["top"]
            if row["customer"] in shown
        ],
        hidden=sum(row["customer"] not in shown for row in told["top"]),
        means=[_read_mean(row) for row in told["means"]],
        circles=[[shown.get(one) for one in circle] for circle in told["circles"]],
        circles_found=told["circles_found"],
    )


def _read_mean(row: Mapping[str, Any]) -> Mean:
    return Mean(row["brought"], row["n"], *(Decimal(row[name]) for name in ("mean", "low", "high")))


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
