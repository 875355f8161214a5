"""Satisfaction over time by segment: whom the URL asks for, what is drawn, and what few answers look like."""

import json
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from metrics.core.calendar import add_months
from metrics.models import Run
from tests.kpi_builders import YEAR, make_kpi
from tests.page_reading import read_tables, read_text
from tests.satisfaction_builders import answers_of, make_satisfaction
from tests.value_builders import make_run, publish

pytestmark = pytest.mark.django_db

LAST = date(2025, 12, 1)
#: Points and answers of November and December by member: 1,500 ÷ 50 = 30 and 2,000 ÷ 50 = 40 of the shop.
SHOP = [(1500, 50), (2000, 50)]
TOP = [(1000, 40), (2000, 40)]  # 25, then 50
LOW = [(500, 10), (-200, 10)]  # 50, then −20, over ten


@pytest.fixture
def run() -> Run:
    run = make_run()
    for month in (add_months(LAST, -1), LAST):
        make_kpi(run, "revenue", month, YEAR, 100)
    give_scores(run, SHOP)
    give_scores(run, TOP, dimension="tier", member="top")
    give_scores(run, LOW, dimension="tier", member="low")
    publish(run)
    make_satisfaction(run)
    return run


def give_scores(run: Run, scores: list[tuple[int, int]], **member: str) -> None:
    for back, (points, n) in enumerate(reversed(scores)):
        make_kpi(run, "nps", add_months(LAST, -back), YEAR, points, n, n=n, **member)


def read_chart(client: Client, **params: Any) -> dict[str, Any]:
    html = client.get(reverse("satisfaction"), params).content.decode()
    data = re.search(r'<script id="nps-of-members-data"[^>]*>(.*?)</script>', html)
    assert data, "no chart of members"
    found: dict[str, Any] = json.loads(data[1])
    return found


def read_ticked(client: Client, **params: Any) -> list[str]:
    html = client.get(reverse("satisfaction"), params).content.decode()
    return re.findall(r'name="member" value="([^"]*)" checked', html)


def test_the_card_tells_the_answers_and_the_response_of_one_period(marieke: Client, run: Run) -> None:
    """50 ÷ 200 buyers; who answered of the customers in the boxes is another question, told below those."""
    make_kpi(run, "customers", LAST, YEAR, 200)
    page = read_text(marieke.get(reverse("satisfaction")))
    assert "12 months to Dec 2025 · n = 50 answers to 200 customers of this period (25.0%)" in page
    assert "45 of 100 customers answered (45.0%)" in page


def test_members_of_the_first_dimension_stand_beside_the_shop(marieke: Client, run: Run) -> None:
    chart = read_chart(marieke)
    drawn = {series["label"]: series["values"] for series in chart["series"]}
    assert drawn == {"Top": [25, 50], "Low": [50, -20], "Whole shop": [30, 40]}
    assert [series["comparison"] for series in chart["series"]] == [False, False, True]
    assert chart["labels"] == ["Nov 2025", "Dec 2025"]


def test_fewer_than_30_answers_are_dashed_and_grey_with_their_n(marieke: Client, run: Run) -> None:
    low = next(series for series in read_chart(marieke)["series"] if series["label"] == "Low")
    assert (low["incomplete"], low["n"]) == ([0, 1], [10, 10])
    response = marieke.get(reverse("satisfaction"))
    [rows] = [
        rows for rows in read_tables(response) if rows[0] == ["12 months to", "Top", "Low", "Whole shop"]
    ]
    assert rows[1:] == [["Nov 2025", "25", "50 n = 10", "30"], ["Dec 2025", "50", "-20 n = 10", "40"]]
    assert '<td class="number few">-20 <small class="nowrap">n = 10</small></td>' in response.content.decode()


def test_the_url_names_dimension_and_members(marieke: Client, run: Run) -> None:
    give_scores(run, [(300, 30), (0, 30)], dimension="country", member="NL")
    give_scores(run, [(600, 30), (900, 30)], dimension="country", member="")
    assert [one["label"] for one in read_chart(marieke, by="tier", member="low")["series"]] == [
        "Low", "Whole shop",
    ]  # fmt: skip
    assert read_ticked(marieke, by="tier", member="low") == ["low"]
    by_country = read_chart(marieke, by="country", member=["NL", ""])
    assert {one["label"]: one["values"] for one in by_country["series"]} == {
        "NL": [10, 0], "unknown": [20, 30], "Whole shop": [30, 40],
    }  # fmt: skip


