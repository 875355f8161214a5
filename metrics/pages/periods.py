"""Which period the page is about: a calendar month, or the 12 that end with it. It stands in the URL.

``?window=12m&month=2025-12``
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from urllib.parse import urlencode

from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.core.calendar import MONTHS_PER_YEAR, add_months, last_day_of_month, rolling_window
from metrics.models import KpiValue
from metrics.pages.scope import SHOP, Scope

MONTH: Final = KpiValue.Window.MONTH.value
YEAR: Final = KpiValue.Window.YEAR.value
SNAPSHOT: Final = KpiValue.Window.SNAPSHOT.value
WINDOWS: Final = (YEAR, MONTH)


@dataclass(frozen=True, slots=True)
class Period:
    """A window that ends with `month` (its first day): that month, or 12 months."""

    window: str
    month: date

    @property
    def first(self) -> date:
        """Its first day."""
        return rolling_window(self.month).first if self.window == YEAR else self.month

    @property
    def last(self) -> date:
        """Its last day."""
        return last_day_of_month(self.month)

    def shift(self, months: int) -> "Period":
        """Return the same window so many months later (earlier, when negative)."""
        return Period(self.window, add_months(self.month, months))

    def before(self) -> list["Period"]:
        """Return what it is compared with: the same window a year earlier, and a month earlier."""
        return [self.shift(-MONTHS_PER_YEAR), self.shift(-1)]

    @property
    def name(self) -> str:
        """The period as a reader calls it: "May 2025", "12 months to May 2025"."""
        language = get_language() or "en"
        if self.window == YEAR:
            return gettext("12 months to %(month)s") % {"month": formats.short_month(self.month, language)}
        return formats.month(self.month, language)

    @property
    def params(self) -> dict[str, str]:
        """The period as parameters of a URL."""
        return {"window": self.window, "month": f"{self.month:%Y-%m}"}

    @property
    def query(self) -> str:
        """The period as a piece of a URL."""
        return urlencode(self.params)


@dataclass(frozen=True, slots=True)
class Choice:
    """The period chosen and what else there is to choose; `months` are first days, oldest first.

    `scope` and `kept` (other parameters of the URL) go along when another period is chosen.
    """

    period: Period
    months: Sequence[date]
    scope: Scope = SHOP
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """All that the page is about, as a piece of a URL."""
        return self._write(self.period)

    def with_kept(self, **kept: str) -> str:
        """Return the query of the same page with other parameters kept."""
        return urlencode({**self.period.params, **self.scope.params, **self.kept, **kept})

    @property
    def windows(self) -> list[dict[str, object]]:
        """The two windows, each as the same page over it."""
        names = {YEAR: gettext("12 months"), MONTH: gettext("Month")}
        return [
            {"name": names[window], "query": self._write(Period(window, self.period.month)),
             "current": window == self.period.window}
            for window in WINDOWS
        ]  # fmt: skip

    @property
    def options(self) -> list[dict[str, object]]:
        """The months, newest first, as the choices of a select."""
        language = get_language() or "en"
        return [
            {"value": f"{month:%Y-%m}", "name": formats.month(month, language),
             "current": month == self.period.month}
            for month in reversed(self.months)
        ]  # fmt: skip

    @property
    def earlier(self) -> dict[str, str] | None:
        """The period one month earlier (name and query), None when there are no figures of it."""
        return self._beside(-1)

    @property
    def later(self) -> dict[str, str] | None:
        """The period one month later (name and query), None when there are no figures of it."""
        return self._beside(1)

    def _beside(self, months: int) -> dict[str, str] | None:
        beside = self.period.shift(months)
        if beside.month not in self.months:
            return None
        return {"name": beside.name, "query": self._write(beside)}

    def _write(self, period: Period) -> str:
        return urlencode({**period.params, **self.scope.params, **self.kept})


def name_months(first: date, last: date) -> str:
    """Return a row of months as a reader calls it: "Sept 2024 to Aug 2025"; of one month its name."""
    language = get_language() or "en"
    ends = [formats.short_month(month, language) for month in (first, last)]
    if ends[0] == ends[1]:
        return ends[0]
    return gettext("%(first)s to %(last)s") % {"first": ends[0], "last": ends[1]}


def read_choice(
    params: Mapping[str, str],
    months: Sequence[date],
    complete: Sequence[Period],
    scope: Scope = SHOP,
    kept: Mapping[str, str] | None = None,
) -> Choice:
    """Return the period a URL asks for; what it leaves out or has wrong becomes the newest whole one.

    Without a window in the URL that is 12 months, as soon as 12 are whole.

    Parameters
    ----------
    months : first days of the months with figures, oldest first; at least one.
    complete : the periods that can be judged.
    scope, kept : what else stands in the URL and goes along when another period is chosen.
    """
    window = params.get("window", "")
    if window not in WINDOWS:
        window = YEAR if any(period.window == YEAR for period in complete) else MONTH
    asked = _read_month(params.get("month", ""))
    if asked is None or asked not in months:
        whole = [period.month for period in complete if period.window == window]
        asked = max(whole, default=months[-1])
    return Choice(Period(window, asked), months, scope, kept or {})


def _read_month(text: str) -> date | None:
    """Read "2025-05"; None for what is no month."""
    year, _dash, month = text.partition("-")
    if not (year.isdecimal() and month.isdecimal() and len(year) == 4 and 1 <= int(month) <= MONTHS_PER_YEAR):
        return None
    return date(max(int(year), 1), int(month), 1)
