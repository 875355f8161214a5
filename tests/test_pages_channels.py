"""Channels and acquisition: the worked example on the page, and what it says when something is missing."""

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import CalculationSettings, KpiValue, Publication, Run
from tests.builders import make_user
from tests.value_builders import make_run, publish
from tests.worked_example_shop import kept_for_the_module

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Run]:
    with kept_for_the_module(django_db_blocker, tmp_path_factory.mktemp("files")) as run:
        yield run


@pytest.fixture
def marieke() -> Client:
    client = Client()
    client.force_login(make_user())
    return client


def read(client: Client, query: str = "", name: str = "channels", language: str = "nl") -> str:
    client.cookies["django_language"] = language
    html = client.get(reverse(name) + query).content.decode()
    return " ".join(html.replace("\N{NO-BREAK SPACE}", " ").split())


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def read_rows(html: str, kind: str = "channel-table") -> dict[str, list[str]]:
    """Return the cells of a table by row head, small print about n left out."""
    table = re.search(rf'<table class="[^"]*{kind}[^"]*">.*?</table>', html)
    assert table, kind
    rows = {}
    for row in re.findall(r"<tr.*?</tr>", table[0].partition("<tbody>")[2]):
        head = re.search(r'<th scope="row">(.*?)</th>', row)
        name = plain(re.sub(r"<small.*?</small>", "", head[1]))
        cells = [re.sub(r"<small.*?</small>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        rows[name] = [plain(cell) for cell in cells]
    return rows


def test_the_worked_example_channel_by_channel(marieke, run):
    rows = read_rows(read(marieke))
    assert list(rows)[:3] == ["ads", "organic", "Bestellingen zonder klant"]
    assert rows["ads"][:10] == [
        "1", "€ 125,00", "1", "€ 125,00", "€ 73,50", "0,41", "nog niet (maand 13)", "100,0%", "99,7%",
        "n.v.t.",
    ]  # fmt: skip
    assert rows["organic"][:10] == [
        "2", "€ 0,00", "0", "n.v.t.", "€ 72,00", "0,59", "nog niet (maand 13)", "0,0%", "-5,0%", "n.v.t.",
    ]  # fmt: skip
    assert rows["Bestellingen zonder klant"][8] == "5,3%"  # 16 of 300
    assert rows["Hele winkel"][1:9] == [
        "€ 125,00", "1", "€ 125,00", "€ 73,00", "0,45", "nog niet (maand 13)", "66,7%", "100,0%",
    ]  # fmt: skip


def test_a_year_earlier_with_the_period_in_the_address(marieke, run):
    rows = read_rows(read(marieke, "?window=12m&month=2024-12"))
    assert rows["ads"][1:4] == ["€ 362,00", "2", "€ 181,00"]
    assert rows["organic"][1:4] == ["€ 122,00", "1", "€ 122,00"]
    assert rows["Hele winkel"][1:4] == ["€ 484,00", "3", "€ 161,33"]
    assert rows["ads"][4:6] == ["n.v.t.", "n.v.t."]  # nobody has had a whole first year by then


def test_a_single_month(marieke, run):
    rows = read_rows(read(marieke, "?window=month&month=2025-11"))
    assert rows["ads"][1:4] == ["€ 63,00", "1", "€ 63,00"]


def test_unallocated_cost_is_a_line_with_its_reason(marieke, run):
    rows = read_rows(read(marieke))
    assert rows["waarvan niet toegewezen"][1] == "€ 62,00"
    assert "in maanden waarin het kanaal geen nieuwe klant won" in rows["waarvan niet toegewezen"][2]
    assert rows["waarvan niet toegewezen"][2].endswith("ads € 62,00.")


def test_a_column_ranks(marieke, run):
    html = read(marieke, "?sort=contribution&window=12m&month=2025-12")
    assert list(read_rows(html))[:2] == ["ads", "organic"]  # 73.50 before 72
    assert 'aria-sort="descending"><a href="?window=12m&amp;month=2025-12&amp;sort=contribution"' in html
    assert list(read_rows(read(marieke, "?sort=ltv_cac")))[:2] == ["organic", "ads"]


def test_a_channel_whose_figure_is_not_known_has_no_rank(marieke, run):
    KpiValue.objects.filter(run=run, kpi="acquisition_cost", member="organic").update(numerator=0)
    rows = read_rows(read(marieke, "?sort=cac&window=12m&month=2024-12"))

    assert (rows["ads"][0], rows["organic"][0]) == ("1", "")


def test_what_is_not_available_is_explained(marieke, run):
    html = plain(read(marieke))
    assert "CAC n.v.t. voor organic: geen nieuwe klanten in de periode." in html
    assert "Maximale CAC n.v.t. voor ads, organic: minder dan 30 nieuwe klanten" in html


def test_few_customers_are_grey_with_their_n(marieke, run):
    assert '<td class="number few">€ 73,50<small>n = 2</small></td>' in read(marieke)


def test_spend_stands_beside_what_the_same_customers_brought_in(marieke, run):
    html = plain(read(marieke))
    chart = html.partition("Uitgaven tegenover waarde")[2]
    assert "jan 2024 t/m dec 2024" in chart
    assert "ads € 362,00 € 147,00 organic € 122,00 € 72,00" in chart


def test_what_a_customer_may_cost_counts_who_is_missing(marieke, run):
    html = plain(read(marieke))
    assert "Er zijn nog 28 klanten met een heel eerste jaar nodig; er zijn er 2." in html
    assert "Er zijn nog 29 klanten met een heel eerste jaar nodig; er zijn er 1." in html


@pytest.fixture
def at_risk(run) -> Iterator[Run]:
    told = [
        {"channel": "ads", "customers": 40, "amount": "1000.0000"},
        {"channel": "", "customers": 10, "amount": "500.0000"},
        {"channel": "organic", "customers": 0, "amount": "0"},
    ]
    Run.objects.filter(pk=run.pk).update(totals={**run.totals, "at_risk_by_channel": told})
    yield run
    Run.objects.filter(pk=run.pk).update(totals=run.totals)


def test_what_keeping_may_cost_follows_the_share_won_back(marieke, at_risk):
    CalculationSettings.objects.filter(pk=at_risk.settings_id).update(share_won_back=Decimal("0.2"))
    html = plain(read(marieke))
    assert (
        "Het behouden van één van hen mag gemiddeld hoogstens € 6,00 kosten, van allemaal € 300,00." in html
    )
    assert "ads 40 € 1.000,00 € 25,00 € 5,00" in html
    assert "onbekend 10 € 500,00 € 50,00 € 10,00" in html
    assert "organic 0" not in html


def test_without_a_share_won_back_keeping_is_not_available(marieke, at_risk):
    html = plain(read(marieke))
    assert "ads 40 € 1.000,00 € 25,00 n.v.t." in html
    assert "Een beheerder kan dat instellen." in html


def test_without_value_at_risk_the_page_says_what_it_needs(marieke, run):
    assert "Die volgt uit de voorspelling: daarvoor zijn genoeg bestellingen nodig" in plain(read(marieke))


def test_a_channel_shows_its_campaigns_and_what_is_outside_of_them(marieke, run):
    html = read(marieke, "?channel=ads", name="channel")
    rows = read_rows(html, "sticky-first")
    assert rows == {
        "xmas": ["€ 35,00", "0", "n.v.t.", "n.v.t.", "n.v.t."],
        "spring": ["€ 0,00", "0", "n.v.t.", "€ 119,00", "1,92"],
        "buiten campagnes": ["€ 90,00", "1", "€ 90,00", "€ 28,00", "0,09"],
        "ads": ["€ 125,00", "1", "€ 125,00", "€ 73,50", "0,41"],
    }
    assert "Uitgaven per maand" in html


def test_a_picture_of_a_channel_says_which_channel_and_which_months(marieke, run):
    html = marieke.get(reverse("channel"), {"channel": "ads"}).content.decode()
    named = re.findall(r'data-picture="([^"]+)"', html)
    assert len(named) == 3
    assert all(name.endswith("-kanaal-ads-jan-2024-tm-dec-2025.png") for name in named), named


def test_a_channel_without_campaigns_says_how_to_bring_them(marieke, run):
    assert "Geen campagnes in deze periode" in read(marieke, "?channel=organic", name="channel")


@pytest.mark.parametrize("name", ["channel", "campaigns_export"])
def test_a_channel_that_is_not_there_is_not_found(marieke, run, name):
    assert marieke.get(reverse(name) + "?channel=nobody").status_code == 404
    assert marieke.get(reverse(name)).status_code == 404


def export(client: Client, query: str, name: str = "channels_export") -> list[dict[str, str]]:
    response = client.get(f"{reverse(name)}?layout=csv&{query}")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_every_table_is_a_file(marieke, run):
    ads, organic, shop = export(marieke, "window=12m&month=2025-12")
    assert {name: ads[name] for name in ("channel", "spend", "cac", "payback")} == {
        "channel": "ads", "spend": "125.0000", "cac": "125.0000000000", "payback": "",
    }  # fmt: skip
    assert Decimal(ads["share_of_value"]) == Decimal("0.9966666667")
    assert (organic["cac"], organic["spend"]) == ("", "0.0000")
    assert shop["unallocated_cost"] == "62.0000"
    maximum = export(marieke, "table=maximum")
    assert [(row["channel"], row["customers"], row["maximum_cac"]) for row in maximum] == [
        ("ads", "2", ""), ("organic", "1", ""),
    ]  # fmt: skip
    assert Decimal(maximum[0]["first_year"]) == 147
    assert export(marieke, "table=keeping") == []
    campaigns = export(marieke, "channel=ads", "campaigns_export")
    assert [row["campaign"] for row in campaigns] == ["xmas", "spring", "buiten campagnes"]
    assert marieke.get(reverse("channels_export") + "?table=nonsense").status_code == 404


def test_files_write_customers_and_months_as_whole_numbers(marieke, run):
    KpiValue.objects.filter(run=run, kpi="payback", member="ads").update(numerator=2)
    ads = export(marieke, "window=12m&month=2025-12")[0]
    assert {name: ads[name] for name in ("new_customers", "payback", "spend")} == {
        "new_customers": "1", "payback": "2", "spend": "125.0000",
    }  # fmt: skip


def test_no_costs_at_all_are_asked_for(marieke, run):
    Run.objects.filter(pk=run.pk).update(totals={**run.totals, "acquisition": {"uploaded": "0"}})
    html = read(marieke)
    rows = read_rows(html)
    assert rows["ads"][1:4] == ["n.v.t.", "1", "n.v.t."]
    assert rows["Hele winkel"][1:4] == ["n.v.t.", "1", "n.v.t."]
    assert "Er zijn nog geen acquisitiekosten" in html


def test_a_channel_without_any_cost_has_no_cac_of_nothing(marieke, run):
    KpiValue.objects.filter(run=run, kpi="acquisition_cost", member="organic").update(numerator=0)
    html = read(marieke, "?window=12m&month=2024-12")
    assert read_rows(html)["organic"][1:4] == ["n.v.t.", "1", "n.v.t."]
    assert "van dit kanaal zijn nooit acquisitiekosten geüpload" in html


def test_a_channel_without_any_cost_has_no_spend_or_cac_anywhere_on_its_page(marieke, run):
    KpiValue.objects.filter(run=run, kpi="acquisition_cost", member="ads").update(numerator=0)
    response = marieke.get(reverse("channel") + "?channel=ads")
    campaigns = response.context["campaigns"]
    assert [one.label for one in campaigns][-1] == "buiten campagnes"
    assert {(one.spend, one.cac.value, one.ltv_cac.value) for one in campaigns} == {(None, None, None)}
    charts = response.context["charts"]
    assert [chart["id"] for chart in charts] == ["new-customers", "cac-and-contribution"]
    assert [line["label"] for line in charts[1]["series"]] == ["Bijdrage in 12 maanden per nieuwe klant"]
    exported = export(marieke, "channel=ads", "campaigns_export")
    assert {(row["spend"], row["cac"]) for row in exported} == {("", "")}


def test_the_first_year_may_include_older_customers(marieke, run):
    assert "Nieuwe klanten kunnen oudere bevatten" in read(marieke, "?window=12m&month=2024-12")
    assert "Nieuwe klanten kunnen oudere bevatten" not in read(marieke)


@pytest.mark.parametrize("name", ["channels", "channel"])
def test_as_many_questions_for_one_channel_as_for_many(marieke, run, name, django_assert_max_num_queries):
    query = "?channel=ads" if name == "channel" else ""
    read(marieke, query, name)
    with django_assert_max_num_queries(20) as few:
        read(marieke, query, name)
    rows = list(KpiValue.objects.filter(run=run, dimension="channel", member="ads"))
    for number in range(10):
        for row in rows:
            row.pk, row.member = None, f"channel {number}"
        KpiValue.objects.bulk_create(rows)
    with django_assert_max_num_queries(len(few)):
        read(marieke, query, name)


def test_before_the_first_calculation_the_page_says_what_is_missing(marieke):
    Publication.objects.all().delete()
    assert "Er is nog niets berekend" in read(marieke)


def test_a_run_without_figures_says_what_is_missing(marieke):
    publish(make_run())
    assert "De berekening vond geen geldige bestellingen" in read(marieke)
