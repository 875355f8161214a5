"""What a run found about satisfaction, referrals and programmes, by figures of one's own."""

from datetime import date
from typing import Any

from customers.models import Customer
from metrics.models import DissatisfiedCustomer, Run, Satisfaction

STANDINGS = ("low", "middle", "high")


def make_satisfaction(run: Run, **parts: Any) -> Satisfaction:
    """Return the satisfaction of a run: 100 customers of whom 45 answered on NPS, and no CSAT."""
    found = {"answers": answers_of(), "relation": {"nps": relation_of()}, **parts}
    return Satisfaction.objects.create(run=run, **found)


def answers_of(**changes: Any) -> dict[str, Any]:
    """High value (from 250): 5 detractors, 5 passives, 10 promoters, 10 silent; lower: 10, 10, 5 and 45."""
    counts = {"low": (5, 10), "middle": (5, 10), "high": (10, 5), None: (10, 45)}
    boxes = [
        {"standing": standing, "valuable": valuable, "customers": n, "value": f"{n * worth}.0000"}
        for standing, pair in counts.items()
        for valuable, n, worth in zip((True, False), pair, (300, 100), strict=True)
    ]
    tiers = [
        {"member": "top", "customers": 30, "n": 20, "low": 5, "middle": 5, "high": 10, "sum": 500},
        {"member": "low", "customers": 70, "n": 25, "low": 10, "middle": 10, "high": 5, "sum": -500},
    ]
    return {
        "first": "2025-01-01", "last": "2025-12-31", "method": "total", "threshold": "250.0000",
        "families": {"nps": {"boxes": boxes, "dimensions": {"tier": tiers}}},
        **changes,
    }  # fmt: skip


def relation_of() -> dict[str, Any]:
    """40 promoters of whom 80 % bought again, 20 detractors of whom 50 % did, nobody in between."""

    def estimate(value: float, reach: float) -> dict[str, float]:
        return {"value": value, "low": value - reach, "high": value + reach}

    low = {"n": 20, "bought": estimate(0.5, 0.2), "purchases": estimate(1.25, 0.5)}
    high = {"n": 40, "bought": estimate(0.8, 0.1), "purchases": estimate(3.5, 0.75)}
    return {
        "n": 60, "by_standing": [low, None, high], "difference": estimate(0.3, 0.2),
        "correlation": estimate(0.41, 0.2), "first": "2024-02-01", "last": "2024-12-30",
    }  # fmt: skip


def programme_of(**changes: Any) -> dict[str, Any]:
    """Club: 120 members now, 80 followed, of whom 70 found others alike."""
    compared = {"members": 70, "others": 210}
    return {
        "programme": "Club", "members": 120, "joined": 150, "members_12": 130, "cost": "2600.0000",
        "cost_12": "1300.0000", "followed": 80,
        "retention": {
            **compared, "of_members": 0.8, "of_others": 0.7, "difference": 0.1, "low": 0.02, "high": 0.18
        },
        "contribution": {
            **compared, "of_members": 90.0, "of_others": 80.0, "difference": 10.0, "low": -5.0, "high": 25.0
        },
        **changes,
    }  # fmt: skip


def referrals_of(top: list[tuple[Customer, int, str | None]], **changes: Any) -> dict[str, Any]:
    """Four customers brought in, one of them told twice, by those of ``top``."""
    return {
        "told": 5, "counted": 4, "buyers": 3, "referrers": len(top), "unknown": 0, "realised": "400.0000",
        "top": [{"customer": one.pk, "brought": n, "realised": worth} for one, n, worth in top],
        "circles": [], "circles_found": 0,
        "means": [
            {"brought": True, "n": 3, "mean": "120.0000", "low": "80.0000", "high": "160.0000"},
            {"brought": False, "n": 97, "mean": "90.0000", "low": "85.0000", "high": "95.0000"},
        ],
        **changes,
    }  # fmt: skip


def make_dissatisfied(run: Run, customer: Customer, value: str, score: int = 3) -> DissatisfiedCustomer:
    """Return a valuable customer who gave a low score on 1 May 2025."""
    return DissatisfiedCustomer.objects.create(
        run=run, customer=customer, family="nps", scale="nps", score=score,
        answered_on=date(2025, 5, 1), value=value,
    )  # fmt: skip
