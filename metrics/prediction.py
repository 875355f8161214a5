"""The step that predicts: history as arrays in, what every customer is expected to bring in out.

For the whole shop it makes a ``Prediction`` and ``ModelFit`` rows; of all customers columns in whole numbers:
probabilities and purchases in millionths, amounts in 1/10,000, days since 1 January 1970, ``UNKNOWN`` where
there is nothing to say. The next step adds its own and keeps all of them (``metrics.calculation``).
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Final

import numpy as np

from metrics import model_choice, prediction_summary
from metrics.basis import Basis
from metrics.core import calendar, outlook, uncertainty
from metrics.core.calendar import FIRST_DAY
from metrics.core.histories import Flags, Floats, Histories, Summary, Whole
from metrics.core.outlook import ByModel, Forecaster, Months, People, Terms
from metrics.core.season import weigh_months
from metrics.core.survival import NO_SILENCES, Durations
from metrics.cost_allocation import Books, to_amount
from metrics.effects import NOT_BY_RULE, estimate_effects
from metrics.fitting import Roll
from metrics.model_choice import Trial
from metrics.models import ModelFit, Prediction
from metrics.prediction_summary import HORIZONS, SAYS_NOTHING_OF_ONE_ORDER, SEED, Fitted
from metrics.publishing import current_run
from metrics.rhythm import NO_GAPS, Gaps
from metrics.valuation import UNKNOWN
from metrics.workspace import PostgresWorkspace

MILLIONTHS: Final = 1_000_000
COLUMNS: Final = (
    "customer_id", "repeat_revenue", "p_active", "purchases_12", "predicted_12", "predicted_12_low",
    "predicted_12_high", "predicted_24", "predicted_24_low", "predicted_24_high", "predicted_36",
    "predicted_36_low", "predicted_36_high", "variance_12", "variance_total", "at_risk", "next_order_from",
    "next_order_to", "overdue_days",
)  # fmt: skip
SLICES_AT_ONCE: Final = 2  # each takes some 150 MB while it is worked on
LATEST_ORDER: Final = 3 * 365  # days: an order expected later than this is not expected on any day


@dataclass
class Predicted:
    """A run's prediction and the models behind it, not stored yet."""

    prediction: Prediction
    roll: Roll
    columns: Mapping[str, Whole]  # of ``COLUMNS``, one element a customer, by number, ascending
    fits: list[ModelFit] = field(default_factory=list)
    gaps: Gaps = NO_GAPS  # between the purchases of the histories of all
    silences: Durations = NO_SILENCES  # of who may be profiled
    histories: Histories | None = None  # what it was predicted from: later steps test themselves on it
    trial: Trial | None = None

    def forget(self) -> None:
        """Let go of what is large, when nobody asks for it any more."""
        self.histories, self.trial, self.columns = None, None, {}


def predict(basis: Basis, histories: Histories, retention: Books, roll: Roll, in_use: str) -> Predicted:
    """Return what every customer is expected to bring in, and what is said of the whole shop.

    ``histories`` are of all who may be predicted, ``roll`` has them all. Without enough history, or without a
    model that fits, there are no columns and the prediction says why. Asks nothing of the database, so that
    another thread may (``in_use`` of ``find_in_use``); effects are added by ``describe_effects``.
    """
    summary = histories.summarise((basis.as_of - FIRST_DAY).days)
    known: dict[str, Any] = dict(model_choice.count_history(histories, summary))
    reason = model_choice.find_shortage(histories, summary, basis)
    if reason:
        return _predict_nothing(basis, roll, reason, known)
    trial = model_choice.try_on_the_past(histories, basis, summary.as_of, in_use)
    fitted = _fit(histories, summary, basis, retention, trial)
    if fitted is None:
        return _predict_nothing(basis, roll, "no_model", known)
    customers = histories.customers[summary.place]
    people = outlook.gather(summary, roll.find_margin(customers))
    totals = _predict_customers(customers, people, fitted, summary.as_of, basis)
    prediction = Prediction(
        run_id=basis.run_id,
        model=fitted.forecaster.name,
        customers=len(people),
        shop=prediction_summary.describe_shop(fitted, people, totals, trial, histories, summary.as_of, basis),
        **prediction_summary.describe_trial(trial),
    )
    fits = list(prediction_summary.list_fits(basis, fitted))
    return Predicted(prediction, roll, totals["columns"], fits, histories=histories, trial=trial)


def _predict_nothing(basis: Basis, roll: Roll, reason: str, known: dict[str, Any]) -> Predicted:
    nothing = {name: np.zeros(0, dtype=np.int64) for name in COLUMNS}
    return Predicted(Prediction(run_id=basis.run_id, reason=reason, shop=known), roll, nothing)


