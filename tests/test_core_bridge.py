"""The bridge of contribution: parts that add up exactly, whatever the figures, and one worked by hand."""

from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.core.arithmetic import round_half_up
from metrics.core.bridge import FACTORS, Side, UndefinedFactorError, build_bridge
from metrics.core.shapley import round_parts, round_to_total, share_change

AMOUNTS = st.decimals(-10_000_000, 10_000_000, places=4)
COUNTS = st.integers(1, 100_000)
SIDES = st.builds(
    Side,
    customers=COUNTS,
    orders=COUNTS,
    revenue=AMOUNTS.filter(bool),
    contribution=AMOUNTS,
    anonymous=AMOUNTS,
    costs=st.fixed_dictionaries({"acquisition_cost": AMOUNTS, "retention_cost": AMOUNTS}),
)


@given(SIDES, SIDES)
def test_parts_add_up_to_the_change_to_the_last_digit(before, after):
    bridge = build_bridge(before, after)
    assert bridge.before + sum(bridge.parts.values()) == bridge.after
    assert (bridge.before, bridge.after) == (before.result, after.result)


@given(SIDES, SIDES)
def test_no_part_has_more_than_four_decimals(before, after):
    parts = build_bridge(before, after).parts.values()
    assert [part for part in parts if part != part.quantize(Decimal("0.0001"))] == []


@given(SIDES, SIDES)
def test_seen_from_the_other_end_every_part_is_the_opposite(before, after):
    there, back = build_bridge(before, after).parts, build_bridge(after, before).parts
    assert there == {name: -part for name, part in back.items()}


@given(SIDES)
def test_what_did_not_change_moved_nothing(side):
    assert set(build_bridge(side, side).parts.values()) == {0}


@given(SIDES, SIDES)
def test_a_factor_gets_its_average_over_all_orders_of_replacing(before, after):
    def product(side: Side) -> list[Fraction]:
        revenue, contribution = Fraction(side.revenue), Fraction(side.contribution)
        return [
            Fraction(side.customers), Fraction(side.orders, side.customers), revenue / side.orders,
            contribution / revenue,
        ]  # fmt: skip

    old, new = product(before), product(after)
    expected = dict.fromkeys(FACTORS, Fraction(0))
    for order in permutations(range(4)):
        now = list(old)
        for place in order:
            then = now[0] * now[1] * now[2] * now[3]
            now[place] = new[place]
            expected[FACTORS[place]] += (now[0] * now[1] * now[2] * now[3] - then) / 24
    parts = build_bridge(before, after).parts
    for name in FACTORS:  # the leftover of rounding four parts is at most 2 of the last digit
        assert abs(Fraction(parts[name]) - expected[name]) <= Fraction(25, 100_000)


def test_a_bridge_worked_out_by_hand():
    # Contribution 100 × 2 × 50 × 0.4 = 4,000 becomes 120 × 2 × 45 × 0.4 = 4,320: two factors change.
    # Customers: half of (120 - 100) × 2 × 50 × 0.4 = 800 and half of 20 × 2 × 45 × 0.4 = 720: 760.
    # Order value: half of -5 × 100 × 2 × 0.4 = -400 and half of -5 × 120 × 2 × 0.4 = -480: -440.
    before = Side(100, 200, Decimal(10_000), Decimal(4_000), Decimal(30), {"acquisition_cost": Decimal(500)})
    after = Side(120, 240, Decimal(10_800), Decimal(4_320), Decimal(10), {"acquisition_cost": Decimal(650)})
    bridge = build_bridge(before, after)
    assert (bridge.before, bridge.after) == (3_530, 3_680)
    assert bridge.parts == {
        "customers": 760, "frequency": 0, "aov": -440, "margin": 0, "anonymous": -20, "acquisition_cost": -150
    }  # fmt: skip


def test_what_rounding_leaves_goes_to_the_largest_factor():
    # 1 customer with 3 orders of 1/3 becomes 4 customers with 4 of 1/4: only thirds and quarters move.
    before = Side(1, 3, Decimal(1), Decimal(1))
    after = Side(4, 4, Decimal(1), Decimal(1))
    parts = build_bridge(before, after).parts
    exact = share_change(
        lambda now: now["customers"] * now["frequency"] * now["aov"],
        {"customers": Fraction(1), "frequency": Fraction(3), "aov": Fraction(1, 3)},
        {"customers": Fraction(4), "frequency": Fraction(1), "aov": Fraction(1, 4)},
    )
    largest = max(exact, key=lambda name: abs(exact[name]))
    others = {name: part for name, part in exact.items() if name != largest}
    assert {name: parts[name] for name in others} == {
        name: Decimal(round(part * 10_000)).scaleb(-4) for name, part in others.items()
    }
    assert sum(parts.values()) == 0


@pytest.mark.parametrize(
    ("empty", "factor"),
    [
        (Side(0, 0, Decimal(0), Decimal(0)), "frequency"),
        (Side(3, 0, Decimal(0), Decimal(0)), "aov"),
        (Side(3, 4, Decimal(0), Decimal("-5")), "margin"),
    ],
)
def test_a_factor_that_is_undefined_at_either_end_makes_no_bridge(empty, factor):
    full = Side(3, 4, Decimal(100), Decimal(40))
    for before, after in ((empty, full), (full, empty)):
        with pytest.raises(UndefinedFactorError) as error:
            build_bridge(before, after)
        assert (error.value.factor, error.value.later) == (factor, after is empty)


@given(st.dictionaries(st.text(max_size=3), st.fractions(), min_size=1, max_size=6), st.integers(0, 6))
def test_rounded_parts_add_up_to_their_rounded_sum(parts, places):
    rounded = round_parts(parts, places)
    total = sum(rounded.values())
    assert abs(total - sum(parts.values())) <= Fraction(1, 2 * 10**places)
    assert (total * 10**places).denominator == 1


def test_cents_that_are_left_go_to_the_parts_of_which_most_was_cut_off():
    # Rounded down 10.00, -3.34, 2.33 and 0.99: two cents short. Cut off: 0.005, 0.005, 0 and 0.007.
    parts = {"a": Decimal("10.0050"), "b": Decimal("-3.3350"), "c": Decimal("2.3300"), "d": Decimal("0.9970")}
    assert round_to_total(parts, Decimal("10.00"), 2) == {
        "a": Decimal("10.01"), "b": Decimal("-3.34"), "c": Decimal("2.33"), "d": Decimal("1.00")
    }  # fmt: skip


@given(SIDES, SIDES)
def test_a_bridge_in_cents_adds_up_and_no_part_is_off_by_more_than_a_cent(before, after):
    bridge = build_bridge(before, after)
    total = round_half_up(bridge.after, 2) - round_half_up(bridge.before, 2)
    rounded = round_to_total(bridge.parts, total, 2)
    assert sum(rounded.values()) == total
    assert all(abs(rounded[name] - part) <= Decimal("0.01") for name, part in bridge.parts.items())
