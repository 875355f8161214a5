"""The pages of targets: setting one, what is refused, who set what, and what a reader sees of it."""

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from customers.imports import undo
from customers.permissions import MANAGER
from metrics.models import Target, TargetChange
from metrics.pages.targets.history import MOST_CHANGES
from tests.builders import make_user
from tests.kpi_builders import make_kpi, make_worked_figures
from tests.target_builders import make_target
from tests.test_imports_facts import load
from tests.value_builders import publish

pytestmark = pytest.mark.django_db

YEAR = "2025-01-01/2025-12-31"


@pytest.fixture
def manager() -> Client:
    return signed_in("max", MANAGER)


def signed_in(name: str, role: str, language: str = "nl") -> Client:
    client = Client()
    client.force_login(make_user(name, role=role))
    client.cookies["django_language"] = language
    return client


def send(client: Client, url: str = "", **values: str) -> str:
    """Send the form, and return what the reader sees then."""
    sent = {"kpi": "revenue", "scope": "shop", "period": YEAR, "value": "€ 1.234,56", **values}
    response = client.post(url or reverse("target_add"), sent, follow=True)
    return plain(response.content.decode())


def plain(html: str) -> str:
    without = re.sub(r"<script.*?</script>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", without).replace("\N{NO-BREAK SPACE}", " ").split())


def changes() -> list[tuple[str, str, str, bool]]:
    return [
        (str(row.changed_by), f"{row.before}", f"{row.after}", row.by_upload)
        for row in TargetChange.objects.order_by("id")
    ]


# What can be typed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kpi", "typed", "kept"),
    [
        ("revenue", "€ 1.234,56", "1234.56"),
        ("revenue", "1.250.000", "1250000"),
        ("revenue", "EUR 99,5", "99.5"),
        ("revenue", "125000", "125000"),
        ("retention_rate", "35%", "0.35"),
        ("retention_rate", "35,5 %", "0.355"),
        ("retention_rate", "35", "0.35"),
        ("customers", "1250", "1250"),
        ("nps", "-12", "-12"),
        ("frequency", "2,4", "2.4"),
    ],
)
def test_a_value_is_typed_as_a_dutch_reader_writes_it(manager, kpi, typed, kept):
    send(manager, kpi=kpi, value=typed)
    assert Target.objects.get().value == Decimal(kept)


@pytest.mark.parametrize(
    ("kpi", "typed", "said"),
    [
        ("revenue", "35%", "Omzet is geen percentage."),
        ("revenue", "1.500", "‘1.500’ is op twee manieren te lezen: schrijf 1500 of 1,500."),
        ("revenue", "veel", "‘veel’ is geen getal"),
        ("retention_rate", "0,35", "‘0,35’ is op twee manieren te lezen: schrijf 35% of 0,35%."),
        ("retention_rate", "350%", "Klantbehoudspercentage is een aandeel"),
        ("customers", "12,5", "Klanten wordt geteld: vul een heel getal in."),
        ("customers", "-5", "Klanten kan niet minder dan 0 zijn."),
        ("nps", "120", "NPS ligt tussen -100 en 100."),
        ("revenue", "", "Dit veld is verplicht"),
    ],
)
def test_a_value_that_is_none_is_refused_and_said(manager, kpi, typed, said):
    assert said in send(manager, kpi=kpi, value=typed)
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("kpi", "scope", "said"),
    [
        ("paid_cac", "shop", "CAC van het kanaal is alleen per kanaal bekend: kies een kanaal."),
        ("maximum_cac", "shop", "Maximale CAC is alleen per kanaal bekend: kies een kanaal."),
        ("full_cac", "dimension=channel&member=ads", "CAC is alleen van de hele winkel bekend: kies die."),
        (
            "payback", "dimension=rfm&member=champions",
            "Terugverdientijd is alleen van de hele winkel en per kanaal bekend: kies een van die.",
        ),
    ],
)  # fmt: skip
def test_a_kpi_of_whom_there_are_no_figures_is_refused_and_said(manager, kpi, scope, said):
    run = make_worked_figures()
    for dimension, member in (("channel", "ads"), ("rfm", "champions")):
        make_kpi(run, "orders", date(2025, 12, 1), "12m", 4, dimension=dimension, member=member)
    publish(run)
    assert said in send(manager, kpi=kpi, scope=scope, value="2")
    assert not Target.objects.exists()