def describe_effects(work: PostgresWorkspace, basis: Basis, predicted: Predicted) -> None:
    """Say in the prediction how kinds of customers differ."""
    histories, model = predicted.histories, predicted.prediction.model
    if histories is None:
        return
    if model in model_choice.RULES:
        predicted.prediction.effects = dict(NOT_BY_RULE)
        return
    summary = histories.summarise((basis.as_of - FIRST_DAY).days)
    customers = histories.customers[summary.place]
    predicted.prediction.effects = estimate_effects(work, customers, summary, model)


def find_in_use() -> str:
    """Return the model that the published run predicts with, "" when it predicts nothing."""
    current = current_run()
    return Prediction.objects.filter(run=current).values_list("model", flat=True).first() or ""


def _fit(
    histories: Histories, summary: Summary, basis: Basis, retention: Books, trial: Trial
) -> Fitted | None:
    """Fit what the trial chose on all of the history; None when neither it nor a simpler model fits."""
    spend = model_choice.fit_spend(summary)
    if "no_mean" in spend.reasons or "no_repeat_buyers" in spend.reasons:
        return None
    forecaster = _find_forecaster(histories, summary, trial)
    if forecaster is None:
        return None
    longest = outlook.find_reach(summary.as_of - histories.first_day)
    months = min(HORIZONS[-1], longest)
    season = model_choice.find_shop_season(histories, summary.as_of, basis)
    weights = None if season is None else weigh_months(season, basis.as_of, months)
    cost = _find_retention_cost(histories, summary.as_of, basis, retention)
    terms = Terms(outlook.find_factors(basis.real_rate or Decimal(0), months), weights, float(cost))
    return Fitted(forecaster, spend, terms, season, longest)


def _find_forecaster(histories: Histories, summary: Summary, trial: Trial) -> Forecaster | None:
    if trial.model in model_choice.RULES:
        return model_choice.follow_rule(trial.model, histories, summary)
    for name in dict.fromkeys((trial.model, model_choice.DEFAULT, "nbd")):
        model = model_choice.fit(name, summary)
        if model.usable:
            return ByModel(model)
    return None


def _find_retention_cost(histories: Histories, as_of: int, basis: Basis, retention: Books) -> Decimal:
    """Return retention cost per active customer and month: that of the last 12 months, over who is active.

    Active is who bought in the 365 days up to ``as_of``.
    """
    owner, day, _worth = histories.find_occasions(as_of)
    active = len(np.unique(owner[day > as_of - calendar.DAYS_IN_WINDOW]))
    first = calendar.rolling_window(basis.as_of).first
    units = sum(due for (_everyone, month), due in retention.due_by_month.items() if month >= first)
    if not active:
        return Decimal(0)
    return round(to_amount(units) / active / calendar.MONTHS_PER_YEAR, 4)


def _predict_customers(
    customers: Whole, people: People, fitted: Fitted, as_of: int, basis: Basis
) -> dict[str, Any]:
    """Return the row of every customer as ``columns``, and sums over all of them."""
    rng = np.random.default_rng(SEED)
    drawn = uncertainty.draw_parameters(fitted.forecaster, fitted.spend, rng)
    predict_some = partial(
        _predict_some, customers, people, fitted, drawn, as_of, basis.settings.prediction_months
    )
    # Equal histories side by side: what is expected of them is worked out once for all who have them.
    order = np.lexsort((people.recency, people.age, people.frequency))
    slices = [order[slots] for slots in outlook.slice_up(len(people))]
    # numpy lets go of the interpreter while it computes. Every slice has random numbers of its own, so that
    # what comes out does not depend on which is done first.
    with ThreadPoolExecutor(SLICES_AT_ONCE) as pool:
        parts = list(pool.map(predict_some, slices, rng.spawn(len(slices))))
    monthly = sum((sums for sums, _found in parts), np.zeros((2, fitted.terms.months)))
    kept = _put_in_order({name: [found[name] for _sums, found in parts] for name in COLUMNS}, order)
    active = float(np.where(kept["p_active"] == UNKNOWN, 0, kept["p_active"]).sum()) / MILLIONTHS
    return {"monthly": monthly, "active": active, "columns": kept}


def _predict_some(
    customers: Whole,
    everyone: People,
    fitted: Fitted,
    drawn: uncertainty.Drawn,
    as_of: int,
    total_over: int,
    rows: Whole,
    rng: np.random.Generator,
) -> tuple[Floats, dict[str, Whole]]:
    """Return purchases and amounts by month of the customers in these rows together, and their columns."""
    part, forecaster = everyone.take(rows), fitted.forecaster.take(rows)
    ahead = outlook.look_ahead(forecaster, outlook.expect_spend(fitted.spend, part), part, fitted.terms)
    known = ~np.isnan(part.margin)
    of_each = [(one.take(rows), other) for one, other in drawn]
    found = {
        "customer_id": customers[rows],
        "repeat_revenue": np.rint(part.mean_value * part.frequency * outlook.UNITS).astype(np.int64),
        **_list_values(ahead, known, fitted),
        **_list_intervals(of_each, part, ahead, known, fitted, rng),
        **_list_variances(forecaster, part, ahead, known, fitted, total_over),
        **_list_activity(fitted, part, ahead, known, as_of),
    }
    return np.stack([ahead.purchases.sum(axis=0), (ahead.amount * known[:, None]).sum(axis=0)]), found


