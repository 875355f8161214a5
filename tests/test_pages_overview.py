"""The overview: what a reader sees of a run, over which period, compared with what."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from metrics.models import CalculationSettings, KpiValue, Run
from metrics.pages.overview.lines import SHOWN
from tests.builders import make_customer, make_user
from tests.kpi_builders import MONTH, YEAR, make_kpi, make_worked_figures
from tests.value_builders import make_run, make_value, publish

pytestmark = pytest.mark.django_db

DECEMBER = date(2025, 12, 1)


@pytest.fixture
def marieke() -> Client:
    client = Client()
    client.force_login(make_user())
    return client


@pytest.fixture
def run() -> Run:
    """The worked example, published, with the four customers who have an order and the one who has none."""
    run = make_worked_figures()
    for name, realised, orders in [
        ("anna", "60.1666", 4), ("bram", "-69.3333", 2), ("carla", "-21.3333", 2), ("daan", "-5", 0),
        ("eva", "-17.50", 1),
    ]:  # fmt: skip
        customer = make_customer(name, name=name.title())
        make_value(run, customer, realised=realised, orders=orders, loyalty=None)
    return publish(run)


def read(client: Client, query: str = "", language: str = "nl") -> str:
    """The page's text with its tags, in one line, spaces plain."""
    client.cookies["django_language"] = language
    html = client.get(f"/{query}").content.decode()
    return " ".join(html.replace("\N{NO-BREAK SPACE}", " ").split())


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def read_cards(html: str) -> dict[str, dict[str, str]]:
    """Per KPI what its card says: figure, change (with what follows it), fold."""
    cards = {}
    for card in re.findall(r'<article class="card kpi-card">.*?</article>', html):
        key = re.search(r"#kpi-(\w+)", card)
        assert key, card
        parts = {
            name: plain(found[1]) if (found := re.search(pattern, card)) else ""
            for name, pattern in {
                "label": r'class="kpi-label">(.*?)</h2>',
                "figure": r'<p class="kpi-figure[^>]*>(.*?)</p>',
                "change": r'<p class="kpi-change">(.*?)</p>',
                "fold": r'<div class="fold-body">(.*?)</div>',
            }.items()
        }
        cards[key[1]] = {**parts, "html": card}
    return cards


def figures(html: str) -> dict[str, str]:
    return {key: card["figure"].partition(" n =")[0] for key, card in read_cards(html).items()}


# The worked example's figures, rolling 12 months of December 2025


def test_the_cards_show_the_worked_example_in_dutch(marieke, run):
    assert figures(read(marieke)) == {
        "revenue": "€ 550,00",
        "customers": "3",
        "aov": "€ 112,00",
        "frequency": "1,33",
        "retention_rate": "66,7%",
        "full_cac": "€ 125,00",
        "realised_mean": "€ -12,00",
        "value_to_cost": "2,09",
    }


def test_the_cards_show_the_worked_example_in_english(marieke, run):
    assert figures(read(marieke, language="en")) == {
        "revenue": "€550.00",
        "customers": "3",
        "aov": "€112.00",
        "frequency": "1.33",
        "retention_rate": "66.7%",
        "full_cac": "€125.00",
        "realised_mean": "-€12.00",
        "value_to_cost": "2.09",
    }


def test_a_change_has_an_arrow_a_sign_and_what_it_is_compared_with(marieke, run):
    cards = read_cards(read(marieke))
    assert cards["revenue"]["change"] == "▲ +14,6% t.o.v. 12 mnd t/m dec 2024"  # 480 → 550
    assert cards["aov"]["change"] == "▲ +16,7% t.o.v. 12 mnd t/m dec 2024"  # 96 → 112
    assert cards["frequency"]["change"] == "▼ -20,0% t.o.v. 12 mnd t/m dec 2024"  # 5/3 → 4/3
    assert cards["customers"]["change"] == "0,0% t.o.v. 12 mnd t/m dec 2024"  # 3 → 3


def test_a_cost_that_falls_is_good_news(marieke, run):
    card = read_cards(read(marieke))["full_cac"]  # 484/3 → 125
    assert "-22,5%" in card["change"]
    assert 'class="delta good"' in card["html"]


def test_a_rate_changes_in_points(marieke, run):
    KpiValue.objects.filter(kpi="retention_rate", period=date(2024, 12, 1)).update(numerator=1, denominator=2)
    assert "▲ +16,7 %-punt" in read_cards(read(marieke))["retention_rate"]["change"]


