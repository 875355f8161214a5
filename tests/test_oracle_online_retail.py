"""Every page's totals on Online Retail (UCI, CC BY 4.0), against SQL written apart from the queries.

What the file lacks is added by rules (`retail_shop`), so that every KPI has a figure. One import and one
calculation serve all tests; what they read is what a user takes along: the pages' own files.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Any

import pytest
from django.urls import reverse

from customers.models import AcquisitionCost
from metrics.kpis import KPIS
from metrics.models import CohortCell, CustomerValue, KpiValue, OverviewCards, Run, Target
from tests import oracle_retail, oracle_retail_pages
from tests.oracle_facts import add_months, last_of_month
from tests.oracle_retail_cohorts import Cohorts
from tests.oracle_retail_kpis import Figure, Key, compute_figures
from tests.retail_shop import AS_OF, ATTRIBUTE, COMPLETE_FROM, DATA, DEFAULT_MARGIN, import_retail
from tests.worked_example_shop import kept_for_the_module

pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason="the Online Retail file is not beside the repository"),
    pytest.mark.django_db,
]

#: These have no SQL: a bootstrap, and means of what is predicted. They have tests of their own below.
APART = ("maximum_cac", "clv", "lifetime_group")
DIMENSIONS = (
    "", "anonymous", "channel", "country", "first_category", "rfm", "tier", "lifecycle", "segment",
    f"attribute:{ATTRIBUTE}", "campaign",
)  # fmt: skip
LAST_WHOLE = date(2011, 11, 1)
PERIODS = (
    ("12m", LAST_WHOLE),
    ("month", LAST_WHOLE),
    ("month", date(2011, 12, 1)),
    ("12m", date(2010, 11, 1)),
)


@dataclass
class Retail:
    """The run, and every figure by the oracle."""

    run: Run
    figures: dict[Key, Figure]
    cohorts: Cohorts

    def find(self, kpi: str, window: str, month: date, dimension: str = "", member: str = "") -> Figure:
        """Return numerator and denominator; nothing happened: 0, of what is there at all."""
        return self.figures.get((kpi, window, month, dimension, member), (None, None))

    def value(self, *key: Any) -> Fraction | None:
        above, below = self.find(*key)
        if above is None:
            return None
        if below is None:
            return Fraction(above)
        return Fraction(above) / Fraction(below) if below else None

    def ask(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        return oracle_retail_pages.read(sql, AS_OF, self.run.pk, **more)


@pytest.fixture(scope="module")
def retail(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Retail]:
    """The shop, calculated once, and the oracle's figures of it."""
    folder = tmp_path_factory.mktemp("files")
    with kept_for_the_module(django_db_blocker, folder, import_retail, AS_OF) as run:
        yield consult_the_oracle(run)
        oracle_retail.drop()


def consult_the_oracle(run: Run) -> Retail:
    oracle_retail.build(AS_OF, COMPLETE_FROM, DEFAULT_MARGIN, ATTRIBUTE)
    figures = compute_figures(AS_OF, COMPLETE_FROM)
    cohorts = Cohorts(AS_OF, COMPLETE_FROM)
    channels = {key[4] for key in figures if key[3] == "channel"}
    return Retail(run, {**figures, **cohorts.list_figures(channels), **cohorts.list_campaigns()}, cohorts)


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


def list_latest(channel: str) -> list[Decimal]:
    """First years of who came to a channel in the latest months, at most 12, that have 30 together."""
    amounts: list[Decimal] = []
    month = AS_OF.replace(day=1)
    months = 0
    while len(amounts) < 30 and months < 12 and month >= COMPLETE_FROM:
        if (AS_OF - last_of_month(month)).days >= 364:
            months += 1
            amounts += [
                amount
                for (amount,) in oracle_retail.ask(
                    oracle_retail_pages.FIRST_YEARS_OF, {"channel": channel, "month": month}
                )
            ]
        month = add_months(month, -1)
    return amounts


def read_csv(client: Any, name: str, *args: Any, **params: Any) -> list[dict[str, str]]:
    """Return the rows of a page's file in the standard layout."""
    response = client.get(reverse(name, args=args), {**params, "layout": "csv"})
    assert response.status_code == 200, (name, args, params)
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def close(text: str, value: Fraction | Decimal | int | None, places: int = 9) -> bool:
    """Tell whether a cell is the oracle's figure; nothing is n.a."""
    if text == "" or value is None:
        return text == "" and value is None
    return abs(Fraction(Decimal(text)) - Fraction(value)) <= Fraction(1, 10**places)


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


SNAPSHOTS = ("average", "realised_mean", "top_share")


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