def _put_in_order(columns: Mapping[str, list[Whole]], order: Whole) -> dict[str, Whole]:
    """Return the columns with everyone back in the place from which `order` took him."""
    found = {}
    for name, parts in columns.items():
        found[name] = np.empty(len(order), dtype=np.int64)
        if parts:
            found[name][order] = np.concatenate(parts)
    return found


def _list_values(ahead: Months, known: Flags, fitted: Fitted) -> dict[str, Whole]:
    found = {"purchases_12": np.rint(ahead.purchases[:, :12].sum(axis=1) * MILLIONTHS).astype(np.int64)}
    for months in HORIZONS:
        is_told = known & (months <= fitted.longest)
        found[f"predicted_{months}"] = np.where(is_told, ahead.sum_up(months), UNKNOWN)
    return found


def _list_intervals(
    drawn: uncertainty.Drawn,
    people: People,
    ahead: Months,
    known: Flags,
    fitted: Fitted,
    rng: np.random.Generator,
) -> dict[str, Whole]:
    """Return both ends of each customer's 80 % interval over every horizon."""
    reached = [months for months in HORIZONS if months <= fitted.longest]
    ends = uncertainty.find_spread(drawn, people, ahead, fitted.terms, reached, rng)
    nothing = np.full(len(people), UNKNOWN)
    found = {}
    for months in HORIZONS:
        low, high = ends.get(months, (nothing, nothing))
        found[f"predicted_{months}_low"] = np.where(known, low, UNKNOWN)
        found[f"predicted_{months}_high"] = np.where(known, high, UNKNOWN)
    return found


def _list_variances(
    forecaster: Forecaster, people: People, ahead: Months, known: Flags, fitted: Fitted, total_over: int
) -> dict[str, Whole]:
    """Return the variance by chance over 12 months, and over those that the total value reaches ahead."""

    def find(months: int) -> Whole:
        if months > fitted.longest:
            return np.full(len(people), UNKNOWN)
        variance = uncertainty.find_variance(forecaster, fitted.spend, people, ahead, fitted.terms, months)
        whole = np.rint(np.minimum(variance, 1e14) * 10_000).astype(np.int64)
        return np.where(known, whole, UNKNOWN)

    of_year = find(HORIZONS[0])
    return {
        "variance_12": of_year,
        "variance_total": of_year if total_over == HORIZONS[0] else find(total_over),
    }


def _list_activity(
    fitted: Fitted, people: People, ahead: Months, known: Flags, as_of: int
) -> dict[str, Whole]:
    """Return whether each is still active, when the next order is due, and what silence has cost."""
    nothing = np.full(len(people), UNKNOWN)
    if fitted.model is None:
        return dict.fromkeys(
            ("p_active", "next_order_from", "next_order_to", "overdue_days", "at_risk"), nothing
        )
    model = fitted.model
    now = np.asarray(model.probability_active(*people.history))
    then = np.asarray(model.probability_active(people.frequency, people.recency, people.recency))
    given_active = np.divide(ahead.sum_up(12), now, out=np.zeros(len(people)), where=now > 0)
    at_risk = np.maximum(np.rint(np.maximum(then - now, 0) * given_active), 0).astype(np.int64)
    silent = (people.frequency == 0) & (model.name == SAYS_NOTHING_OF_ONE_ORDER)
    last = as_of - people.age + people.recency
    history = (people.frequency, people.recency, people.recency)
    first, latest = (
        np.asarray(model.next_purchase_quantile(q, *history, given_active=True)) for q in (0.1, 0.9)
    )
    expected = latest <= LATEST_ORDER
    until = np.where(expected, last + np.ceil(np.where(expected, latest, 0)), UNKNOWN).astype(np.int64)
    return {
        "p_active": np.rint(now * MILLIONTHS).astype(np.int64),
        "at_risk": np.where(known & ~silent, at_risk, UNKNOWN),
        "next_order_from": np.where(expected, last + np.ceil(np.where(expected, first, 0)), UNKNOWN).astype(
            np.int64
        ),
        "next_order_to": until,
        "overdue_days": np.where(expected & (as_of > until), as_of - until, UNKNOWN),
    }
