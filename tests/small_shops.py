"""Shops as small and as lacking as a young one may be: each lacks one thing that pages would like to have.

Calculated as of 31 December 2025. A builder makes the facts; ``SHOPS`` has them all by name.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from customers.models import Customer, Order, SurveyAnswer
from metrics.models import CalculationSettings, OwnSegment
from tests.builders import (
    make_acquisition_cost,
    make_customer,
    make_membership,
    make_order,
    make_retention_cost,
    make_upload,
)
from tests.target_builders import make_target

AS_OF: Final = date(2025, 12, 31)
BUYERS: Final = 40


def fill_two_years(*, buyers: int = BUYERS) -> list[Customer]:
    """Return customers of two channels who bought once or oftener since November 2023."""
    found = []
    for place in range(buyers):
        customer = make_customer(
            f"C{place:02}", name=f"Klant {place}", country="NL" if place % 2 else "BE",
            acquisition_channel="ads" if place % 3 else "organic",
        )  # fmt: skip
        first = date(2023, 11, 1) + timedelta(days=17 * place)
        for step in range(1 + place % 4):
            day = first + timedelta(days=(70 + place) * step)
            if day <= AS_OF:
                make_order(customer, f"{day}", str(20 + place), cost_of_goods="9", transaction_cost="1")
        found.append(customer)
    return found


def _spend() -> None:
    make_acquisition_cost("ads", "2023-11-01", "2025-12-31", "900")
    make_retention_cost("2024-01-01", "2025-12-31", "240")


def _answer(customer: Customer, day: str, score: int, scale: str = "nps") -> None:
    SurveyAnswer.objects.create(
        external_id=f"{customer.external_id}|{day}|{scale}", customer=customer, scale=scale, score=score,
        answered_on=date.fromisoformat(day), upload=make_upload(),
    )  # fmt: skip


def without_costs() -> None:
    """Two years of orders of which no cost of any kind is known, not even a margin."""
    fill_two_years()
    Order.objects.update(cost_of_goods=None, transaction_cost=None)


def without_surveys() -> None:
    """Orders and costs, and nobody was ever asked anything."""
    fill_two_years()
    _spend()


def with_one_month() -> None:
    """All orders in December 2025, with costs of that month."""
    for place in range(35):
        customer = make_customer(f"C{place:02}", acquisition_channel="ads")
        make_order(customer, f"2025-12-{1 + place % 28:02}", "25", cost_of_goods="10")
    make_acquisition_cost("ads", "2025-12-01", "2025-12-31", "100")


def with_a_channel_without_new_customers() -> None:
    """Money was spent on fairs, which nobody came from; flyers brought one customer, four years ago."""
    fill_two_years()
    _spend()
    make_acquisition_cost("fairs", "2025-06-01", "2025-06-30", "500")
    old = make_customer("old", acquisition_channel="flyers")
    make_order(old, "2021-05-01", "30", cost_of_goods="10")
    make_order(old, "2025-11-01", "30", cost_of_goods="10")


def with_zero_denominators() -> None:
    """Every order came back, was cancelled or was worth nothing; one cost nothing, one brought nothing in."""
    for place, values in enumerate(
        (
            {"refunded_amount": "50", "refunded_on": "2025-07-01"},
            {"status": Order.Status.CANCELLED},
            {"status": Order.Status.TEST},
        )
    ):
        customer = make_customer(f"C{place}", acquisition_channel="ads")
        make_order(customer, "2025-06-01", "50", cost_of_goods="50", **values)
    make_order(make_customer("free", acquisition_channel="ads"), "2025-06-02", "0", cost_of_goods="0")
    make_acquisition_cost("ads", "2025-06-01", "2025-06-30", "0")
    make_retention_cost("2025-06-01", "2025-06-30", "0")


def with_targets_in_the_past() -> None:
    """Targets of years ago, of last year, of a channel that is no more, and of what is not known."""
    fill_two_years()
    make_target("revenue", "2019-01-01", "2019-12-31", "1000")
    make_target("revenue", "2024-01-01", "2024-12-31", "0")
    make_target("new_customers", "2025-11-01", "2025-11-30", "3", channel="gone")
    make_target("retention_rate", "2025-01-01", "2025-12-31", "0.4")
    make_target("nps", "2024-01-01", "2024-12-31", "30")
    make_target("full_cac", "2024-01-01", "2024-12-31", "12")


def with_a_segment_of_three() -> None:
    """Three customers in Luxembourg: an own segment, who were asked, joined a programme and cost money."""
    fill_two_years()
    _spend()
    OwnSegment.objects.create(name="Luxembourg", slug="luxembourg", criteria={"country": "LU"}, size=3)
    for place in range(3):
        customer = make_customer(f"L{place}", country="LU", acquisition_channel="ads")
        make_order(customer, f"2024-0{place + 1}-01", "40", cost_of_goods="45")
        _answer(customer, "2025-09-01", 3 * place)
        make_membership(customer, "Club", "2024-06-01")
    make_retention_cost("2025-01-01", "2025-12-31", "36", programme="Club")


def with_a_filter_that_matches_nobody() -> None:
    """An own segment, a target and an answer about customers that there are none of."""
    fill_two_years()
    _spend()
    OwnSegment.objects.create(name="Mars", slug="mars", criteria={"country": "XX"}, size=0)
    make_target("revenue", "2025-01-01", "2026-12-31", "1000", segment="country=XX")
    _answer(make_customer("asked"), "2025-10-01", 9)


def with_nothing() -> None:
    """No order at all: customers, a cost and an answer only."""
    make_acquisition_cost("ads", "2025-06-01", "2025-06-30", "100")
    _answer(make_customer("asked", acquisition_channel="ads"), "2025-10-01", 4, "csat_5")


SHOPS: Final[dict[str, Callable[[], None]]] = {
    shop.__name__: shop
    for shop in (
        without_costs, without_surveys, with_one_month, with_a_channel_without_new_customers,
        with_zero_denominators, with_targets_in_the_past, with_a_segment_of_three,
        with_a_filter_that_matches_nobody, with_nothing,
    )
}  # fmt: skip


def make_small_shop(name: str) -> None:
    """Store the facts of a shop, and settings by which costs are what they say."""
    SHOPS[name]()
    CalculationSettings.objects.create(default_margin=None if name == "without_costs" else Decimal("0.4"))
