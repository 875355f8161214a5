"""What if: what the page says of a group with the levers in the URL; scenarios; nothing to calculate with."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import PeerGroup, Run, Scenario
from tests.builders import make_user
from tests.kpi_builders import YEAR, make_kpi
from tests.value_builders import make_group, make_peers, make_run, publish

pytestmark = pytest.mark.django_db

LAST = date(2025, 12, 1)


@pytest.fixture
def run() -> Run:
    """100 customers of € 100 a year; half come back, so 2 years; margin 40 %; winning € 20, keeping € 5."""
    run = make_run()
    run.totals = {"acquisition": {"uploaded": "2000"}, "retention": {"uploaded": "1000"}}
    run.save()
    make_peers(
        run, revenue=10_000, contribution=4_000, retention_numerator=50, retention_denominator=100,
        lifetime_years=2, future_years=2,
    )  # fmt: skip
    make_group(run)
    make_kpi(run, "orders", LAST, YEAR, 200)
    make_kpi(run, "customers", LAST, YEAR, 80)
    make_kpi(run, "new_customers", LAST, YEAR, 25)
    make_kpi(run, "full_cac", LAST, YEAR, 500, 25)
    make_kpi(run, "lifetime_group", LAST, "as_of", 80)
    return publish(run)


def add_channel(run: Run, name: str, **values: object) -> None:
    make_group(run, dimension="channel", member=name, **values)
    for kpi, *parts in (("orders", 20, None), ("retention_rate", 30, 40), ("paid_cac", 90, 9)):
        run.kpi_values.create(
            kpi=kpi, period=LAST, window=YEAR, dimension="channel", member=name, numerator=parts[0],
            denominator=parts[1], n=40, complete=True,
        )  # fmt: skip


@pytest.fixture
def mia() -> Client:
    return signed_in("mia")


def signed_in(name: str, role: str = "marketer") -> Client:
    client = Client()
    client.force_login(make_user(name, role=role))
    client.cookies["django_language"] = "nl"
    return client


def read(client: Client, **query: str) -> str:
    return plain(client.get(reverse("whatif"), query).content.decode())


def plain(html: str) -> str:
    without = re.sub(r"<(script|select).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", without).replace("\N{NO-BREAK SPACE}", " ").split())


def read_file(client: Client, **query: str) -> list[dict[str, str]]:
    text = client.get(reverse("whatif_export"), {"layout": "csv", **query}).content.decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_value_now_is_what_stands_elsewhere_less_costs(run, mia):
    page = read(mia)
    assert "Nu € 50,00 Dan € 50,00" in page  # 80 − 2 × 5 − 20
    assert "Vóór kosten is dit de KPI" in page
    assert ": € 80,00, omzet per klant per jaar × levensduur × marge." in page
    assert "De acquisitiekosten zijn CAC over de 12 maanden t/m december 2025." in page
    assert "Er is nog niets verschoven." in page


def test_levers_in_the_url_say_what_they_do_and_may_cost(run, mia):
    page = read(mia, retention="10", margin="10")
    # 100 × 2.5 × 0.5 − 12.5 − 20 = 92.5; 42.5 ÷ 2.5 = 17 a year, × 80 who bought; × 25 won
    assert "Nu € 50,00 Dan € 92,50 Verschil +€ 42,50" in page
    assert "minder kosten dan € 17,00 per klant per jaar, of eenmalig € 42,50 per klant" in page
    assert "Voor de 80 klanten die in 12 maanden kochten is dat € 1.360 per jaar." in page
    assert "is het verschil over de levensduur € 1.063" in page
    assert "Klantbehoud 50,0% +10,0 %‑punt 60,0% € 20,00" in page
    assert "Marge 40,0% +10,0 %‑punt 50,0% € 22,50" in page


def test_the_dutch_comma_and_nonsense_in_the_url(run, mia):
    assert "Klantbehoud 50,0% +2,5 %‑punt 52,5%" in read(mia, retention="2,5")
    assert "‘veel’ is geen getal: Klantbehoud blijft zoals het is." in read(mia, retention="veel")
    assert "Klantbehoud gaat niet verder dan +30,0 %‑punt." in read(mia, retention="900")
    assert "is geen getal" in read(mia, retention="NaN")


def test_a_channel_has_its_own_rates_and_cac(run, mia):
    add_channel(run, "ads", n=40, known=40, revenue=4_000, customer_years=50, orders=100, known_revenue=4_000,
                contribution=1_000, retention_cost=100)  # fmt: skip
    page = read(mia, dimension="channel", member="ads")
    # 80 a year × 4 years (75 % stay) × 25 % − 2 × 4 − 10
    assert "Nu € 62,00" in page
    assert "De acquisitiekosten zijn CAC van het kanaal" in page


def test_a_channel_that_is_too_small_borrows_the_rates_of_the_shop_and_says_so(run, mia):
    add_channel(run, "print", n=3, known=3, revenue=300, customer_years=3, orders=3, known_revenue=300,
                contribution=300, retention_cost=0)  # fmt: skip
    run.kpi_values.filter(member="print", kpi="retention_rate").update(denominator=2)
    page = read(mia, dimension="channel", member="print")
    assert "Nu € 70,00" in page  # 100 × 2 × 0.4 − 10
    assert "te klein voor een eigen marge of klantbehoud" in page
    assert "n = 3" in page


def test_a_segment_takes_the_retention_of_the_shop_since_it_was_chosen_by_who_came_back(run, mia):
    make_group(run, dimension="lifecycle", member="loyal")
    run.kpi_values.create(
        kpi="retention_rate", period=LAST, window=YEAR, dimension="lifecycle", member="loyal", numerator=100,
        denominator=100, n=100, complete=True,
    )  # fmt: skip
    page = read(mia, dimension="lifecycle", member="loyal")
    assert "nu 50,0%" in page
    assert "een eigen klantbehoud zou dat alleen herhalen" in page
    assert "te klein" not in page


def test_without_costs_the_value_is_before_them_and_that_is_said(run, mia):
    run.totals = {}
    run.save()
    run.groups.update(retention_cost=0)
    page = read(mia)
    assert "Nu € 80,00" in page
    assert "vóór wat het winnen kost" in page
    assert "vóór wat het behouden kost" in page


def test_without_a_margin_there_is_a_page_that_says_what_is_missing(run, mia):
    run.peer_groups.update(contribution=None)
    assert "De marge is nog niet bekend" in read(mia)


def test_without_a_run_there_is_a_page_that_says_what_is_missing(mia):
    assert "Nog niets om mee te rekenen" in read(mia)


def test_retention_that_is_not_known_yet_is_assumed_and_said(run, mia):
    run.peer_groups.update(
        retention_numerator=None, retention_denominator=None, lifetime_years=3, future_years=3,
        lifetime_assumed=True,
    )  # fmt: skip
    page = read(mia)
    assert "er wordt een levensduur van 3,0 jaar aangenomen" in page
    assert "nu 66,7%" in page


def test_interest_of_the_settings_is_where_its_lever_starts(run, mia):
    run.settings.interest, run.settings.inflation = Decimal("0.05"), Decimal("0.02")
    run.settings.save()
    page = read(mia, interest="1")
    assert "Rente 5,0% +1,0 %‑punt 6,0%" in page
    assert "niet ingesteld" not in page


def test_a_page_asks_little_of_the_database(run, mia, django_assert_max_num_queries):
    with django_assert_max_num_queries(18):
        read(mia, retention="2", frequency="3", order_value="4", margin="1", interest="2", inflation="1")


# Scenarios --------------------------------------------------------------------------------------------------


def keep(client: Client, name: str, **levers: str) -> str:
    return plain(
        client.post(reverse("scenario_save"), {"name": name, **levers}, follow=True).content.decode()
    )


def test_a_scenario_is_kept_under_a_name_and_worked_out_on_the_figures_of_now(run, mia):
    keep(mia, "Meer behoud", retention="10", margin="10")
    scenario = Scenario.objects.get()
    assert (scenario.levers, str(scenario.created_by)) == ({"retention": "10", "margin": "10"}, "mia")
    page = read(mia)
    assert "Meer behoud Hele winkel · mia" in page
    assert "Marge +10,0 %‑punt € 50,00 € 92,50 € 42,50 € 1.360" in page


def test_a_name_is_taken_once_and_must_be_given(run, mia):
    keep(mia, "Meer behoud", retention="10")
    assert "Er is al een scenario ‘Meer behoud’" in keep(mia, " Meer  behoud ", retention="5")
    assert "Geef het scenario een naam." in keep(mia, " ", retention="5")
    assert "verschuif eerst een hefboom" in keep(mia, "Niets")
    assert Scenario.objects.count() == 1


def test_a_name_that_cannot_be_kept_is_refused(run, mia):
    mia.cookies["django_language"] = "en"
    assert "The name is too long: it may have 80 characters." in keep(mia, "x" * 81, retention="5")
    assert "a character in it that cannot be kept" in keep(mia, "Meer\0behoud", retention="5")
    assert not Scenario.objects.exists()


@pytest.mark.parametrize(
    ("dimension", "member"),
    [("channel", "unheard of"), ("d" * 200, "x"), ("chan\0nel", "ads"), ("channel", "a\0ds"), ("", "ads")],
)
def test_a_group_that_the_run_has_no_figures_of_is_refused(run, mia, dimension, member):
    mia.cookies["django_language"] = "en"
    page = keep(mia, "Meer behoud", retention="5", dimension=dimension, member=member)
    assert "The scenario is not kept: there are no figures of its group." in page
    assert not Scenario.objects.exists()


def test_a_scenario_is_kept_of_a_group(run, mia):
    add_channel(run, "ads")
    keep(mia, "Meer behoud", retention="5", dimension="channel", member="ads")
    scenario = Scenario.objects.get()
    assert (scenario.dimension, scenario.member) == ("channel", "ads")


def test_without_a_run_no_scenario_is_kept(mia):
    keep(mia, "Meer behoud", retention="5")
    assert not Scenario.objects.exists()


def test_no_more_scenarios_are_kept_than_are_shown(run, mia):
    mia.cookies["django_language"] = "en"
    Scenario.objects.bulk_create(Scenario(name=str(number), levers={"margin": "1"}) for number in range(50))
    page = keep(mia, "Eén te veel", retention="5")
    assert "There are 50 scenarios already, and no more can be kept: remove one first." in page
    assert Scenario.objects.count() == 50


def test_moving_a_lever_does_not_work_out_the_scenarios(run, mia):
    keep(mia, "Meer behoud", retention="10")
    query = {"retention": "5"}
    whole = mia.get(reverse("whatif"), query)
    moved = mia.get(reverse("whatif"), query, headers={"HX-Request": "true", "HX-Target": "whatif-result"})
    assert "Meer behoud" in plain(whole.content.decode())
    assert "Meer behoud" not in plain(moved.content.decode())
    assert 'id="whatif-result"' in moved.content.decode()
    assert "HX-Target" in whole["Vary"]


def test_a_scenario_is_removed_by_who_made_it_or_a_manager(run, mia):
    keep(mia, "Meer behoud", retention="10")
    url = reverse("scenario_remove", args=[Scenario.objects.get().pk])
    signed_in("jan").post(url)
    assert Scenario.objects.exists()
    signed_in("max", "manager").post(url)
    assert not Scenario.objects.exists()


def test_scenarios_stand_side_by_side(run, mia):
    for name, levers in {
        "Behoud": {"retention": "10"},
        "Marge": {"margin": "10"},
        "Geen": {"interest": "1"},
    }.items():
        keep(mia, name, **levers)
    chosen = [Scenario.objects.get(name=name).pk for name in ("Behoud", "Marge")]
    page = plain(mia.get(reverse("whatif_compare"), {"scenario": chosen}).content.decode())
    assert "Waarde van een klant dan € 67,50 € 70,00" in page
    assert "Klantbehoud +10,0 %‑punt –" in page
    assert "Geen" not in page


def test_the_files_have_the_parts_and_the_ranking_in_full(run, mia):
    parts = {row["lever"]: row["part"] for row in read_file(mia, retention="10", margin="10")}
    assert (parts["before"], parts["retention"], parts["margin"], parts["after"]) == (
        "50.0000", "20.0000", "22.5000", "92.5000",
    )  # fmt: skip
    ranked = read_file(mia, table="sensitivity")
    assert [row["lever"] for row in ranked][:3] == ["frequency", "order_value", "margin"]
    keep(mia, "Behoud", retention="10")
    [row] = read_file(mia, table="scenarios")
    assert (row["name"], row["after"], row["yearly"]) == ("Behoud", "67.5000", "560.0000")


def test_the_file_of_parts_has_numbers_and_what_nobody_has_set_is_empty(run, mia):
    """Retention 50 % and 2.5 points more; 10 % more orders than one a year; keeping for € 1.50 less."""
    moves = {"retention": "2.5", "frequency": "10", "retention_cost": "-1.5", "inflation": "1.25"}
    rows = {row["lever"]: [row[key] for key in ("change", "now", "then")] for row in read_file(mia, **moves)}
    assert rows == {
        "before": ["", "", ""],
        "retention": ["0.025", "0.5000", "0.5250"],
        "frequency": ["0.1", "1.0000", "1.1000"],
        "order_value": ["", "100.0000", "100.0000"],
        "margin": ["", "0.4000", "0.4000"],
        "acquisition_cost": ["", "20.0000", "20.0000"],
        "retention_cost": ["-1.5", "5.0000", "3.5000"],
        "interest": ["", "", ""],
        "inflation": ["0.0125", "", "0.0125"],
        "after": ["", "", ""],
    }


def test_rates_in_the_file_have_no_more_digits_than_they_are_told_with(run, mia):
    """20 of 30 came back."""
    PeerGroup.objects.filter(run=run).update(retention_numerator=20, retention_denominator=30)
    rows = {row["lever"]: row["now"] for row in read_file(mia)}
    assert rows["retention"] == "0.6667"


def test_the_file_for_excel_says_a_change_as_the_page_does(run, mia):
    text = mia.get(reverse("whatif_export"), {"retention": "2.5"}).content.decode()
    [line] = [line for line in text.splitlines() if line.startswith("retention;")]
    assert line.split(";")[2:5] == ["'+2,5\N{NO-BREAK SPACE}%\N{NON-BREAKING HYPHEN}punt", "0,5000", "0,5250"]


def test_parts_in_cents_add_up_to_the_difference_of_the_values_in_cents(run, mia):
    page = read(mia, retention="3", margin="1")
    assert "Nu € 50,00 Dan € 56,60 Verschil +€ 6,60" in page  # the file has 56.5957
    assert "Klantbehoud 50,0% +3,0 %‑punt 53,0% € 4,53" in page  # 4.5319
    assert "Marge 40,0% +1,0 %‑punt 41,0% € 2,07" in page  # 2.0638: most of a cent was cut off here
    assert "Waarde van een klant € 50,00 € 56,60 € 6,60" in page
    assert "of eenmalig € 6,60 per klant" in page


def test_the_difference_of_a_scenario_is_that_of_its_values_in_cents(run, mia):
    add_channel(run, "ads", n=40, orders=77, revenue=7_003, customer_years=81, known=40, known_revenue=7_003,
                contribution=2_801)  # fmt: skip
    keep(mia, "Meer marge", dimension="channel", member="ads", margin="2")
    [row] = read_file(mia, table="scenarios")
    assert [row[name] for name in ("before", "after", "difference")] == ["78.9383", "85.8548", "6.9165"]
    assert "€ 78,94 € 85,85 € 6,91" in read(mia)
    page = plain(mia.get(reverse("whatif_compare")).content.decode())
    assert "Waarde van een klant nu € 78,94 Waarde van een klant dan € 85,85 Verschil € 6,91" in page


def test_a_cost_that_nobody_uploaded_is_not_known_and_no_0(run, mia):
    run.totals = {"acquisition": {"uploaded": "0"}, "retention": {"uploaded": "0"}}
    run.save()
    page = read(mia)
    assert "Acquisitiekosten onbekend van het winnen van één klant" in page
    assert "Acquisitiekosten onbekend – onbekend –" in page
    assert "Behoudskosten onbekend – onbekend –" in page
    rows = {row["lever"]: row for row in read_file(mia, table="parts")}
    assert (rows["acquisition_cost"]["now"], rows["retention_cost"]["then"]) == ("", "")
