"""Days between two purchases as a histogram: which gaps it is over, and how wide its bars are."""

from datetime import date

import numpy as np
import pytest

from metrics import pipeline, rhythm
from metrics.basis import Basis
from metrics.models import BuyingRhythm, CalculationSettings, Prediction
from metrics.pages.cohorts.charts import chart_gaps
from tests.builders import make_customer, make_order


def draw(days: list[int], months: list[int] | None = None) -> list[dict[str, int | None]]:
    """The histogram of gaps that end in month 20 of 24 unless ``months`` says otherwise."""
    basis = Basis(1, date(2025, 12, 31), date(2024, 1, 1), date(2024, 1, 1), CalculationSettings())
    where = months or [20] * len(days)
    nobody = np.zeros(len(days), dtype=np.int64)
    gaps = rhythm.Gaps(customers=nobody, owner=nobody, month=np.array(where), days=np.array(days))
    return rhythm.draw_gaps(gaps, basis)


def test_a_shop_of_weekly_buyers_with_a_late_one_has_bars_of_a_week():
    bars = draw([*[7] * 8, 8, 300])
    assert [(bar["from"], bar["to"]) for bar in bars[:2]] == [(1, 7), (8, 14)]
    assert [bar["n"] for bar in bars[:3]] == [8, 1, 0]
    assert bars[-1] == {"from": 106, "to": None, "n": 1}


def test_gaps_of_a_few_days_have_a_bar_each():
    bars = draw([1, 2, 2, 15])
    assert [bar["n"] for bar in bars] == [1, 2, *[0] * 12, 1, 0]


@pytest.mark.parametrize(("longest", "width"), [(15, 1), (16, 7), (105, 7), (106, 14), (400, 30), (5000, 90)])
def test_bars_are_as_narrow_as_shows_nine_gaps_in_ten(longest, width):
    assert draw([longest] * 10)[0]["to"] == width


def test_it_is_over_gaps_that_end_in_the_last_twelve_months():
    assert sum(bar["n"] or 0 for bar in draw([5, 5, 5], [11, 12, 23])) == 2
    assert draw([5], [11]) == []


def test_the_chart_names_its_bars():
    chart = chart_gaps(draw([*[7] * 8, 8, 300]))
    assert chart is not None
    assert [chart["labels"][0], chart["labels"][-1]] == ["1 – 7", "106 en meer"]
    assert chart_gaps([]) is None


@pytest.mark.django_db(transaction=True)
def test_a_run_keeps_the_rhythm_of_every_member_that_has_one():
    """Ads: gaps of 10, 40 and 335 days, the 90th percentile at 276; organic: bought once, long ago.

    Of Anna and Carla a silence can be told, both new before 2025: Anna buys on, Carla never again.
    """
    anna, bram = (make_customer(name, acquisition_channel="ads", country="NL") for name in ("anna", "bram"))
    carla = make_customer("carla", acquisition_channel="organic", country="BE")
    for customer, day in [
        (anna, "2024-12-01"), (anna, "2025-11-01"), (anna, "2025-12-11"),
        (bram, "2025-12-01"), (bram, "2025-12-11"), (carla, "2024-03-01"),
    ]:  # fmt: skip
        make_order(customer, day, "20")
    CalculationSettings.objects.create()
    run = pipeline.recalculate(pipeline.start_run("test", date(2025, 12, 31)).pk)
    kept = {(row.dimension, row.member): row for row in BuyingRhythm.objects.filter(run=run)}
    # 276 days are within 15 bars of 30 days.
    ads = kept["channel", "ads"]
    assert [(bar["from"], bar["n"]) for bar in ads.gaps if bar["n"]] == [(1, 1), (31, 1), (331, 1)]
    assert (ads.survival["customers"], ads.survival["silent"]) == (1, 0)
    organic = kept["channel", "organic"]
    assert (organic.gaps, organic.survival["customers"], organic.survival["silent"]) == ([], 1, 1)
    assert kept["country", "NL"].gaps == ads.gaps
    assert sum(bar["n"] for bar in run.curves["gaps"]) == 3
    shop = Prediction.objects.get(run=run).shop["survival"]
    assert (shop["customers"], shop["silent"]) == (2, 1)
