"""A predicted demo shop from calculation to page, list, file and KPI: figures add up to what is stored."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db.models import Count, Sum
from django.test import Client
from django.urls import reverse

from customers.demo.loading import load_shop
from customers.demo.plan import Plan
from customers.demo.shop import generate_shop
from klantwaarde.formats import round_half_up
from metrics import pipeline
from metrics.models import CalculationSettings, CustomerValue, KpiValue, Publication, Run
from tests.builders import make_user
from tests.page_reading import read_tables, read_text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(tmp_path) -> Run:
    """1,500 customers with interest, inflation and a share won back."""
    plan = Plan(customers=1_500)
    load_shop(plan, generate_shop(plan, tmp_path), say=print)
    CalculationSettings.objects.create(
        interest=Decimal("0.05"), inflation=Decimal("0.02"), share_won_back=Decimal("0.2"),
        ranking_method="total", prediction_months=24,
    )  # fmt: skip
    return pipeline.recalculate(pipeline.start_run("test").pk)


def amount(text: str) -> Decimal:
    return Decimal(re.sub(r"[€,\s]", "", text).replace("−", "-"))


def read_command(*arguments) -> list[dict[str, str]]:
    output = io.StringIO()
    call_command("export_customers", *arguments, stdout=output)
    return list(csv.DictReader(io.StringIO(output.getvalue())))


# One shop, calculated once, is looked at from every side: making it takes most of the time.
def test_a_predicted_shop_adds_up_on_every_page_and_in_every_file(run, client: Client):
    client.force_login(make_user())
    client.cookies["django_language"] = "en"
    values = CustomerValue.objects.filter(run=run)

    check_totals(run, values)
    check_command(values)
    check_selection(run, values, client)
    for place in (1, 40, 400, 1200):
        check_page(values.get(rank_predicted_12=place), client)
    check_survival(run, values)


def check_totals(run, values):
    buyers = values.filter(orders__gt=0, objects_to_profiling=False)
    sums = buyers.aggregate(worth=Sum("total"), n=Count("total"), twelve=Sum("predicted_12"))
    assert (run.totals["scored"]["total"], run.totals["scored"]["total_known"]) == (
        str(sums["worth"]),
        sums["n"],
    )
    assert Decimal(run.totals["buyers"]["predicted_12"]) == sums["twelve"]
    assert not run.is_valueless("total")
    clv = KpiValue.objects.get(run=run, kpi="clv", dimension="")
    assert (clv.numerator, clv.denominator, clv.n) == (sums["worth"], sums["n"], sums["n"])
    channels = KpiValue.objects.filter(run=run, kpi="clv", dimension="channel")
    assert channels.aggregate(total=Sum("numerator"))["total"] == sums["worth"]


def check_command(values):
    rows = read_command("--method", "predicted_12", "--limit", "3")
    stored = values.filter(rank_predicted_12__lte=3).order_by("rank_predicted_12")
    assert [(row["customer_id"], row["predicted_12"], row["total"], row["p_active"]) for row in rows[:3]] == [
        (one.external_id, str(one.predicted_12), str(one.total), str(one.p_active)) for one in stored
    ]
    best = read_command("--limit", "1")[0]  # ranked by total: the settings say so
    assert best["customer_id"] == values.get(rank_total=1).external_id
    assert Decimal(best["total"]) == Decimal(best["realised"]) + Decimal(best["predicted_24"])


def check_selection(run, values, client):
    channel = values.get(rank_predicted_12=1).channel
    listed = values.filter(channel=channel, objects_to_profiling=False)
    sums = listed.aggregate(n=Count("predicted_12"), total=Sum("predicted_12"))
    text = read_text(client.get(reverse("customers"), {"method": "predicted_12", "channel": channel}))
    said = f"The {sums['n']} customers on this list are expected to bring in €{sums['total']:,.0f} together"
    assert said in text
    low, high = re.search(r"between (-?€[\d,]+) and (-?€[\d,]+)\.", text).groups()
    assert amount(low) < sums["total"] < amount(high)


def check_page(value, client):
    response = client.get(reverse("customer", args=[value.customer_id]))
    table = next(table for table in read_tables(response) if table[0][:2] == ["Month", "Expected purchases"])
    facts = read_facts(response)
    spend, margin = amount(facts["spend"]), amount(facts["margin"].rstrip("%")) / 100
    assert round_half_up(spend * margin, 4) == amount(facts["contribution"])
    running, found = Decimal(0), []
    for row in table[1:]:
        if row[0].startswith("Together"):
            found.append((row[0], amount(row[-1])))
            assert running == amount(row[-1])
        else:
            running += amount(row[-1])
            check_month(row, *(amount(facts[name]) for name in ("contribution", "retention")))
    assert found == [
        (f"Together, {months} months", getattr(value, f"predicted_{months}")) for months in (12, 24, 36)
    ]
    total = next(table for table in read_tables(response) if table[-1][0] == "Total value")
    assert [amount(row[2]) for row in total[1:]] == [value.realised, value.predicted_24, value.total]
    assert "What keeping may cost at most" in read_text(response)


def read_facts(response) -> dict[str, str]:
    """What stands above the months: of a purchase, and of a month of being active."""
    names = {
        "spend": "Expected revenue of a purchase", "margin": "Margin",
        "contribution": "Expected contribution of a purchase",
        "retention": "Retention cost of a month of being active",
    }  # fmt: skip
    html = response.content.decode()
    return {key: re.search(f"<dt>{name}</dt><dd>([^<]+)</dd>", html)[1] for key, name in names.items()}


def check_month(row, contribution, retention_cost):
    """Whoever computes after the page arrives at its figures, to the last digit."""
    purchases, gained, kept, factor = Decimal(row[1]), amount(row[2]), amount(row[4]), Decimal(row[5])
    active = amount(row[3].rstrip("%")) / 100
    assert gained == round_half_up(purchases * contribution, 10)
    assert kept == -round_half_up(active * retention_cost, 10)
    assert round_half_up((gained + kept) * factor, 4) == amount(row[-1])


def check_survival(run, values):
    curve = run.prediction.shop["survival"]
    followed = values.filter(objects_to_profiling=False, age__gte=365).count()
    assert (curve["customers"], curve["points"][0]["n"]) == (followed, followed)
    shares = [point["share"] for point in curve["points"]]
    assert shares == sorted(shares, reverse=True)
    assert Publication.objects.get().run == run