@pytest.mark.parametrize("scheme", ["rfm", "tier", "lifecycle", "segment"])
def test_segments_side_by_side_are_the_oracles(retail, marieke, scheme):
    asked = retail.ask(oracle_retail_pages.SEGMENTS)
    of_scheme = {member: (n, worth) for dimension, member, n, worth in asked if dimension == scheme}
    everybody = [row for row in asked if row[0] == "lifecycle"]
    n, worth = sum(row[2] for row in everybody), sum(row[3] for row in everybody)
    rows = read_csv(marieke, "segment_export", scheme, "segments", window="12m", month="2011-11")
    rows = [row for row in rows if row["name"]]  # the last line says who objected
    assert {row["segment"] for row in rows} >= set(of_scheme)
    for row in rows:
        size, realised = of_scheme.get(row["segment"], (0, None))
        member = (scheme, row["segment"])
        expected = {
            "customers": size,
            "realised": realised,
            "share": Fraction(size, n) if size else None,
            "value_share": None if realised is None else Fraction(realised) / Fraction(worth),
            **{kpi: retail.value(kpi, "12m", LAST_WHOLE, *member) for kpi in SIDE_BY_SIDE},
        }
        if row["segment"] != "no_order":
            expected["realised_mean"] = retail.value("realised_mean", "as_of", AS_OF.replace(day=1), *member)
        wrong = {key: row[key] for key, value in expected.items() if not close(row[key], value)}
        assert size == 0 or wrong == {}, (row, expected)


SIDE_BY_SIDE = ("revenue", "contribution", "aov", "frequency", "retention_rate")


@pytest.mark.parametrize("scheme", ["rfm", "lifecycle"])
def test_segments_over_time_add_up_to_everybody(retail, marieke, scheme):
    expected = {month: tuple(rest) for month, *rest in retail.ask(oracle_retail_pages.YEARS)}
    sums: dict[date, list[Decimal]] = {}
    for row in read_csv(marieke, "segment_export", scheme, "history"):
        total = sums.setdefault(date.fromisoformat(row["month"]), [Decimal(0)] * 3)
        for place, name in enumerate(("customers", "revenue_12m", "contribution_12m")):
            total[place] += Decimal(row[name])
    assert len(sums) == 24
    for month, total in sums.items():
        assert tuple(total) == expected[month], month


@pytest.mark.parametrize(
    "measure", ["customers", "retention", "repurchase", "revenue", "contribution", "payback"]
)
@pytest.mark.parametrize("rows", ["month", "quarter", "channel", "first_category"])
def test_the_cohorts_are_the_oracles(retail, marieke, rows, measure):
    lines = read_csv(marieke, "cohorts_export", rows=rows, show=measure)
    cohorts = retail.cohorts
    finished = [line for line in lines[:-1] if line["month_1"]]
    assert sum(int(line["customers"]) for line in finished) == int(lines[-1]["customers"])
    for line in lines:
        holds, months = find_cohorts(cohorts, rows, line[rows])
        for age in range(25):
            finished = [one for one in months if add_months(one, age) <= cohorts.last]
            pooled = rows in ("channel", "first_category") or line is lines[-1]
            known = finished and (pooled or finished == months)
            if rows == "quarter" and line is lines[-1]:
                finished = [one for one in finished if {*find_quarter(cohorts, one)} <= {*finished}]
                known = bool(finished)
            cell = cohorts.add_up(finished, age, holds) if known else None
            expected = measure_cell(cell, measure) if cell and cell.n else None
            assert close(line.get(f"month_{age + 1}", ""), expected), (line[rows], age, expected)


def find_cohorts(cohorts: Cohorts, rows: str, name: str) -> tuple[Any, list[date]]:
    """Return who is on a line of the table, and the months that they were new in."""
    if rows in ("month", "quarter") and name[:1].isdigit():
        first = date.fromisoformat(name)
        months = [one for one in cohorts.cohorts if one == first]
        if rows == "quarter":
            months = [one for one in cohorts.cohorts if first <= one < add_months(first, 3)]
        return (lambda who: True), months
    if rows in ("channel", "first_category") and not name.startswith("Whole shop"):
        place = int(rows == "first_category")
        member = "" if name == "unknown" else name
        return (lambda who: who[place] == member), cohorts.cohorts
    return (lambda who: True), cohorts.cohorts


def find_quarter(cohorts: Cohorts, month: date) -> list[date]:
    """Return the months of a quarter that have cohorts, from where the data begin to where they end."""
    first = add_months(month, -((month.month - 1) % 3))
    return [add_months(first, step) for step in range(3) if add_months(first, step) >= COMPLETE_FROM]


