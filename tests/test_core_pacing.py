"""Where a target should be today and where it will end, worked out by hand; and what always holds."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metrics.core.calendar import Window, add_months, last_day_of_month
from metrics.core.pacing import (
    expect,
    find_level,
    find_shape,
    forecast,
    is_good,
    list_parts,
    share_due,
    sum_realised,
)

YEAR = Window(date(2025, 1, 1), date(2025, 12, 31))
#: A shop that takes half of its year in November and December: 1,200 in all.
BEFORE = {date(2024, month, 1): Decimal(60) for month in range(1, 11)} | {
    date(2024, 11, 1): Decimal(300), date(2024, 12, 1): Decimal(300),
}  # fmt: skip
DOUBLED = {add_months(month, 12): amount * 2 for month, amount in BEFORE.items() if month.month <= 9}

amounts = st.decimals(0, 1_000_000, places=2)
days = st.dates(date(2025, 1, 1), date(2025, 12, 31))
years = st.lists(amounts, min_size=12, max_size=12).map(
    lambda values: {date(2024, month, 1): value for month, value in enumerate(values, 1)}
)


def test_a_year_cut_into_months_says_how_many_days_have_passed() -> None:
    parts = list_parts(Window(date(2025, 1, 20), date(2025, 3, 10)), date(2025, 2, 7))
    assert [(part.month.month, part.days, part.passed) for part in parts] == [
        (1, 12, 12),
        (2, 28, 7),
        (3, 10, 0),
    ]


def test_without_last_year_the_days_count_alike() -> None:
    # 31 + 28 + 14 = 73 of 365 days
    assert share_due(list_parts(YEAR, date(2025, 3, 14)), None) == Decimal("0.2")


def test_with_last_year_a_month_weighs_what_it_weighed_then() -> None:
    parts = list_parts(YEAR, date(2025, 11, 15))
    # 10 × 60 + half of 300 = 750 of 1,200
    assert share_due(parts, find_shape(parts, BEFORE)) == Decimal("0.625")
    assert expect(Decimal("2000"), Decimal("0.625")) == Decimal("1250.0000")


def test_a_year_before_that_is_not_whole_or_fell_below_nothing_has_no_shape() -> None:
    parts = list_parts(YEAR, date(2025, 3, 14))
    assert find_shape(parts, {month: BEFORE[month] for month in list(BEFORE)[1:]}) is None
    assert find_shape(parts, {**BEFORE, date(2024, 7, 1): Decimal(-50)}) is None
    assert find_shape(parts, dict.fromkeys(BEFORE, Decimal(0))) is None


def test_what_came_in_is_exact_over_whole_months_and_estimated_over_part_of_one() -> None:
    known = {date(2025, 1, 1): Decimal(310), date(2025, 2, 1): Decimal(70)}
    today = date(2025, 2, 7)
    whole = sum_realised(list_parts(Window(date(2025, 1, 1), date(2025, 3, 31)), today), known, today)
    assert whole is not None
    assert (whole.amount, whole.estimated) == (Decimal(380), False)
    # 12 of the 31 days of January: 310 × 12 ÷ 31 = 120
    later = sum_realised(list_parts(Window(date(2025, 1, 20), date(2025, 3, 31)), today), known, today)
    assert later is not None
    assert (later.amount, later.estimated) == (Decimal(190), True)


def test_a_month_that_is_not_known_makes_the_sum_unknown() -> None:
    today = date(2025, 2, 7)
    assert sum_realised(list_parts(YEAR, today), {date(2025, 2, 1): Decimal(70)}, today) is None


def test_a_period_that_ended_within_a_month_takes_its_days_of_it() -> None:
    parts = list_parts(Window(date(2025, 11, 1), date(2025, 11, 10)), date(2025, 12, 31))
    found = sum_realised(parts, {date(2025, 11, 1): Decimal(300)}, date(2025, 12, 31))
    assert found is not None
    assert (found.amount, found.estimated) == (Decimal(100), True)


def test_this_years_level_is_the_complete_months_beside_those_of_a_year_before() -> None:
    level = find_level({**BEFORE, **DOUBLED}, date(2025, 9, 30))
    assert level is not None
    assert (level.ratio, level.months, level.spread) == (Decimal(2), 9, 0)
    assert find_level({**BEFORE, **dict(list(DOUBLED.items())[:2])}, date(2025, 2, 28)) is None


def test_the_forecast_is_what_came_in_and_the_rest_of_last_year_at_this_years_level() -> None:
    whole = {**BEFORE, **DOUBLED}
    today = date(2025, 9, 30)
    found = forecast(list_parts(YEAR, today), Decimal(1080), whole, find_level(whole, today))
    assert found is not None
    # 1,080 + (60 + 300 + 300) × 2; nine months at exactly twice leave no doubt
    assert (found.amount, found.low, found.high) == (Decimal(2400), Decimal(2400), Decimal(2400))


def test_the_range_is_students_t_of_the_months_around_the_level() -> None:
    ratios = [1, 3, 1, 3, 1, 3, 2, 2]
    now = {date(2025, 1 + place, 1): Decimal(60 * ratio) for place, ratio in enumerate(ratios)}
    whole = {**BEFORE, **now}
    today = date(2025, 8, 31)
    level = find_level(whole, today)
    assert level is not None
    assert (level.ratio, level.months) == (Decimal(2), 8)
    assert level.spread == pytest.approx((6 * 0.5**2 / 7) ** 0.5)
    found = forecast(list_parts(YEAR, today), Decimal(960), whole, level)
    assert found is not None
    # rest: 60, 60, 300, 300 → 720 × 2; t of 7 degrees at 90 % is 1.41492
    deviation = 2 * level.spread * (2 * 60**2 + 2 * 300**2 + 720**2 / 8) ** 0.5
    assert found.amount == Decimal(2400)
    assert found.low is not None
    assert found.high is not None
    assert float(found.high - found.amount) == pytest.approx(1.41492 * deviation, rel=1e-5)
    assert float(found.low) == pytest.approx(max(960, 2400 - 1.41492 * deviation), rel=1e-5)


def test_without_last_year_the_pace_goes_on_after_a_week() -> None:
    week = list_parts(YEAR, date(2025, 1, 7))
    found = forecast(week, Decimal(70), {}, None)
    assert found is not None
    assert (found.amount, found.low, found.level) == (Decimal(3650), None, None)
    assert forecast(list_parts(YEAR, date(2025, 1, 6)), Decimal(60), {}, None) is None


@pytest.mark.parametrize(
    ("direction", "above", "below"), [("up", True, False), ("down", False, True), ("none", None, None)]
)
def test_above_is_good_where_up_is(direction, above, below) -> None:
    assert (is_good(direction, Decimal(1)), is_good(direction, Decimal(-1))) == (above, below)


@given(years, days, days)
def test_more_is_due_on_a_later_day_and_all_of_it_on_the_last(before, one, other) -> None:
    shape = find_shape(list_parts(YEAR, one), before)
    earlier, later = (share_due(list_parts(YEAR, day), shape) for day in sorted((one, other)))
    assert 0 <= earlier <= later <= 1
    assert share_due(list_parts(YEAR, YEAR.last), shape) == 1


@given(years, st.decimals("0.1", 10, places=2), st.integers(3, 11))
def test_a_year_that_is_last_year_times_a_factor_is_foretold_without_doubt(before, factor, months) -> None:
    today = last_day_of_month(date(2025, months, 1))
    now = {add_months(month, 12): value * factor for month, value in before.items() if month.month <= months}
    whole, parts = {**before, **now}, list_parts(YEAR, today)
    level, realised = find_level(whole, today), sum_realised(parts, now, today)
    assume(level is not None and find_shape(parts, whole) is not None)
    assert realised is not None
    found = forecast(parts, realised.amount, whole, level)
    assert found is not None
    wanted = float(sum(before.values()) * factor)
    assert float(found.amount) == pytest.approx(wanted, rel=1e-6, abs=0.001)
    if found.low is not None and found.high is not None:
        assert found.low <= found.amount <= found.high
        assert float(found.high - found.low) == pytest.approx(0, abs=wanted * 1e-6 + 0.001)
