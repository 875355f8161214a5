"""Which customers may be one person: those that share an e-mail address, as last measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Min, Q, QuerySet, Sum

from customers.models import Customer, Evidence, Order, PersonDecision, QualityMeasurement
from customers.quality.register import CHECKS

_KEY = "same_email"
_FIELDS = [field.name for field in CHECKS[_KEY].fields]
_EMAIL, _IDS = _FIELDS.index("email"), _FIELDS.index("customer_ids")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One customer of a suggestion with what it bought: placed orders only."""

    customer: Customer
    orders: int
    revenue: Decimal
    first_order: date | None
    last_order: date | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Customers with one e-mail address; ``proposed`` is the number the person could go on under."""

    email: str
    candidates: list[Candidate]

    @property
    def proposed(self) -> str:
        """The customer with most orders, rather one with a number than one with an address for it."""
        best = max(self.candidates, key=lambda one: ("@" not in one.customer.external_id, one.orders))
        return best.customer.external_id


def list_open(measurement: QualityMeasurement) -> QuerySet[Evidence]:
    """Return the kept rows of suggestions on which nothing was decided since they were measured."""
    decided = PersonDecision.objects.filter(decided_at__gt=measurement.measured_at, withdrawn_at=None)
    kept = measurement.evidence.filter(finding=_KEY)
    return kept.exclude(**{f"cells__{_EMAIL}__in": list(decided.values_list("email", flat=True))}).order_by(
        "position"
    )


def load(evidence: Sequence[Evidence]) -> list[Suggestion]:
    """Return the suggestions of these rows with their customers as they are now, in two queries."""
    ids = {row.position: [int(text) for text in row.cells[_IDS].split(",")] for row in evidence}
    everyone = [pk for some in ids.values() for pk in some]
    customers = Customer.objects.in_bulk(everyone)
    bought = {row["customer_id"]: row for row in _sum_orders(everyone)}
    found = []
    for row in evidence:
        candidates = [
            _make_candidate(customers[pk], bought.get(pk, {})) for pk in ids[row.position] if pk in customers
        ]
        if len(candidates) > 1:
            found.append(Suggestion(row.cells[_EMAIL], candidates))
    return found


def _sum_orders(customers: list[int]) -> Any:
    placed = Order.objects.filter(customer__in=customers, status=Order.Status.PLACED)
    return placed.values("customer_id").annotate(
        n=Count("pk"), revenue=Sum("net_revenue"), first=Min("ordered_on"), last=Max("ordered_on")
    )


def _make_candidate(customer: Customer, bought: dict[str, Any]) -> Candidate:
    return Candidate(
        customer,
        bought.get("n", 0),
        bought.get("revenue") or Decimal(0),
        bought.get("first"),
        bought.get("last"),
    )


def list_decisions() -> QuerySet[PersonDecision]:
    """Return every decision, those in force first, the newest on top."""
    decisions = PersonDecision.objects.select_related("user", "withdrawn_by")
    in_force = ExpressionWrapper(Q(withdrawn_at=None), output_field=BooleanField())
    return decisions.order_by(in_force.desc(), "-pk")