def measure_cell(cell: Any, measure: str) -> Fraction:
    if measure == "customers":
        return Fraction(cell.active)
    part = {"retention": "active", "repurchase": "again", "payback": "so_far"}.get(measure, measure)
    return Fraction(getattr(cell, part)) / cell.n


def test_cohorts_of_a_channel_pay_back_when_the_oracle_says(retail, marieke):
    lines = read_csv(
        marieke, "cohorts_export", rows="month", show="payback", dimension="channel", member="ads"
    )
    for line in lines[:-2]:
        month = date.fromisoformat(line["month"])
        spent = retail.cohorts.spend([month], "ads")
        cell = retail.cohorts.add_up([month], 0, lambda who: who[0] == "ads")
        if month <= retail.cohorts.last:
            assert close(line["cac"], spent / cell.n)
            assert close(line["payback"], retail.find("payback", "month", month, "channel", "ads")[0]), month


def test_all_cells_of_a_dimension_are_those_of_the_shop(retail):
    """Also of cohorts and months that are not over, which no table shows."""
    sums = {}
    for dimension in ("", "channel", "first_category"):
        cells = CohortCell.objects.filter(run=retail.run, dimension=dimension)
        sums[dimension] = (
            sum(cell.active for cell in cells),
            sum((cell.revenue for cell in cells), Decimal(0)),
            sum(cell.customers for cell in cells if cell.age == 0),
        )
    new = sum(n for _cohort, _who, n in retail.cohorts.sizes)
    revenue = sum(Decimal(row[5]) for row in retail.cohorts.done)
    assert set(sums.values()) == {(sum(row[3] for row in retail.cohorts.done), revenue, new)}


FIRST_ASKED = date(2011, 1, 1)  # of the 12 months to December


@pytest.mark.parametrize("family", ["nps", "csat"])
def test_value_and_satisfaction_are_the_oracles(retail, marieke, family):
    given = {"first": FIRST_ASKED, "family": family}
    rows = read_csv(marieke, "satisfaction_export", "boxes", scale=family)[:4]
    found = {}
    for standing, row in zip(("high", "middle", "low", ""), rows, strict=True):
        for valuable, name in ((True, "high"), (False, "low")):
            found[standing, valuable] = (int(row[f"{name}_customers"]), Decimal(row[f"{name}_value"]))
    boxes = retail.ask(oracle_retail_pages.BOXES, **given)
    assert found == {(standing, valuable): tuple(rest) for standing, valuable, *rest in boxes}

    dissatisfied = read_csv(marieke, "satisfaction_export", "dissatisfied", scale=family)
    named = {row["customer_id"]: Decimal(row["value"]) for row in dissatisfied if row["value"]}
    assert named == dict(retail.ask(oracle_retail_pages.DISSATISFIED, **given))
    assert named


@pytest.mark.parametrize("family", ["nps", "csat"])
def test_satisfaction_by_segment_is_the_oracles(retail, marieke, family):
    told = retail.ask(oracle_retail_pages.OPINIONS, first=FIRST_ASKED, family=family)
    expected = [
        (dimension, customers, n, round(points / n, 6) if n else None, *standings)
        for dimension, _member, customers, n, points, *standings in told
    ]
    dimensions = {
        "Value tier": "tier", "Lifecycle": "lifecycle", "RFM": "rfm", "Channel": "channel",
        "Country": "country", "First category": "first_category",
    }  # fmt: skip
    found = []
    for row in read_csv(marieke, "satisfaction_export", "segments", scale=family):
        if row["member"]:
            n = int(row["n"])
            score = round(Decimal(row["score"]), 6) if n else None
            parts = (round(Decimal(row[name]) * n) if n else 0 for name in ("low", "middle", "high"))
            found.append((dimensions[row["dimension"]], int(row["customers"]), n, score, *parts))
    assert Counter(found) == Counter(row for row in expected if row[0] in dimensions.values())


def test_referrals_are_counted_once_for_the_earliest_referrer(retail, marieke):
    rows = read_csv(marieke, "satisfaction_export", "referrals")
    found = {
        row["customer_id"]: (int(row["brought"]), Decimal(row["realised"])) for row in rows if row["brought"]
    }
    told = retail.ask(oracle_retail_pages.REFERRED)
    named = {name: (n, realised) for name, n, realised, objects in told if not objects}
    assert found == {name: named[name] for name in found}
    shown = marieke.get(reverse("satisfaction")).context["referrals"]
    assert shown.counted == sum(n for _name, n, _realised, _objects in told)
    assert shown.realised == sum(realised for _name, _n, realised, _objects in told)
    assert len(found) + shown.hidden == min(200, len(told))


