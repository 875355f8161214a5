"""The table of customer and month: its sums are the customers', the shop's and the oracle's."""

from collections import defaultdict
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction

from customers.models import Customer
from metrics import calculation
from metrics.basis import resolve
from metrics.models import CalculationSettings, Run
from tests.builders import make_customer, make_order, make_refund, make_retention_cost, make_shop
from tests.hostile_shops import HostileShop
from tests.oracle_cohorts import contribute
from tests.oracle_customers import Valuation
from tests.oracle_facts import find_last_day, first_of_month, last_of_month
from tests.oracle_storage import store

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def calculated(as_of=None):
    """A calculation that has come as far as the table: basis, its rows, customers."""
    run = Run(pk=1, settings=CalculationSettings.current(), as_of=as_of)
    with transaction.atomic(), calculation.open_workspace() as work:
        basis = resolve(run)
        found = calculation.sum_up_customers(work, basis)
        allocation = calculation.allocate_costs(work, found, basis)
        calculation.find_peers(work, found.customers, basis)
        calculation.value_customers(work, run, basis)
        months = work.read(calculation.keep_months(work, found, allocation, basis))
        yield basis, months, work.read_sql("SELECT * FROM calculation_values")


def add_up(rows, key, *names):
    """Sums by customer (or month); None for one that is not known in any of its rows."""
    sums = defaultdict(lambda: dict.fromkeys(names, 0))
    for row in rows:
        total = sums[row[key]]
        for name in names:
            total[name] = None if row[name] is None or total[name] is None else total[name] + row[name]
    return dict(sums)


@pytest.mark.parametrize("seed", range(8))
def test_a_customers_months_come_to_what_the_customer_comes_to(seed):
    shop = HostileShop(seed)
    store(shop.facts)
    with calculated(shop.as_of) as (_basis, rows, values):
        assert len({(row["customer_id"], row["month"]) for row in rows}) == len(rows)
        names = ("orders", "occasions", "contribution", "acquisition_cost", "transaction_cost")
        found = add_up(rows, "customer_id", *names)
        expected = {row["customer_id"]: {name: row[name] for name in names} for row in values}
        assert found == {key: expected[key] for key in found}
        for key in expected.keys() - found.keys():  # known by a cost alone that has no month yet
            assert not any(expected[key].values())
        days = defaultdict(list)
        for row in rows:
            days[row["customer_id"]] += [row["last_day"]] if row["last_day"] else []
        last = {row["customer_id"]: row["last_order"] for row in values}
        assert {key: max(found) for key, found in days.items() if found} == {
            key: day for key, day in last.items() if day
        }


@pytest.mark.parametrize("seed", range(8))
def test_the_months_of_all_customers_are_what_moved_in_the_shop(seed):
    """By period, over all time: what nobody known bought is in no customer's month."""
    shop = HostileShop(seed)
    store(shop.facts)
    with calculated(shop.as_of) as (basis, rows, _values):
        ledger = Valuation(shop.facts, basis.as_of).ledger
        moved = sum((x.amount for x in ledger.movements if x.customer is not None), Fraction(0))
        assert sum(exact(row["gross"] - row["given_back"]) for row in rows) == moved
        assert sum(exact(row["revenue"] - row["loose"]) for row in rows) == moved


@pytest.mark.parametrize("seed", range(8))
def test_contribution_of_a_month_and_of_the_first_year_are_the_oracles(seed):
    shop = HostileShop(seed)
    store(shop.facts)
    with calculated(shop.as_of) as (basis, rows, _values):
        valuation = Valuation(shop.facts, basis.as_of)
        names = dict(Customer.objects.values_list("pk", "external_id"))
        for row in rows:
            month = basis.month_at(row["month"])
            end = min(last_of_month(month), basis.as_of)
            expected = contribute(valuation, names[row["customer_id"]], month, end)
            assert exact(row["contribution"]) == expected, (names[row["customer_id"]], month)
        first_years = add_up(rows, "customer_id", "first_year")
        for customer, row in first_years.items():
            person = valuation.people[names[customer]]
            if person.first is not None:
                end = person.first.fromordinal(person.first.toordinal() + 364)
                whole = contribute(valuation, names[customer], person.first, min(end, basis.as_of))
                assert exact(row["first_year"]) == whole, names[customer]


def exact(amount):
    return None if amount is None else Fraction(amount)


def test_what_happened_to_one_customer_stands_in_its_months():
    """Two orders of one day in January and one in March; € 5 back in February, gifts of € 60 in 60 days."""
    make_shop(data_complete_from="2024-01-01")
    anna = make_customer("A", acquisition_channel="ads")
    make_order(anna, "2024-01-10", "100", cost_of_goods="60")
    make_order(anna, "2024-01-10", "50", cost_of_goods="20")
    make_order(anna, "2024-03-01", "80")
    make_refund("2024-02-05", "5", customer=anna)
    make_retention_cost("2024-02-01", "2024-03-31", "60", customer=anna)  # 29 and 31 days
    with calculated() as (_basis, rows, _values):
        by_month = {row["month"]: row for row in rows}
    assert sorted(by_month) == [0, 1, 2]
    assert pick(by_month[0]) == (2, 1, 150, 150, 0, 70, 70)
    assert pick(by_month[1]) == (0, 0, 0, 0, 5, -5, -5)
    assert pick(by_month[2]) == (1, 1, 80, 80, 0, None, None)
    assert [by_month[place]["own_retention_cost"] for place in range(3)] == [0, 29, 1]


def pick(row):
    names = ("orders", "occasions", "gross", "revenue", "loose", "contribution", "first_year")
    return tuple(None if row[name] is None else Decimal(row[name]) for name in names)


def test_find_last_day_is_the_day_that_is_stood_on():
    shop = HostileShop(0)
    store(shop.facts)
    with calculated() as (basis, *_rest):
        assert basis.as_of == find_last_day(shop.facts, basis.as_of)
        assert first_of_month(basis.as_of) == basis.months[-1]
