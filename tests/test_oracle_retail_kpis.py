"""Every KPI of Online Retail (UCI, CC BY 4.0), also on its pages, against SQL written apart from the queries.

What the file lacks is added by rules (`retail_shop`), so that every KPI has a figure.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Any

import pytest
from django.urls import reverse

from customers.models import AcquisitionCost
from metrics.kpis import KPIS
from metrics.models import KpiValue, OverviewCards, Target
from tests import oracle_retail_pages
from tests.oracle_facts import add_months
from tests.oracle_retail_kpis import Figure
from tests.oracle_retail_run import (
    APART,
    LAST_WHOLE,
    SNAPSHOTS,
    Retail,
    close,
    kept_retail,
    list_latest,
    read_csv,
)
from tests.retail_shop import AS_OF, ATTRIBUTE, DATA

pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason="the Online Retail file is not beside the repository"),
    pytest.mark.django_db,
]

DIMENSIONS = (
    "", "anonymous", "channel", "country", "first_category", "rfm", "tier", "lifecycle", "segment",
    f"attribute:{ATTRIBUTE}", "campaign",
)  # fmt: skip
PERIODS = (
    ("12m", LAST_WHOLE),
    ("month", LAST_WHOLE),
    ("month", date(2011, 12, 1)),
    ("12m", date(2010, 11, 1)),
)


@pytest.fixture(scope="module")
def retail(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Retail]:
    """The shop, calculated once, and the oracle's figures of it."""
    with kept_retail(django_db_blocker, tmp_path_factory.mktemp("files")) as retail:
        yield retail


def is_nothing(figure: Figure) -> bool:
    """True where nothing happened: counts and sums of 0, rates of nothing."""
    return not any(figure)


@pytest.mark.parametrize("kpi", [key for key in KPIS if key not in APART])
def test_every_figure_of_every_member_is_the_oracles(retail, kpi):
    rows = KpiValue.objects.filter(run=retail.run, kpi=kpi)
    columns = ("kpi", "window", "period", "dimension", "member", "numerator", "denominator")
    found = {tuple(key): (above, below) for *key, above, below in rows.values_list(*columns)}
    expected = {key: figure for key, figure in retail.figures.items() if key[0] == kpi}
    differences = [
        f"{key}: {found.get(key)}, by the definitions {expected.get(key)}"
        for key in sorted(found.keys() | expected.keys())
        if not equal(found.get(key), expected.get(key))
    ]
    assert not differences, "\n".join([*differences[:12], f"{len(differences)} of {len(found)}"])
    assert any(above is not None for above, _below in found.values()), "a KPI without a figure proves nothing"


def equal(found: Figure | None, expected: Figure | None) -> bool:
    if found is None or expected is None:
        return is_nothing(found or (None, None)) and is_nothing(expected or (None, None))
    return [None if x is None else Fraction(x) for x in found] == [
        None if x is None else Fraction(x) for x in expected
    ]


def test_every_kpi_of_the_register_and_every_dimension_is_there(retail):
    written = KpiValue.objects.filter(run=retail.run).order_by()
    assert set(written.values_list("dimension", flat=True).distinct()) == set(DIMENSIONS)
    assert set(written.values_list("kpi", flat=True).distinct()) == set(KPIS)


def test_means_of_total_value_are_realised_and_predicted_together(retail):
    expected = {
        (dimension, member): (amount, n)
        for dimension, member, amount, n in retail.ask(oracle_retail_pages.TOTAL_VALUE)
        if n
    }
    rows = KpiValue.objects.filter(run=retail.run, kpi="clv", denominator__gt=0)
    found = {(row.dimension, row.member): (row.numerator, row.denominator) for row in rows}
    assert found == expected
    assert len(found) > 50


def test_the_maximum_cac_is_the_lower_end_of_the_mean_of_the_latest_cohorts(retail):
    """Against the normal approximation of the same mean: a bootstrap of thousands differs by little."""
    for row in KpiValue.objects.filter(run=retail.run, kpi="maximum_cac"):
        amounts = [float(amount) for amount in list_latest(row.member)]
        mean = sum(amounts) / len(amounts)
        error = sqrt(sum((x - mean) ** 2 for x in amounts) / (len(amounts) - 1) / len(amounts))
        assert row.n == len(amounts) >= 30
        assert float(row.numerator) == pytest.approx(mean - 1.2816 * error, abs=0.35 * error)