def test_the_fold_says_the_sum_with_its_own_numbers_and_over_how_many(marieke, run):
    fold = read_cards(read(marieke, language="en"))["aov"]["fold"]
    assert re.search(r"€560\.00 \([^)]+\) ÷ 5 \([^)]+\) = €112\.00", fold)
    assert "12 months to Dec 2025, n = 4" in fold


def test_every_card_links_to_its_whole_definition(marieke, run):
    html = read(marieke)
    assert [f"{reverse('help')}#kpi-{key}" in html for key in SHOWN] == [True] * len(SHOWN)


def test_a_figure_over_few_says_over_how_many(marieke, run):
    assert read_cards(read(marieke))["aov"]["figure"] == "€ 112,00 n = 4"


def test_large_amounts_leave_out_the_cents_on_a_card_and_keep_them_in_the_table(marieke, run):
    KpiValue.objects.filter(kpi="revenue", window=YEAR, period=DECEMBER).update(numerator="1234567.89")
    html = read(marieke)
    assert figures(html)["revenue"] == "€ 1.234.568"
    assert "€ 1.234.567,89" in html


# Which period


def test_the_last_whole_year_is_shown_unless_the_url_says_otherwise(marieke, run):
    assert "1 jan – 31 dec 2025" in plain(read(marieke))


def test_a_month_is_compared_with_the_same_month_a_year_before(marieke, run):
    cards = read_cards(read(marieke, "?window=month&month=2025-11"))
    assert cards["revenue"]["figure"].startswith("€ 140,00")
    assert cards["revenue"]["change"] == "▲ +133,3% t.o.v. november 2024"  # 60 → 140
    assert cards["aov"]["figure"].startswith("€ 70,00")
    assert cards["full_cac"]["figure"].startswith("€ 63,00")


def test_a_month_after_a_year_below_zero_is_compared_with_the_month_before(marieke, run):
    # July 2024 came to -50, so there is nothing to divide by.
    set_revenue(date(2025, 6, 1), "25")
    set_revenue(date(2025, 7, 1), "50")
    change = read_cards(read(marieke, "?window=month&month=2025-07"))["revenue"]["change"]
    assert change == "▲ +100,0% t.o.v. juni 2025"


def make_kpi_of_june(run: Run, amount: str) -> None:
    KpiValue.objects.filter(run=run, kpi="revenue", window=MONTH, period=date(2025, 6, 1)).update(
        numerator=amount
    )


def set_revenue(month: date, amount: str) -> None:
    KpiValue.objects.filter(kpi="revenue", window=MONTH, period=month).update(numerator=amount)


def test_on_a_month_retention_says_that_it_is_over_twelve(marieke, run):
    card = read_cards(read(marieke, "?window=month&month=2025-12"))["retention_rate"]
    assert card["figure"].startswith("66,7%")
    assert "over de 12 mnd t/m dec 2025" in card["change"]


def test_value_is_as_of_the_day_of_the_run_whatever_the_period(marieke, run):
    for query in ("", "?window=month&month=2024-06"):
        card = read_cards(read(marieke, query))["realised_mean"]
        assert card["figure"].startswith("€ -12,00")
        assert card["change"] == "stand t/m 31 dec 2025"


@pytest.mark.parametrize(
    "query", ["?month=1999-01", "?month=2025-13", "?month=x", "?window=week", "?month=٢٠٢٥-١٢"]
)
def test_a_period_that_does_not_exist_becomes_the_newest_whole_one(marieke, run, query):
    assert "1 jan – 31 dec 2025" in plain(read(marieke, query))


def test_without_a_whole_year_the_newest_whole_month_is_shown(marieke):
    run = make_run("2025-03-12")
    for month, complete in [(date(2025, 2, 1), True), (date(2025, 3, 1), False)]:
        make_kpi(run, "revenue", month, MONTH, 10, complete=complete)
        make_kpi(run, "revenue", month, YEAR, 10, complete=False)
    publish(run)
    assert "1 feb – 28 feb 2025" in plain(read(marieke))


def test_one_can_step_a_month_back_but_not_beyond_the_figures(marieke, run):
    assert 'href="?window=12m&month=2025-11"' in read(marieke).replace("&amp;", "&")
    assert "month=2026-01" not in read(marieke)


def test_an_incomplete_period_is_shown_marked_and_not_compared(marieke, run):
    KpiValue.objects.filter(period=DECEMBER, window=YEAR).update(complete=False)
    html = read(marieke, "?window=12m&month=2025-12")
    cards = read_cards(html)
    assert "Deze periode is niet compleet" in html
    assert cards["revenue"]["figure"].startswith("€ 550,00")
    assert cards["revenue"]["change"] == "niet compleet, niet vergeleken"