def test_days_of_ones_own_are_a_period_in_their_order(manager):
    assert "De laatste dag ligt voor de eerste dag." in send(
        manager, period="days", first_day="2025-12-01", last_day="2025-11-24"
    )
    assert "Vul een dag in." in send(manager, period="days")
    send(manager, period="days", first_day="2025-11-24", last_day="2025-12-01")
    target = Target.objects.get()
    assert (str(target.first_day), str(target.last_day)) == ("2025-11-24", "2025-12-01")


def test_a_period_that_has_ended_is_taken_and_said(manager):
    publish(make_worked_figures())
    assert "Deze periode is al afgelopen" in send(manager)


def test_a_period_that_the_figures_have_not_reached_the_end_of_is_not_judged_yet(manager):
    publish(make_worked_figures())  # up to 31 December 2025
    page = send(manager, period="days", first_day="2025-12-01", last_day="2026-01-15")
    assert "Opgeslagen: Omzet" in page
    assert "Onderweg" in page
    assert "Deze periode is al afgelopen" not in page


def test_a_second_target_for_the_same_is_refused_by_name(manager):
    send(manager)
    again = send(manager, value="99")
    assert "Hiervoor is er al een doel: Omzet, 2025, Hele winkel: € 1.234,56." in again
    assert Target.objects.get().value == Decimal("1234.56")


def test_a_target_of_a_channel_is_chosen_from_those_with_figures(manager):
    run = make_worked_figures()
    publish(run)
    run.kpi_values.create(
        kpi="orders", period="2025-12-01", window="12m", dimension="channel", member="ads", numerator=4, n=4,
        complete=True,
    )  # fmt: skip
    send(manager, scope="dimension=channel&member=ads")
    assert Target.objects.get().channel == "ads"
    assert not Target.objects.filter(channel="none").exists()
    assert "Selecteer een geldige keuze" in send(manager, scope="dimension=channel&member=none")


# Who set what -----------------------------------------------------------------------------------------------


def test_every_change_by_hand_is_noted_with_who_from_and_to(manager):
    send(manager)
    target = Target.objects.get()
    other = signed_in("els", MANAGER)
    send(other, reverse("target_edit", args=[target.pk]), value="2000")
    other.post(reverse("target_remove", args=[target.pk]))
    assert changes() == [
        ("max", "None", "1234.560000", False),
        ("els", "1234.560000", "2000.000000", False),
        ("els", "2000.000000", "None", False),
    ]
    page = plain(other.get(reverse("targets")).content.decode())
    assert "els Omzet (Hele winkel) 2025 € 1.234,56 € 2.000" in page


def test_saving_the_same_again_is_no_change(manager):
    send(manager)
    send(manager, reverse("target_edit", args=[Target.objects.get().pk]))
    assert len(changes()) == 1


def test_another_period_is_a_removal_and_a_new_one(manager):
    send(manager)
    send(manager, reverse("target_edit", args=[Target.objects.get().pk]), period="2025-01-01/2025-01-31")
    last = TargetChange.objects.order_by("-id")[:2]
    assert {(row.before, row.after, str(row.last_day)) for row in last} == {
        (Decimal("1234.56"), None, "2025-12-31"),
        (None, Decimal("1234.56"), "2025-01-31"),
    }


def test_a_file_and_taking_it_back_are_noted_too(tmp_path: Path) -> None:
    first = load(tmp_path, "KPI;Periode;Doel\nOmzet;2025;1.500,50\n", user=make_user("piet"))
    undo.undo(first, make_user("karin"))
    assert changes() == [("piet", "None", "1500.500000", True), ("karin", "1500.500000", "None", False)]


def test_what_was_changed_by_hand_stays_when_its_file_is_taken_back(tmp_path: Path, manager: Client) -> None:
    first = load(tmp_path, "KPI;Periode;Doel\nOmzet;2025;1.500,50\n")
    send(manager, reverse("target_edit", args=[Target.objects.get().pk]), value="2000")
    undo.undo(first)
    assert Target.objects.get().value == 2000


# What a reader sees -----------------------------------------------------------------------------------------


