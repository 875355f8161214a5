"""The KPIs on the overview as a file: for Dutch Excel, and standard."""

import csv
import io
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from metrics.kpis import KPIS
from metrics.models import KpiValue, Run
from tests.builders import make_user
from tests.kpi_builders import make_worked_figures
from tests.value_builders import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def marieke() -> Client:
    client = Client()
    client.force_login(make_user())
    publish(make_worked_figures())
    return client


def download(client: Client, query: str, delimiter: str) -> list[dict[str, str]]:
    text = client.get(f"{reverse('overview_export')}{query}").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def test_the_standard_file_has_identifiers_dots_and_iso_days(marieke):
    rows = download(marieke, "?window=12m&month=2025-12&layout=csv", ",")
    assert [row["kpi"] for row in rows] == list(KPIS)
    assert rows[list(KPIS).index("aov")] == {
        "kpi": "aov", "label": "Gemiddelde orderwaarde", "window": "12m", "first_day": "2025-01-01",
        "last_day": "2025-12-31", "unit": "money", "value": "112.0000000000", "numerator": "560.0000",
        "denominator": "5", "n": "4", "complete": "true", "year_before": "96.0000000000",
        "change_on_year": "0.1666666667", "month_before": "", "change_on_month": "",
    }  # fmt: skip


def test_the_file_for_excel_has_names_semicolons_and_decimal_commas(marieke):
    response = marieke.get(f"{reverse('overview_export')}?window=12m&month=2025-12&layout=excel")
    assert response["Content-Disposition"] == 'attachment; filename="kpi-12m-2025-12.csv"'
    lines = response.content.decode().splitlines()
    assert lines[0].startswith("\N{BYTE ORDER MARK}KPI;Naam;Periode;Eerste dag;Laatste dag;Eenheid;Waarde")
    assert lines[1].startswith("revenue;Omzet;12m;01-01-2025;31-12-2025;money;550,0000;550,0000;;")


def test_a_figure_at_the_end_of_the_run_is_of_the_day_of_the_run(marieke):
    Run.objects.update(as_of=date(2025, 12, 17))
    rows = {row["kpi"]: row for row in download(marieke, "?window=12m&month=2025-12&layout=csv", ",")}
    assert (rows["realised_mean"]["first_day"], rows["realised_mean"]["last_day"]) == ("", "2025-12-17")
    assert (rows["revenue"]["first_day"], rows["revenue"]["last_day"]) == ("2025-01-01", "2025-12-31")


def test_a_month_is_compared_with_both_the_year_and_the_month_before(marieke):
    revenue = download(marieke, "?window=month&month=2025-03&layout=csv", ",")[0]
    assert (revenue["value"], revenue["year_before"], revenue["month_before"]) == (
        "300.0000", "0.0000", "120.0000"
    )  # fmt: skip
    assert (revenue["change_on_year"], revenue["change_on_month"]) == ("", "1.5000000000")


def test_customers_and_orders_are_whole_numbers_and_money_keeps_its_places(marieke):
    rows = {row["kpi"]: row for row in download(marieke, "?window=month&month=2025-11&layout=csv", ",")}
    parts = ("value", "year_before", "numerator", "denominator")
    assert [[rows[kpi][part] for part in parts] for kpi in ("customers", "aov", "revenue")] == [
        ["1", "1", "1", ""],
        ["70.0000000000", "60.0000000000", "140.0000", "2"],
        ["140.0000", "60.0000", "140.0000", ""],
    ]


def test_what_is_not_known_is_an_empty_cell_and_not_0(marieke):
    rows = download(marieke, "?window=12m&month=2024-12&layout=csv", ",")
    retention = next(row for row in rows if row["kpi"] == "retention_rate")
    assert (retention["value"], retention["numerator"]) == ("", "")


def test_an_incomplete_period_is_said_and_not_compared(marieke):
    KpiValue.objects.filter(period=date(2025, 12, 1)).update(complete=False)
    revenue = download(marieke, "?window=12m&month=2025-12&layout=csv", ",")[0]
    assert (revenue["complete"], revenue["value"], revenue["change_on_year"]) == ("false", "550.0000", "")


def test_the_page_links_to_the_file_of_its_own_period(marieke):
    html = marieke.get("/?window=month&month=2025-11").content.decode().replace("&amp;", "&")
    assert f'href="{reverse("overview_export")}?window=month&month=2025-11&layout=excel"' in html
    assert f'href="{reverse("overview_export")}?window=month&month=2025-11&layout=csv"' in html


def test_another_layout_does_not_exist(marieke):
    assert marieke.get(f"{reverse('overview_export')}?layout=pdf").status_code == 404


def test_without_figures_there_is_no_file():
    client = Client()
    client.force_login(make_user())
    assert client.get(reverse("overview_export")).status_code == 404
