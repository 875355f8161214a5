"""Values of customers as a calculation would publish them, for the tests of the pages that only read them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from customers.models import Customer
from metrics import publishing
from metrics.models import CalculationSettings, CustomerValue, PeerGroup, Publication, Run

METHODS = ("realised", "periodic", "lifetime", "loyalty")
_AMOUNTS = (
    *METHODS, "revenue", "cost_of_goods", "transaction_cost", "acquisition_cost", "retention_cost",
    "contribution", "window_revenue", "window_cost_to_serve", "margin", "value_density",
)  # fmt: skip


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
    for name in _AMOUNTS:
        given[name] = None if given[name] is None else Decimal(given[name])
    for name in ("first_order", "last_order"):
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