@pytest.mark.parametrize("params", [{"by": "nonsense"}, {"member": "nobody"}, {"by": "tier", "member": ""}])
def test_who_is_not_known_leaves_the_usual_ones(marieke: Client, run: Run, params: dict[str, str]) -> None:
    assert read_ticked(marieke, **params) == ["top", "low"]


def test_more_than_five_cannot_be_told_apart_and_the_page_says_so(marieke: Client, run: Run) -> None:
    members = [f"land {place}" for place in range(7)]
    for place, member in enumerate(members):
        give_scores(run, [(0, 40 + place)], dimension="country", member=member)
    chart = read_chart(marieke, by="country", member=members)
    assert [one["label"] for one in chart["series"]] == [*reversed(members[:5]), "Whole shop"]
    text = read_text(marieke.get(reverse("satisfaction"), {"by": "country", "member": members}))
    assert "2 segments more were ticked than the chart can tell apart." in text


def test_a_segment_without_counts_of_answers_has_its_score_and_n(marieke: Client, run: Run) -> None:
    """Own segments and attributes: 900 ÷ 36 = 25 points; nobody of the other one answered."""
    give_scores(run, [(900, 36)], dimension="segment", member="vip")
    give_scores(run, [(0, 0)], dimension="segment", member="asleep")
    response = marieke.get(reverse("satisfaction"), {"by": "segment"})
    [rows] = [rows for rows in read_tables(response) if rows[0] == ["Segment", "NPS", "Answered"]]
    assert rows[1:] == [["Vip", "25", "36"], ["Asleep", "n/a", "0"]]
    assert read_ticked(marieke, by="segment") == ["vip"]


def test_all_months_of_all_members_are_a_file(marieke: Client, run: Run) -> None:
    give_scores(run, [(0, 0)], dimension="tier", member="middle")
    file = marieke.get(reverse("satisfaction_export", args=["courses"]), {"layout": "csv"})
    assert file.content.decode().splitlines() == [
        "dimension,member,month,score,n",
        "Whole shop,,2025-11-01,30.0000000000,50", "Whole shop,,2025-12-01,40.0000000000,50",
        "Value tier,Top,2025-11-01,25.0000000000,40", "Value tier,Top,2025-12-01,50.0000000000,40",
        "Value tier,Low,2025-11-01,50.0000000000,10", "Value tier,Low,2025-12-01,-20.0000000000,10",
        "Value tier,Middle,2025-11-01,,0", "Value tier,Middle,2025-12-01,,0",
    ]  # fmt: skip


def test_segments_that_nobody_answered_of_have_no_chart_but_a_sentence(marieke: Client, run: Run) -> None:
    give_scores(run, [(0, 0), (0, 0)], dimension="country", member="BE")
    text = read_text(marieke.get(reverse("satisfaction"), {"by": "country"}))
    assert "Nobody in these segments answered in the months shown." in text


@pytest.mark.parametrize(
    ("valuable", "said"),
    [
        (
            10,
            "High value: total value above €0. Only 9.1% of the customers with a valid order are worth more",
        ),
        (0, "Nobody is of high value yet: by total value no customer is above €0"),
    ],
)
def test_a_best_fifth_that_begins_below_zero_is_explained(marieke: Client, valuable: int, said: str) -> None:
    """10 of 110 customers are worth more than they cost: 9.1 %."""
    run = publish(make_run())
    boxes = [
        {"standing": None, "valuable": True, "customers": valuable, "value": "50.0000"},
        {"standing": "low", "valuable": False, "customers": 100, "value": "-500.0000"},
    ]
    told = answers_of(threshold="-12.5000", families={"nps": {"boxes": boxes, "dimensions": {}}})
    make_satisfaction(run, answers=told)
    text = read_text(marieke.get(reverse("satisfaction")))
    assert said in text
    assert "12.50" not in text
    assert ("There is no customer of high value yet" in text) is (valuable == 0)
