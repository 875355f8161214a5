"""Which model to predict with: every one is fitted on the past and judged by what came after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np

from metrics.basis import Basis
from metrics.core import bgnbd, calendar, gamma_gamma, holdout, mbgnbd, naive, nbd, pareto_nbd, report_card
from metrics.core.calendar import FIRST_DAY
from metrics.core.gamma_gamma import GammaGamma
from metrics.core.histories import Floats, Histories, Summary
from metrics.core.holdout import Choice, Deviation, Score
from metrics.core.outlook import ByRule
from metrics.core.purchase_model import PurchaseModel
from metrics.core.season import compare_window, find_season
from metrics.models import ModelFit

LONGEST_HOLDOUT: Final = 365
DEFAULT: Final = "mbgnbd"
MODELS: Final[Mapping[str, Callable[..., PurchaseModel]]] = {
    "nbd": nbd.fit,
    "bgnbd": bgnbd.fit,
    "mbgnbd": mbgnbd.fit,
    "pareto_nbd": pareto_nbd.fit,
}
RULES: Final = (ModelFit.Model.LAST_YEAR.value, ModelFit.Model.OWN_RATE.value)


@dataclass(frozen=True)
class Trial:
    """What the hold-out showed.

    ``untested`` says why there was none; ``history``, then, what there was to fit on (`count_history`).
    ``summary`` and ``fits`` are what was fitted on and every model that could be; ``values`` is the predicted
    and the actual revenue of each customer (`value_holdout`), None of a naive rule.
    """

    model: str
    untested: str = ""
    cut_off: int = 0
    scores: Sequence[Score] = ()
    choice: Choice | None = None
    card: report_card.ReportCard | None = None
    verdict: str = ""
    widening: float | None = None
    history: Mapping[str, int] = field(default_factory=dict)
    summary: Summary | None = None
    fits: Mapping[str, PurchaseModel] = field(default_factory=dict)
    values: tuple[Floats, Floats] | None = None


def count_history(histories: Histories, summary: Summary) -> dict[str, int]:
    """Return what there is to predict from: ``buyers``, ``repeat_buyers`` and ``history_days``."""
    return {
        "buyers": len(summary),
        "repeat_buyers": int((summary.frequency > 0).sum()),
        "history_days": max(summary.as_of - histories.first_day, 0) if len(summary) else 0,
    }


def find_shortage(histories: Histories, summary: Summary, basis: Basis) -> str:
    """Return a key that says what history is missing to predict from, empty when there is enough."""
    settings = basis.settings
    if not len(summary):
        return "no_buyers"
    if len(summary) < settings.least_buyers:
        return "few_buyers"
    if summary.as_of - histories.first_day < settings.least_days:
        return "short_history"
    if int((summary.frequency > 0).sum()) < settings.least_repeat_buyers:
        return "few_repeat_buyers"
    return ""


def try_on_the_past(histories: Histories, basis: Basis, as_of: int, in_use: str) -> Trial:
    """Fit on the past and judge by what came after; choose the model to use."""
    cut_off, days = holdout.plan_cut_offs(histories.first_day, as_of, LONGEST_HOLDOUT)
    summary = histories.summarise(cut_off)
    shortage = find_shortage(histories, summary, basis)
    if shortage:
        return Trial(DEFAULT, shortage, cut_off, history=count_history(histories, summary))
    actual = histories.count_between(summary, as_of)
    fits = {one.name: one for one in fit_all(summary) if one.usable}
    forecasts: list[holdout.Forecast] = [holdout.forecast(one, summary, days) for one in fits.values()]
    forecasts += [naive.repeat_last_year(histories, summary, days), naive.keep_own_rate(summary, days)]
    scores = [holdout.score(one, actual) for one in forecasts]
    choice = holdout.choose(scores, in_use)
    if choice.name not in fits:
        return Trial(choice.name, "", cut_off, scores, choice, verdict="poor", summary=summary, fits=fits)
    season = find_shop_season(histories, as_of, basis)
    earlier = look_back(histories, basis, choice.name, cut_off, season)
    widening = holdout.learn_widening(earlier)
    values = value_holdout(fits[choice.name], histories, summary, days, as_of)
    shares = tuple(holdout.catch_share(*values, share) for share in holdout.TOP_SHARES)
    card = report_card.grade(fits[choice.name], histories, summary, days, values, earlier, widening, shares)
    by_name = {one.name: one for one in scores}
    rules = [by_name[name] for name in RULES]
    verdict = report_card.judge(by_name[choice.name], card, rules)
    return Trial(
        choice.name, "", cut_off, scores, choice, card, verdict, widening,
        summary=summary, fits=fits, values=values,
    )  # fmt: skip


def fit_all(summary: Summary) -> list[PurchaseModel]:
    """Fit every model to a summary."""
    return [fit(name, summary) for name in MODELS]


def fit(name: str, summary: Summary) -> PurchaseModel:
    """Fit the model of a name to a summary."""
    return MODELS[name](summary.frequency, summary.recency, summary.age)


def look_back(
    histories: Histories, basis: Basis, name: str, cut_off: int, season: Floats | None
) -> list[Deviation]:
    """Return how far off totals were after earlier cut-offs, by the same model fitted on each.

    With a ``season``, that of today, they are of forecasts that know it, like the ones in use: what a
    December is like is not counted as an error of the model. How a year went is.
    """
    found = []
    for day, days in holdout.plan_earlier(histories.first_day, cut_off, basis.settings.least_days):
        summary = histories.summarise(day)
        model = fit(name, summary)
        if not model.usable:
            continue
        actual = int(histories.count_between(summary, day + days).sum())
        deviation = report_card.expect_total(model, summary, days, actual)
        if season is not None:
            first = FIRST_DAY + timedelta(days=day - int(summary.age.max()))
            deviation = deviation.in_season(compare_window(season, first, summary.age, days))
        found.append(deviation)
    return found


def find_shop_season(histories: Histories, as_of: int, basis: Basis) -> Floats | None:
    """Return how busy the shop is by calendar month (`metrics.core.season`); None with too few months.

    Months before the first order of a customer, in which others bought, say nothing of customers.
    """
    _owner, day, _worth = histories.find_occasions(as_of)
    began = FIRST_DAY + timedelta(days=histories.first_day)
    complete = (month for month in basis.months if basis.is_complete(month))
    months = [month for month in complete if calendar.last_day_of_month(month) >= began]
    counts = np.bincount(day - histories.first_day) if len(day) else np.zeros(0, dtype=np.int64)
    starts = [(month - FIRST_DAY).days - histories.first_day for month in months]
    ends = [(calendar.last_day_of_month(month) - FIRST_DAY).days - histories.first_day for month in months]
    made = [int(counts[max(start, 0) : end + 1].sum()) for start, end in zip(starts, ends, strict=True)]
    return find_season(months, made)


def value_holdout(
    model: PurchaseModel, histories: Histories, summary: Summary, days: int, as_of: int
) -> tuple[Floats, Floats]:
    """Return predicted and actual revenue of each customer in the days held out."""
    spend = fit_spend(summary)
    history = (summary.frequency, summary.recency, summary.age)
    mean = np.asarray(spend.expected_value(summary.frequency, np.nan_to_num(summary.mean_value)))
    predicted = np.asarray(model.expected_purchases(days, *history)) * mean
    return predicted, histories.sum_between(summary, as_of)


def fit_spend(summary: Summary) -> GammaGamma:
    """Fit the spend of customers who came back."""
    return gamma_gamma.fit(summary.frequency, np.nan_to_num(summary.mean_value))


def follow_rule(name: str, histories: Histories, summary: Summary) -> ByRule:
    """Return the forecasts of a naive rule for the coming years."""
    days = calendar.DAYS_IN_WINDOW
    rules = {
        RULES[0]: lambda: naive.repeat_last_year(histories, summary, days),
        RULES[1]: lambda: naive.keep_own_rate(summary, days),
    }
    # As many decimals as are stored, so that a customer's months can be worked out again.
    yearly = np.round(rules[name]().mean * float(calendar.DAYS_PER_YEAR) / days, 6)
    active = (summary.age - summary.recency < days).astype(np.float64)
    return ByRule(name, yearly, active)
