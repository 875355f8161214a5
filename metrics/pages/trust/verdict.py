"""The verdict in a sentence, with the figures that it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from klantwaarde.templatetags.formats import change, date, number, percent
from metrics.core.report_card import GOOD_COVERAGE, GOOD_ERROR, POOR_ERROR
from metrics.pages.trust.absent import explain_missing_test
from metrics.pages.trust.reading import RULES, Report, name_model

WORDS: Final = {
    "good": pgettext_lazy("predictions", "good"),
    "fair": pgettext_lazy("predictions", "fair"),
    "poor": pgettext_lazy("predictions", "poor"),
    "": pgettext_lazy("predictions", "not tested"),
}
TONES: Final = {"good": "good", "fair": "info", "poor": "warning", "": "info"}
_TITLES: Final = {
    "good": gettext_lazy("These predictions are good."),
    "fair": gettext_lazy("These predictions are fair."),
    "poor": gettext_lazy("These predictions are poor."),
    "": gettext_lazy("These predictions have not been tested on your own data."),
}


@dataclass(frozen=True)
class Verdict:
    """A title, a sentence with figures, and what else to keep in mind."""

    tone: str
    title: str
    text: str
    notes: list[str] = field(default_factory=list)


def say_verdict(report: Report) -> Verdict:
    """Return the verdict on a prediction; there is one, tested or not."""
    key = report.prediction.verdict
    chosen = report.chosen
    if chosen is None:
        text, notes = explain_missing_test(report), [_name_untested(report)]
    else:
        text, notes = _say_figures(report, chosen), list(_find_faults(report, chosen))
    return Verdict(TONES[key], str(_TITLES[key]), text, [*notes, *_warn_of_season(report)])


def _say_figures(report: Report, chosen: Mapping[str, Any]) -> str:
    figures = {
        "first": date(report.first_day),
        "last": date(report.run.as_of),
        "expected": number(chosen["expected"]),
        "actual": number(chosen["actual"]),
        "error": change(chosen["total_error"]),
        "inside": percent(chosen["inside"], 0),
    }
    if not chosen["actual"]:
        return (
            gettext(
                "From %(first)s to %(last)s, %(expected)s purchases were expected of the customers known "
                "before, and none was made."
            )
            % figures
        )
    return (
        gettext(
            "From %(first)s to %(last)s, %(expected)s purchases were expected of the customers known before "
            "and %(actual)s were made (difference %(error)s), and for %(inside)s of customers the outcome "
            "lay within their own 80%% range."
        )
        % figures
    )


def _find_faults(report: Report, chosen: Mapping[str, Any]) -> Iterator[str]:
    """Yield what keeps a verdict from being good, and when a simple rule is what predicts."""
    if chosen["name"] in RULES:
        yield gettext(
            "The simple rule “%(rule)s” foretold more than any model, so predictions follow it: they know of "
            "no chance of being active, no next order and no money at risk."
        ) % {"rule": name_model(chosen["name"])}
    better = [one for one in report.scores if one["name"] in RULES and one["log_score"] > chosen["log_score"]]
    if better:
        yield gettext(
            "The simple rule “%(rule)s” scores better per customer, but its total is further off."
        ) % {"rule": name_model(better[0]["name"])}
    error = chosen["total_error"]
    if error is None or abs(error) > POOR_ERROR:
        yield gettext("The total was more than %(limit)s off.") % {"limit": percent(POOR_ERROR, 0)}
    elif report.card and abs(error) > GOOD_ERROR and not _is_inside(report.card):
        yield gettext("The total was more than %(limit)s off, and outside the range given for it.") % {
            "limit": percent(GOOD_ERROR, 0)
        }
    low, high = GOOD_COVERAGE
    if chosen["inside"] < low:
        yield gettext("The ranges per customer are too narrow: more often than they say, it went otherwise.")
    elif chosen["inside"] > high:
        yield gettext("The ranges per customer are wider than they need be.")
    if report.prediction.model != chosen["name"]:
        yield gettext(
            "%(chosen)s did best but could not be fitted on all of the history; %(model)s is used."
        ) % {"chosen": name_model(chosen["name"]), "model": name_model(report.prediction.model)}


def _name_untested(report: Report) -> str:
    return gettext("Until then %(model)s is used.") % {"model": name_model(report.prediction.model)}


def _warn_of_season(report: Report) -> Iterator[str]:
    if report.is_short:
        yield gettext(
            "With fewer than 24 complete months, season cannot be told apart from growth or decline: the "
            "months of a forecast are all alike."
        )
    elif not report.knows_season:
        yield gettext("No season could be read from the past: the months of a forecast are all alike.")


def _is_inside(card: Mapping[str, Any]) -> bool:
    low, high = card["widened"]
    return bool(low <= card["total"]["actual"] <= high)
