"""Segments to what-if on Online Retail (UCI, CC BY 4.0), against SQL written apart from the queries.

What the file lacks is added by rules (`retail_shop`), so that every page has something to tell.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.urls import reverse

from metrics.models import CohortCell, CustomerValue, KpiValue
from tests import oracle_retail_pages
from tests.oracle_facts import add_months
from tests.oracle_retail_cohorts import Cohorts
from tests.oracle_retail_run import (
    LAST_WHOLE,
    Retail,
    ask_peers,
    close,
    kept_retail,
    read_csv,
)
from tests.retail_shop import AS_OF, COMPLETE_FROM, DATA

pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason="the Online Retail file is not beside the repository"),
    pytest.mark.django_db,
]


@pytest.fixture(scope="module")
def retail(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Retail]:
    """The shop, calculated once, and the oracle's figures of it."""
    with kept_retail(django_db_blocker, tmp_path_factory.mktemp("files")) as retail:
        yield retail


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
    assert {key: rows[key]["now"] for key in expected if not close(rows[key]["now"], expected[key], 4)} == {}
    value = revenue / years * lifetime * margin - retention / years * lifetime - cac
    assert close(rows["before"]["part"], value, 2)


def test_the_lifetime_value_of_the_shop_is_the_oracles(retail):
    groups = {(row[0], row[1]): row[2:] for row in retail.ask(oracle_retail_pages.GROUPS)}
    _n, _orders, revenue, years, *_rest = map(Fraction, groups["", ""])
    contribution, of_revenue, before, back = map(Fraction, ask_peers(retail))
    row = KpiValue.objects.get(run=retail.run, kpi="lifetime_group")
    expected = revenue / years * before / (before - back) * contribution / of_revenue
    assert close(str(row.numerator), expected, 3)
