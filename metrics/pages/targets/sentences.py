"""How the figures of a target came about, for who wants to know."""

from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.core.pacing import Forecast
from metrics.target_figures import SUMS
from metrics.targets_status import Status


def explain(status: Status) -> list[str]:
    """Return a sentence on where it should be, what is realised, and the forecast."""
    notes = [str(status.kpi.definition)]
    if status.standing.reason:
        return notes
    if status.kpi.key in SUMS:
        return [*notes, *_explain_sum(status)]
    if status.state != "coming":
        text = gettext("A rate should be at its target all the time. Judged by: %(period)s.")
        notes.append(text % {"period": status.standing.over})
    if status.state != "ended":
        notes.append(
            _say_none(status) or gettext("The forecast is what it was over the last 12 complete months.")
        )
    return notes


def _explain_sum(status: Status) -> list[str]:
    standing = status.standing
    notes = []
    if status.state == "running":
        notes.append(
            gettext(
                "Where you should be today goes by what the same months brought last year; within a month "
                "every day counts alike."
            )
            if standing.by_season
            else gettext("Where you should be today goes by days: there is no whole year before to go by.")
        )
    if standing.estimated:
        notes.append(
            gettext("Amounts are kept by month: of a month that is cut, the days count alike. An estimate.")
        )
    if status.state != "ended":
        ahead = standing.forecast
        notes.append(_explain_forecast(ahead) if ahead else _say_none(status))
    return notes


def _explain_forecast(ahead: Forecast) -> str:
    if ahead.level is None:
        return gettext("The forecast carries on at the pace so far; season is not in it.")
    level = {
        "percent": formats.percent(ahead.level.ratio, get_language() or "en", 0),
        "months": ahead.level.months,
    }
    text = gettext(
        "The forecast is what came in, and for the rest last year's same days × this year's level: "
        "%(percent)s of last year, over %(months)d months."
    )
    if ahead.low is None:
        return f"{text % level} {gettext('There are too few months for a range.')}"
    tail = gettext("Four out of five times it ends within the range, unless the trend changes.")
    return f"{text % level} {tail}"


def _say_none(status: Status) -> str:
    reason = status.standing.forecast_reason
    return gettext("No forecast: %(reason)s.") % {"reason": reason} if reason else ""
