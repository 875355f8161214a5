"""KPIs that the worked example has too few customers for: satisfaction on two scales, how value is divided.

20 customers bought once, on 10 March 2025: two for € 100, eighteen for € 10, of goods that cost nothing. One
of the eighteen cost € 50 to keep, and so is worth € 40 less than nothing.
"""

from datetime import date

import pytest

from customers.models import SurveyAnswer
from metrics.models import KpiValue
from tests.builders import make_customer, make_order, make_retention_cost, make_shop
from tests.worked_example_shop import kept_for_the_module

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory):
    """The published run of that shop, as of 30 April 2025."""
    folder = tmp_path_factory.mktemp("files")
    with kept_for_the_module(django_db_blocker, folder, fill_shop, date(2025, 4, 30)) as run:
        yield run


def fill_shop(_folder):
    make_shop()
    customers = [make_customer(f"{number:02}", acquisition_channel="ads") for number in range(20)]
    for number, customer in enumerate(customers):
        make_order(customer, "2025-03-10", "100" if number < 2 else "10", cost_of_goods="0")
    make_retention_cost("2025-03-01", "2025-03-31", "50", customer=customers[19])
    anna, bram, carla = customers[:3]
    answer(anna, "2025-03-12", "csat_5", 2)
    answer(anna, "2025-04-12", "csat_5", 4)
    answer(anna, "2025-03-20", "csat_10", 10)
    answer(bram, "2025-03-20", "csat_10", 1)
    answer(carla, "2025-03-20", "csat_5", 5)


def answer(customer, day, scale, score):
    SurveyAnswer.objects.create(
        external_id=f"{customer.pk} {day} {scale}", customer=customer, answered_on=day, scale=scale,
        score=score, upload=customer.upload,
    )  # fmt: skip


def read_kpi(run, kpi, period, window):
    row = KpiValue.objects.get(run=run, kpi=kpi, period=period, window=window, dimension="")
    return row.numerator, row.denominator


def test_csat_is_the_last_answer_per_customer_and_scale_as_a_share_of_the_scale(run):
    """12 months: Anna (4 − 1) ÷ 4 and (10 − 1) ÷ 9, Bram 0 ÷ 9, Carla 4 ÷ 4: 2.75 over four answers."""
    assert read_kpi(run, "csat", "2025-04-01", "12m") == (2.75, 4)


def test_in_a_month_only_answers_of_that_month_count(run):
    """March: Anna (2 − 1) ÷ 4 and 9 ÷ 9, Bram 0, Carla 1; April: Anna 3 ÷ 4 alone."""
    assert read_kpi(run, "csat", "2025-03-01", "month") == (2.25, 4)
    assert read_kpi(run, "csat", "2025-04-01", "month") == (0.75, 1)


def test_the_top_tenth_is_two_of_twenty_and_who_cost_more_is_in_no_sum(run):
    """2 × 100 of 2 × 100 + 17 × 10; the − 40 is left out of the whole."""
    assert read_kpi(run, "top_share", "2025-04-01", "as_of") == (200, 370)


def test_mean_realised_value_counts_who_cost_more(run):
    """200 + 17 × 10 − 40, over twenty."""
    assert read_kpi(run, "realised_mean", "2025-04-01", "as_of") == (330, 20)


def test_value_to_cost_is_revenue_over_what_was_spent(run):
    """2 × 100 + 18 × 10 over 50."""
    assert read_kpi(run, "value_to_cost", "2025-04-01", "12m") == (380, 50)
