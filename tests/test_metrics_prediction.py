"""Predictions of a whole shop: what is stored adds up and explains itself, and too little history is said."""

from decimal import Decimal

import pytest
from django.db.models import F, Sum

from customers.demo.loading import load_shop
from customers.demo.plan import Plan
from customers.demo.shop import generate_shop
from customers.models import Customer
from metrics import pipeline
from metrics.explain_prediction import explain_prediction
from metrics.models import CalculationSettings, CustomerValue, ModelFit, Run
from tests.worked_example_shop import import_worked_example

pytestmark = pytest.mark.django_db(transaction=True)


def calculate(**settings) -> Run:
    if settings:
        CalculationSettings.objects.create(**settings)
    return pipeline.recalculate(pipeline.start_run("test").pk)


def load_demo(folder, customers):
    plan = Plan(customers=customers)
    load_shop(plan, generate_shop(plan, folder), say=print)


def test_the_demo_shop_has_a_tested_prediction_that_adds_up_and_explains_itself(tmp_path):
    load_demo(tmp_path, 1_500)
    Customer.objects.filter(external_id="1000001").update(objects_to_profiling=True)
    run = calculate(interest=Decimal("0.05"), inflation=Decimal("0.02"))
    prediction = run.prediction
    values = CustomerValue.objects.filter(run=run).select_related("run__settings")

    assert (prediction.reason, prediction.untested) == ("", "")
    assert prediction.verdict in {"good", "fair", "poor"}
    assert {one["name"] for one in prediction.scores} >= {"mbgnbd", "nbd", "last_year", "own_rate"}
    assert [one["name"] for one in prediction.scores if one["in_use"]] == [prediction.model]
    assert ModelFit.objects.filter(run=run, model=prediction.model, in_use=True).count() == 1
    factors = {level["factor"] for level in prediction.effects["levels"]}
    assert factors == {"channel", "country", "first_category"}

    for horizon in (12, 24, 36):
        stored = values.aggregate(total=Sum(f"predicted_{horizon}"))["total"]
        months = prediction.shop["months"][:horizon]
        assert sum(Decimal(month["value"]) for month in months) == stored
        whole = prediction.shop["horizons"][str(horizon)]
        assert whole["expected"] == pytest.approx(float(stored))
        assert whole["low"] < whole["expected"] < whole["high"]

    for value in values.filter(predicted_36__isnull=False).order_by("rank_predicted_12")[::150]:
        for horizon in (12, 24, 36):
            explained = explain_prediction(value, horizon)
            assert explained.total == getattr(value, f"predicted_{horizon}")
            assert len(explained.months) == horizon
        assert value.total == value.realised + value.predicted_12
        for horizon in (12, 24, 36):
            assert getattr(value, f"predicted_{horizon}_low") <= getattr(value, f"predicted_{horizon}_high")
        assert 0 <= value.p_active <= 1

    reaches = [
        values.aggregate(reach=Sum(F(f"predicted_{months}_high") - F(f"predicted_{months}_low")))["reach"]
        for months in (12, 24, 36)
    ]
    assert reaches == sorted(reaches)  # less is known of what is further off
    assert values.filter(total_variance=F("predicted_12_variance")).count() == prediction.customers

    objecting = values.get(external_id="1000001")
    assert (objecting.predicted_12, objecting.total, objecting.rank_total) == (None, None, None)
    best = values.get(rank_predicted_12=1)
    assert best.predicted_12 == max(values.exclude(predicted_12=None).values_list("predicted_12", flat=True))


def test_each_month_is_purchases_times_contribution_less_retention_discounted_and_rounded(tmp_path):
    load_demo(tmp_path, 1_500)
    run = calculate(interest=Decimal("0.05"), inflation=Decimal("0.02"))
    value = CustomerValue.objects.select_related("run__settings").get(run=run, rank_predicted_12=5)
    explained = explain_prediction(value, 12)
    assert explained.retention_cost > 0
    for month in explained.months:
        gained = month.purchases * explained.contribution - month.active * explained.retention_cost
        assert abs(gained * month.factor - month.amount) <= Decimal("0.00005001")
    assert float(explained.months[11].factor) == pytest.approx(1.02 / 1.05, abs=1e-9)


def test_five_customers_are_too_few_and_that_is_said(tmp_path):
    import_worked_example(tmp_path)
    run = calculate()
    assert (run.prediction.reason, run.prediction.model) == ("few_buyers", "")
    assert not CustomerValue.objects.filter(run=run).exclude(predicted_12=None).exists()


def test_a_shop_without_orders_says_that_nobody_bought():
    assert calculate().prediction.reason == "no_buyers"


def test_a_prediction_without_enough_history_to_test_it_says_so(tmp_path):
    load_demo(tmp_path, 600)
    run = calculate(least_buyers=560, least_repeat_buyers=100)
    assert (run.prediction.reason, run.prediction.untested) == ("", "few_buyers")
    assert (run.prediction.model, run.prediction.verdict, run.prediction.card) == ("mbgnbd", "", {})