@pytest.mark.parametrize(("window", "month"), PERIODS)
@pytest.mark.parametrize("dimension", [one for one in DIMENSIONS if one not in ("anonymous", "campaign")])
def test_the_overview_of_every_member_is_the_oracles(retail, marieke, dimension, window, month):
    members = {key[4] for key in retail.figures if key[0] == "orders" and key[3] == dimension}
    differences = []
    for member in members:
        asked = {"window": window, "month": f"{month:%Y-%m}", "dimension": dimension, "member": member}
        for row in read_csv(marieke, "overview_export", **asked):
            if row["kpi"] in APART or (row["kpi"], dimension) == ("paid_cac", ""):
                continue
            key = (row["kpi"], row["window"], date.fromisoformat(row["last_day"]).replace(day=1))
            value = retail.value(*key, dimension, member)
            if not close(row["value"], value) and (row["value"] or 0, value) not in NOTHING:
                differences.append((member, key, row["value"], value and float(value)))
    assert not differences, differences[:12]
    assert members


NOTHING = ((0, 0), ("0", None), ("0.0000", None))


@pytest.mark.parametrize(("window", "month"), PERIODS[:2])
def test_the_cards_say_what_the_oracle_says(retail, marieke, django_user_model, window, month):
    keys = [key for key in KPIS if key not in ("paid_cac", "maximum_cac", "clv", "lifetime_group")]
    labels = {str(KPIS[key].label): key for key in keys}
    seen = set()
    user = django_user_model.objects.get(username="marieke")
    for first in (*range(0, len(keys) - 6, 6), len(keys) - 6):  # six at a time
        OverviewCards.objects.update_or_create(user=user, defaults={"kpis": keys[first : first + 6]})
        response = marieke.get(reverse("overview"), {"window": window, "month": f"{month:%Y-%m}"})
        for card in response.context["cards"]:
            key = labels[str(card["label"])]
            asked = ("as_of", AS_OF.replace(day=1)) if key in SNAPSHOTS else (window, month)
            asked = ("12m", month) if key in ("retention_rate", "churn_rate") else asked
            expected = retail.value(key, *asked)
            assert close("" if card["value"] is None else str(card["value"]), expected), (key, card["value"])
            seen.add(key)
    assert seen == set(keys)


@pytest.mark.parametrize(("window", "month"), [("12m", LAST_WHOLE), ("month", LAST_WHOLE)])
def test_the_bridge_goes_from_the_oracles_contribution_to_the_oracles(retail, marieke, window, month):
    *parts, result = read_csv(marieke, "overview_bridge_export", window=window, month=f"{month:%Y-%m}")
    ends = []
    for end in (add_months(month, -12), month):
        costs = (retail.value(cost, window, end) or 0 for cost in ("acquisition_cost", "retention_cost"))
        ends.append((retail.value("contribution", window, end) or 0) - sum(costs))
    assert close(result["before"], ends[0])
    assert close(result["after"], ends[1])
    assert sum(Decimal(part["effect"]) for part in parts) == Decimal(result["effect"])
    assert close(result["effect"], ends[1] - ends[0])


@pytest.mark.parametrize(("window", "month"), [("12m", LAST_WHOLE), ("month", LAST_WHOLE)])
def test_the_channels_are_the_oracles(retail, marieke, window, month):
    rows = read_csv(marieke, "channels_export", window=window, month=f"{month:%Y-%m}")
    named = {row["channel"]: row for row in rows}
    spent_on = set(AcquisitionCost.objects.values_list("channel", flat=True))
    channels = {key[4] for key in retail.figures if key[3] == "channel"}
    assert len(rows) == len(channels) + 1
    nobodys = sum(retail.value("unallocated_cost", window, month, "channel", one) or 0 for one in spent_on)
    for channel in (*channels, None):
        row = named[{None: "Whole shop", "": "unknown"}.get(channel, channel)]
        at = (window, month, *(("", "") if channel is None else ("channel", channel)))
        paid = channel is None or channel in spent_on
        cac = "full_cac" if channel is None else "paid_cac"
        brought, _cost = retail.find("ltv_cac", *at)
        won = retail.value("new_customers", window, add_months(month, -12), *at[2:]) or 0
        expected = {
            "spend": retail.value("acquisition_cost", *at) if paid else None,
            "new_customers": retail.value("new_customers", *at) or 0,
            "cac": retail.value(cac, *at) if paid else None,
            "contribution_12": Fraction(brought) / won if won else None,
            "contribution_12_n": won,
            "ltv_cac": retail.value("ltv_cac", *at) if paid else None,
            "payback": retail.find("payback", window, add_months(month, -12), *at[2:])[0] if paid else None,
            "retention_rate": retail.value("retention_rate", "12m", month, *at[2:]),
            "share_of_value": (retail.value("contribution", *at) or 0)
            / retail.value("contribution", window, month),
            "unallocated_cost": (retail.value("unallocated_cost", *at) if paid else None)
            if channel is not None else nobodys,
        }  # fmt: skip
        assert {key: row[key] for key, value in expected.items() if not close(row[key], value)} == {}, row


