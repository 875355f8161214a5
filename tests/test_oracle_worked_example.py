"""The oracle itself, before it may judge: every figure of `reference/worked_example.md`."""

from datetime import date, datetime
from fractions import Fraction

import pytest

from tests.oracle_customers import METHODS, Valuation, add_up_periods
from tests.oracle_facts import (
    AMSTERDAM,
    AcquisitionFact,
    AnswerFact,
    Choices,
    CustomerFact,
    Facts,
    LineFact,
    MembershipFact,
    OrderFact,
    ReferralFact,
    RefundFact,
    RetentionFact,
    round_half_up,
)
from tests.oracle_feedback import value_referrals
from tests.oracle_kpis import compute_kpis
from tests.worked_example_shop import KPIS_OF_THE_YEAR


def at(text):
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)


def order(id_, customer, moment, net, cost, transaction, channel, **more):
    known = None if cost is None else Fraction(cost)
    return OrderFact(
        id_, customer, at(moment), Fraction(net), known, Fraction(transaction), sales_channel=channel, **more
    )


def day(text):
    return date.fromisoformat(text)


EXAMPLE = Facts(
    customers=(
        CustomerFact("A", "ads", "spring"), CustomerFact("B", "ads"), CustomerFact("C"),
        CustomerFact("D", "organic"), CustomerFact("E", "ads"),
    ),
    orders=(
        order("O1", "A", "2024-01-10", 100, 40, 5, "ads"),
        order("O2", "A", "2024-06-15", 200, 80, 6, "ads"),
        order("O3", "A", "2025-03-20 10:00", 250, 100, 5, "ads"),
        order("O4", "A", "2025-03-20 16:00", 50, 20, 3, "ads"),
        order("O5", "B", "2024-01-31T23:30:00+00:00", 80, None, 4, "ads"),
        order("O6", "B", "2025-02-10", 120, 50, 4, "ads"),
        order("O7", "C", "2024-11-29", 60, None, 4, "organic",
              lines=(LineFact("", Fraction(2), Fraction(60), Fraction(12)),)),
        order("O8", "C", "2024-12-31 23:30", 90, 36, 4, "organic"),
        order("O9", "D", "2025-05-05", 70, 30, 5, "organic"),
        order("O10", "E", "2025-11-28", 110, 44, 5, "ads"),
        order("O11", "E", "2025-12-05", 40, 16, 3, "ads", status="cancelled"),
        order("O12", None, "2025-11-30", 30, 12, 2, ""),
    ),
    refunds=(
        RefundFact("R1", at("2024-07-05"), Fraction(50), "O2"),
        RefundFact("R2", at("2025-06-02"), Fraction(70), "O9"),
        RefundFact("R3", at("2025-01-20"), Fraction(10), "", "C"),
        RefundFact("R4", at("2026-01-05"), Fraction(20), "O10"),
    ),
    acquisition=(
        AcquisitionFact("K1", "ads", "", day("2024-01-15"), day("2024-02-13"), Fraction(300)),
        AcquisitionFact("K2", "ads", "spring", day("2024-03-01"), day("2024-03-31"), Fraction(62)),
        AcquisitionFact("K3", "organic", "", day("2024-11-01"), day("2024-12-31"), Fraction(122)),
        AcquisitionFact("K4", "ads", "", day("2025-11-17"), day("2026-01-15"), Fraction(120)),
        AcquisitionFact("K5", "ads", "xmas", day("2025-11-24"), day("2025-11-30"), Fraction(35)),
    ),
    retention=(
        RetentionFact("P1", day("2025-03-01"), day("2025-03-31"), Fraction(12), "A"),
        RetentionFact("P2", day("2025-02-01"), day("2025-02-28"), Fraction(100)),
        RetentionFact("P3", day("2023-06-01"), day("2023-06-30"), Fraction(60)),
        RetentionFact("P4", day("2025-12-01"), day("2025-12-31"), Fraction(31), programme="club"),
    ),
    memberships=(
        MembershipFact("A", "club", day("2025-01-01")), MembershipFact("E", "club", day("2025-11-28")),
    ),
    answers=(
        AnswerFact("1", "A", day("2025-04-01"), "nps", 9), AnswerFact("2", "A", day("2025-12-10"), "nps", 6),
        AnswerFact("3", "B", day("2025-02-12"), "nps", 10), AnswerFact("4", "C", day("2024-12-20"), "nps", 8),
        AnswerFact("5", "E", day("2025-12-01"), "csat_5", 4),
        AnswerFact("6", "B", day("2025-02-12"), "csat_10", 7),
    ),
    referrals=(ReferralFact("A", "E"),),
    choices=Choices(
        complete_from=day("2024-01-01"), default_margin=Fraction("0.4"), interest=Fraction(0),
        inflation=Fraction(0), referral_share=Fraction("0.1"),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def valuation():
    return Valuation(EXAMPLE, date(2025, 12, 31))


@pytest.fixture(scope="module")
def kpis(valuation):
    return compute_kpis(valuation, {})


def column(valuation, name):
    return [text(getattr(person, name)) for person in valuation.people.values()]


def text(value):
    return None if value is None else f"{float(round_half_up(Fraction(value), 4)):g}"


def test_what_customers_did_and_cost(valuation):
    assert column(valuation, "revenue") == ["550", "200", "140", "0", "110"]
    assert column(valuation, "contribution") == ["291", "94", "72", "-5", "61"]
    assert column(valuation, "acquisition_cost") == ["170", "130", "60", "0", "63"]
    assert column(valuation, "retention_cost") == ["60.8334", "33.3333", "33.3333", "0", "15.5"]
    assert column(valuation, "window_cost_to_serve") == ["68.8334", "37.3333", "33.3333", "5", "20.5"]
    sums = valuation.acquisition
    assert (sums.uploaded, sums.allocated, sums.unallocated, sums.not_yet_due) == (639, 423, 186, 30)
    sums = valuation.retention
    assert (sums.uploaded, sums.allocated, sums.unallocated, sums.not_yet_due) == (203, 143, 60, 0)


@pytest.mark.parametrize(
    ("method", "figures"),
    [
        ("realised", ["60.1666", "-69.3333", "-21.3333", "-5", "-17.5"]),
        ("periodic", ["179.799", "-34.8991", "46.723", None, "73.5"]),
        ("lifetime", ["442.251", "162.403", "200.161", None, "170.94"]),
        ("loyalty", ["200", "80", "0", "0", "73.3333"]),
        ("value_density", ["150", "120", None, None, "110"]),
    ],
)
def test_what_customers_are_worth(valuation, method, figures):
    assert [text(person.values[method]) for person in valuation.people.values()] == figures


def test_ranks(valuation):
    ranks = {method: [x.ranks[method] for x in valuation.people.values()] for method in METHODS}
    assert ranks["realised"] == [1, 5, 4, 2, 3]
    assert ranks["lifetime"] == [1, 4, 2, 5, 3]


PAYBACK = {  # the month, or (None, not yet in that month)
    "2024-01": (15, None), "2024-02": (None, 23), "2024-03": (None, None), "2024-11": (2, None),
    "2025-11": (None, 2),
}  # fmt: skip
MEMBERS = (
    (date(2024, 12, 1), "", ""), (date(2025, 12, 1), "", ""), (date(2025, 12, 1), "channel", "ads"),
    (date(2025, 12, 1), "channel", "organic"), (date(2025, 12, 1), "anonymous", ""),
)  # fmt: skip


@pytest.mark.parametrize("key", KPIS_OF_THE_YEAR)
def test_kpis_of_a_year(kpis, key):
    found = []
    for month, dimension, member in MEMBERS:
        above, below = kpis.get((key, month, "12m", dimension, member), (None, None))
        missing = (key, month, "12m", dimension, member) not in kpis
        parts = [text(above)] if below is None else [text(above), text(below)]
        found.append(None if missing else "n.a." if above is None else "/".join(parts))
    assert tuple(found) == KPIS_OF_THE_YEAR[key]


def test_revenue_of_all_months_is_that_of_both_bases(kpis, valuation):
    months = [figure[0] for key, figure in kpis.items() if key[0] == "revenue" and key[2:4] == ("month", "")]
    assert sum(months) == 1030 == sum(person.revenue for person in valuation.people.values()) + 30


def test_payback_by_cohort_month(kpis):
    found = {month: kpis["payback", day(f"{month}-01"), "month", "", ""] for month in PAYBACK}
    assert found == PAYBACK


def test_extra_value(valuation):
    values = [text(value_referrals(valuation, id_)) for id_ in valuation.people]
    assert values == ["-1.75", "0", "0", "0", "0"]


def test_snapshot(kpis):
    month = date(2025, 12, 1)
    assert kpis["average", month, "as_of", "", ""] == (1000, 4)
    assert kpis["realised_mean", month, "as_of", "", ""] == (-48, 4)
    assert kpis["average", month, "as_of", "channel", "ads"] == (860, 3)


def test_the_run_of_may_does_not_see_what_came_later():
    valuation = Valuation(EXAMPLE, date(2025, 5, 31))
    person = valuation.people["D"]
    assert (len(person.purchases), person.revenue, person.contribution) == (1, 70, 35)
    assert len(valuation.ledger.valid) == 9
    assert sum(movement.amount for movement in valuation.ledger.movements) == 960


def test_discounted_years_by_hand():
    """1/1.1 + 1/1.21 + half of 1/1.331."""
    assert add_up_periods(Fraction("2.5"), Fraction("0.1"), 1) == round_half_up(
        1 / Fraction("1.1") + 1 / Fraction("1.21") + 1 / Fraction("1.331") / 2, 10
    )
