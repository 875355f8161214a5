"""The pages on satisfaction, referrals and programmes, by figures made by hand; objections are respected."""

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import Run
from tests.builders import make_customer
from tests.page_reading import read_tables, read_text
from tests.satisfaction_builders import (
    answers_of,
    make_dissatisfied,
    make_satisfaction,
    programme_of,
    referrals_of,
)
from tests.value_builders import make_run, make_value, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    run = make_run()
    publish(run)
    return run


def find_table(client: Client, name: str, head: str) -> list[list[str]]:
    found = [rows for rows in read_tables(client.get(reverse(name))) if rows and head in rows[0]]
    assert len(found) == 1, f"{len(found)} tables have a column {head}"
    return found[0]


def test_six_boxes_and_who_gave_no_answer_add_up_to_everyone(marieke: Client, run: Run) -> None:
    """Of 30 of high value 10 are promoters: a third, worth 10 × 300."""
    make_satisfaction(run)
    head, *rows = find_table(marieke, "satisfaction", "High value")
    assert head == ["NPS", "High value", "Share", "Worth", "Lower value", "Share", "Worth"]
    assert rows[0] == ["Promoters 9 or 10", "10", "33.3%", "€3,000", "5", "7.1%", "€500"]
    assert rows[2] == ["Detractors 0 to 6", "5", "16.7%", "€1,500", "10", "14.3%", "€1,000"]
    assert rows[3] == ["No answer", "10", "33.3%", "€3,000", "45", "64.3%", "€4,500"]
    assert rows[4] == ["All", "30", "100.0%", "€9,000", "70", "100.0%", "€7,000"]
    text = read_text(marieke.get(reverse("satisfaction")))
    assert "45 of 100 customers answered (45.0%)" in text
    assert "High value: from €250.00 of total value" in text


def test_segments_are_ordered_by_score_with_n_and_response(marieke: Client, run: Run) -> None:
    """Top: (10 − 5) ÷ 20 = 25 points; Low: (5 − 10) ÷ 25 = −20."""
    make_satisfaction(run)
    _head, *rows = find_table(marieke, "satisfaction", "Response")
    assert [row[:4] for row in rows] == [["Top", "25", "20", "66.7%"], ["Low", "-20", "25", "35.7%"]]


def test_the_relation_is_called_a_correlation_and_has_n_and_interval(marieke: Client, run: Run) -> None:
    make_satisfaction(run)
    rows = find_table(marieke, "satisfaction", "Purchases each")
    assert rows[1] == ["Promoters", "40", "80.0% (70.0% – 90.0%)", "3.50 (2.75 – 4.25)"]
    text = read_text(marieke.get(reverse("satisfaction")))
    assert "The last answer of 60 customers that has a whole year after it" in text
    assert "This is a correlation." in text
    assert "+30.0 pp (95%: +10.0 pp to +50.0 pp)" in text


def test_what_was_bought_after_an_answer_is_a_file_with_both_ends_of_its_intervals(
    marieke: Client, run: Run
) -> None:
    make_satisfaction(run)
    url = reverse("satisfaction_export", args=["relation"])
    standard, dutch = (marieke.get(url, {"layout": layout}) for layout in ("csv", "excel"))
    assert standard.content.decode().splitlines() == [
        "answer,n,bought,bought_low,bought_high,purchases,purchases_low,purchases_high",
        "Promoters,40,0.8000,0.7000,0.9000,3.5000,2.7500,4.2500",
        "Detractors,20,0.5000,0.3000,0.7000,1.2500,0.7500,1.7500",
    ]
    assert dutch.content.decode().splitlines()[1] == "Promoters;40;0,8000;0,7000;0,9000;3,5000;2,7500;4,2500"
    assert f"{url}?scale=nps&amp;layout=excel" in marieke.get(reverse("satisfaction")).content.decode()


def test_the_valuable_and_dissatisfied_are_listed_but_for_who_objects(marieke: Client, run: Run) -> None:
    make_satisfaction(run)
    make_dissatisfied(run, make_customer("A", name="Anna"), "300")
    make_dissatisfied(run, make_customer("B", name="Bram"), "900", score=0)
    make_dissatisfied(run, make_customer("C", name="Carla", objects_to_profiling=True), "5000")
    rows = find_table(marieke, "satisfaction", "Answered on")
    assert [row[:2] for row in rows[1:]] == [["Bram", "€900.00"], ["Anna", "€300.00"]]
    file = marieke.get(reverse("satisfaction_export", args=["dissatisfied"]), {"layout": "csv"})
    assert file.content.decode().splitlines() == [
        "customer_id,name,value,scale,score,answered_on",
        'B,Bram,900.0000,"NPS, 0 to 10",0,2025-05-01',
        'A,Anna,300.0000,"NPS, 0 to 10",3,2025-05-01',
        "0 customers who objected",
    ]


