"""Shops large enough to predict from, and odd: every page opens, no figure is a computer's, why is said."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer, Order
from metrics import pipeline
from metrics.models import CalculationSettings, CustomerValue, Run
from tests.builders import make_upload, make_user
from tests.page_reading import read_text

pytestmark = pytest.mark.django_db(transaction=True)

#: What a computer says for what is not known.
SAID_BY_A_COMPUTER = re.compile(r"∞|\b(?:NaN|nan|None|inf|Inf|Infinity|undefined|null)\b|-0(?![\d.,])")
FIRST_DAY = date(2023, 1, 1)
BUYERS = 600

Row = tuple[int, int, str, str | None]  # customer, day, net revenue, cost of goods


def buy(rows: Iterable[Row]) -> None:
    """Store orders of customers 0, 1, …; days count from the first one."""
    upload, orders = make_upload(), list(rows)
    customers = {
        number: Customer(external_id=f"C{number:04}", upload=upload, acquisition_channel="ads")
        for number in {customer for customer, *_rest in orders}
    }
    Customer.objects.bulk_create(customers.values())
    Order.objects.bulk_create([
        Order(
            external_id=f"O{place}", upload=upload, customer=customers[customer],
            ordered_at=datetime(2023, 1, 1, 11, tzinfo=UTC) + timedelta(days=day),
            ordered_on=FIRST_DAY + timedelta(days=day), net_revenue=Decimal(net),
            cost_of_goods=None if cost is None else Decimal(cost), transaction_cost=Decimal(1),
        )
        for place, (customer, day, net, cost) in enumerate(orders)
    ])  # fmt: skip


def usual(days: int = 900, net: str = "40", cost: str | None = "25") -> list[Row]:
    """Return 600 customers of whom half come back, now and then."""
    rng = np.random.default_rng(8)
    rows: list[Row] = []
    for customer in range(BUYERS):
        day = int(rng.integers(0, days))
        rows.append((customer, day, net, cost))
        while rng.random() < 0.6 and (day := day + 1 + int(rng.exponential(days / 15))) < days:
            rows.append((customer, day, net, cost))
    return rows


def nobody_came_back() -> None:
    buy((customer, customer, "30", "10") for customer in range(BUYERS))


def one_bought_five_thousand_times() -> None:
    buy([*usual(), *((BUYERS, place % 900, "12", "8") for place in range(5_000))])


def all_on_one_day() -> None:
    buy((customer, 0, "30", "10") for customer in range(BUYERS) for _ in range(2))


def nothing_is_earned() -> None:
    buy(usual(net="40", cost="39"))


def a_loss_on_every_order() -> None:
    buy(usual(net="40", cost="55"))


def one_week() -> None:
    buy((customer, (customer + step * 3) % 7, "30", "10") for customer in range(BUYERS) for step in (0, 1))


def everyone_every_thirty_days() -> None:
    buy((customer, day, "30", "10") for customer in range(BUYERS) for day in range(customer % 30, 600, 30))


def orders_of_the_day_after_tomorrow() -> None:
    ahead = (date.today() - FIRST_DAY).days + 2
    buy([*usual(), *((customer, ahead, "500", "10") for customer in range(50))])


def calculate(as_of: date | None = None, **settings: Any) -> Run:
    CalculationSettings.objects.create(**settings)
    return pipeline.recalculate(pipeline.start_run("test", as_of).pk)


def read_pages(client: Client, run: Run) -> dict[str, str]:
    """Open every page on predictions in both languages; return their texts, checked for what nobody says."""
    client.force_login(make_user())
    best = CustomerValue.objects.filter(run=run).order_by("rank_predicted_12", "-orders")[:2]
    addresses = [
        *(reverse(name) for name in ("predictions", "potential", "at_risk", "overview")),
        reverse("potential_customers", args=["all"]),
        f"{reverse('customers')}?method=predicted_12&channel=ads",
        f"{reverse('customers')}?method=total&channel=ads",
        *(reverse("customer", args=[value.customer_id]) for value in best),
    ]
    texts = {}
    for language in ("en", "nl"):
        client.cookies["django_language"] = language
        for address in addresses:
            response = client.get(address)
            assert response.status_code == 200, address
            text = read_text(response)
            assert not SAID_BY_A_COMPUTER.search(text), f"{address}: {SAID_BY_A_COMPUTER.search(text)}"
            texts[f"{language} {address}"] = text
    return texts


@pytest.mark.parametrize(
    ("fill", "reason", "said"),
    [
        pytest.param(nobody_came_back, "few_repeat_buyers", "bought more than once", id="nobody came back"),
        pytest.param(all_on_one_day, "short_history", "days", id="all on one day"),
        pytest.param(one_week, "short_history", "days", id="one week"),
    ],
)
def test_too_little_to_predict_from_is_said(
    client: Client, fill: Callable[[], None], reason: str, said: str
) -> None:
    fill()
    run = calculate()
    assert run.prediction.reason == reason
    assert said in read_pages(client, run)[f"en {reverse('predictions')}"]


@pytest.mark.parametrize(
    "fill",
    [
        one_bought_five_thousand_times,
        nothing_is_earned,
        a_loss_on_every_order,
        everyone_every_thirty_days,
        orders_of_the_day_after_tomorrow,
    ],
)
def test_an_odd_shop_is_predicted_or_says_why_not(client: Client, fill: Callable[[], None]) -> None:
    fill()
    run = calculate(share_won_back=Decimal("0.2"))
    assert run.prediction.model or run.prediction.reason == "no_model"
    read_pages(client, run)
    values = CustomerValue.objects.filter(run=run, predicted_36__isnull=False)
    for value in values[::40]:
        for months in (12, 24, 36):
            low, high = getattr(value, f"predicted_{months}_low"), getattr(value, f"predicted_{months}_high")
            assert low <= high
        assert value.p_active is None or 0 <= value.p_active <= 1
        assert value.at_risk is None or value.at_risk >= 0
    if fill is a_loss_on_every_order:
        assert values.filter(predicted_12__lt=0).exists()


def test_a_week_is_predicted_from_when_the_settings_allow_it(client: Client) -> None:
    one_week()
    run = calculate(least_days=2, least_repeat_buyers=10)
    assert run.prediction.reason in ("", "no_model")
    read_pages(client, run)


def test_of_a_shop_that_closed_two_years_ago_nobody_is_expected_to_buy_much(client: Client) -> None:
    buy(usual(days=400))
    run = calculate(as_of=FIRST_DAY + timedelta(days=400 + 730))
    assert run.prediction.model
    assert run.prediction.verdict in ("poor", "")
    read_pages(client, run)
