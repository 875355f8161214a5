"""Why there is no prediction, or no test of it: what is missing, how much there is, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from klantwaarde.templatetags.formats import date, number
from metrics.models import CalculationSettings
from metrics.pages.trust.reading import Report

#: For each shortage: the setting with the least that is needed, and what there is (`count_history`).
_MEASURES: Final = {
    "few_buyers": ("least_buyers", "buyers"),
    "short_history": ("least_days", "history_days"),
    "few_repeat_buyers": ("least_repeat_buyers", "repeat_buyers"),
}
_NEEDS: Final = {
    "few_buyers": gettext_lazy(
        "A prediction needs %(needed)s customers who bought; known so far: %(count)s."
    ),
    "short_history": gettext_lazy("A prediction needs %(needed)s days of orders; known so far: %(count)s."),
    "few_repeat_buyers": gettext_lazy(
        "A prediction needs %(needed)s customers who bought more than once; known so far: %(count)s."
    ),
}
_TEST_NEEDS: Final = {
    "no_buyers": gettext_lazy("Up to %(day)s nobody had bought."),
    "few_buyers": gettext_lazy(
        "Up to %(day)s there must be %(needed)s customers who bought; there were %(count)s."
    ),
    "short_history": gettext_lazy(
        "Up to %(day)s there must be %(needed)s days of orders; there were %(count)s."
    ),
    "few_repeat_buyers": gettext_lazy(
        "Up to %(day)s there must be %(needed)s customers who bought more than once; there were %(count)s."
    ),
}


@dataclass(frozen=True, slots=True)
class Absence:
    """What is missing, in sentences, and the one thing to do about it."""

    text: str
    url: str = ""
    action: str = ""


def explain_absence(report: Report | None) -> Absence:
    """Return why there is no prediction."""
    if report is None:
        text = gettext("The figures in use were calculated before there were predictions. Calculate again.")
        return Absence(text, reverse("runs"), gettext("To the calculations"))
    reason = report.prediction.reason
    if reason == "no_model":
        text = gettext(
            "There is enough history, but no model fits it: repeat purchases may all be on one day, or be "
            "worth nothing. See whether the orders came in as they should."
        )
        return Absence(text, reverse("quality"), gettext("To the data quality"))
    if reason == "no_buyers":
        text = gettext("Nobody who may be predicted has bought yet. Upload the orders of your shop.")
        return Absence(text, reverse("uploads"), gettext("Upload orders"))
    sentence = _fill(str(_NEEDS[reason]), reason, report.shop, report.run.settings)
    advice = gettext(
        "Upload older orders if you have them; else this comes by itself as the shop goes on. Whoever "
        "manages the settings can lower what is needed."
    )
    return Absence(f"{sentence} {advice}", reverse("uploads"), gettext("Upload orders"))


def explain_missing_test(report: Report) -> str:
    """Return why predictions were not held against what happened."""
    known = report.shop.get("before_cut_off", {})
    untested = report.prediction.untested
    test = gettext(
        "To test predictions, a model is fitted on the past up to a day and judged by what came after."
    )
    needs = _fill(str(_TEST_NEEDS[untested]), untested, known, report.run.settings, date(report.cut_off))
    return f"{test} {needs}"


def _fill(
    sentence: str, key: str, known: Mapping[str, int], settings: CalculationSettings, day: str = ""
) -> str:
    setting, measure = _MEASURES.get(key, ("", ""))
    needed = number(getattr(settings, setting)) if setting else ""
    return sentence % {"needed": needed, "count": number(known.get(measure)), "day": day}
