"""A predicted value taken apart month by month, by the code that made it and from what was stored with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np

from metrics.core import bgnbd, calendar, mbgnbd, nbd, outlook, pareto_nbd
from metrics.core.arithmetic import QUOTIENT_PLACES
from metrics.core.gamma_gamma import GammaGamma
from metrics.core.outlook import ByModel, ByRule, Forecaster, People, Terms
from metrics.core.purchase_model import PurchaseModel
from metrics.core.season import weigh_months
from metrics.cost_allocation import to_amount
from metrics.model_choice import RULES
from metrics.models import CustomerValue, ModelFit, Prediction, Run
from metrics.prediction_summary import HORIZONS

MODELS: Final[Mapping[str, Callable[[Mapping[str, float]], PurchaseModel]]] = {
    "nbd": nbd.NBD.given,
    "bgnbd": bgnbd.BGNBD.given,
    "mbgnbd": mbgnbd.MBGNBD.given,
    "pareto_nbd": pareto_nbd.ParetoNBD.given,
}


@dataclass(frozen=True)
class PredictedMonth:
    """One month to come. ``amount`` = (purchases × contribution − active × retention cost) × factor."""

    first_day: date
    last_day: date
    purchases: Decimal
    active: Decimal
    factor: Decimal
    amount: Decimal


@dataclass(frozen=True)
class PredictionExplained:
    """How a customer's predicted value came about; the months add up to ``total``.

    ``spend``: expected revenue of a purchase; ``contribution``: that × ``margin``. ``retention_cost`` is per
    month of being active.
    """

    model: str
    spend: Decimal
    margin: Decimal
    contribution: Decimal
    retention_cost: Decimal
    months: tuple[PredictedMonth, ...]
    total: Decimal


def explain_prediction(value: CustomerValue, months: int) -> PredictionExplained | None:
    """Return the months of a customer's predicted value over 12, 24 or 36; None without a prediction.

    ``value`` comes with its run and settings (``select_related("run__settings")``).
    """
    stored = getattr(value, f"predicted_{months}")
    if stored is None or value.margin is None:
        return None
    prediction = Prediction.objects.get(run_id=value.run_id)
    people = _read_person(value)
    spend = _read_spend(value.run_id)
    terms = _read_terms(value.run, prediction, months)
    forecaster = _read_forecaster(value, prediction)
    expected = outlook.expect_spend(spend, people)
    ahead = outlook.look_ahead(forecaster, expected, people, terms)
    rows = tuple(
        PredictedMonth(
            *_find_days(value.run.as_of, month),
            purchases=_to_decimal(ahead.purchases[0, month], outlook.CUT),
            active=_to_decimal(ahead.active[0, month], outlook.CUT),
            factor=_to_decimal(terms.factors[month], QUOTIENT_PLACES),
            amount=to_amount(int(ahead.amount[0, month])),
        )
        for month in range(months)
    )
    return PredictionExplained(
        model=prediction.model,
        spend=_to_decimal(expected[0], QUOTIENT_PLACES),
        margin=value.margin,
        contribution=_to_decimal(ahead.contribution[0], 4),
        retention_cost=Decimal(prediction.shop["retention_cost"]),
        months=rows,
        total=sum((row.amount for row in rows), Decimal(0)),
    )


def _read_person(value: CustomerValue) -> People:
    frequency = value.occasions - 1
    later = float(value.repeat_revenue or 0)
    return People(
        frequency=np.array([frequency]),
        recency=np.array([value.recency]),
        age=np.array([value.age]),
        mean_value=np.array([later / frequency if frequency else 0.0]),
        margin=np.array([float(value.margin or 0)]),
    )


def _read_forecaster(value: CustomerValue, prediction: Prediction) -> Forecaster:
    if prediction.model in RULES:
        age, recency = value.age or 0, value.recency or 0
        is_active = float(age - recency < calendar.DAYS_IN_WINDOW)
        return ByRule(prediction.model, np.array([float(value.purchases_12 or 0)]), np.array([is_active]))
    fit = ModelFit.objects.get(run_id=value.run_id, model=prediction.model)
    return ByModel(MODELS[prediction.model](fit.params))


def _read_spend(run_id: int) -> GammaGamma:
    fit = ModelFit.objects.get(run_id=run_id, model=ModelFit.Model.GAMMA_GAMMA)
    return GammaGamma.given(fit.params)


def _read_terms(run: Run, prediction: Prediction, months: int) -> Terms:
    shop: dict[str, Any] = prediction.shop
    longest = min(HORIZONS[-1], outlook.find_reach(shop["history_days"]))
    season = shop["season"]
    weights = None if season is None else weigh_months(np.array(season), run.as_of or date.min, longest)
    factors = outlook.find_factors(Decimal(shop["rate"] or 0), longest)
    return Terms(factors, weights, float(shop["retention_cost"]))


def _find_days(as_of: date | None, month: int) -> tuple[date, date]:
    start, end = (round(outlook.MONTH * step) for step in (month, month + 1))
    return (as_of or date.min) + timedelta(days=start + 1), (as_of or date.min) + timedelta(days=end)


def _to_decimal(number: float, places: int) -> Decimal:
    return Decimal(f"{float(number):.{places}f}")
