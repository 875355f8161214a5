"""What the first 12 months of the data do to figures about new customers, in a calculation and on its pages.

From January 2023 on every month wins one customer (channel ads) for € 10, with an order of € 50 that leaves
€ 20; nobody buys again. The shop does not say that its history is complete: who was new in 2023 may have
bought before.
"""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from metrics.core.calendar import list_months
from metrics.models import CalculationSettings, KpiValue
from tests.builders import make_acquisition_cost, make_customer, make_order, make_shop
from tests.overview_page import choose, read, read_cards, sign_in
from tests.worked_example_shop import kept_for_the_module

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2023, 1, 1), date(2025, 12, 1)


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    with kept_for_the_module(django_db_blocker, folder, fill_shop, date(2025, 12, 31)) as run:
        yield run


def fill_shop(_folder):
    make_shop(data_complete_from="2023-01-01", history_complete=False)
    CalculationSettings.objects.create()
    for number, month in enumerate(list_months(FIRST, LAST)):
        day = f"{month:%Y-%m}-01"
        customer = make_customer(f"{number:02}", acquisition_channel="ads")
        make_order(customer, day, "50", cost_of_goods="30")
        make_acquisition_cost("ads", day, day, "10")


@pytest.fixture
def marieke(run) -> Client:
    return sign_in()


def find(run, kpi, month, window="12m", dimension=""):
    member = {"dimension": dimension, "member": "ads" if dimension else ""}
    row = KpiValue.objects.get(run=run, kpi=kpi, window=window, period=f"{month}-01", **member)
    return row.numerator, row.denominator, row.complete


# The acquisition rate is over who bought in the 12 months before its window


def test_an_acquisition_rate_is_complete_when_the_12_months_before_are(run):
    # 12 new customers over the one of January 2023: of Feb 2022 to Jan 2023 only that month is there.
    assert find(run, "acquisition_rate", "2024-01") == (12, 1, False)
    assert find(run, "acquisition_rate", "2024-11") == (12, 11, False)
    assert find(run, "acquisition_rate", "2024-12") == (12, 12, True)
    assert find(run, "new_customers", "2024-01") == (12, None, True)


def test_of_one_month_the_acquisition_rate_needs_13(run):
    assert find(run, "acquisition_rate", "2023-12", "month") == (1, 11, False)
    assert find(run, "acquisition_rate", "2024-01", "month") == (1, 12, True)


# CAC, LTV:CAC and payback of the shop leave 2023 out


def test_a_cac_of_12_months_over_fewer_is_not_complete(run):
    assert find(run, "full_cac", "2023-12") == (None, None, False)
    assert find(run, "full_cac", "2024-01") == (10, 1, False)
    assert find(run, "full_cac", "2024-11") == (110, 11, False)
    assert find(run, "full_cac", "2024-12") == (120, 12, True)
    assert find(run, "full_cac", "2024-01", "month") == (10, 1, True)


def test_so_are_ltv_cac_and_payback(run):
    # Customers won from February 2023 to January 2024: only the one of January 2024 is surely new.
    assert find(run, "ltv_cac", "2025-01") == (20, 10, False)
    assert find(run, "ltv_cac", "2025-12") == (240, 120, True)
    assert find(run, "payback", "2024-01") == (1, None, False)
    assert find(run, "payback", "2024-12") == (1, None, True)


def test_of_a_channel_no_months_are_left_out(run):
    assert find(run, "ltv_cac", "2025-01", dimension="channel") == (240, 120, True)
    assert find(run, "paid_cac", "2024-01", dimension="channel") == (120, 12, True)


# What the overview says of it


def read_card(client, kpi, query):
    choose(kpi)
    card = read_cards(read(client, query, language="en"))[kpi]
    return card["figure"], card["change"]


def test_cac_says_over_how_many_months_it_is(marieke):
    figure, told = read_card(marieke, "full_cac", "?window=12m&month=2024-01")
    assert figure.startswith("€10.00")
    assert "over 1 of the 12 months: in the others customers may have bought before" in told
    assert "incomplete, not compared" in told
    assert "of the 12 months" not in read_card(marieke, "full_cac", "?window=12m&month=2024-12")[1]


def test_cac_of_the_first_year_says_from_when_on_it_is_known(marieke):
    figure, told = read_card(marieke, "full_cac", "?window=month&month=2023-06")
    assert figure.startswith("n/a")
    assert told == (
        "the first 12 months of the data are left out: customers may have bought before; from January 2024 on"
    )


def test_ltv_cac_says_from_when_on_it_is_known(marieke):
    _figure, told = read_card(marieke, "ltv_cac", "?window=month&month=2024-06")
    assert told.endswith("from January 2025 on")


def test_ltv_cac_of_a_channel_counts_the_months_it_needs(marieke):
    _figure, told = read_card(marieke, "ltv_cac", "?window=month&month=2023-06&dimension=channel&member=ads")
    assert told == "needs 13 complete months; there are 6"
    _figure, told = read_card(marieke, "ltv_cac", "?window=12m&month=2023-12&dimension=channel&member=ads")
    assert told == "needs 24 complete months; there are 12"


@pytest.mark.parametrize(
    ("kpi", "warned", "not_warned"),
    [("new_customers", "2023-12", "2024-12"), ("acquisition_rate", "2024-11", "2025-01"),
     ("repeat_rate", "2024-12", "2025-12")],
)  # fmt: skip
def test_figures_about_new_customers_say_that_these_may_be_older(marieke, kpi, warned, not_warned):
    """Of the repeat rate of 2024 the customers were new in 2023."""
    assert "may include older customers" in read_card(marieke, kpi, f"?window=12m&month={warned}")[1]
    assert "may include older customers" not in read_card(marieke, kpi, f"?window=12m&month={not_warned}")[1]


def test_the_acquisition_rate_says_that_the_months_before_are_not_there(marieke):
    _figure, told = read_card(marieke, "acquisition_rate", "?window=12m&month=2024-11")
    assert "the 12 months before are incomplete, so not compared" in told


# And the page of channels


def read_channels(client, query):
    client.cookies["django_language"] = "en"
    return " ".join(client.get(reverse("channels") + query).content.decode().split())


def test_channels_warn_of_customers_won_a_year_before_the_period(marieke):
    title = "Customers won a year before may include older ones"
    assert title in read_channels(marieke, "?window=12m&month=2024-12")
    assert title not in read_channels(marieke, "?window=12m&month=2025-12")
    of_period = read_channels(marieke, "?window=12m&month=2023-12")
    assert "New customers may include older ones" in of_period
    assert title not in of_period
