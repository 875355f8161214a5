"""Time until a year of silence: the Kaplan-Meier curve of a shop.

The event is a year without a purchase, dated at the last one before it. A younger silence is censored, and
where is the same for everyone: a year before the last day that is known, because a silence that began
later cannot be told yet. Censoring at the last purchase itself would count those who came back at once and
those who may not come back as equally faithful, and the curve would lie too high. A customer who comes back
after a year has had the event; it says when a silence began, not that somebody left for good.

Source: E.L. Kaplan and P. Meier, Nonparametric estimation from incomplete observations, Journal of the
American Statistical Association 53 (1958), 457-481.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from metrics.core.calendar import DAYS_IN_WINDOW
from metrics.core.histories import Flags, Floats, Whole


@dataclass(frozen=True)
class Durations:
    """How long each customer has been followed, in days from the first purchase, and what ended it.

    ``time``: days until the event, or until the customer was censored. ``event``: True for the event.
    ``owner``: whose it is, where that is asked for.
    """

    time: Whole
    event: Flags
    owner: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


NO_SILENCES: Final = Durations(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_))


@dataclass(frozen=True)
class SurvivalCurve:
    """A step function that falls at ``time`` to ``share``. One element a distinct time with an event.

    ``time``: days, ascending. ``share``: part that has not had the event up to and with that time.
    ``at_risk``: how many were still followed just before it. ``events``: how many had it then.
    ``customers``: how many there are in all. ``followed``: every duration, ascending.
    """

    time: Whole
    share: Floats
    at_risk: Whole
    events: Whole
    customers: int
    followed: Whole

    def find_share(self, day: float) -> float:
        """Return the part that has not had the event within ``day`` days; 1 before the first event."""
        place = int(np.searchsorted(self.time, day, side="right"))
        return float(self.share[place - 1]) if place else 1.0

    def count_at_risk(self, day: float) -> int:
        """Return how many were followed for at least ``day`` days."""
        return self.customers - int(np.searchsorted(self.followed, day, side="left"))

    def find_median(self) -> int | None:
        """Return the first day on which at most half is left; None while more than half is."""
        reached = np.flatnonzero(self.share <= 0.5)
        return int(self.time[reached[0]]) if len(reached) else None


def find_silences(owner: Whole, day: Whole, as_of: int, silence: int = DAYS_IN_WINDOW) -> Durations:
    """Return the time until each customer's first silence.

    Who first bought less than ``silence`` days ago is left out: nothing can be said of them yet.

    Parameters
    ----------
    owner, day : one element a day with a purchase, sorted by owner and day.
    as_of : the last day that is known, to its end.
    silence : days without a purchase that make an event.
    """
    if len(owner) != len(day):
        raise ValueError(f"owner and day must be equally long, got {len(owner)} and {len(day)}.")
    if not len(owner):
        return NO_SILENCES
    is_last = np.r_[owner[1:] != owner[:-1], True]
    quiet = np.where(is_last, as_of - day, np.r_[day[1:], 0] - day - 1)  # days without a purchase after it
    starts = np.flatnonzero(np.r_[True, is_last[:-1]])
    event = quiet >= silence
    places = np.where(event, np.arange(len(day)), len(day))
    first = np.minimum.reduceat(places, starts)  # the first silence of each; beyond the end without one
    had = first < len(day)
    known = as_of - silence - day[starts]  # days from the first purchase in which a silence can be told
    time = np.where(had, day[np.where(had, first, starts)] - day[starts], known)
    told = known >= 0
    return Durations(time[told].astype(np.int64), had[told], owner[starts][told])


def estimate(durations: Durations) -> SurvivalCurve:
    """Return the Kaplan-Meier estimate: at each time with an event, × (1 − events ÷ at risk).

    Who is censored at the time of an event counts as at risk of it, as usual.
    """
    followed = np.sort(durations.time)
    time, events = np.unique(durations.time[durations.event], return_counts=True)
    at_risk = len(followed) - np.searchsorted(followed, time, side="left")
    share: Floats = np.cumprod(1.0 - events / at_risk, dtype=np.float64)
    return SurvivalCurve(
        time, share, at_risk.astype(np.int64), events.astype(np.int64), len(followed), followed
    )
