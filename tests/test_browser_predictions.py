"""The report card in Chromium: drawn, accessible, no wider than a phone, in both languages."""

import pytest

from tests.browser_shop import visit
from tests.builders import make_user
from tests.prediction_builders import make_prediction
from tests.test_browser_every_page import Sight, look_at_all
from tests.value_builders import make_run, publish

pytestmark = pytest.mark.browser

_ONE = {"effect": 1.0, "low": 1.0, "high": 1.0}
_MORE = {"effect": 1.5, "low": 1.2, "high": 1.9}
_ADS = {"factor": "channel", "level": "ads", "reference": True, "customers": 700}
EFFECTS = {
    "model": "mbgnbd", "customers": 1_000, "p_values": {"channel": 0.01},
    "levels": [
        {**_ADS, "rate": _ONE, "dropout": _ONE},
        {**_ADS, "level": None, "reference": False, "customers": 300, "rate": _MORE, "dropout": _ONE},
    ],
}  # fmt: skip


@pytest.fixture
def report_card(transactional_db: None) -> None:
    """Two calculations with a report card, the second in use."""
    make_prediction(make_run("2025-11-30"), effects=EFFECTS)
    run = make_run()
    make_prediction(run, effects=EFFECTS)
    publish(run)


def test_the_report_card_is_fit_to_be_read_by_everyone(
    live_server, report_card: None, chromium_path: str
) -> None:
    look_at_all(chromium_path, live_server.url, [Sight("predictions")])


def test_every_chart_is_drawn_and_an_earlier_report_card_opens(
    live_server, report_card: None, chromium_path: str
) -> None:
    with visit(chromium_path, live_server.url, user=make_user("marieke")) as reader:
        page = reader.open("/predictions/")
        figures = page.locator("figure[data-chart]")
        assert figures.count() == 5
        for place in range(5):
            assert figures.nth(place).locator("canvas").bounding_box()["height"] > 100
        reader.follow(page.locator("a[href^='/predictions/?run=']"))
        assert page.locator(".callout-info").first.is_visible()
        assert page.locator("html[data-charts=drawn]").count() == 1