def test_programmes_cost_and_have_what_the_oracle_says(retail, marieke):
    [row] = read_csv(marieke, "satisfaction_export", "programmes")
    [told] = retail.ask(oracle_retail_pages.PROGRAMMES, first=FIRST_ASKED)
    assert row["programme"] == told[0]
    assert [Decimal(row[name]) for name in ("members", "joined", "cost", "cost_12")] == list(told[1:])


def test_room_to_grow_is_the_sum_of_the_customers_of_each_quarter(retail, marieke):
    context = marieke.get(reverse("potential")).context
    found = {row.key: (row.customers, row.value, row.potential, row.gap) for row in context["quarters"]}
    expected = {key: tuple(rest) for key, *rest in retail.ask(oracle_retail_pages.QUARTERS)}
    assert found == expected
    assert context["totals"]["potential"] == sum(row[2] for row in expected.values())
    [germany] = [one for one in context["reach"] if one.segment == "country = Germany"]
    contribution, revenue, *_rest = ask_peers(retail)
    ours = retail.run.totals["buyers"]["n"] and germany.ours
    room = (germany.number - ours) * germany.amount * contribution / revenue
    assert close(str(germany.room), Fraction(room), 2)


def test_the_last_year_of_every_customer_is_the_oracles(retail):
    values = CustomerValue.objects.filter(run=retail.run, year_contribution__isnull=False)
    rows = values.values_list("customer_id", "year_contribution")
    assert dict(rows) == dict(retail.ask(oracle_retail_pages.LAST_YEAR))


def test_what_is_foreseen_of_all_is_the_sum_of_what_is_of_each(retail, marieke):
    """The page's totals come from the model, the customers' from their rows, each month rounded."""
    [(*sums, n)] = retail.ask(oracle_retail_pages.FORESEEN)
    horizons = marieke.get(reverse("predictions")).context["horizons"]
    assert horizons
    for horizon, total in zip(horizons, sums, strict=False):
        assert abs(horizon.expected - total) < n * horizon.months * Decimal("0.0001")


def ask_peers(retail: Retail) -> tuple[Any, ...]:
    return retail.ask(oracle_retail_pages.PEERS, middle=date(2010, 12, 1))[0]


@pytest.mark.parametrize(
    ("dimension", "member"),
    [
        ("", ""),
        ("channel", "ads"),
        ("country", "Germany"),
        ("country", "United Kingdom"),
        ("rfm", "champions"),
    ],
)
def test_a_what_if_starts_where_the_oracle_says(retail, marieke, dimension, member):
    groups = {(row[0], row[1]): row[2:] for row in retail.ask(oracle_retail_pages.GROUPS)}
    n, orders, revenue, years, contribution, acquisition, retention = map(Fraction, groups[dimension, member])
    shop_contribution, shop_revenue, before, back = map(Fraction, ask_peers(retail))
    own = retail.find("retention_rate", "12m", LAST_WHOLE, dimension, member)
    if dimension in ("channel", "country") and own[1] >= 30:  # fewer say too little: then it is the shop's
        back, before = map(Fraction, own)
    margin = contribution / revenue if dimension else shop_contribution / shop_revenue
    cac = acquisition / n
    if dimension in ("", "channel"):
        kpi = "paid_cac" if dimension else "full_cac"
        cac = retail.value(kpi, "12m", LAST_WHOLE, dimension, member)
    lifetime = min(Fraction(10), before / (before - back)) if before > back else Fraction(10)
    asked = {"dimension": dimension, "member": member}
    rows = {row["lever"]: row for row in read_csv(marieke, "whatif_export", table="parts", **asked)}
    expected = {
        "retention": back / before,
        "frequency": orders / years,
        "order_value": revenue / orders,
        "margin": margin,
        "acquisition_cost": cac,
        "retention_cost": retention / years,
    }
    assert {key: rows[key]["now"] for key in expected if not close(rows[key]["now"], expected[key], 6)} == {}
    value = revenue / years * lifetime * margin - retention / years * lifetime - cac
    assert close(rows["before"]["part"], value, 2)


def test_the_lifetime_value_of_the_shop_is_the_oracles(retail):
    groups = {(row[0], row[1]): row[2:] for row in retail.ask(oracle_retail_pages.GROUPS)}
    _n, _orders, revenue, years, *_rest = map(Fraction, groups["", ""])
    contribution, of_revenue, before, back = map(Fraction, ask_peers(retail))
    row = KpiValue.objects.get(run=retail.run, kpi="lifetime_group")
    expected = revenue / years * before / (before - back) * contribution / of_revenue
    assert close(str(row.numerator), expected, 3)


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
