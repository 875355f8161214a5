"""Days, months and windows; amounts spread over months as in the worked example's cost allocation."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.core.calendar import (
    Window,
    add_months,
    count_days,
    count_periods,
    count_years,
    days_up_to,
    first_day_of_month,
    first_days_from,
    last_day_of_month,
    list_months,
    months_between,
    periods_per_year,
    preceding_window,
    rolling_window,
    split_over_months,
)

AS_OF = date(2025, 12, 31)
days = st.dates(date(2000, 1, 1), date(2040, 12, 31))


def split(first, last, amount, as_of=None):
    """(month, days, amount, due) a share, the month as "2024-01"."""
    shares = split_over_months(date.fromisoformat(first), date.fromisoformat(last), Decimal(amount), as_of)
    return [(f"{share.month:%Y-%m}", share.days, share.amount, share.due) for share in shares]


@pytest.mark.parametrize(
    ("row", "first", "last", "amount", "expected"),
    [
        ("K1", "2024-01-15", "2024-02-13", "300", [("2024-01", 17, 170, True), ("2024-02", 13, 130, True)]),
        ("K2", "2024-03-01", "2024-03-31", "62", [("2024-03", 31, 62, True)]),
        ("K3", "2024-11-01", "2024-12-31", "122", [("2024-11", 30, 60, True), ("2024-12", 31, 62, True)]),
        (
            "K4",
            "2025-11-17",
            "2026-01-15",
            "120",
            [("2025-11", 14, 28, True), ("2025-12", 31, 62, True), ("2026-01", 15, 30, False)],
        ),
        ("K5", "2025-11-24", "2025-11-30", "35", [("2025-11", 7, 35, True)]),
        ("P1", "2025-03-01", "2025-03-31", "12", [("2025-03", 31, 12, True)]),
        ("P2", "2025-02-01", "2025-02-28", "100", [("2025-02", 28, 100, True)]),
        ("P3", "2023-06-01", "2023-06-30", "60", [("2023-06", 30, 60, True)]),
        ("P4", "2025-12-01", "2025-12-31", "31", [("2025-12", 31, 31, True)]),
    ],
)
def test_costs_of_the_worked_example_by_month(row, first, last, amount, expected):
    assert split(first, last, amount, AS_OF) == expected


def test_a_month_is_cut_at_the_day_of_the_calculation():
    """K4 seen on 5 December 2025: 14 days of November, 5 of December; 26 + 15 days are not yet due."""
    assert split("2025-11-17", "2026-01-15", "120", date(2025, 12, 5)) == [
        ("2025-11", 14, 28, True),
        ("2025-12", 5, 10, True),
        ("2025-12", 26, 52, False),
        ("2026-01", 15, 30, False),
    ]


@pytest.mark.parametrize(
    ("as_of", "due"), [("2025-01-31", 0), ("2025-02-01", 1), ("2025-02-28", 28), ("2025-03-01", 29)]
)
def test_days_are_due_up_to_and_with_the_day_of_the_calculation(as_of, due):
    shares = split("2025-02-01", "2025-03-31", "59", date.fromisoformat(as_of))
    assert sum(amount for _, _, amount, is_due in shares if is_due) == due


def test_what_does_not_divide_is_handed_out_by_what_is_spread_so_far():
    """0.0100 over 29 + 31 days is 100 units: 100 × 29 // 60 = 48, and the 52 that remain."""
    assert split("2024-02-01", "2024-03-31", "0.01") == [
        ("2024-02", 29, Decimal("0.0048"), True),
        ("2024-03", 31, Decimal("0.0052"), True),
    ]


@given(days, days, st.decimals(-(10**8), 10**8, places=4), st.none() | days)
def test_nothing_is_lost_when_an_amount_is_spread(one, other, amount, as_of):
    first, last = sorted((one, other))
    shares = split_over_months(first, last, amount, as_of)

    assert sum(share.amount for share in shares) == amount
    assert sum(share.days for share in shares) == count_days(first, last)


@given(days, days, st.decimals(0, 10**8, places=4))
def test_a_month_gets_its_days_worth_to_within_a_ten_thousandth(one, other, amount):
    first, last = sorted((one, other))
    total = count_days(first, last)
    for share in split_over_months(first, last, amount):
        assert abs(share.amount - amount * share.days / total) < Decimal("0.0001")


def test_a_range_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="last must not be before first, got 2025-02-01 to 2025-01-31"):
        split_over_months(date(2025, 2, 1), date(2025, 1, 31), Decimal(1))


def test_an_amount_finer_than_four_places_is_refused():
    with pytest.raises(ValueError, match=r"amount must have at most 4 places, got 0\.00001"):
        split_over_months(date(2025, 2, 1), date(2025, 2, 2), Decimal("0.00001"))


def test_first_and_last_day_of_a_month():
    assert first_day_of_month(date(2024, 2, 29)) == date(2024, 2, 1)
    assert last_day_of_month(date(2024, 2, 1)) == date(2024, 2, 29)
    assert last_day_of_month(date(2025, 12, 31)) == date(2025, 12, 31)


def test_adding_months_crosses_years_both_ways():
    assert add_months(date(2025, 11, 30), 3) == date(2026, 2, 1)
    assert add_months(date(2025, 1, 31), -1) == date(2024, 12, 1)


def test_months_between_counts_calendar_months():
    assert months_between(date(2024, 1, 31), date(2024, 2, 1)) == 1
    assert months_between(date(2024, 1, 10), date(2025, 3, 20)) == 14
    assert months_between(date(2024, 2, 1), date(2024, 1, 31)) == -1


def test_months_with_a_day_in_a_range():
    assert list(list_months(date(2024, 11, 30), date(2025, 1, 1))) == [
        date(2024, 11, 1),
        date(2024, 12, 1),
        date(2025, 1, 1),
    ]


def test_rolling_twelve_months_end_with_the_month():
    assert rolling_window(date(2025, 12, 10)) == Window(date(2025, 1, 1), date(2025, 12, 31))
    assert preceding_window(date(2025, 12, 10)) == Window(date(2024, 1, 1), date(2024, 12, 31))
    assert rolling_window(date(2025, 2, 10), 1) == Window(date(2025, 2, 1), date(2025, 2, 28))


def test_windows_of_365_days():
    """Worked example: value density looks at 2025-01-01 to 2025-12-31; a first year is day 0 to 364."""
    assert days_up_to(AS_OF) == Window(date(2025, 1, 1), AS_OF)
    assert first_days_from(date(2025, 1, 1)) == Window(date(2025, 1, 1), AS_OF)
    assert days_up_to(AS_OF).days == 365


def test_years_and_periods_of_the_worked_example():
    """Anna 721 ÷ 365.25 = 1.973990; Eva's 33 days are one year at least, and 1.084 months."""
    assert round(count_years(721), 6) == Decimal("1.973990")
    assert count_years(33) == Decimal("0.0903490760")
    assert count_periods(33, "year") == 1
    assert count_periods(33, "month") == Decimal("1.0841889117")


def test_periods_in_a_year():
    assert [periods_per_year(period) for period in ("day", "week", "month", "quarter", "year")] == [
        Decimal("365.25"),
        Decimal("52.1785714286"),
        12,
        4,
        1,
    ]