def test_the_page_says_how_each_target_stands(manager):
    publish(make_worked_figures())
    make_target("revenue", "2025-01-01", "2025-12-31", "500")  # 550 in 2025
    make_target("retention_rate", "2025-01-01", "2026-12-31", "0.70")  # 2 of 3
    make_target("revenue", "2026-01-01", "2026-12-31", "700")
    page = plain(manager.get(reverse("targets")).content.decode())
    assert "Gehaald: € 50,00 boven het doel." in page
    assert "Niet op doel: 3,3 procentpunt onder het doel." in page
    assert "Begint op 1 jan 2026." in page


def test_marketers_see_targets_and_nothing_to_change_them_with():
    publish(make_worked_figures())
    make_target("retention_rate", "2025-01-01", "2026-12-31", "0.70")
    page = signed_in("mia", "marketer").get(reverse("targets")).content.decode()
    assert "Niet op doel" in page
    assert reverse("target_add") not in page
    assert "/remove/" not in page


def test_the_file_has_every_target_in_full(manager):
    publish(make_worked_figures())
    make_target("revenue", "2025-01-01", "2025-12-31", "500", channel="")
    text = manager.get(reverse("targets_export"), {"layout": "csv"}).content.decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["kpi"], row["target"], row["realised"], row["gap"], row["status"]) == (
        "revenue", "500.000000", "550.0000", "50.0000", "Gehaald: €\xa050,00 boven het doel.",
    )  # fmt: skip


def change_twice(manager: Client) -> Target:
    """Max sets 1,234.56 at 10:05 and 2,000 at 11:05, in Amsterdam."""
    send(manager)
    send(manager, reverse("target_edit", args=[Target.objects.get().pk]), value="2000")
    for hour, change in enumerate(TargetChange.objects.order_by("id")):
        moment = datetime(2025, 5, 8, 8 + hour, 5, tzinfo=UTC)
        TargetChange.objects.filter(pk=change.pk).update(changed_at=moment)
    return Target.objects.get()


def test_who_set_what_and_when_is_a_file(manager):
    change_twice(manager)
    url = reverse("target_changes_export")
    assert manager.get(url, {"layout": "csv"}).content.decode().splitlines() == [
        "changed_at,changed_by,by_upload,kpi,label,dimension,member,first_day,last_day,before,after",
        "2025-05-08 11:05,max,false,revenue,Omzet,,,2025-01-01,2025-12-31,1234.560000,2000.000000",
        "2025-05-08 10:05,max,false,revenue,Omzet,,,2025-01-01,2025-12-31,,1234.560000",
    ]
    dutch = manager.get(url, {"layout": "excel"}).content.decode().splitlines()[1]
    assert dutch == (
        "08-05-2025 11:05;max;false;revenue;Omzet;;;01-01-2025;31-12-2025;1234,560000;2000,000000"
    )


def test_the_changes_of_one_target_are_a_file_of_their_own(manager):
    target = change_twice(manager)
    send(manager, kpi="orders", value="10")
    page = manager.get(reverse("target_edit", args=[target.pk])).content.decode()
    url = f"{reverse('target_changes_export')}?target={target.pk}"
    assert f'href="{url}&amp;layout=csv"' in page
    lines = manager.get(f"{url}&layout=csv").content.decode().splitlines()
    assert [line.split(",")[3] for line in lines] == ["kpi", "revenue", "revenue"]


def test_the_file_of_changes_has_also_those_that_the_page_has_no_room_for(manager):
    change = {"kpi": "revenue", "first_day": "2025-01-01", "last_day": "2025-12-31", "after": 1}
    TargetChange.objects.bulk_create(TargetChange(**change) for _ in range(MOST_CHANGES + 1))
    lines = manager.get(reverse("target_changes_export")).content.decode().splitlines()
    assert len(lines) == 1 + MOST_CHANGES + 1


@pytest.mark.parametrize("query", ["?kpi=nonsense&dimension=x&member=y", "?kpi=aov"])
def test_a_link_to_the_form_fills_in_what_it_knows(manager, query):
    page = manager.get(reverse("target_add") + query).content.decode()
    assert ("selected>Gemiddelde orderwaarde" in page) == query.endswith("aov")


def test_the_page_asks_the_database_as_much_for_forty_targets_as_for_one(
    manager, django_assert_max_num_queries
):
    publish(make_worked_figures())
    for day in range(1, 29):
        make_target("revenue", f"2025-02-{day:02}", "2026-12-31", "500")
    with django_assert_max_num_queries(16):
        manager.get(reverse("targets"))
