"""Predictions as a calculation would store them, for the tests of the pages that only read them."""

from typing import Any

from metrics.models import ModelFit, Prediction, Run

#: What 1,000 customers were expected to do over 2025 and did: small figures that a reader can check.
CARD: dict[str, Any] = {
    "model": "mbgnbd", "customers": 1_000, "days": 365,
    "total": {"expected": 480.0, "deviation": 20.0, "actual": 500, "day": 20_088, "days": 365},
    "interval": [454.4, 505.6], "widening": 2.0, "widened": [428.7, 531.3],
    "earlier": [
        {"expected": 100.0, "deviation": 10.0, "actual": 130, "day": 19_723, "days": 91},
        {"expected": 110.0, "deviation": 10.0, "actual": 112, "day": 19_814, "days": 91},
        {"expected": 120.0, "deviation": 10.0, "actual": 101, "day": 19_905, "days": 91},
    ],
    "nobody_buys": [0.5, 1.4],
    "tracking": {"days": [183, 365], "expected": [250.0, 480.0], "actual": [240, 500]},
    "frequencies": {
        "expected": [700.0, 190.0, 60.0, 25.0, 12.0, 6.0, 4.0, 3.0],
        "actual": [690, 200, 62, 24, 13, 5, 4, 2],
    },
    "value_groups": [
        {"customers": 500, "predicted": 80.5, "actual": 77.25},
        {"customers": 500, "predicted": 10.0, "actual": 12.0},
    ],
    "value_total": [45_250.0, 44_625.0], "value_shares": [0.52, 0.71],
}  # fmt: skip

SHOP: dict[str, Any] = {
    "horizons": {"12": {"expected": 24_000.0, "deviation": 1_000.0, "low": 21_436.9, "high": 26_563.1}},
    "purchases_12": 510.0, "active": 640.0, "widening": 2.0,
    "season": [1.0, 0.9, 0.9, 1.0, 1.0, 1.0, 0.8, 0.8, 0.9, 1.0, 1.5, 1.2],
    "retention_cost": "0.0000", "rate": None, "months": [], "history_days": 1_095,
    "buyers": 1_200, "repeat_buyers": 450, "before_cut_off": {},
    "habits": {"never_back": 0.496, "back_in_a_year": 0.412, "purchases_in_a_year": 0.93},
    "spend": {"correlation": 0.04, "warnings": [], "reasons": []},
}  # fmt: skip


def make_score(name: str = "mbgnbd", **values: Any) -> dict[str, Any]:
    """Return how a forecast did; those of MBG/NBD unless said otherwise."""
    defaults = {
        "name": name, "log_score": -0.9, "expected": 480.0, "actual": 500, "total_error": -0.04,
        "mean_absolute_error": 0.41, "root_mean_square_error": 0.83, "top_shares": [0.44, 0.62],
        "inside": 0.81, "inside_whole": 0.93, "pit": [100] * 10, "in_use": name == "mbgnbd",
        "off_in_total": False,
    }  # fmt: skip
    return {**defaults, **values}


def make_scores() -> list[dict[str, Any]]:
    """Return a model in use, a naive rule a little worse, and one too far off in total."""
    return [
        make_score("last_year", log_score=-1.2, expected=550.0, total_error=0.1, inside=0.7),
        make_score(),
        make_score("own_rate", log_score=-1.5, expected=900.0, total_error=0.8, off_in_total=True),
    ]


def make_prediction(run: Run, **values: Any) -> Prediction:
    """Return a tested prediction of `run` with its models; `shop` and `card` are changed key by key."""
    defaults: dict[str, Any] = {
        "model": "mbgnbd", "cut_off": "2024-12-31", "verdict": "good", "customers": 1_200,
        "scores": make_scores(),
    }  # fmt: skip
    given = {**defaults, **values}
    given["shop"] = {**SHOP, **values.get("shop", {})}
    given["card"] = {**CARD, **values["card"]} if values.get("card") else values.get("card", CARD)
    ModelFit.objects.create(
        run=run,
        model="mbgnbd",
        in_use=True,
        params={"a": 0.8, "b": 2.4, "r": 0.5, "alpha": 60.25},
        standard_errors={"a": 0.1, "b": 0.3, "r": 0.05, "alpha": 4.5},
        robust_standard_errors={"a": 0.11, "b": 0.31, "r": 0.06, "alpha": None},
        log_likelihood=-1_234.5,
        data={"customers": 1_200},
    )
    prediction = Prediction.objects.create(run=run, **given)
    return Prediction.objects.get(pk=prediction.pk)


def make_no_prediction(run: Run, reason: str, **known: int) -> Prediction:
    """Return a prediction that says why there is none; `known` is what history there was."""
    return Prediction.objects.create(run=run, reason=reason, shop=known)