@pytest.mark.parametrize("table", ["dissatisfied", "boxes", "segments", "referrals"])
def test_files_close_with_who_objected(marieke: Client, run: Run, table: str) -> None:
    make_satisfaction(run)
    make_value(run, make_customer("C", objects_to_profiling=True), rank_realised=None)
    file = marieke.get(reverse("satisfaction_export", args=[table]))
    assert file.content.decode().splitlines()[-1] == "1 customer who objected"


def test_the_columns_of_a_file_are_named_by_the_scale(marieke: Client, run: Run) -> None:
    nps = answers_of()["families"]["nps"]
    make_satisfaction(run, answers=answers_of(families={"nps": nps, "csat": nps}))
    url = reverse("satisfaction_export", args=["segments"])
    heads = {
        scale: marieke.get(url, {"scale": scale}).content.decode().splitlines()[0].split(";")[-3:]
        for scale in ("nps", "csat")
    }
    assert heads == {"nps": ["Promoters", "Passives", "Detractors"], "csat": ["High", "Middle", "Low"]}


def test_referrals_count_every_euro_once_and_name_circles(marieke: Client, run: Run) -> None:
    anna, bram = make_customer("A", name="Anna"), make_customer("B", name="Bram")
    carla = make_customer("C", name="Carla", objects_to_profiling=True)
    run.totals = {**run.totals, "realised": "1600.0000"}
    run.save()
    told = referrals_of(
        [(anna, 2, "250.0000"), (carla, 1, "100.0000"), (bram, 1, None)],
        circles=[[anna.pk, carla.pk]], circles_found=1,
    )  # fmt: skip
    make_satisfaction(run, referrals=told)
    rows = find_table(marieke, "satisfaction", "Realised value of these")
    assert rows[1:] == [["Anna", "2", "€250.00"], ["Bram", "1", "n/a"]]
    text = read_text(marieke.get(reverse("satisfaction")))
    assert "€400.00 25.0% of all realised value" in text
    assert "1 circle: customers who brought in each other" in text
    assert "Anna → objects to profiling → the first again" in text
    assert "Carla" not in text
    file = marieke.get(reverse("satisfaction_export", args=["referrals"]), {"layout": "csv"})
    assert file.content.decode().splitlines()[1:] == [
        "A,Anna,2,250.0000", "B,Bram,1,", "0 customers who objected"
    ]  # fmt: skip


def test_a_programme_shows_cost_and_the_difference_with_the_warning(marieke: Client, run: Run) -> None:
    """1,300 in 12 months over 130 members is 10 each."""
    make_satisfaction(
        run,
        programmes=[
            programme_of(unallocated="300.0000"),
            programme_of(programme="New", retention=None, cost=None),
        ],
    )
    rows = read_tables(marieke.get(reverse("programmes")))[0]
    assert rows[1] == ["Bought again", "80.0%", "70.0%", "+10.0 pp", "+2.0 pp – +18.0 pp", "70"]
    assert rows[2] == ["Contribution", "€90.00", "€80.00", "€10.00", "-€5.00 – €25.00", "70"]
    text = read_text(marieke.get(reverse("programmes")))
    assert "Cost per member in 12 months €10.00" in text
    assert "€300.00 of the cost so far landed on nobody" in text
    assert text.count("landed on nobody") == 1
    assert "Joining is a choice" in text
    assert "Members cannot be compared yet" in text
    assert "€1,300.00 1 Jan – 31 Dec 2025 · €2,600.00 so far" in text
    assert "No retention cost names this programme." in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("satisfaction", ("There are no survey answers yet", "There are no referrals yet", "Upload answers")),
        ("programmes", ("There are no retention programmes yet", "Upload members")),
    ],
)
def test_without_answers_or_members_the_page_says_what_to_upload(
    marieke: Client, run: Run, name: str, said: tuple[str, ...]
) -> None:
    text = read_text(marieke.get(reverse(name)))
    assert [sentence for sentence in said if sentence not in text] == []


def test_a_scale_that_nobody_answered_on_shows_the_one_that_was(marieke: Client, run: Run) -> None:
    make_satisfaction(run)
    assert "Promoters" in read_text(marieke.get(reverse("satisfaction"), {"scale": "csat", "by": "nonsense"}))
    assert marieke.get(reverse("satisfaction_export", args=["nonsense"])).status_code == 404


def test_without_a_value_there_are_no_boxes(marieke: Client, run: Run) -> None:
    make_satisfaction(run, answers=answers_of(threshold=None))
    assert "Nobody has a value yet" in read_text(marieke.get(reverse("satisfaction")))
