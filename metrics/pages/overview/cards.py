"""What stands on the cards: the figure, what it is compared with, its target, and how it is computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext

from klantwaarde import formats
from klantwaarde.templatetags.formats import figure as write_figure
from metrics.core.calendar import MONTHS_PER_YEAR
from metrics.kpis import Part
from metrics.models import Run
from metrics.pages.facts import count_months_kept, may_include_older_customers
from metrics.pages.figures import Figures, describe_response
from metrics.pages.overview.absent import Reason, explain_absence
from metrics.pages.overview.charts import OVER_TIME, is_charted
from metrics.pages.overview.lines import Comparison, KpiLine
from metrics.pages.periods import YEAR, Choice
from metrics.target_sentences import write_value
from metrics.targets_status import Status

#: What is about customers as new ones, won so many months before the period.
_OF_NEW: Final = {"new_customers": 0, "acquisition_rate": 0, "paid_cac": 0, "repeat_rate": MONTHS_PER_YEAR}
#: The same; of the whole shop these leave the months out in which "new" may be wrong.
_LEFT_OUT: Final = {"full_cac": 0, "payback": 0, "ltv_cac": MONTHS_PER_YEAR}
FEW: Final = 30  # under so many a figure shows its n and is greyed
SPARKLINE_POINTS: Final = MONTHS_PER_YEAR + 1  # the same month a year before is the first
# A card leaves out what nobody reads at a glance; the table has it.
_CENTS_UP_TO: Final = 10_000
_UNITS_UP_TO: Final = 10_000_000
# The page with more about a KPI, by the name of its URL; of others the chart on this page.
_PAGES: Final = {
    "retention_rate": "cohorts", "churn_rate": "cohorts", "repeat_rate": "cohorts",
    "days_between_orders": "cohorts", "full_cac": "channels", "ltv_cac": "channels", "payback": "channels",
    "acquisition_cost": "channels", "unallocated_cost": "channels", "nps": "satisfaction",
    "csat": "satisfaction", "clv": "customers", "realised_mean": "customers", "average": "customers",
    "top_share": "customers", "lifetime_group": "customers",
}  # fmt: skip
_QUERIES: Final = {
    "clv": "?method=total", "realised_mean": "?method=realised", "lifetime_group": "?method=lifetime",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """What all cards of a page share."""

    figures: Figures
    run: Run
    choice: Choice
    currency: str
    targets: Mapping[str, Status]


def make_card(line: KpiLine, frame: Frame) -> dict[str, Any]:
    """Return one card for components/kpi_card.html."""
    reason = _explain(line, frame)
    few = line.figure.n if line.figure and line.figure.n < FEW and line.value is not None else None
    return {
        "label": line.kpi.label,
        "url": _find_page(line.kpi.key, frame.choice),
        "value": line.value,
        "unit": _choose_unit(line),
        "changes": [_describe_change(line, one) for one in line.comparisons if one.change is not None],
        "note": _describe_period(line, frame) if reason is None else reason.text,
        **_offer_action(reason),
        "caveat": _warn(line, frame),
        "few": few,
        "target": _describe_target(frame.targets.get(line.kpi.key), frame.currency),
        "sparkline": _trace(line, frame.figures),
        "definition": line.kpi.definition,
        "computed": spell_out(line, frame.currency),
        "basis": _describe_basis(line, frame.run),
        "help_url": f"{reverse('help')}#kpi-{line.kpi.key}",
    }


def name_comparison(comparison: Comparison) -> str:
    """Return what a figure is compared with, as a reader calls it: "vs May 2024"."""
    return gettext("vs %(period)s") % {"period": comparison.period.name}


def name_period(line: KpiLine, run: Run) -> str:
    """Return the period of a figure, as a reader calls it; of a snapshot the day."""
    if line.is_snapshot:
        return gettext("as of %(day)s") % {"day": formats.date(run.as_of, get_language() or "en")}
    return line.period.name


def spell_out(line: KpiLine, currency: str) -> str:
    """Return a ratio with its own numbers, "€ 560,00 ÷ 5 = € 112,00", each with its name; else nothing."""
    figure, kpi = line.figure, line.kpi
    if figure is None or figure.value is None or kpi.above is None or kpi.below is None:
        return ""
    parts = [
        _write_part(figure.numerator, kpi.above, currency),
        _write_part(figure.denominator, kpi.below, currency),
    ]
    return f"{' ÷ '.join(parts)} = {write_figure(figure.value, kpi.unit, currency)}"


def _write_part(value: Decimal | None, part: Part, currency: str) -> str:
    language = get_language() or "en"
    if part.unit == "money":
        cents = value is None or formats.round_half_up(value, 2) == value
        text = formats.money(value, currency, language, places=None if cents else 4)
    else:
        text = write_figure(value, part.unit, currency)
    return f"{text} ({part.label})"


def _explain(line: KpiLine, frame: Frame) -> Reason | None:
    if line.complete and line.value is not None:
        return None
    return explain_absence(line, frame.figures, frame.run, of_shop=frame.choice.scope.is_shop)


def _find_page(key: str, choice: Choice) -> str:
    try:
        return reverse(_PAGES[key]) + _QUERIES.get(key, "")
    except (KeyError, NoReverseMatch):
        return f"?{choice.with_kept(kpi=key)}#{OVER_TIME}" if is_charted(key) else ""


def _choose_unit(line: KpiLine) -> str:
    if line.kpi.unit != "money" or line.value is None or abs(line.value) < _CENTS_UP_TO:
        return line.kpi.unit
    return "whole_money" if abs(line.value) < _UNITS_UP_TO else "compact_money"


def _describe_change(line: KpiLine, comparison: Comparison) -> dict[str, Any]:
    return {
        "change": comparison.change,
        "unit": line.change_unit,
        "good": line.good,
        "compared_with": name_comparison(comparison),
    }


def _describe_period(line: KpiLine, frame: Frame) -> str:
    if line.is_snapshot:
        return name_period(line, frame.run)
    if not line.complete:
        if line.kpi.key == "acquisition_rate" and line.period in frame.figures.list_complete():
            return gettext("the 12 months before are incomplete, so not compared")
        return gettext("incomplete, not compared")
    if not any(item.change is not None for item in line.comparisons):
        return gettext("nothing earlier to compare with")
    return ""


def _offer_action(reason: Reason | None) -> dict[str, str]:
    return {"action_url": reason.url, "action": reason.action} if reason and reason.url else {}


def _warn(line: KpiLine, frame: Frame) -> str:
    if line.value is None:
        return ""
    if line.kpi.key in ("nps", "csat"):
        return describe_response(frame.figures, line.kpi.key, line.period)
    if told := _warn_of_older_customers(line, frame):
        return told
    if not line.is_snapshot and line.period.window != frame.choice.period.window:
        return gettext("over the %(period)s") % {"period": line.period.name}
    return ""


def _warn_of_older_customers(line: KpiLine, frame: Frame) -> str:
    """Say that "new" may be wrong, or which part of the period was left out because of that."""
    key = line.kpi.key
    if key in _LEFT_OUT and frame.choice.scope.is_shop:
        kept = count_months_kept(frame.run, line.period.shift(-_LEFT_OUT[key]))
        if line.period.window != YEAR or kept == MONTHS_PER_YEAR:
            return ""
        text = gettext("over %(count)d of the 12 months: in the others customers may have bought before")
        return text % {"count": kept}
    ago = (_OF_NEW | _LEFT_OUT).get(key)
    if ago is None or not may_include_older_customers(frame.run, line.period.shift(-ago)):
        return ""
    return gettext("may include older customers")


def _describe_target(status: Status | None, currency: str) -> dict[str, str] | None:
    if status is None:
        return None
    value = write_value(status.target.value, status.kpi.unit, currency)
    try:
        url = reverse("targets")
    except NoReverseMatch:
        url = ""
    return {"value": value, "sentence": status.sentence, "tone": status.tone, "url": url}


def _describe_basis(line: KpiLine, run: Run) -> str:
    """Which period, and over how many."""
    if line.figure is None:
        return ""
    count = formats.number(line.figure.n, get_language() or "en")
    return gettext("%(period)s, n = %(count)s") % {"period": name_period(line, run), "count": count}


def _trace(line: KpiLine, figures: Figures) -> list[Decimal | None]:
    """The last values up to the period, oldest first; what is not whole or n.a. is a gap."""
    if line.is_snapshot:
        return []
    steps = range(1 - SPARKLINE_POINTS, 1)
    return [figures.find_value(line.kpi.key, line.period.shift(step)) for step in steps]
