"""How a target stands on the day of a run: where it should be, where it is, where it will end, in a sentence.

Sums (revenue, orders …) are paced over their period; a rate should be at its target all the time.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, gettext

from customers.models import Shop
from klantwaarde import formats
from metrics import target_sentences
from metrics.core import pacing
from metrics.core.arithmetic import divide
from metrics.core.calendar import (
    DAYS_IN_WINDOW,
    Window,
    first_day_of_month,
    last_day_of_month,
    rolling_window,
)
from metrics.core.pacing import Forecast
from metrics.kpis import KPIS, Kpi
from metrics.models import Run, Target
from metrics.target_figures import (
    RATIOS_OF_SUMS,
    SUMS,
    KpiHistory,
    read_histories,
    read_member,
    write_member,
)

State = Literal["coming", "running", "ended"]
Tone = Literal["good", "bad", "warning", "neutral"]
#: Rates that are of 12 months whatever the period is: the last ones are what they are now.
ROLLING: Final = frozenset({"retention_rate", "churn_rate"})
UNIQUE: Final = "customers"  # how many there were of a period nobody knows before it is over
PASSED_BY: Final = Decimal("0.25")  # a target that is passed by so much says nothing any more


class Period(Protocol):
    """Days from ``first`` to ``last``, as ``metrics.pages.periods.Period`` has them."""

    @property
    def first(self) -> date:
        """Its first day."""

    @property
    def last(self) -> date:
        """Its last day."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The figures of a target on a day; None is not known, and ``reason`` says why.

    ``over``: what ``realised`` is over, as a reader calls it. ``expected``: where it should be today.
    ``by_season``: that went by last year's months. ``estimated``: a month's amount is spread over its days.
    """

    realised: Decimal | None = None
    over: str = ""
    expected: Decimal | None = None
    by_season: bool = False
    estimated: bool = False
    forecast: Forecast | None = None
    forecast_reason: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """How a target stands. ``sentence`` says it; ``tone`` is how good that is."""

    target: Target
    kpi: Kpi
    day: date
    state: State
    standing: Standing
    sentence: str
    tone: Tone
    gap: Decimal | None = None
    sparkline: Sequence[Decimal | None] = ()
    reminders: Sequence[str] = field(default=())

    @property
    def progress(self) -> Decimal | None:
        """What is realised as a share of the target; None when there is nothing to share."""
        return divide(self.standing.realised, self.target.value) if self.target.value > 0 else None

    @property
    def marker(self) -> Decimal | None:
        """Where it should be today as a share of the target."""
        return divide(self.standing.expected, self.target.value) if self.target.value > 0 else None


def find_status(run: Run, kpi: str, period: Period, dimension: str = "", member: str = "") -> Status | None:
    """Return how the target of a KPI of a member stands at the end of a period; None without a target.

    Of several that hold on that day (or on the run's, when the period goes on beyond it) the one over these
    very days counts, else the shortest. Raises KeyError for a KPI that is not in the register.
    """
    return find_statuses(run, [kpi], period, dimension, member).get(kpi)


def find_statuses(
    run: Run, kpis: Collection[str], period: Period, dimension: str = "", member: str = ""
) -> dict[str, Status]:
    """Return what ``find_status`` does for every one of these KPIs that has a target, by KPI."""
    day = min(period.last, run.as_of or period.last)
    channel, segment = write_member(dimension, member)
    holding = Target.objects.filter(
        Q(first_day__lte=day, last_day__gte=day) | Q(first_day=period.first, last_day=period.last),
        kpi__in=kpis, channel=channel, segment=segment,
    )  # fmt: skip
    best_last = sorted(
        holding,
        key=lambda one: ((one.first_day, one.last_day) == (period.first, period.last),
                         one.first_day - one.last_day, -one.pk),
    )  # fmt: skip
    chosen = {target.kpi: target for target in best_last}
    return {status.kpi.key: status for status in list_statuses(run, chosen.values(), day)}


def list_statuses(run: Run, targets: Iterable[Target], day: date | None = None) -> list[Status]:
    """Return how targets stand on a day (the run's, unless given), in their order."""
    listed = list(targets)
    on = day or run.as_of
    if on is None:
        raise ValueError(f"run {run.pk} has no day: it was not published.")
    histories = read_histories(run, {(target.kpi, read_member(target)) for target in listed})
    shop = Shop.load()
    return [
        _judge(target, histories.get((target.kpi, read_member(target)), KpiHistory()), on, shop)
        for target in listed
    ]


def find_state(target: Target, day: date) -> State:
    """Tell whether the days of a target are yet to come, going on or over on a day."""
    if target.first_day > day:
        return "coming"
    return "ended" if target.last_day <= day else "running"


def _judge(target: Target, history: KpiHistory, day: date, shop: Shop) -> Status:
    kpi, state = KPIS[target.kpi], find_state(target, day)
    measure = _measure_sum if kpi.key in SUMS else _measure_rate
    standing = measure(target, history, day, state)
    gap = None
    if standing.realised is not None and standing.expected is not None and state != "coming":
        gap = standing.realised - standing.expected
    good = None if gap is None else pacing.is_good(kpi.direction, gap)
    status = Status(target, kpi, day, state, standing, "", _find_tone(kpi, target, standing, good, gap), gap)
    return replace(
        status,
        sentence=_say(status, good, shop.currency),
        sparkline=history.trace(first_day_of_month(day)),
        reminders=_list_reminders(status, shop),
    )


def _measure_sum(target: Target, history: KpiHistory, day: date, state: State) -> Standing:
    """Realised, expected and forecast of a KPI whose months add up."""
    if not history.is_known:
        return Standing(reason=_explain_unknown(history))
    parts = pacing.list_parts(Window(target.first_day, target.last_day), day)
    whole = history.list_amounts(whole=True)
    # An incomplete month is one that is going on, or one that the data do not go back to the first day of.
    month, known = first_day_of_month(day), history.list_amounts()
    so_far = {month: known[month]} if month in known else {}
    realised = pacing.sum_realised(parts, {**so_far, **whole}, day)
    if realised is None:
        return Standing(reason=_explain_missing(history, parts))
    shape = pacing.find_shape(parts, whole)
    due = pacing.share_due(parts, shape)
    standing = Standing(
        realised.amount, "" if state == "coming" else _name_days(target, day),
        pacing.expect(target.value, due), shape is not None, realised.estimated,
    )  # fmt: skip
    if state == "ended":
        return standing
    foreseen = pacing.forecast(parts, realised.amount, whole, pacing.find_level(whole, day))
    reason = "" if foreseen else gettext("too few days have passed, and there is no year before to go by")
    return replace(standing, forecast=foreseen, forecast_reason=reason)


def _measure_rate(target: Target, history: KpiHistory, day: date, state: State) -> Standing:
    """A rate over its period where its parts add up; what is of one window only, over that very window."""
    if not history.is_known:
        return Standing(reason=_explain_unknown(history))
    if _is_of_one_window(target, history, state):
        return _measure_window(target, history, day, state)
    rolling = history.find_rolling(min(day, target.last_day))
    foreseen = Forecast(rolling[1].value) if rolling and rolling[1].value is not None else None
    no_forecast = "" if foreseen or state == "ended" else gettext("there are no 12 complete months yet")
    realised, over = (None, "") if state == "coming" else _find_rate(target, history, day)
    if realised is None and state != "coming":
        return Standing(reason=_explain_no_rate(target, history, state), forecast_reason=no_forecast)
    return Standing(
        realised, over, target.value,
        forecast=None if state == "ended" else foreseen, forecast_reason=no_forecast,
    )  # fmt: skip


def _is_of_one_window(target: Target, history: KpiHistory, state: State) -> bool:
    """Tell whether figures over one window say nothing of another: unique customers, and rates over them.

    While a target of 12 months goes on, a rate over the last 12 whole ones is one of as long a window.
    """
    window = Window(target.first_day, target.last_day)
    is_year = window == rolling_window(first_day_of_month(target.last_day))
    if target.kpi in RATIOS_OF_SUMS | ROLLING or (is_year and state != "ended" and target.kpi != UNIQUE):
        return False
    return bool(history.months or history.years)


def _measure_window(target: Target, history: KpiHistory, day: date, state: State) -> Standing:
    """A KPI over its very month or 12 months once these are over; nothing foretells it."""
    no_forecast = (
        "" if state == "ended" else gettext("what this KPI is over another period says nothing of this one")
    )
    if state == "coming":
        return Standing(expected=target.value, forecast_reason=no_forecast)
    month = first_day_of_month(target.last_day)
    window = Window(target.first_day, target.last_day)
    if window == rolling_window(month, 1):
        figure, over = history.months.get(month), _name_days(target, day)
    elif window == rolling_window(month):
        month_name = formats.short_month(month, _language())
        figure, over = history.years.get(month), gettext("12 months to %(month)s") % {"month": month_name}
    else:
        reason = gettext("this KPI is known of a month or of 12 whole months only")
        return Standing(reason=reason, forecast_reason=no_forecast)
    if state != "ended":
        reason = gettext("this period is not over, and only a whole one can be judged")
        return Standing(reason=reason, forecast_reason=no_forecast)
    if figure is None or not figure.complete or figure.value is None:
        return Standing(
            reason=gettext("there are no complete figures of this period, or nothing to divide by")
        )
    return Standing(figure.value, over, target.value)


def _find_rate(target: Target, history: KpiHistory, day: date) -> tuple[Decimal | None, str]:
    """Return the figure to judge by, and what it is over."""
    window = Window(target.first_day, target.last_day)
    if target.kpi in RATIOS_OF_SUMS and _is_whole_months(window):
        figure = history.divide_sums(window, day)
        return (figure.value if figure else None), _name_days(target, day)
    rolling = history.find_rolling(min(day, target.last_day))
    if rolling:
        month_name = formats.short_month(rolling[0], _language())
        return rolling[1].value, gettext("12 months to %(month)s") % {"month": month_name}
    if history.snapshot and target.last_day >= day and not history.years:
        return history.snapshot.value, gettext("as of %(day)s") % {"day": formats.date(day, _language())}
    return None, ""


def _name_days(target: Target, day: date) -> str:
    return formats.period(target.first_day, min(day, target.last_day), _language())


def _explain_unknown(history: KpiHistory) -> str:
    return history.missing or gettext("there are no figures of this KPI for this group")


def _explain_no_rate(target: Target, history: KpiHistory, state: State) -> str:
    if history.snapshot and state == "ended":
        return gettext("this KPI is known on the day of the calculation only, and the period has ended")
    if target.kpi in RATIOS_OF_SUMS and _is_whole_months(Window(target.first_day, target.last_day)):
        return gettext("there is nothing to divide by in this period, or a cost is not known")
    return gettext("there are no 12 complete months yet")


def _explain_missing(history: KpiHistory, parts: Sequence[pacing.Part]) -> str:
    passed = [part.month for part in parts if part.passed]
    if any(month in history.months and history.months[month].numerator is None for month in passed):
        return gettext("the cost of goods of some orders in this period is not known")
    return gettext("the data do not go back to the first day of this target")


def _find_tone(kpi: Kpi, target: Target, standing: Standing, good: bool | None, gap: Decimal | None) -> Tone:
    if gap is None or good is None:
        return "neutral"
    if good:
        return "good"
    ahead = standing.forecast
    if kpi.key in SUMS and ahead and ahead.low is not None and ahead.high is not None:
        end = ahead.high if kpi.direction == "up" else ahead.low
        if pacing.is_good(kpi.direction, end - target.value):
            return "warning"
    return "bad"


def _say(status: Status, good: bool | None, currency: str) -> str:
    if status.state == "coming":
        return target_sentences.say_start(status.target.first_day)
    if status.gap is None:
        return target_sentences.say_unknown(status.standing.reason)
    of_sum = status.kpi.key in SUMS
    return target_sentences.say_gap(
        status.kpi, status.gap, good, currency, ended=status.state == "ended", of_sum=of_sum,
        within_reach=status.tone == "warning",
    )  # fmt: skip


def _list_reminders(status: Status, shop: Shop) -> list[str]:
    """Reasons to look at a target again while its days are not over."""
    target, standing = status.target, status.standing
    if status.state == "ended":
        return []
    reminders = []
    if timezone.now() - target.set_at > timedelta(days=DAYS_IN_WINDOW):
        set_on = formats.date(target.set_at.astimezone(ZoneInfo(shop.time_zone)).date(), _language())
        reminders.append(
            gettext("Set on %(day)s, more than a year ago: is it still right?") % {"day": set_on}
        )
    low = standing.forecast.low if standing.forecast else None
    if _is_passed_by_far(status.kpi, standing.realised, target.value):
        reminders.append(gettext("Passed by more than a quarter: does it still ask for anything?"))
    elif status.kpi.key in SUMS and _is_passed_by_far(status.kpi, low, target.value):
        # Even the low end of what is foreseen lies that far beyond.
        reminders.append(gettext("Will be passed by more than a quarter: does it still ask for anything?"))
    return reminders


def _is_passed_by_far(kpi: Kpi, level: Decimal | None, wanted: Decimal) -> bool:
    if level is None or wanted <= 0:
        return False
    if kpi.direction == "up":
        return level > wanted * (1 + PASSED_BY)
    return kpi.direction == "down" and kpi.key not in SUMS and level < wanted * (1 - PASSED_BY)


def _is_whole_months(window: Window) -> bool:
    return window.first.day == 1 and window.last == last_day_of_month(window.last)


def _language() -> str:
    return get_language() or "en"
