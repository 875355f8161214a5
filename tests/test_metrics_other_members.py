"""An attribute that nearly everybody has another value of: fifty members stand apart, the others are one.

200 customers of one order of € 10 in January 2025, each with a postcode of its own; one more has the last of
these, another has "Zz". The 60th to 109th bought for € 5 more in February, the last ten of the 200 for € 1
more in March. The largest is the postcode of two; then come, by the alphabet, Zz and p000 to p047.
"""

from datetime import date
from decimal import Decimal

import pytest

from customers.models import SurveyAnswer
from metrics.members import OTHER
from metrics.models import CalculationSettings, GroupValue, KpiValue
from tests.builders import make_customer, make_order, make_shop
from tests.worked_example_shop import kept_for_the_module

pytestmark = pytest.mark.django_db
DIMENSION = "attribute:postcode"


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    with kept_for_the_module(django_db_blocker, folder, fill_shop, date(2025, 3, 31)) as run:
        yield run


def fill_shop(_folder):
    make_shop()
    CalculationSettings.objects.create(kpi_attributes=["postcode"])
    for number in range(200):
        customer = make_customer(f"{number:03}", attributes={"postcode": f"p{number:03}"})
        make_order(customer, "2025-01-10", "10")
        if 60 <= number < 110:
            make_order(customer, "2025-02-10", "5")
            answer(customer, "2025-02-11", 9 if number < 80 else 0)
        if number >= 190:
            make_order(customer, "2025-03-10", "1")
            answer(customer, "2025-03-11", 10)
    for number, postcode in ((200, "p199"), (201, "Zz")):
        make_order(make_customer(f"{number}", attributes={"postcode": postcode}), "2025-01-10", "10")


def answer(customer, day, score):
    SurveyAnswer.objects.create(
        external_id=f"{customer.pk} {day}", customer=customer, answered_on=day, scale="nps", score=score,
        upload=customer.upload,
    )  # fmt: skip


def read_kpi(run, kpi, member=OTHER, period="2025-03-01", window="12m"):
    of_member = {"dimension": DIMENSION, "member": member}
    row = KpiValue.objects.get(run=run, kpi=kpi, period=period, window=window, **of_member)
    return row.numerator, row.denominator


def test_fifty_members_stand_apart(run):
    found = KpiValue.objects.filter(run=run, dimension=DIMENSION)
    alphabet = {f"p{number:03}" for number in range(48)}
    assert set(found.values_list("member", flat=True)) == {OTHER, "p199", "Zz", *alphabet}
    assert GroupValue.objects.filter(run=run, dimension=DIMENSION).count() == 51
    assert read_kpi(run, "orders", "p047") == (1, None)
    assert read_kpi(run, "orders", "p199") == (3, None)


@pytest.mark.parametrize(
    ("kpi", "numerator", "denominator"),
    [
        ("customers", 151, None),
        ("new_customers", 151, None),
        ("orders", 210, None),
        ("aov", 1769, 210),  # 151 x 10 + 50 x 5 + 9 x 1
        ("nps", -100, 59),  # 20 + 9 promoters less 30 detractors, x 100
        ("days_between_orders", 31, None),  # 50 gaps of 31 days, nine of 59
    ],
)
def test_the_others_are_what_they_are_by_hand(run, kpi, numerator, denominator):
    assert read_kpi(run, kpi) == (numerator, denominator)


def test_unique_customers_of_the_others_are_counted_per_window(run):
    assert read_kpi(run, "customers", period="2025-01-01", window="month") == (151, None)
    assert read_kpi(run, "customers", period="2025-02-01", window="month") == (50, None)


def test_means_of_the_others_are_over_all_of_them(run):
    assert read_kpi(run, "average", window="as_of") == (1769, 151)
    group = GroupValue.objects.get(run=run, dimension=DIMENSION, member=OTHER)
    assert (group.n, group.orders, group.revenue, group.customer_years) == (151, 210, 1769, 151)


def test_the_members_together_are_the_whole_shop(run):
    members = GroupValue.objects.filter(run=run, dimension=DIMENSION)
    whole = GroupValue.objects.get(run=run, dimension="")
    assert sum(member.revenue for member in members) == whole.revenue == Decimal(2280)
