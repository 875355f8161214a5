"""What a calculation takes for the season of a shop: the months in which customers could buy."""

from datetime import date

import numpy as np
import pytest

from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.calendar import FIRST_DAY
from metrics.core.histories import Orders, RefundRows, build_histories
from metrics.model_choice import find_shop_season
from metrics.models import CalculationSettings

AS_OF = date(2025, 12, 31)
NOBODY = np.zeros(0, dtype=np.int64)


def buy_twice_as_much_in_december(first: date):
    """Histories of one customer a purchase: ten a month from ``first`` on, twenty in December."""
    days = sorted(
        (month - FIRST_DAY).days + place
        for month in calendar.list_months(first, AS_OF)
        for place in range(20 if month.month == 12 else 10)
    )
    orders = Orders(np.arange(len(days)), np.array(days), np.full(len(days), 10_000))
    return build_histories(orders, RefundRows(*[NOBODY] * 6), NOBODY)


@pytest.mark.parametrize("shop_began", [date(2024, 1, 1), date(2023, 11, 1), date(2022, 1, 1)])
def test_months_before_the_first_customer_tell_nothing_of_the_season(shop_began):
    """A shop may sell to nobody in particular for years; those months have no purchases of customers."""
    basis = Basis(1, AS_OF, shop_began, shop_began, CalculationSettings())
    season = find_shop_season(
        buy_twice_as_much_in_december(date(2024, 1, 1)), (AS_OF - FIRST_DAY).days, basis
    )
    assert season is not None
    assert season[:11] == pytest.approx([0.925] * 11, abs=0.07)
    assert season[11] == pytest.approx(20 / 31 / (130 / 365.5), abs=0.01)


def test_less_than_two_years_of_customers_tell_no_season():
    basis = Basis(1, AS_OF, date(2022, 1, 1), date(2022, 1, 1), CalculationSettings())
    histories = buy_twice_as_much_in_december(date(2024, 2, 1))
    assert find_shop_season(histories, (AS_OF - FIRST_DAY).days, basis) is None
