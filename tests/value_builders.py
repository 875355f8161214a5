"""Values of customers as a calculation would publish them, for the tests of the pages that only read them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from customers.models import Customer
from metrics import publishing
from metrics.models import (
    CalculationSettings,
    CustomerValue,
    GroupValue,
    ModelFit,
    PeerGroup,
    Prediction,
    Publication,
    Run,
)

FORECASTS = ("predicted_12", "total", "at_risk", "gap")
METHODS = ("realised", "periodic", "lifetime", "loyalty", *FORECASTS)
_AMOUNTS = (
    "realised", "periodic", "lifetime", "loyalty", "revenue", "cost_of_goods", "transaction_cost",
    "acquisition_cost", "retention_cost", "contribution", "window_revenue", "window_cost_to_serve", "margin",
    "value_density",
)  # fmt: skip
_FORETOLD = {
    "p_active", "purchases_12", "predicted_12", "predicted_12_low", "predicted_12_high", "predicted_24",
    "predicted_24_low", "predicted_24_high", "predicted_36", "predicted_36_low", "predicted_36_high",
    "total", "at_risk", "potential", "potential_revenue", "gap",
}  # fmt: skip
_FITS = {
    "mbgnbd": {"r": 0.5, "alpha": 60.0, "a": 0.5, "b": 2.5},
    "gamma_gamma": {"p": 4.0, "q": 5.0, "v": 84.0},
}
_DAYS = {"next_order_from", "next_order_to"}


def make_run(as_of: str = "2025-12-31", **settings: Any) -> Run:
    """Return a run that is done, with room for its values; `publish` makes it the one that pages read."""
    chosen = CalculationSettings.objects.create(**settings)
    run = Run.objects.create(
        settings=chosen,
        state=Run.State.PUBLISHED,
        as_of=date.fromisoformat(as_of),
        finished_at=timezone.now(),
    )
    publishing.make_partition(run.pk)
    publishing.attach_partition(run.pk)  # gives it its indexes, too
    return run


def make_peers(run: Run, **values: Any) -> PeerGroup:
    """Return a peer group: the whole shop, 100 customers of whom half bought again within a year."""
    defaults: dict[str, Any] = {
        "n": 100, "revenue": 10_000, "contribution": 4_000, "repeat_numerator": 50, "repeat_denominator": 100,
        "retention_numerator": 60, "retention_denominator": 90, "lifetime_years": 3, "future_years": 3,
        "future_periods": 3,
    }  # fmt: skip
    return PeerGroup.objects.create(run=run, **{**defaults, **values})


def make_group(run: Run, **values: Any) -> GroupValue:
    """Return what a group came to, the shop unless told: 100 customers, € 100 and an order a year each."""
    defaults: dict[str, Any] = {
        "n": 100, "orders": 200, "revenue": 20_000, "customer_years": 200, "known": 100,
        "known_revenue": 20_000, "contribution": 8_000, "acquisition_cost": 1_500, "retention_cost": 1_000,
    }  # fmt: skip
    return GroupValue.objects.create(run=run, **{**defaults, **values})


def make_prediction(run: Run, **values: Any) -> Prediction:
    """Return what `run` says of its predictions: by MBG/NBD, € 1,000 ± 100 over the whole shop in 12 months.

    A `reason` instead of a model says why there is none. The models are given, not fitted: what explains a
    value month by month comes to another figure than a value made up.
    """
    expected = {"expected": 1000.0, "deviation": 100.0, "low": 744.0, "high": 1256.0}
    shop = {
        "horizons": {"12": expected},
        "widening": 2.0,
        "history_days": 720,
        "buyers": 3,
        "repeat_buyers": 2,
        "season": None,
        "rate": None,
        "retention_cost": "0.0000",
    }
    defaults: dict[str, Any] = {
        "model": "" if values.get("reason") else "mbgnbd",
        "customers": 3,
        "shop": shop,
    }
    if not values.get("reason"):
        ModelFit.objects.bulk_create(
            ModelFit(run=run, model=model, in_use=True, params=params) for model, params in _FITS.items()
        )
    return Prediction.objects.create(run=run, **{**defaults, **values})


def make_value(run: Run, customer: Customer, **values: Any) -> CustomerValue:
    """Return what `run` concluded about `customer`: amounts as text, None for n.a., the rest plausible."""
    defaults: dict[str, Any] = {
        "channel": customer.acquisition_channel, "country": customer.country, "first_category": "",
        "objects_to_profiling": customer.objects_to_profiling, "orders": 1, "occasions": 1,
        "first_order": "2025-01-05", "last_order": "2025-01-05", "recency": 0, "age": 360,
        "revenue": "100", "cost_of_goods": "60", "transaction_cost": "0", "acquisition_cost": "0",
        "retention_cost": "0", "contribution": "40", "window_revenue": "100", "window_orders": 1,
        "window_cost_to_serve": "0", "margin": "0.4", "margin_own": False, "realised": "40",
        "periodic": "120", "lifetime": "120", "loyalty": "50", "value_density": "100",
    }  # fmt: skip
    given = {**defaults, **values}
    for name in {*_AMOUNTS, *(_FORETOLD & set(given))}:
        given[name] = None if given[name] is None else Decimal(given[name])
    for name in {"first_order", "last_order", *(_DAYS & set(given))}:
        given[name] = given[name] and date.fromisoformat(given[name])
    return CustomerValue.objects.create(run=run, customer=customer, external_id=customer.external_id, **given)


def publish(run: Run) -> Run:
    """Rank the values of `run` by every method, as the definitions say, and let pages read it."""
    values = list(CustomerValue.objects.filter(run=run, objects_to_profiling=False))
    for method in METHODS:
        values.sort(key=lambda value: value.external_id)
        values.sort(key=lambda value: _from_high_to_low(getattr(value, method)))
        for rank, value in enumerate(values, start=1):
            setattr(value, f"rank_{method}", rank)
    for value in values:
        value.save()
    run.customers = len(values)
    run.save()
    Publication.objects.update_or_create(id=1, defaults={"run": run})
    return run


def _from_high_to_low(amount: Decimal | None) -> tuple[bool, Decimal]:
    return (amount is None, -(amount or Decimal(0)))
