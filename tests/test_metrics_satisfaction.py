"""What a calculation finds about satisfaction, referrals and programmes: by hand, and by plain SQL."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from customers.models import Customer, Referral, SurveyAnswer
from metrics import pipeline, satisfaction
from metrics.members import OTHER
from metrics.models import CalculationSettings, CustomerValue, DissatisfiedCustomer, Satisfaction
from tests.builders import make_customer, make_membership, make_order, make_retention_cost, make_upload

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = date(2025, 12, 31)


def calculate() -> Satisfaction:
    CalculationSettings.objects.create(default_margin=Decimal("0.4"))
    run = pipeline.recalculate(pipeline.start_run("test", AS_OF).pk)
    return Satisfaction.objects.get(run=run)


def answer(customer: Customer, day: str, score: int, scale: str = "nps") -> None:
    SurveyAnswer.objects.create(
        external_id=f"{customer.external_id}|{day}|{scale}", customer=customer, scale=scale, score=score,
        answered_on=date.fromisoformat(day), upload=make_upload(),
    )  # fmt: skip


def refer(referrer: Customer, referred: Customer, day: str | None) -> None:
    on = date.fromisoformat(day) if day else None
    Referral.objects.create(referrer=referrer, referred=referred, referred_on=on, upload=make_upload())


def make_buyers(*amounts: str) -> list[Customer]:
    """Return customers A, B, … who each bought once, on 1 March 2025."""
    found = []
    for place, amount in enumerate(amounts):
        customer = make_customer("ABCDEFGHIJ"[place])
        make_order(customer, "2025-03-01", amount)
        found.append(customer)
    return found


def test_boxes_hold_the_last_answer_of_twelve_months_beside_value():
    """Revenue 10 … 50 at a margin of 40 %: realised 4, 8, 12, 16, 20; the 80th percentile is 16: D and E.

    A's promoter answer is a year too old and E changed its mind; C objects to profiling.
    """
    a, b, c, _d, e = make_buyers("10", "20", "30", "40", "50")
    Customer.objects.filter(pk=c.pk).update(objects_to_profiling=True)
    answer(a, "2024-12-31", 10)
    answer(b, "2025-04-01", 9)
    answer(c, "2025-04-01", 0)
    answer(e, "2025-04-01", 10)
    answer(e, "2025-05-01", 6)
    answer(e, "2025-05-01", 5, "csat_5")
    found = calculate()
    told = found.answers
    assert (told["first"], told["last"], told["method"]) == ("2025-01-01", "2025-12-31", "realised")
    # Of A, B, D and E (4, 8, 16, 20) the fourth of five parts ends at the largest.
    assert told["threshold"] == "20.0000"
    boxes = {(row["standing"], row["valuable"]): row for row in told["families"]["nps"]["boxes"]}
    assert {place: (row["customers"], row["value"]) for place, row in boxes.items()} == {
        ("low", True): (1, "20.0000"),
        ("high", False): (1, "8.0000"),
        (None, False): (2, "20.0000"),
    }
    [listed] = DissatisfiedCustomer.objects.filter(run=found.run)
    assert (listed.customer, listed.score, listed.answered_on) == (e, 6, date(2025, 5, 1))
    assert told["families"]["csat"]["dimensions"]["channel"][0]["high"] == 1


def test_answers_are_counted_by_country_and_first_category_too():
    """Of two in Belgium one answered, a 9: 100 points ÷ 1."""
    a, b = make_buyers("10", "20")
    Customer.objects.filter(pk__in=(a.pk, b.pk)).update(country="BE")
    answer(a, "2025-04-01", 9)
    told = calculate().answers["families"]["nps"]["dimensions"]
    assert told["country"] == [
        {"member": "BE", "customers": 2, "n": 1, "sum": 100, "low": 0, "middle": 0, "high": 1}
    ]
    assert [row["member"] for row in told["first_category"]] == [""]


def test_members_beyond_the_50_largest_are_counted_together():
    """Of 52 members those with 1 and 2 customers are the smallest; a 9 of one and a 3 of the other."""
    rows = [
        {"member": f"{place:02}", "customers": place, "score": None, "scale": None, "standing": None}
        for place in range(3, 53)
    ]
    few = [
        {"member": "01", "customers": 1, "score": 9, "scale": "nps", "standing": 2},
        {"member": "02", "customers": 2, "score": 3, "scale": "nps", "standing": 0},
    ]
    told = satisfaction.list_members([*rows, *few])
    assert len(told) == 51
    assert [row for row in told if row["member"] == OTHER] == [
        {"member": OTHER, "customers": 3, "n": 3, "sum": -100, "low": 2, "middle": 0, "high": 1}
    ]


def test_nobody_is_valuable_at_a_loss():
    """Eight lose 6 each, so that the 80th percentile is -6; I comes to 0, J to 4; A, I and J answer low."""
    for name, cost in [*((name, "16") for name in "ABCDEFGH"), ("I", "10"), ("J", "6")]:
        customer = make_customer(name)
        make_order(customer, "2025-03-01", "10", cost_of_goods=cost)
        if name in "AIJ":
            answer(customer, "2025-04-01", 3)
    found = calculate()
    assert (found.answers["method"], found.answers["threshold"]) == ("realised", "-6.0000")
    boxes = {(row["standing"], row["valuable"]): row for row in found.answers["families"]["nps"]["boxes"]}
    assert {place: (row["customers"], row["value"]) for place, row in boxes.items()} == {
        ("low", True): (1, "4.0000"),
        ("low", False): (2, "-6.0000"),
        (None, False): (7, "-42.0000"),
    }
    [listed] = DissatisfiedCustomer.objects.filter(run=found.run)
    assert listed.customer.external_id == "J"


def test_a_shop_without_answers_members_and_referrals_keeps_nothing():
    make_buyers("10")
    found = calculate()
    assert (found.answers, found.relation, found.referrals, found.programmes) == ({}, {}, {}, [])


def test_the_year_after_an_answer_is_looked_at_once_it_is_over():
    """A answered 9 on 1 March 2024 and bought twice in the year after; B answered 3 and did not.

    A's younger answer has no year after it; C had not bought yet; purchases of the day itself are before it.
    """
    a, b, c = (make_customer(name) for name in "ABC")
    for day in ("2024-01-01", "2024-03-01", "2024-03-02", "2025-03-01", "2025-03-02"):
        make_order(a, day, "10")
    make_order(b, "2024-01-01", "10")
    make_order(c, "2024-06-01", "10")
    answer(a, "2024-03-01", 9)
    answer(a, "2025-03-01", 0)
    answer(b, "2024-03-01", 3)
    answer(c, "2024-03-01", 10)
    told = calculate().relation["nps"]
    low, middle, high = told["by_standing"]
    assert (told["n"], middle) == (2, None)
    assert (high["n"], high["bought"]["value"], high["purchases"]["value"]) == (1, 1.0, 2.0)
    assert (low["n"], low["bought"]["value"], low["purchases"]["value"]) == (1, 0.0, 0.0)


def test_referrals_count_every_euro_once():
    """A, B and C brought in each other; D was told by A and, earlier, by B. At 40 %: 4, 8, 12, 16."""
    a, b, c, d = make_buyers("10", "20", "30", "40")
    refer(a, b, "2025-01-01")
    refer(b, c, "2025-01-02")
    refer(c, a, None)
    refer(a, d, "2025-02-02")
    refer(b, d, "2025-02-01")
    told = calculate().referrals
    assert (told["told"], told["counted"], told["buyers"], told["referrers"]) == (5, 4, 4, 3)
    assert told["realised"] == "40.0000", "4 + 8 + 12 + 16, nobody twice"
    assert told["circles"] == [[a.pk, b.pk, c.pk]]
    assert [(row["customer"], row["brought"], row["realised"]) for row in told["top"]] == [
        (b.pk, 2, "28.0000"),
        (a.pk, 1, "8.0000"),
        (c.pk, 1, "4.0000"),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(realised) FROM metrics_customervalue WHERE customer_id IN"
            " (SELECT referred_id FROM customers_referral)"
        )
        assert cursor.fetchone()[0] == Decimal(told["realised"])


def test_members_are_set_beside_others_alike_and_cost_is_spread_over_days():
    """Four members and four others bought 10 in January 2024; members joined in March 2024, on ordering.

    Three members bought again within the year after joining, one other did: 75 % against 25 %. What members
    bought on the day of joining itself is not in it. The cost of 366 is for 366 days of 2024 and is all due.
    """
    members = [make_customer(f"M{place}") for place in range(4)]
    others = [make_customer(f"X{place}") for place in range(4)]
    for customer in (*members, *others):
        make_order(customer, "2024-01-10", "10")
    for customer in members:
        make_order(customer, "2024-03-05", "99")
        make_membership(customer, "Club", "2024-03-05")
    for customer in (*members[:3], others[0]):
        make_order(customer, "2024-06-01", "20")
    make_retention_cost("2024-01-01", "2024-12-31", "366", programme="Club")
    make_retention_cost("2025-12-31", "2026-01-01", "10", programme="Club")
    [club] = calculate().programmes
    assert (club["programme"], club["members"], club["joined"], club["followed"]) == ("Club", 4, 4, 4)
    assert (Decimal(club["cost"]), Decimal(club["cost_12"])) == (371, 5)
    assert (club["retention"]["of_members"], club["retention"]["of_others"]) == (0.75, 0.25)
    # 20 at a margin of 40 %: 8 each for three of four, and for one of four.
    assert (club["contribution"]["of_members"], club["contribution"]["of_others"]) == (6.0, 2.0)


def test_every_buyer_is_in_one_box_and_one_member_of_each_dimension():
    """By plain SQL: no customer is lost, and no answer counted twice."""
    buyers = make_buyers(*(str(10 * place) for place in range(1, 11)))
    for place, customer in enumerate(buyers[:7]):
        answer(customer, "2025-06-01", place + 3)
        answer(customer, "2025-06-02", (place * 4) % 11)
    told = calculate().answers["families"]["nps"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(last.score), count(*) FILTER (WHERE last.score >= 9)"
            " FROM metrics_customervalue AS v LEFT JOIN LATERAL"
            " (SELECT score FROM customers_surveyanswer AS a WHERE a.customer_id = v.customer_id"
            " ORDER BY answered_on DESC LIMIT 1) AS last ON true"
            " WHERE v.orders > 0"
        )
        everyone, answered, promoters = cursor.fetchone()
    assert everyone == CustomerValue.objects.count() == 10
    for members in (told["boxes"], *told["dimensions"].values()):
        assert sum(row["customers"] for row in members) == everyone
    for members in told["dimensions"].values():
        assert (sum(row["n"] for row in members), sum(row["high"] for row in members)) == (
            answered,
            promoters,
        )