def test_campaigns_and_what_is_outside_of_them_are_their_channel(retail, marieke):
    at = ("12m", LAST_WHOLE, "channel", "ads")
    rows = read_csv(marieke, "campaigns_export", window="12m", month="2011-11", channel="ads")
    assert {row["campaign"] for row in rows} == {"spring", "autumn", "winter", "outside of campaigns"}
    for name, kpi in (("spend", "acquisition_cost"), ("new_customers", "new_customers")):
        assert sum(Decimal(row[name]) for row in rows) == retail.value(kpi, *at)
    for row in rows[:-1]:
        campaign = ("12m", LAST_WHOLE, "campaign", f"ads\N{SYMBOL FOR UNIT SEPARATOR}{row['campaign']}")
        assert close(row["ltv_cac"], retail.value("ltv_cac", *campaign))
        assert close(row["cac"], retail.value("paid_cac", *campaign))


def test_the_reasoning_behind_a_maximum_cac_is_the_oracles(retail, marieke):
    rows = read_csv(marieke, "channels_export", table="maximum", window="12m", month="2011-11")
    known = {row["channel"]: row for row in rows if row["maximum_cac"]}
    assert set(known) >= {"ads", "search", "referral"}
    for channel, row in known.items():
        amounts = list_latest("" if channel == "unknown" else channel)
        assert int(row["customers"]) == len(amounts)
        assert Decimal(row["first_year"]) == sum(amounts)
        assert close(row["mean"], Fraction(sum(amounts)) / len(amounts))


def test_what_keeping_may_cost_is_the_sum_of_the_customers_of_each_channel(retail, marieke):
    rows = read_csv(marieke, "channels_export", table="keeping", window="12m", month="2011-11")
    found = {
        "" if row["channel"] == "unknown" else row["channel"]: (
            int(row["customers_at_risk"]), Decimal(row["at_risk"])
        )
        for row in rows
    }  # fmt: skip
    assert found == {name: tuple(rest) for name, *rest in retail.ask(oracle_retail_pages.AT_RISK)}


SUMMED = (
    "revenue", "orders", "new_customers", "contribution", "acquisition_cost", "retention_cost",
    "unallocated_cost", "aov", "gross_margin", "repeat_rate", "full_cac", "value_to_cost", "paid_cac",
)  # fmt: skip


@pytest.mark.parametrize(("first", "last"), [("2010-12-01", "2011-11-30"), ("2011-04-01", "2011-06-30")])
@pytest.mark.parametrize("channel", ["", "ads"])
def test_targets_have_realised_what_the_oracle_says(retail, marieke, channel, first, last):
    """Amounts and rates of amounts add up over any months; others are known of their very window."""
    member = ("channel", channel) if channel else ("", "")
    whole_year = first == "2010-12-01"
    kpis = [
        kpi for kpi in KPIS if kpi not in APART and (kpi in SUMMED or (whole_year and kpi not in SNAPSHOTS))
    ]
    for kpi in kpis:
        Target.objects.create(kpi=kpi, first_day=first, last_day=last, channel=channel, value=1)
    rows = {row["kpi"]: row for row in read_csv(marieke, "targets_export")}
    for kpi in kpis:
        expected = add_up(retail, kpi, date.fromisoformat(first), date.fromisoformat(last), member)
        if kpi == "payback":
            expected = retail.find(kpi, "12m", LAST_WHOLE, *member)[0]
        assert close(rows[kpi]["realised"], expected), (kpi, rows[kpi], expected and float(expected))
    assert sum(bool(row["realised"]) for row in rows.values()) >= len(SUMMED) - 2


def add_up(retail: Retail, kpi: str, first: date, last: date, member: tuple[str, str]) -> Fraction | None:
    if kpi not in SUMMED:
        return retail.value(kpi, "12m", last.replace(day=1), *member)
    months = [add_months(first, step) for step in range(12) if add_months(first, step) <= last]
    parts = [retail.find(kpi, "month", month, *member) for month in months]
    above = sum((Fraction(part[0] or 0) for part in parts), Fraction(0))
    if all(part[1] is None for part in parts):
        return above if any(part[0] is not None for part in parts) else None
    return above / sum((Fraction(part[1] or 0) for part in parts), Fraction(0))
