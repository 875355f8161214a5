"""How good are these predictions: the page from what a run keeps, in figures worked out by hand or given."""

import html
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from metrics.models import CalculationSettings, Run
from tests.builders import make_user
from tests.page_reading import read_links, read_tables, read_text
from tests.prediction_builders import make_no_prediction, make_prediction, make_score, make_scores
from tests.value_builders import make_run, publish

pytestmark = pytest.mark.django_db

URL = "/predictions/"


@pytest.fixture
def marieke(client: Client) -> Client:
    """Someone of marketing who reads English."""
    client.cookies["django_language"] = "en"
    client.force_login(make_user("marieke"))
    return client


def show(client: Client, **values: Any) -> Any:
    """Publish a run with a prediction and return its page."""
    run = make_run()
    make_prediction(run, **values)
    publish(run)
    return client.get(URL)


def text_of(page: Any) -> str:
    return html.unescape(read_text(page))


def table_with(page: Any, header: str) -> list[list[str]]:
    """Return the rows under the head of the table with this column."""
    [found] = [table for table in read_tables(page) if header in table[0]]
    return found[1:]


def test_the_verdict_stands_on_top_with_the_figures_it_rests_on(marieke: Client) -> None:
    text = text_of(show(marieke))
    assert "These predictions are good. From 1 Jan 2025 to 31 Dec 2025, 480 purchases were expected" in text
    assert "500 were made (difference -4.0%)" in text
    assert "for 81% of customers the outcome lay within their own 80% range" in text


def test_what_keeps_predictions_from_being_good_is_said(marieke: Client) -> None:
    score = make_score(inside=0.6, total_error=-0.2)
    card = {"widened": [300.0, 400.0]}
    text = text_of(show(marieke, verdict="fair", scores=[score], card=card))
    assert "These predictions are fair." in text
    assert "The total was more than 10% off, and outside the range given for it." in text
    assert "The ranges per customer are too narrow" in text


def test_a_total_far_off_is_poor(marieke: Client) -> None:
    score = make_score(total_error=0.45, inside=0.95)
    text = text_of(show(marieke, verdict="poor", scores=[score]))
    assert "These predictions are poor." in text
    assert "The total was more than 30% off." in text
    assert "The ranges per customer are wider than they need be." in text


def test_a_shop_that_closed_has_no_error_in_per_cent(marieke: Client) -> None:
    score = make_score(actual=0, total_error=None, top_shares=[None, None])
    text = text_of(show(marieke, verdict="poor", scores=[score]))
    assert "480 purchases were expected of the customers known before, and none was made." in text
    assert "The total was more than 30% off." in text


def test_a_naive_rule_in_use_is_said_and_what_it_cannot_tell(marieke: Client) -> None:
    scores = [make_score("last_year", in_use=True), make_score(log_score=-1.4, in_use=False)]
    shop = {"habits": None, "active": None}
    page = show(marieke, model="last_year", verdict="poor", scores=scores, card={}, shop=shop)
    text = text_of(page)
    assert "The simple rule “as last year” foretold more than any model" in text
    assert "they know of no chance of being active, no next order and no money at risk" in text
    assert "never come back" not in text
    nobody = table_with(page, "Log score")[-1]
    assert nobody[4:6] == ["0.50", "n/a"]  # 500 purchases by 1,000 customers


@pytest.mark.parametrize(
    ("history_days", "said"),
    [(500, "With fewer than 24 complete months, season cannot be told apart"), (1_500, "No season could be")],
)
def test_unknown_season_is_part_of_the_verdict(marieke: Client, history_days: int, said: str) -> None:
    assert said in text_of(show(marieke, shop={"season": None, "history_days": history_days}))


def test_a_model_that_does_best_but_does_not_fit_everything_is_replaced_and_that_is_said(
    marieke: Client,
) -> None:
    text = text_of(show(marieke, model="nbd"))
    assert "MBG/NBD did best but could not be fitted on all of the history; NBD is used." in text


def test_models_rules_and_nobody_buys_stand_beside_each_other_best_first(marieke: Client) -> None:
    page = show(marieke)
    rows = table_with(page, "Log score")
    assert [row[0] for row in rows] == [
        "MBG/NBD in use",
        "as last year simple rule",
        "own rate so far too far off in total simple rule",
        "nobody buys simple rule",
    ]
    assert rows[0][1:] == ["-0.900", "480", "-4.0%", "0.41", "0.83", "44%", "62%", "81%"]
    assert rows[-1][1:] == ["n/a", "0", "-100.0%", "0.50", "1.40", "n/a", "n/a", "n/a"]
    assert "MBG/NBD is in use: of everything whose total was not more than 10 percentage" in text_of(page)


def test_a_model_that_stays_though_another_scored_a_little_better_is_explained(marieke: Client) -> None:
    scores = [*make_scores(), make_score("pareto_nbd", log_score=-0.89)]
    assert "MBG/NBD stays in use: Pareto/NBD scored a little better" in text_of(show(marieke, scores=scores))


