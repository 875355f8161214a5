"""Waiting time and survival curve follow whom the page is about, and say so where nothing can be told."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import BuyingRhythm, Run
from tests.cohort_builders import make_worked_cohorts
from tests.kpi_builders import LAST, YEAR, make_kpi, make_worked_figures
from tests.page_reading import read_text
from tests.value_builders import make_prediction, publish

pytestmark = pytest.mark.django_db

SHOP_BARS = [{"from": 1, "to": 7, "n": 40}, {"from": 8, "to": None, "n": 2}]
ADS_BARS = [{"from": 1, "to": 30, "n": 5}, {"from": 31, "to": None, "n": 3}]


def make_curve(customers: int, *shares: float) -> dict[str, Any]:
    """A curve with a point a month; as many are followed as there are customers."""
    points = [{"months": month, "share": share, "n": customers} for month, share in enumerate(shares)]
    return {"customers": customers, "silent": 10, "median_months": 1.0, "points": points}


@pytest.fixture
def run() -> Run:
    run = make_worked_figures()
    run.curves = {**run.curves, "gaps": SHOP_BARS}
    run.save()
    make_worked_cohorts(run)
    make_kpi(run, "orders", LAST, YEAR, 7, dimension="country", member="NL")
    make_prediction(run, reason="few_buyers", shop={"survival": make_curve(100, 0.8, 0.5, 0.3)})
    make_rhythm(run, "channel", "ads", gaps=ADS_BARS, survival=make_curve(60, 0.9, 0.7))
    return publish(run)


def make_rhythm(run: Run, dimension: str, member: str, **told: Any) -> None:
    BuyingRhythm.objects.create(run=run, dimension=dimension, member=member, **told)


def read_chart(client: Client, chart: str, **params: str) -> dict[str, Any]:
    html = client.get(reverse("cohorts"), params).content.decode()
    data = re.search(rf'<script id="{chart}-data"[^>]*>(.*?)</script>', html)
    assert data, f"no chart {chart}"
    found: dict[str, Any] = json.loads(data[1])
    return found


ADS = {"dimension": "channel", "member": "ads"}


def test_the_whole_shop_has_its_own_waiting_time_and_curve(marieke: Client, run: Run) -> None:
    assert read_chart(marieke, "gaps")["series"][0]["values"] == [40, 2]
    [line] = read_chart(marieke, "survival")["series"]
    assert line["values"] == [0.8, 0.5, 0.3]
    text = read_text(marieke.get(reverse("cohorts")))
    assert "Whole shop, over 42 purchases of the last 12 months." in text


def test_pictures_and_files_of_both_are_named_by_whom_they_are_of_and_the_day(
    marieke: Client, run: Run
) -> None:
    named = re.findall(r'data-picture="([^"]+)"', marieke.get(reverse("cohorts"), ADS).content.decode())
    assert named[-2:] == [
        "days-between-two-purchases-channel-ads-31-dec-2025.png",
        "time-until-a-year-of-silence-channel-ads-31-dec-2025.png",
    ]


def test_a_channel_has_its_own_and_the_shop_beside_its_curve(marieke: Client, run: Run) -> None:
    """Five and three gaps are eight: too few to rest on."""
    assert read_chart(marieke, "gaps", **ADS)["series"][0]["values"] == [5, 3]
    lines = read_chart(marieke, "survival", **ADS)["series"]
    assert [(line["label"], line["values"], line["comparison"]) for line in lines] == [
        ("Channel: ads", [0.9, 0.7], False), ("Whole shop", [0.8, 0.5], True),
    ]  # fmt: skip
    text = read_text(marieke.get(reverse("cohorts"), ADS))
    assert "Channel: ads, over 8 purchases of the last 12 months." in text
    assert "Fewer than 30 purchases: too few to rest on." in text


def test_too_few_customers_for_a_curve_are_counted(marieke: Client, run: Run) -> None:
    make_rhythm(run, "channel", "organic", gaps=[], survival=make_curve(12, 0.5, 0.4))
    text = read_text(marieke.get(reverse("cohorts"), {"dimension": "channel", "member": "organic"}))
    assert "Channel: organic: nobody bought a second time in the last 12 months" in text
    assert (
        "Channel: organic: 12 customers first bought more than a year ago. The curve needs at least 30."
        in text
    )


def test_a_part_without_cohorts_has_figures_and_charts_but_no_table(marieke: Client, run: Run) -> None:
    make_rhythm(run, "country", "NL", gaps=ADS_BARS, survival=make_curve(40, 0.6, 0.2))
    nl = {"dimension": "country", "member": "NL"}
    assert read_chart(marieke, "survival", **nl)["series"][0]["values"] == [0.6, 0.2]
    text = read_text(marieke.get(reverse("cohorts"), nl))
    assert "Cohorts are kept of the whole shop, of channels and of first categories" in text
    assert "are of Country: NL; for the table choose the whole shop" in text
    assert "Columns: months since the first order" not in text


def test_a_channel_without_new_customers_says_so(marieke: Client, run: Run) -> None:
    make_kpi(run, "orders", LAST, YEAR, 7, dimension="channel", member="fair")
    text = read_text(marieke.get(reverse("cohorts"), {"dimension": "channel", "member": "fair"}))
    assert "Channel: fair: no new customers in the last 36 months" in text
    assert "Channel: fair: no waiting time and no survival curve yet" in text
    assert "Nobody here has bought on a second day in the last 12 months" in text


def test_a_calculation_that_kept_only_the_shop_says_so(marieke: Client, run: Run) -> None:
    BuyingRhythm.objects.all().delete()
    text = read_text(marieke.get(reverse("cohorts"), ADS))
    assert "This calculation kept them of the whole shop only." in text


def test_a_segment_by_behaviour_warns_that_it_says_what_put_them_there(marieke: Client, run: Run) -> None:
    make_kpi(run, "orders", LAST, YEAR, 7, dimension="rfm", member="sleeping")
    make_rhythm(run, "rfm", "sleeping", gaps=ADS_BARS, survival=make_curve(40, 0.6, 0.2))
    warning = "this curve says what put them there"
    assert warning in read_text(marieke.get(reverse("cohorts"), {"dimension": "rfm", "member": "sleeping"}))
    assert warning not in read_text(marieke.get(reverse("cohorts"), ADS))
