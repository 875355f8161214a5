"""What customers may bring in at most: by the oracle on hard shops, and what a demo shop says of itself."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from django.db.models import Sum
from django.utils import timezone

from customers.demo.loading import load_shop
from customers.demo.plan import Plan
from customers.demo.shop import generate_shop
from customers.models import Customer, MarketFigure, OrderLine
from metrics import assortment, pipeline, potential, potential_years
from metrics.core import potential as core
from metrics.models import CalculationSettings, CustomerValue, Run
from tests.builders import make_customer, make_line, make_order, make_upload
from tests.hostile_shops import HostileShop
from tests.oracle_customers import Valuation
from tests.oracle_facts import AMSTERDAM, find_last_day
from tests.oracle_potential import Figure, Potentials
from tests.oracle_storage import store
from tests.worked_example_shop import import_worked_example

pytestmark = pytest.mark.django_db(transaction=True)
LEAST = 2  # customers that an estimate by categories needs in these small shops


def calculate(as_of=None, **settings) -> Run:
    if settings:
        CalculationSettings.objects.create(**settings)
    return pipeline.recalculate(pipeline.start_run("test", as_of).pk)


def make_figure(attribute: str, value: str, amount: str, customers: int | None = None) -> MarketFigure:
    return MarketFigure.objects.create(
        attribute=attribute, value=value, amount=Decimal(amount), customers=customers,
        source="Thuiswinkel Markt Monitor", upload=make_upload(),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_every_potential_is_the_oracles(seed, monkeypatch):
    monkeypatch.setattr(core, "LEAST_BUYERS", LEAST)
    monkeypatch.setattr(potential, "LEAST_BUYERS", LEAST)
    monkeypatch.setattr(assortment, "LEAST_BUYERS", LEAST)
    shop = HostileShop(seed)
    store(shop.facts)
    chosen = [("country", "NL", "31.25"), ("channel", "ads", "3.3333"), ("Größe", "5", "99.99")]
    for figure in chosen[: seed % 4]:
        make_figure(*figure)
    run = calculate(shop.as_of)

    as_of = shop.as_of or find_last_day(shop.facts, timezone.localdate(timezone=AMSTERDAM)) or run.as_of
    figures = [Figure(name, value, Fraction(amount)) for name, value, amount in chosen[: seed % 4]]
    expected = Potentials(Valuation(shop.facts, as_of), figures, LEAST).found
    values = {value.external_id: value for value in CustomerValue.objects.filter(run=run)}
    for id_, value in values.items():
        found = (value.year_contribution, value.potential, value.potential_source, value.gap)
        one = expected.get(id_)
        assert found == (as_stored(one) if one else (None, None, "", None)), id_


def as_stored(one):
    amounts = [
        None if amount is None else Decimal(amount.numerator) / Decimal(amount.denominator)
        for amount in (one.year, one.most, one.gap)
    ]
    return (amounts[0], amounts[1], one.source, amounts[2])


def test_potential_worked_out_by_hand(monkeypatch):
    """Eleven customers of over a year: the best but one brought in 108, which is the 90th percentile.

    Margin 40 %: what was bought for 0, 30, … 300 came to 0, 12, … 120.
    """
    monkeypatch.setattr(potential, "LEAST_BUYERS", 11)
    for number in range(11):
        customer = make_customer(f"K{number:02}", country="NL")
        make_order(customer, "2024-01-05", "10")
        if number:
            make_order(customer, "2025-06-01", str(30 * number))
    make_order(make_customer("new", country="BE"), "2025-12-31", "5")
    make_figure("country", "BE", "400", 1_000)
    run = calculate(default_margin=Decimal("0.4"))
    values = {value.external_id: value for value in CustomerValue.objects.filter(run=run)}

    expected = {"year_contribution": "12", "potential": "108", "potential_revenue": "270", "gap": "96"}
    assert {name: getattr(values["K01"], name) for name in expected} == {
        name: Decimal(amount) for name, amount in expected.items()
    }
    assert values["K01"].potential_source == "peers"
    assert (values["K10"].potential_source, values["K10"].potential, values["K10"].gap) == ("today", 120, 0)
    assert values["new"].potential_source == "market"
    assert (values["new"].potential, values["new"].potential_revenue) == (160, 400)
    assert (values["new"].gap, values["new"].rank_gap) == (158, 1)
    told = run.prediction.potential
    [reach] = told["market"]
    assert (reach["ours"], reach["number"], Decimal(reach["room"])) == (1, 1_000, 999 * 160)
    assert (told["customers"], told["known"], told["without_prediction"]) == (12, 12, 12)
    assert told["trial"] == {"reason": "no_prediction"}


def test_the_most_specific_market_figure_is_the_one_that_fits_fewest_of_our_customers():
    for number, city in enumerate(("Gent", "Gent", "Lier")):
        customer = make_customer(f"K{number}", country="BE", city=city, attributes={"branche": "horeca"})
        make_order(customer, "2025-06-01", "10")
    make_figure("country", "BE", "500")
    make_figure("branche", "horeca", "600")
    make_figure("city", "Lier", "100")
    run = calculate(default_margin=Decimal("0.5"))
    found = dict(CustomerValue.objects.filter(run=run).values_list("external_id", "potential"))
    # Branche and country fit all three: the first by name counts.
    assert found == {"K0": 300, "K1": 300, "K2": 50}


def test_without_costs_nothing_is_said_and_who_objects_has_none():
    make_order(make_customer("anna"), "2025-06-01", "10")
    run = calculate()
    told = run.prediction.potential
    assert (told["customers"], told["known"], told["bins"]) == (1, 0, [])
    value = CustomerValue.objects.get(run=run)
    assert (value.potential, value.gap, value.potential_source, value.quarter) == (None, None, "", "")

    Customer.objects.update(objects_to_profiling=True)
    run = calculate(default_margin=Decimal("0.4"))
    value = CustomerValue.objects.get(run=run)
    assert (value.potential, value.gap, value.rank_gap, value.year_contribution) == (None, None, None, None)
    assert run.prediction.potential["customers"] == 0


def test_peers_who_stayed_away_do_not_make_a_potential_of_zero_while_no_cost_is_known(monkeypatch):
    monkeypatch.setattr(potential, "LEAST_BUYERS", 1)
    make_order(make_customer("anna"), "2024-01-05", "10")
    make_order(make_customer("bram"), "2024-01-06", "10")
    make_order(Customer.objects.get(external_id="bram"), "2025-06-01", "10")
    values = CustomerValue.objects.filter(run=calculate())
    assert set(values.values_list("potential", "gap")) == {(None, None)}
    values = CustomerValue.objects.filter(run=calculate(default_margin=Decimal("0.4")))
    assert dict(values.values_list("external_id", "potential")) == {"anna": Decimal("3.6"), "bram": 4}


def test_a_shop_without_orders_has_no_potential():
    told = calculate().prediction.potential
    assert (told["customers"], told["market"], told["quarters"][0]["customers"]) == (0, [], 0)


def test_categories_of_very_many_kinds_are_held_to_the_twenty_with_most_buyers(monkeypatch):
    monkeypatch.setattr(core, "LEAST_BUYERS", LEAST)
    monkeypatch.setattr(potential, "LEAST_BUYERS", LEAST)
    monkeypatch.setattr(assortment, "LEAST_BUYERS", LEAST)
    for number in range(4):
        order = make_order(make_customer(f"K{number}"), "2025-06-01", "250")
        for kind in range(25 if number < 2 else 1):
            make_line(order, "x", "1", "10", category=f"kind {kind:02}")
    run = calculate(default_margin=Decimal("0.4"))
    # Two of four bought the nineteen other kinds that are looked at, 1/25 of 100 each: 100 + 19 × ½ × 4.
    assert CustomerValue.objects.get(run=run, external_id="K3").potential == 138


@pytest.fixture
def demo(tmp_path):
    plan = Plan(customers=1_500)
    load_shop(plan, generate_shop(plan, tmp_path), say=lambda _line: None)
    return calculate()


def test_a_demo_shop_adds_up_and_reports_its_back_test(demo):
    values = CustomerValue.objects.filter(run=demo)
    told = demo.prediction.potential
    assert OrderLine.objects.exclude(category="").exists()
    scored = values.filter(orders__gt=0, objects_to_profiling=False)
    assert told["customers"] == scored.count()
    for row in told["quarters"]:
        found = values.filter(quarter=row["key"]).aggregate(
            value=Sum("predicted_12"), potential=Sum("potential"), gap=Sum("gap")
        )
        assert row["customers"] == values.filter(quarter=row["key"]).count()
        for name, amount in found.items():
            assert Decimal(row[name]) == (amount or 0)
    assert sum(one["n"] for one in told["bins"]) == told["known"]
    assert Decimal(told["at_risk"]["amount"]) == values.aggregate(all=Sum("at_risk"))["all"]

    for value in scored.filter(potential__isnull=False):
        assert value.potential >= max(value.predicted_12, value.year_contribution)
        assert value.gap == value.potential - value.predicted_12
    ranked = list(scored.order_by("rank_gap").values_list("gap", flat=True)[:50])
    assert ranked == sorted(ranked, reverse=True)

    trial = told["trial"]
    assert (trial["reason"], trial["cut_off"]) == ("", "2025-09-17")
    for measure in ("growth", "beyond"):
        found = trial[measure]
        assert found["low"] < found["difference"] < found["high"]
        assert found["difference"] == pytest.approx(found["large"] - found["small"], abs=0.001)
        assert found["customers"] <= scored.filter(age__gte=365).count()


def test_a_large_shop_is_tried_on_a_sample_of_its_customers(demo, monkeypatch):
    monkeypatch.setattr(potential_years, "MOST_TRIED", 500)
    sampled = calculate().prediction.potential
    whole = demo.prediction.potential
    assert sampled["quarters"] == whole["quarters"]
    everyone, some = (told["trial"]["growth"]["customers"] for told in (whole, sampled))
    assert everyone / 4 < some < everyone / 2


def test_bins_hold_every_customer_once():
    from metrics.potential_summary import list_bins, place_in_quarters

    rng = np.random.default_rng(3)
    amounts = rng.integers(-100, 10**6, 1_000)
    nothing = np.full(1_000, -(2**62))
    buyers = potential.Buyers(np.arange(1_000), nothing, nothing, amounts, nothing, nothing)
    found = potential.Estimates(amounts + 5, np.zeros(1_000, dtype=np.int64), np.full(1_000, 5))
    quarter = place_in_quarters(buyers, found, (800_000, 500_000))
    bins = list_bins(buyers, found, quarter)
    assert sum(one["n"] for one in bins) == 1_000
    assert {one["quarter"] for one in bins} == {"keep", "grow", "let_be"}


def test_the_five_of_the_worked_example_have_nothing_to_be_compared_with(tmp_path):
    """Worked example, line 17: potential and gap are n.a. there."""
    import_worked_example(tmp_path)
    values = CustomerValue.objects.filter(run=calculate())
    assert set(values.values_list("potential", "gap", "potential_source")) == {(None, None, "")}
