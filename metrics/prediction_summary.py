"""What a prediction says of the whole shop: totals with intervals, the trial, the fitted models."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from metrics.basis import Basis
from metrics.core import holdout, outlook, report_card, uncertainty
from metrics.core.calendar import FIRST_DAY
from metrics.core.gamma_gamma import GammaGamma
from metrics.core.histories import Floats, Histories
from metrics.core.outlook import ByModel, Forecaster, People, Terms
from metrics.core.purchase_model import PurchaseModel
from metrics.cost_allocation import to_amount
from metrics.model_choice import Trial
from metrics.models import ModelFit

HORIZONS: Final = (12, 24, 36)
SEED: Final = 20_250_101
#: BG/NBD has everyone active who bought once: it cannot say what a silence after one purchase costs.
SAYS_NOTHING_OF_ONE_ORDER: Final = "bgnbd"


@dataclass(frozen=True)
class Fitted:
    """The models in use, and all that is the same for every customer."""

    forecaster: Forecaster
    spend: GammaGamma
    terms: Terms
    season: Floats | None  # per calendar month, January first
    longest: int  # months: a forecast reaches no further than twice the history

    @property
    def model(self) -> PurchaseModel | None:
        """The purchase model; None where a naive rule is in use."""
        return self.forecaster.model if isinstance(self.forecaster, ByModel) else None


def describe_shop(
    fitted: Fitted,
    people: People,
    totals: Mapping[str, Any],
    trial: Trial,
    histories: Histories,
    as_of: int,
    basis: Basis,
) -> dict[str, Any]:
    """Return ``Prediction.shop``. ``totals``: monthly purchases and amounts of everyone, and Σ P(active)."""
    purchases, amounts = totals["monthly"]
    model = fitted.model
    return {
        "horizons": _sum_horizons(fitted, people, amounts, trial),
        "purchases_12": float(purchases[:12].sum()),
        "active": totals["active"] if model and model.name != SAYS_NOTHING_OF_ONE_ORDER else None,
        "widening": trial.widening,
        "before_cut_off": dict(trial.history),
        "season": None if fitted.season is None else fitted.season.tolist(),
        "retention_cost": f"{fitted.terms.retention_cost:.4f}",
        "rate": None if basis.real_rate is None else f"{basis.real_rate:f}",
        "months": [
            {"purchases": float(count), "value": str(to_amount(int(amount)))}
            for count, amount in zip(purchases, amounts, strict=True)
        ],
        "history_days": as_of - histories.first_day,
        "buyers": len(people),
        "repeat_buyers": int((people.frequency > 0).sum()),
        "habits": asdict(report_card.describe_habits(model, outlook.YEAR)) if model else None,
        "spend": {
            "correlation": _keep_finite(fitted.spend.correlation),
            "warnings": list(fitted.spend.warnings),
            "reasons": list(fitted.spend.reasons),
        },
    }


def _sum_horizons(fitted: Fitted, people: People, amounts: Floats, trial: Trial) -> dict[str, Any]:
    """Return per horizon the value of all customers together, and its 80 % interval."""
    found = {}
    deviations = uncertainty.find_deviations(
        fitted.forecaster, fitted.spend, people, fitted.terms,
        [months for months in HORIZONS if months <= fitted.longest], np.random.default_rng(SEED),
    )  # fmt: skip
    for months, deviation in deviations.items():
        expected = float(amounts[:months].sum()) / outlook.UNITS
        reach = holdout.Z_80 * deviation * (trial.widening or 1.0)
        found[str(months)] = {
            "expected": expected, "deviation": deviation, "low": expected - reach, "high": expected + reach
        }  # fmt: skip
    return found


def describe_trial(trial: Trial) -> dict[str, Any]:
    """Return what a ``Prediction`` keeps of the hold-out."""
    chosen = trial.choice.name if trial.choice else ""
    off = trial.choice.off_in_total if trial.choice else ()
    return {
        "untested": trial.untested,
        "cut_off": FIRST_DAY + timedelta(days=trial.cut_off),
        "verdict": trial.verdict,
        "card": _keep_finite(asdict(trial.card)) if trial.card else {},
        "scores": _keep_finite([
            {
                "name": one.name, "log_score": one.log_score, "expected": one.expected, "actual": one.actual,
                "total_error": one.total_error, "mean_absolute_error": one.mean_absolute_error,
                "root_mean_square_error": one.root_mean_square_error, "top_shares": one.top_shares,
                "inside": one.inside, "inside_whole": one.inside_whole, "pit": one.pit,
                "in_use": one.name == chosen, "off_in_total": one.name in off,
            }
            for one in trial.scores
        ]),
    }  # fmt: skip


def _keep_finite(value: Any) -> Any:
    """Return what JSON can hold: None for a number that is infinite or none, wherever it stands.

    An error in per cent of nothing, or a standard error where nothing limits a parameter.
    """
    if isinstance(value, Mapping):
        return {name: _keep_finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_keep_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def list_fits(basis: Basis, fitted: Fitted) -> list[ModelFit]:
    """Return the models in use, to be stored."""
    found: list[PurchaseModel | GammaGamma] = [*([fitted.model] if fitted.model else []), fitted.spend]
    return [
        ModelFit(
            run_id=basis.run_id,
            model=one.name if isinstance(one, PurchaseModel) else ModelFit.Model.GAMMA_GAMMA.value,
            in_use=True,
            params=dict(one.params),
            standard_errors=_keep_finite(one.standard_errors),
            robust_standard_errors=_keep_finite(one.robust_standard_errors),
            covariance=_keep_finite(np.asarray(one.robust_covariance).tolist()),
            log_likelihood=one.log_likelihood,
            converged=one.converged,
            reasons=list(one.reasons),
            data=asdict(one.data) if isinstance(one, PurchaseModel) else {"customers": one.customers},
        )
        for one in found
    ]