def test_a_better_score_too_far_off_in_total_is_no_reason_to_stay(marieke: Client) -> None:
    scores = [*make_scores(), make_score("pareto_nbd", log_score=-0.89, off_in_total=True)]
    assert "MBG/NBD is in use: of everything" in text_of(show(marieke, scores=scores))


def test_totals_show_both_ranges_and_the_earlier_days_they_were_learnt_from(marieke: Client) -> None:
    card = {"interval": [454.4, 495.0]}
    page = show(marieke, card=card)
    text = text_of(page)
    assert "80% range as shown 429 – 531 came true" in text
    assert "80% range of the model alone 454 – 495 fell outside" in text
    assert "On 3 earlier days it was so far off that its range is shown 2.0 times as wide" in text
    # 100 ± 1.28155 × 10
    assert table_with(page, "Held out")[0] == ["2 Jan – 1 Apr 2024", "100", "130", "87 – 113 fell outside"]


def test_without_enough_history_for_earlier_days_the_range_is_the_models_own(marieke: Client) -> None:
    card = {"widening": None, "earlier": [], "widened": [454.4, 505.6]}
    text = text_of(show(marieke, card=card, shop={"widening": None}))
    assert "Model uncertainty only; season and trend are not included" in text
    assert "Model uncertainty only; season and trend not included." in text
    assert "80% range as shown" not in text


def test_what_happened_by_month_by_count_and_by_value(marieke: Client) -> None:
    page = show(marieke)
    assert table_with(page, "Up to") == [["2 Jul 2025", "250", "240"], ["31 Dec 2025", "480", "500"]]
    counts = next(table for table in read_tables(page) if table[0][0] == "Purchases")
    assert counts[1:3] == [["0", "700", "690"], ["1", "190", "200"]]
    assert counts[-1] == ["7 or more", "3", "2"]
    assert next(row for row in read_tables(page) if row[0] == ["Customers", "predicted", "actual"])[1:] == [
        ["top 50%", "€80.50", "€77.25"],
        ["50% – 100%", "€10.00", "€12.00"],
    ]
    assert "highest prediction brought 52% of all revenue that followed; the top 20% brought 71%" in text_of(
        page
    )


def test_who_bought_nothing_has_no_bar_when_it_would_dwarf_the_others_but_is_said(marieke: Client) -> None:
    frequencies = {"expected": [900.0, 60.0, 40.0], "actual": [880, 70, 50]}
    page = show(marieke, card={"frequencies": frequencies})
    counts = next(table for table in read_tables(page) if table[0][0] == "Purchases")
    assert [row[0] for row in counts[1:]] == ["1", "2 or more"]
    assert "Not at all: 900 expected, 880 in fact." in text_of(page)


def test_coverage_stands_beside_that_of_whole_numbers(marieke: Client) -> None:
    page = show(marieke)
    text = text_of(page)
    assert "Within their 80% range 81.0% 75% to 85% is right" in text
    assert "Within the range in whole purchases 93.0%" in text
    assert table_with(page, "share of customers")[0] == ["0% – 10%", "10.0%"]


def test_parameters_are_told_in_words_and_folded_in_figures(marieke: Client) -> None:
    page = show(marieke)
    text = text_of(page)
    assert "50% of new customers never come back. 41% buy again within a year." in text
    assert "A new customer makes 0.9 more purchases in the year after the first" in text
    assert "Of the 1,200 customers who ever bought, about 640 are still active." in text
    rows = [row[:4] for row in table_with(page, "Robust standard error")]
    assert rows == [
        ["r", "0.5000", "0.0500", "0.0600"],
        ["α", "60.2500", "4.5000", "n/a"],
        ["a", "0.8000", "0.1000", "0.1100"],
        ["b", "2.4000", "0.3000", "0.3100"],
    ]


def test_parameters_that_the_data_do_not_determine_are_not_shown(marieke: Client) -> None:
    run = make_run()
    make_prediction(run)
    run.model_fits.update(reasons=["flat_ridge"])
    publish(run)
    page = marieke.get(URL)
    assert "60.2500" not in text_of(page)
    assert "several very different sets of parameters equally likely" in text_of(page)


def test_spend_that_depends_on_frequency_is_warned_of(marieke: Client) -> None:
    spend = {"correlation": 0.42, "warnings": ["spend_depends_on_frequency"], "reasons": []}
    assert "go together (correlation 0.42)" in text_of(show(marieke, shop={"spend": spend}))


