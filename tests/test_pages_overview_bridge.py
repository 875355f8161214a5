"""What moved contribution, on the overview: parts that add up, or a sentence why there are none."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import KpiValue, Run
from tests.kpi_builders import LAST, MONTH, YEAR, make_kpi, make_worked_figures
from tests.overview_page import chart_table, plain, read, read_bridge, sign_in
from tests.value_builders import publish

pytestmark = pytest.mark.django_db

BEFORE = date(2024, 12, 1)


@pytest.fixture
def marieke() -> Client:
    return sign_in()


def make_side(run: Run, month: date, window: str, **figures: tuple[int, int | None]) -> None:
    """Give a period the figures of a bridge; those it has already are replaced."""
    KpiValue.objects.filter(run=run, period=month, window=window, kpi__in=figures).delete()
    for kpi, (numerator, denominator) in figures.items():
        make_kpi(run, kpi, month, window, numerator, denominator)


@pytest.fixture
def run() -> Run:
    """Contribution of customers from 100 × 2 × 50 × 40% = 4,000 to 120 × 2 × 45 × 40% = 4,320.

    Beside that 10 orders of nobody, with a contribution of 30 and later of 10; acquisition cost 500 and 650.
    """
    run = make_worked_figures()
    make_side(
        run, BEFORE, YEAR, customers=(100, None), frequency=(200, 100), aov=(10_300, 210),
        contribution=(4_030, None), acquisition_cost=(500, None), retention_cost=(0, None),
    )  # fmt: skip
    make_side(
        run, LAST, YEAR, customers=(120, None), frequency=(240, 120), aov=(11_100, 250),
        contribution=(4_330, None), acquisition_cost=(650, None), retention_cost=(0, None),
    )  # fmt: skip
    for month, contribution in ((BEFORE, 30), (LAST, 10)):
        make_kpi(run, "aov", month, YEAR, 300, 10, dimension="anonymous")
        make_kpi(run, "contribution", month, YEAR, contribution, dimension="anonymous")
    return publish(run)


def test_the_bridge_names_every_part_with_what_it_was_and_is(marieke, run):
    assert read_bridge(marieke) == [
        ["Onderdeel", "Effect", "Was", "Is"],
        ["Klanten", "€ 760,00", "100", "120"],
        ["Bestelfrequentie", "€ 0,00", "2,00", "2,00"],
        ["Gemiddelde orderwaarde", "€ -440,00", "€ 50,00", "€ 45,00"],
        ["Marge", "€ 0,00", "40,0%", "40,0%"],
        ["Bestellingen zonder klant", "€ -20,00", "€ 30,00", "€ 10,00"],
        ["Acquisitiekosten", "€ -150,00", "€ 500,00", "€ 650,00"],
        ["Bijdrage na kosten", "€ 150,00", "€ 3.530,00", "€ 3.680,00"],
    ]


def test_the_bridge_is_told_in_words(marieke, run):
    assert (
        "Bijdrage na kosten ging van € 3.530 naar € 3.680 (+4,2%). Droeg het meest bij: klanten "
        "(+\u2060€ 760,00). Kostte het meest: gemiddelde orderwaarde (€ -440,00)."
    ) in plain(read(marieke))


def test_the_chart_goes_from_the_earlier_period_to_this_one(marieke, run):
    table = chart_table(read(marieke), "moved-chart")
    assert table[1] == ["12 mnd t/m dec 2024", "€ 3.530,00"]
    assert table[-1] == ["12 mnd t/m dec 2025", "€ 3.680,00"]
    assert len(table) == 9


def test_the_file_of_the_bridge_adds_up_to_the_last_digit(marieke, run):
    KpiValue.objects.filter(kpi="aov", dimension="", period=LAST).update(numerator="11099.9777")
    text = marieke.get(f"{reverse('overview_bridge_export')}?layout=csv").content.decode()
    *parts, result = csv.DictReader(io.StringIO(text))
    effects = [Decimal(part["effect"]) for part in parts]
    assert sum(effects) == Decimal(result["effect"]) == Decimal("150")
    assert Decimal(result["before"]) + sum(effects) == Decimal(result["after"]) == Decimal("3680")
    assert [part["part"] for part in parts] == [
        "customers", "frequency", "aov", "margin", "anonymous", "acquisition_cost"
    ]  # fmt: skip


def test_a_month_can_be_compared_with_the_month_before(marieke, run):
    months = (date(2025, 11, 1), date(2025, 10, 1), date(2024, 11, 1))
    for month, customers in zip(months, (12, 10, 8), strict=True):
        make_side(
            run, month, MONTH, customers=(customers, None), frequency=(customers, customers),
            aov=(10 * customers, customers), contribution=(5 * customers, None),
        )  # fmt: skip
    query = "?window=month&month=2025-11"
    assert read_bridge(marieke, query)[1] == ["Klanten", "€ 20,00", "8", "12"]
    assert read_bridge(marieke, f"{query}&compare=month")[1] == ["Klanten", "€ 10,00", "10", "12"]
    assert read_bridge(marieke, query)[-1] == ["Bijdrage", "€ 20,00", "€ 40,00", "€ 60,00"]  # no costs
    tab = 'href="?window=month&month=2025-11&compare=month#moved"'
    assert tab in read(marieke, query).replace("&amp;", "&")


def make_months_of_one_and_two_customers(run: Run) -> None:
    """A month of 1 × 1 × 1.00 × 50% = 0.50, a year later one of 2 × 1 × 1.01 × 50% = 1.01.

    Customers did (0.50 + 0.505) / 2 = 0.5025 of the 0.51, order value (0.005 + 0.01) / 2 = 0.0075.
    """
    for month, customers, revenue, contribution in (
        (date(2024, 11, 1), 1, "1.00", "0.50"), (date(2025, 11, 1), 2, "2.02", "1.01"),
    ):  # fmt: skip
        make_side(
            run, month, MONTH, customers=(customers, None), frequency=(customers, customers),
            aov=(Decimal(revenue), customers), contribution=(Decimal(contribution), None),
        )  # fmt: skip


NOVEMBER = "?window=month&month=2025-11"
SAID = "De delen zijn zo afgerond dat ze optellen"


def test_parts_are_shown_in_cents_that_add_up_and_said_to_be_rounded(marieke, run):
    make_months_of_one_and_two_customers(run)
    # Rounded down € 0.50 and € 0.00: the cent that is left goes to order value, of which 0.0075 was cut off.
    assert [row[:2] for row in read_bridge(marieke, NOVEMBER)[1:]] == [
        ["Klanten", "€ 0,50"],
        ["Bestelfrequentie", "€ 0,00"],
        ["Gemiddelde orderwaarde", "€ 0,01"],
        ["Marge", "€ 0,00"],
        ["Bijdrage", "€ 0,51"],
    ]
    page = plain(read(marieke, NOVEMBER))
    assert SAID in page
    assert "Klanten € 0,5025" in page
    assert "Gemiddelde orderwaarde € 0,0075" in page


def test_what_is_downloaded_is_not_rounded_to_cents(marieke, run):
    make_months_of_one_and_two_customers(run)
    text = marieke.get(f"{reverse('overview_bridge_export')}{NOVEMBER}&layout=csv").content.decode()
    effects = [Decimal(part["effect"]) for part in csv.DictReader(io.StringIO(text))]
    assert effects == [Decimal(effect) for effect in ("0.5025", "0", "0.0075", "0", "0.51")]


def test_where_cents_suffice_nothing_is_said_of_rounding(marieke, run):
    assert SAID not in plain(read(marieke))


def reason(client: Client, query: str = "") -> str:
    found = re.search(r"Er valt nog niets uit elkaar te halen: (.*?)</p>", read(client, query))
    assert found
    return plain(found[1])


def test_without_a_year_before_the_page_says_so(marieke, run):
    KpiValue.objects.filter(kpi="contribution", period=BEFORE).delete()
    assert reason(marieke) == "er zijn geen cijfers over 12 mnd t/m dec 2024."


def test_a_year_that_is_not_whole_is_not_taken_apart(marieke, run):
    KpiValue.objects.filter(period=BEFORE).update(complete=False)
    assert reason(marieke) == "de gegevens over 12 mnd t/m dec 2024 zijn niet compleet."


def test_while_a_cost_of_goods_is_unknown_the_page_says_what_to_upload(marieke, run):
    KpiValue.objects.filter(kpi="contribution", period=LAST, dimension="").update(numerator=None)
    assert reason(marieke).startswith("de inkoopwaarde is niet van alle bestellingen bekend")
    assert marieke.get(reverse("overview_bridge_export")).status_code == 404


def test_a_factor_that_is_undefined_is_named(marieke, run):
    make_side(run, BEFORE, YEAR, customers=(0, None), frequency=(0, 0), contribution=(30, None))
    assert reason(marieke) == "niemand kocht in 12 mnd t/m dec 2024."
