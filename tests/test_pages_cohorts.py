"""Retention and cohorts: the table by month, quarter, channel and category, and what each cell says."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import KpiValue, Run
from tests.builders import make_user
from tests.cohort_builders import CARLA, JANUARY, NOVEMBER, make_cohort, make_worked_cohorts, spend
from tests.kpi_builders import make_worked_figures
from tests.value_builders import make_run, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def marieke() -> Client:
    client = Client()
    client.force_login(make_user())
    return client


@pytest.fixture
def run() -> Run:
    """The worked example, published, with its cohorts and what they cost."""
    run = make_worked_figures()
    make_worked_cohorts(run)
    spend(run)
    return publish(run)


def read(client: Client, query: str = "", language: str = "nl") -> str:
    client.cookies["django_language"] = language
    html = client.get(reverse("cohorts") + query).content.decode()
    return " ".join(html.replace("\N{NO-BREAK SPACE}", " ").split())


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def read_table(html: str) -> dict[str, list[str]]:
    """Return the cells by row: n, then what stands in the months; '' for one that is not over."""
    table = re.search(r'<table class="table table-small cohort-table[^"]*">.*?</table>', html)
    assert table, "no table of cohorts"
    rows = {}
    for row in re.findall(r"<tr.*?</tr>", table[0])[1:]:
        name = plain(re.search(r"<th.*?</th>", row)[0]).partition(" *")[0]
        cells = []
        for kind, text in re.findall(r'<td class="([^"]*)"[^>]*?>(.*?)</td>', row):
            unfinished = (
                re.search(r'class="incomplete" colspan="(\d+)"', row) if kind == "incomplete" else None
            )
            cells += [""] * int(unfinished[1]) if unfinished else [plain(text).partition(" n =")[0]]
        rows[name] = cells
    return rows


def test_retention_is_the_share_of_the_cohort_that_bought_in_the_month(marieke, run):
    rows = read_table(read(marieke))
    assert list(rows) == ["nov 2025", "nov 2024", "feb 2024", "jan 2024", "Hele winkel, gemiddeld"]
    anna = rows["jan 2024"]
    assert anna[0] == "1"
    assert [place for place, cell in enumerate(anna[1:], 1) if cell == "100,0%"] == [1, 6, 15]
    assert rows["nov 2025"][:4] == ["1", "100,0%", "0,0%", ""]  # December 2025 is its last month
    mean = rows["Hele winkel, gemiddeld"]
    assert mean[:3] == ["4", "100,0%", "25,0%"]  # Carla alone bought in her second month
    assert mean[6] == "33,3%"  # three cohorts have reached their sixth month; Anna bought in it


def test_repurchase_adds_up_from_month_to_month(marieke, run):
    rows = read_table(read(marieke, "?show=repurchase"))
    assert rows["jan 2024"][5:8] == ["0,0%", "100,0%", "100,0%"]
    assert rows["feb 2024"][12:15] == ["0,0%", "100,0%", "100,0%"]
    assert rows["Hele winkel, gemiddeld"][14] == "100,0%"  # of the three that are so old


def test_revenue_and_contribution_are_per_customer_of_the_cohort(marieke, run):
    revenue = read_table(read(marieke, "?show=revenue"))
    assert revenue["nov 2024"][1:5] == ["€ 60", "€ 90", "€ -10", "€ 0"]
    contribution = read_table(read(marieke, "?show=contribution"))
    assert contribution["nov 2024"][1:5] == ["€ 32", "€ 50", "€ -10", "€ 0"]
    assert contribution["Hele winkel, gemiddeld"][1] == "€ 44"  # (55 + 28 + 32 + 61) ÷ 4


def test_payback_turns_where_the_worked_example_has_it(marieke, run):
    html = read(marieke, "?show=payback")
    rows = read_table(html)
    assert rows["jan 2024"][:3] == ["1", "€ 170,00", "maand 15"]
    assert rows["jan 2024"][3:][5] == "€ 119"
    assert rows["jan 2024"][3:][14] == "✓ € 291 (terugverdiend)"
    assert rows["feb 2024"][1:3] == ["€ 130,00", "nog niet (maand 23)"]
    assert rows["nov 2024"][1:6] == ["€ 60,00", "maand 2", "€ 32", "✓ € 82 (terugverdiend)", "€ 72"]
    assert rows["nov 2025"][1:3] == ["€ 63,00", "nog niet (maand 2)"]
    mean = rows["Hele winkel, gemiddeld"]
    assert mean[2] == "maand 15"  # 291 + 94 against 170 + 130 + 62: the cohorts that are so old
    assert html.count("cohort-turn") == 3


def test_the_mean_counts_cost_of_months_that_won_nobody(marieke, run):
    """609 spent on the cohorts to December 2025, of which 186 in months without new customers; 4 new."""
    mean = read_table(read(marieke, "?show=payback"))["Hele winkel, gemiddeld"]
    assert mean[:2] == ["4", "€ 152,25"]


def test_a_quarter_is_over_when_its_last_month_is(marieke, run):
    rows = read_table(read(marieke, "?rows=quarter&show=customers"))
    assert list(rows)[:3] == ["Q4 2025", "Q4 2024", "Q1 2024"]
    assert rows["Q1 2024"][0] == "2"
    assert rows["Q1 2024"][1:7] == ["2", "0", "0", "0", "0", "1"]
    assert rows["Q1 2024"][1:].count("") == 0  # 22 months from March 2024 to December 2025
    assert len(rows["Q1 2024"]) == 23
    assert rows["Q4 2025"][1:3] == ["1", ""]  # November's second month is over, December's is not


def test_a_quarter_costs_all_its_months(marieke, run):
    rows = read_table(read(marieke, "?rows=quarter&show=payback"))
    assert rows["Q1 2024"][:2] == ["2", "€ 181,00"]  # (170 + 130 + 62) ÷ 2
    assert rows["Q4 2024"][:2] == ["1", "€ 122,00"]


def test_channels_take_their_cohorts_together(marieke, run):
    html = read(marieke, "?rows=channel&show=payback")
    rows = read_table(html)
    assert list(rows) == ["ads", "organic", "Hele winkel, gemiddeld"]
    assert rows["ads"][:2] == ["3", "€ 162,33"]  # 487 ÷ 3, the months without a new customer included
    assert rows["organic"][:2] == ["1", "€ 122,00"]
    assert "?rows=month&amp;show=payback&amp;dimension=channel&amp;member=ads" in html


@pytest.mark.parametrize(
    ("query", "row"), [("rows=channel", "organic"), ("dimension=channel&member=organic", "nov 2024")]
)
def test_a_channel_without_any_cost_has_no_payback(marieke, run, query, row):
    KpiValue.objects.filter(run=run, kpi="acquisition_cost", member="organic").update(numerator=0)
    assert read_table(read(marieke, f"?{query}&show=payback"))[row][:3] == ["1", "n.v.t.", "n.v.t."]


def test_a_channel_has_its_own_cohorts_beside_the_shop(marieke, run):
    rows = read_table(read(marieke, "?dimension=channel&member=ads"))
    assert list(rows) == ["nov 2025", "feb 2024", "jan 2024", "Gemiddeld", "Hele winkel"]
    assert rows["Gemiddeld"][:3] == ["3", "100,0%", "0,0%"]
    assert rows["Hele winkel"][:3] == ["4", "100,0%", "25,0%"]


def test_a_first_category_has_no_cac(marieke, run):
    html = read(marieke, "?rows=first_category&show=payback")
    assert read_table(html)["onbekend"][:3] == ["4", "n.v.t.", "n.v.t."]
    assert "Een eerste categorie heeft geen CAC" in html


def test_few_customers_are_grey_with_their_n(marieke, run):
    html = read(marieke)
    assert '<td class="number few">100,0%<small>n = 1</small></td>' in html
    assert "heat-" not in html.partition("cohort-table")[2].partition("</table>")[0]


def test_thirty_customers_have_a_shade(marieke, run):
    make_cohort(run, NOVEMBER.replace(month=5), {0: (30, 0, "0", "0"), 1: (12, 0, "0", "0")}, customers=30)
    html = read(marieke)
    assert '<td class="number">100,0%</td>' in html  # everyone, which needs no colour
    assert '<td class="number heat-5">40,0%</td>' in html


def test_an_unknown_cost_of_goods_is_not_available_and_says_so(marieke, run):
    run.cohort_cells.filter(cohort=NOVEMBER, age=1).update(contribution=None)
    html = read(marieke, "?show=payback")
    assert read_table(html)["nov 2024"][2:6] == ["nog niet (maand 1)", "€ 32", "n.v.t.", "n.v.t."]
    assert "De inkoopwaarde van sommige bestellingen is niet bekend" in html


def test_without_acquisition_cost_there_is_no_payback_and_a_place_to_bring_it(marieke, run):
    Run.objects.filter(pk=run.pk).update(totals={**run.totals, "acquisition": {"uploaded": "0"}})
    html = read(marieke, "?show=payback")
    assert read_table(html)["jan 2024"][:4] == ["1", "n.v.t.", "n.v.t.", "€ 55"]
    assert "Er zijn nog geen acquisitiekosten" in html
    assert reverse("uploads") in html


def test_a_cohort_before_the_complete_data_is_hatched(marieke, run):
    Run.objects.filter(pk=run.pk).update(totals={**run.totals, "complete_from": "2024-01-15"})
    run.cohort_cells.filter(cohort__month=1).update(complete=False)
    assert set(read_table(read(marieke))["jan 2024"][1:]) == {""}


def test_the_first_year_may_include_older_customers(marieke, run):
    html = read(marieke)
    assert html.count("kan oudere klanten bevatten") >= 3  # January, February, November 2024


def test_the_file_holds_the_table_in_full(marieke, run):
    response = marieke.get(reverse("cohorts_export") + "?show=payback&layout=csv")
    rows = list(csv.reader(io.StringIO(response.content.decode())))
    assert rows[0][:5] == ["month", "customers", "cac", "payback", "month_1"]
    january = next(row for row in rows if row[0] == "2024-01-01")
    assert [Decimal(cell) for cell in january[1:5]] == [1, 170, 15, 55]
    assert rows[1][0] == "2025-11-01"
    assert rows[1][6] == ""  # not over yet


def test_the_file_for_excel_has_the_heads_of_the_page(marieke, run):
    marieke.cookies["django_language"] = "nl"
    text = marieke.get(reverse("cohorts_export") + "?rows=channel").content.decode("utf-8-sig")
    assert text.startswith("Kanaal;Klanten;CAC;Terugverdientijd;maand 1;")


@pytest.mark.parametrize(("as_of", "is_cut"), [("2025-12-31", False), ("2026-01-31", True)])
def test_paper_has_two_years_of_months_and_says_that_the_file_has_more(marieke, as_of, is_cut):
    run = publish(make_run(as_of=as_of))
    make_cohort(run, JANUARY, {0: (1, 0, "100", "55")})
    assert ("Op papier staan de eerste 24 maanden" in read(marieke)) == is_cut


def test_before_the_first_calculation_the_page_says_what_is_missing(marieke):
    assert "Er is nog niets berekend" in read(marieke)


def test_a_run_without_new_customers_says_so(marieke):
    publish(make_run())
    assert "Nog geen nieuwe klanten" in read(marieke)


@pytest.mark.parametrize(
    "query", ["?rows=nonsense&show=x&dimension=channel&member=nobody", "?scope=%00", "?rows="]
)
def test_what_an_address_has_wrong_becomes_the_usual_table(marieke, run, query):
    assert read_table(read(marieke, query)) == read_table(read(marieke))


def test_the_page_asks_the_same_questions_however_many_cohorts(marieke, run, django_assert_max_num_queries):
    read(marieke)
    with django_assert_max_num_queries(20) as few:
        read(marieke, "?rows=channel")
    for number in range(10):
        for member in ("", "ads", f"other {number}"):
            dimension = "channel" if member else ""
            make_cohort(run, NOVEMBER.replace(year=2025, month=number + 1 if number < 9 else 10), CARLA,
                        dimension=dimension, member=member)  # fmt: skip
    with django_assert_max_num_queries(len(few)):
        read(marieke, "?rows=channel")