def test_effects_come_with_their_range_and_the_warning(marieke: Client) -> None:
    one = {"effect": 1.0, "low": 1.0, "high": 1.0}
    clear, vague = {"effect": 1.5, "low": 1.2, "high": 1.9}, {"effect": 0.9, "low": 0.7, "high": 1.2}
    base = {"factor": "channel", "level": "ads", "reference": True, "customers": 700}
    levels = [
        {**base, "rate": one, "dropout": one},
        {**base, "level": None, "reference": False, "customers": 300, "rate": vague, "dropout": clear},
    ]
    effects = {"model": "mbgnbd", "customers": 1_000, "p_values": {"channel": 0.0004}, "levels": levels}
    page = show(marieke, effects=effects)
    assert table_with(page, "Channel") == [
        ["ads compared with", "700", "1.00", "", "1.00", ""],
        ["all others together", "300", "0.90", "0.70 – 1.20", "1.50", "1.20 – 1.90"],
    ]
    text = text_of(page)
    assert "This is correlation, not cause" in text
    assert "Differences this large hardly come about by chance (p < 0.001)." in text


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("one_level", "All customers are alike in channel, country and first category"),
        ("rule", "it does not tell one kind of customer from another"),
        ("not_converged", "The differences could not be estimated: the search for the likeliest parameters"),
    ],
)
def test_effects_that_there_are_not_are_explained(marieke: Client, reason: str, said: str) -> None:
    assert said in text_of(show(marieke, effects={"reason": reason}))


@pytest.mark.parametrize(
    ("untested", "known", "said"),
    [
        ("few_buyers", {"buyers": 350}, "there must be 500 customers who bought; there were 350"),
        ("short_history", {"history_days": 95}, "there must be 180 days of orders; there were 95"),
        ("few_repeat_buyers", {"repeat_buyers": 1}, "100 customers who bought more than once; there were 1."),
        ("no_buyers", {}, "Up to 31 Dec 2024 nobody had bought."),
    ],
)
def test_a_prediction_that_was_not_tested_says_what_was_missing(
    marieke: Client, untested: str, known: dict[str, int], said: str
) -> None:
    shop = {"before_cut_off": known}
    text = text_of(show(marieke, untested=untested, verdict="", scores=[], card={}, shop=shop))
    assert "These predictions have not been tested on your own data." in text
    assert said in text
    assert "Until then MBG/NBD is used." in text


@pytest.mark.parametrize(
    ("reason", "known", "said"),
    [
        ("no_buyers", {}, "Nobody who may be predicted has bought yet."),
        ("few_buyers", {"buyers": 5}, "needs 500 customers who bought; known so far: 5."),
        ("short_history", {"history_days": 45}, "needs 180 days of orders; known so far: 45."),
        ("few_repeat_buyers", {"repeat_buyers": 12}, "who bought more than once; known so far: 12."),
        ("no_model", {}, "There is enough history, but no model fits it"),
    ],
)  # fmt: skip
def test_no_prediction_says_what_is_missing_how_much_there_is_and_what_to_do(
    marieke: Client, reason: str, known: dict[str, int], said: str
) -> None:
    run = make_run()
    make_no_prediction(run, reason, **known)
    publish(run)
    page = marieke.get(URL)
    assert said in text_of(page)
    assert {"/imports/", "/data-quality/"} & set(read_links(page))


def test_what_is_needed_is_what_the_settings_of_the_run_say(marieke: Client) -> None:
    run = make_run(least_buyers=40)
    make_no_prediction(run, "few_buyers", buyers=5)
    publish(run)
    assert "needs 40 customers who bought; known so far: 5." in text_of(marieke.get(URL))


def test_before_the_first_calculation_and_of_runs_without_prediction_the_page_says_what_to_do(
    marieke: Client,
) -> None:
    assert "Nothing has been calculated yet." in text_of(marieke.get(URL))
    publish(make_run())
    assert "calculated before there were predictions. Calculate again." in text_of(marieke.get(URL))


def test_earlier_report_cards_are_listed_and_open(marieke: Client) -> None:
    earlier, silent = make_run("2025-11-30"), make_run("2025-12-15")
    make_prediction(earlier, verdict="fair", scores=[make_score(inside=0.7, total_error=0.12)])
    make_no_prediction(silent, "few_buyers", buyers=5)
    page = show(marieke)
    current = Run.objects.latest("pk")
    assert table_with(page, "Verdict") == [
        [f"{current.pk} (this page)", "31 Dec 2025", "MBG/NBD", "-4.0%", "81%", "good"],
        [str(earlier.pk), "30 Nov 2025", "MBG/NBD", "+12.0%", "70%", "fair"],
    ]
    [link] = [one for one in read_links(page) if one.startswith(f"{URL}?run=")]
    opened = marieke.get(link)
    assert "This is the report card of calculation" in text_of(opened)
    assert "These predictions are fair." in text_of(opened)


@pytest.mark.parametrize("asked", ["", "x", "-1", "999999", "9" * 40, "١"])
def test_a_run_that_is_not_there_is_not_found(marieke: Client, asked: str) -> None:
    assert marieke.get(URL, {"run": asked}).status_code == 404


def test_a_run_that_is_not_published_is_not_shown(marieke: Client) -> None:
    run = Run.objects.create(settings=CalculationSettings.current(), state=Run.State.FAILED)
    assert marieke.get(URL, {"run": run.pk}).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_report_cards(marieke: Client) -> None:
    show(marieke)
    with CaptureQueriesContext(connection) as few:
        marieke.get(URL)
    for _number in range(3):
        make_prediction(make_run())
    with CaptureQueriesContext(connection) as many:
        marieke.get(URL)
    assert len(many) == len(few)