def test_an_incomplete_year_before_is_nothing_to_compare_with(marieke, run):
    KpiValue.objects.filter(period=date(2024, 12, 1), window=YEAR).update(complete=False)
    assert read_cards(read(marieke))["revenue"]["change"] == "geen eerdere periode om mee te vergelijken"


# What is missing


def test_retention_says_how_many_months_it_needs_and_has(marieke, run):
    html = read(marieke, "?window=12m&month=2024-12")
    card = read_cards(html)["retention_rate"]
    assert card["figure"].startswith("n.v.t.")
    assert card["change"] == "24 complete maanden nodig; er zijn er 12"


def test_without_acquisition_costs_the_card_says_so_and_links_to_the_upload(marieke, run):
    KpiValue.objects.filter(kpi="full_cac").update(numerator=0)
    run.totals["acquisition"]["uploaded"] = "0"
    run.save()
    card = read_cards(read(marieke))["full_cac"]
    assert card["figure"].startswith("n.v.t.")
    assert card["change"] == "er zijn nog geen acquisitiekosten: upload ze"
    assert f'href="{reverse("uploads")}"' in card["html"]


def test_without_any_costs_value_to_cost_says_so(marieke, run):
    KpiValue.objects.filter(kpi="value_to_cost").update(denominator=0)
    run.totals["acquisition"]["uploaded"] = run.totals["retention"]["uploaded"] = "0"
    run.save()
    assert "acquisitie- of behoudskosten" in read_cards(read(marieke))["value_to_cost"]["change"]


def test_a_month_without_orders_has_revenue_and_no_order_value(marieke, run):
    # The worked example's May 2025: revenue 70, and the only order was refunded in full in June.
    make_kpi(run, "aov", date(2025, 5, 1), MONTH, 0, 0, n=0)
    cards = read_cards(read(marieke, "?window=month&month=2025-05"))
    assert cards["revenue"]["figure"].startswith("€ 70,00")
    assert (cards["aov"]["figure"], cards["aov"]["change"]) == ("n.v.t.", "geen bestellingen in deze periode")


def test_cac_of_the_first_year_may_include_older_customers_unless_the_history_is_complete(marieke, run):
    first_year = "?window=12m&month=2024-12"
    assert "kan oudere klanten bevatten" in read_cards(read(marieke, first_year))["full_cac"]["change"]
    assert "kan oudere klanten bevatten" not in read(marieke)
    run.settings.shop = {"history_complete": True}
    run.settings.save()
    assert "kan oudere klanten bevatten" not in read(marieke, first_year)


# What the page says around the cards


def test_the_caption_says_what_the_figures_cover(marieke, run):
    text = plain(read(marieke))
    assert "stand t/m 31 dec 2025" in text
    assert "Bestellingen zonder klant zijn 2,9% van alle omzet" in text  # 30 of 1,040
    assert "De inkoopwaarde is bekend voor 91,3% van alle omzet" in text  # 950 of 1,040


def test_the_top_ten_stands_in_order_of_value_and_links_to_each_customer(marieke, run):
    html = read(marieke)
    table = re.search(r'<table class="table overview-top">.*?</table>', html)
    assert table
    rows = re.findall(
        r'href="/customers/\d+/\?method=realised">(\w+)</a>.*?class="share">(.*?)</span>', table[0]
    )
    assert [(name, plain(value)) for name, value in rows] == [
        ("Anna", "€ 60,17"), ("Daan", "€ -5,00"), ("Eva", "€ -17,50"), ("Carla", "€ -21,33"),
        ("Bram", "€ -69,33"),
    ]  # fmt: skip
    assert 'href="/customers/?method=realised"' in html


def test_who_objected_since_the_calculation_is_not_among_the_best(marieke, run):
    assert ">Anna</a>" in read(marieke)
    Customer.objects.filter(external_id="anna").update(objects_to_profiling=True)
    assert ">Anna</a>" not in read(marieke)


def test_value_follows_the_ranking_method_of_the_run(marieke, run):
    CalculationSettings.objects.filter(pk=run.settings_id).update(ranking_method="lifetime")
    html = read(marieke)
    assert f'href="{reverse("customers")}?method=lifetime"' in html


# Charts


