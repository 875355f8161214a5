"""The tables of the report card as files: for Dutch Excel, and standard."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import Run
from tests.builders import make_user
from tests.prediction_builders import make_no_prediction, make_prediction, make_score
from tests.value_builders import make_run, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def marieke(client: Client) -> Client:
    """Someone of marketing who reads English."""
    client.cookies["django_language"] = "en"
    client.force_login(make_user("marieke"))
    return client


def publish_prediction(**values: Any) -> Run:
    run = make_run()
    make_prediction(run, **values)
    publish(run)
    return run


def download(client: Client, table: str, layout: str = "csv", **query: Any) -> list[str]:
    response = client.get(reverse("predictions_export", args=[table]), {"layout": layout, **query})
    return response.content.decode().splitlines()


def test_models_and_rules_are_a_file_with_every_figure_in_full(marieke: Client) -> None:
    publish_prediction(scores=[make_score()])
    assert download(marieke, "comparison") == [
        "model,simple_rule,in_use,off_in_total,log_score,expected,total_error,mean_absolute_error,"
        "root_mean_square_error,top_10,top_20,inside,inside_whole",
        "MBG/NBD,false,true,false,-0.9000,480.0000,-0.0400,0.4100,0.8300,0.4400,0.6200,0.8100,0.9300",
        "nobody buys,true,false,false,,0.0000,-1.0000,0.5000,1.4000,,,,",
    ]


def test_the_earlier_days_come_with_both_ends_of_their_range(marieke: Client) -> None:
    """100 ± 10 × 1.2816 (80 % of a normal distribution), of 91 days from 2 January 2024."""
    publish_prediction()
    head, first, *others = download(marieke, "earlier")
    assert head == "first_day,last_day,expected,actual,low,high,came_true"
    assert first == "2024-01-02,2024-04-01,100.0000,130,87.1845,112.8155,false"
    assert [line.rsplit(",", 1)[1] for line in others] == ["true", "false"]


def test_what_is_predicted_is_a_file_for_dutch_excel(marieke: Client) -> None:
    publish_prediction()
    marieke.cookies["django_language"] = "nl"
    url = reverse("predictions_export", args=["horizons"])
    response = marieke.get(url, {"layout": "excel"})
    assert response["Content-Disposition"] == ('attachment; filename="predictions-horizons-2025-12-31.csv"')
    assert response.content.decode().splitlines() == [
        "\N{BYTE ORDER MARK}Komende maanden;Verwacht;Verwacht, ondergrens;Verwacht, bovengrens",
        "12;24000,0;21436,9;26563,1",
    ]


def test_parameters_are_a_file_with_what_they_are_about(marieke: Client) -> None:
    publish_prediction()
    head, first, *_others = download(marieke, "parameters")
    assert head == (
        "model,parameter,estimate,standard_error,robust_standard_error,meaning,customers,log_likelihood"
    )
    assert first == (
        "MBG/NBD,r,0.5,0.05,0.06,"
        '"how alike customers are in how often they buy: the smaller, the more they differ",1200,-1234.5000'
    )


def test_differences_between_customers_are_a_file_and_the_reference_has_no_range(marieke: Client) -> None:
    one = {"effect": 1.0, "low": 1.0, "high": 1.0}
    clear, vague = {"effect": 1.5, "low": 1.2, "high": 1.9}, {"effect": 0.9, "low": 0.7, "high": 1.2}
    base = {"factor": "channel", "level": "ads", "reference": True, "customers": 700}
    other = {"level": None, "reference": False, "customers": 300, "rate": vague, "dropout": clear}
    publish_prediction(effects={"levels": [{**base, "rate": one, "dropout": one}, {**base, **other}]})
    assert download(marieke, "effects") == [
        "dimension,member,customers,compared_with,rate,rate_low,rate_high,dropout,dropout_low,dropout_high",
        "Channel,ads,700,true,1.0000,,,1.0000,,",
        "Channel,all others together,300,false,0.9000,0.7000,1.2000,1.5000,1.2000,1.9000",
    ]


def test_report_cards_of_all_calculations_are_a_file(marieke: Client) -> None:
    run = publish_prediction()
    assert download(marieke, "history") == [
        "run,as_of,model,total_error,inside,verdict",
        f"{run.pk},2025-12-31,MBG/NBD,-0.0400,0.8100,good",
    ]


def test_the_page_of_an_earlier_calculation_links_to_its_own_files(marieke: Client) -> None:
    earlier = make_run("2025-11-30")
    make_prediction(earlier, scores=[make_score(log_score=-2.5)])
    publish_prediction()
    page = marieke.get(reverse("predictions"), {"run": earlier.pk}).content.decode()
    assert f"{reverse('predictions_export', args=['comparison'])}?run={earlier.pk}&amp;layout=csv" in page
    assert download(marieke, "comparison", run=earlier.pk)[1].split(",")[4] == "-2.5000"


@pytest.mark.parametrize("table", ["earlier", "comparison", "horizons", "parameters", "history"])
def test_every_table_on_the_page_has_its_download(marieke: Client, table: str) -> None:
    publish_prediction()
    page = marieke.get(reverse("predictions")).content.decode()
    assert f"{reverse('predictions_export', args=[table])}?layout=excel" in page


def test_a_table_that_is_not_there_is_not_found(marieke: Client) -> None:
    publish_prediction()
    assert marieke.get(reverse("predictions_export", args=["nonsense"])).status_code == 404


def test_without_a_prediction_there_is_no_file(marieke: Client) -> None:
    run = make_run()
    make_no_prediction(run, "few_buyers", buyers=5)
    publish(run)
    assert marieke.get(reverse("predictions_export", args=["history"])).status_code == 404