def test_revenue_of_each_month_stands_beside_the_same_month_a_year_before(marieke, run):
    table = chart_table(read(marieke), "revenue-per-month")
    assert table[0] == ["Maand", "12 mnd t/m dec 2025", "12 mnd t/m dec 2024"]
    assert table[1] == ["jan 2025", "€ -10,00", "€ 100,00"]
    assert table[-2] == ["nov 2025", "€ 140,00", "€ 60,00"]
    assert len(table) == 13


def test_an_incomplete_month_is_marked_in_the_chart_and_in_its_table(marieke, run):
    KpiValue.objects.filter(kpi="revenue", window=MONTH, period=DECEMBER).update(complete=False)
    html = read(marieke)
    assert chart_table(html, "revenue-per-month")[-1][0] == "dec 2025 (niet compleet)"
    assert '"incomplete": [11]' in html


def test_the_share_of_the_top_ten_percent_is_said_in_a_sentence(marieke, run):
    assert "De beste 10% van de klanten brengt 43% van de waarde op." in read(marieke)
    assert "The top 10% of customers bring 43% of value." in read(marieke, language="en")


def test_the_distribution_names_its_bars_in_amounts(marieke, run):
    assert chart_table(read(marieke), "distribution")[1:] == [
        ["€ -100 – € -50", "1"], ["€ -50 – € 0", "2"], ["€ 0 – € 50", "0"], ["€ 50 – € 100", "1"]
    ]  # fmt: skip


def test_without_curves_there_are_no_value_charts(marieke, run):
    Run.objects.update(curves={})
    html = read(marieke)
    assert "distribution-title" not in html
    assert "revenue-per-month-title" in html


def chart_table(html: str, chart: str) -> list[list[str]]:
    """Head and rows of the table under a chart."""
    figure = re.search(rf'<figure class="chart[^"]*" data-chart="{chart}-data">.*?</figure>', html)
    assert figure
    rows = re.findall(r"<tr>(.*?)</tr>", figure[0])
    return [[plain(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)] for row in rows]


# Before the first run, and while a newer one is under way


def test_before_the_first_run_there_is_one_button_to_upload(marieke):
    html = read(marieke)
    assert "Je winkel in één oogopslag" in html
    assert html.count("button-primary") == 1
    assert f'class="button button-primary" href="{reverse("uploads")}"' in html


def test_a_run_without_orders_says_what_is_missing(marieke):
    publish(make_run())
    assert "De berekening vond geen geldige bestellingen" in read(marieke)


def test_while_the_first_run_is_under_way_the_page_waits_and_more_can_be_uploaded(marieke):
    first = Run.objects.create(settings=CalculationSettings.current(), state=Run.State.RUNNING)
    html = read(marieke)
    assert f'hx-get="{reverse("run_progress", args=[first.pk])}"' in html
    assert f'<a class="button button-primary" href="{reverse("uploads")}">Bestellingen uploaden</a>' in html


def test_a_newer_run_under_way_is_announced_above_the_figures(marieke, run):
    newer = Run.objects.create(settings=run.settings, state=Run.State.RUNNING, step="ranks", done=4, total=8)
    html = read(marieke)
    assert "Er loopt een nieuwe berekening" in html
    assert f'hx-get="{reverse("run_progress", args=[newer.pk])}"' in html
    assert 'max="8" value="4"' in html
    assert figures(html)["revenue"] == "€ 550,00"


def test_a_failed_run_leaves_the_figures_and_says_so(marieke, run):
    Run.objects.create(settings=run.settings, state=Run.State.FAILED)
    html = read(marieke)
    assert "De laatste berekening is mislukt" in html
    assert figures(html)["revenue"] == "€ 550,00"


def test_an_older_failed_run_is_no_news(marieke):
    Run.objects.create(settings=CalculationSettings.current(), state=Run.State.FAILED)
    publish(make_worked_figures())
    assert "mislukt" not in read(marieke)


# How much it asks of the database


def test_the_page_asks_the_database_as_often_for_ten_years_as_for_one(
    marieke, run, django_assert_max_num_queries
):
    marieke.get("/")  # the session is in use
    with django_assert_max_num_queries(12) as few:
        marieke.get("/")
    for year in range(2010, 2020):
        for month in range(1, 13):
            for window in (MONTH, YEAR):
                make_kpi(run, "revenue", date(year, month, 1), window, 1)
    for number in range(30):
        make_value(run, make_customer(f"more-{number}"))
    publish(run)
    with django_assert_max_num_queries(len(few)) as many:
        marieke.get("/")
    assert len(many) == len(few)
