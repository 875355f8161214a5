"""What a calculation keeps of cohorts and campaigns, by hand and by the oracle."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from metrics import cohort_cells, pipeline
from metrics.members import OTHER, SEPARATOR
from metrics.models import CohortCell, KpiValue, Run
from tests.builders import make_acquisition_cost, make_customer, make_order, make_shop
from tests.hostile_shops import HostileShop
from tests.oracle_campaigns import compute_campaigns
from tests.oracle_cells import list_cells
from tests.oracle_customers import Valuation
from tests.oracle_storage import store
from tests.worked_example_shop import calculate, import_worked_example

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = ("cohort", "age", "customers", "active", "repurchased", "revenue", "contribution")


def read_cells(run: Run, dimension: str = "", member: str = "") -> list[tuple]:
    """Return the cells in which something happened."""
    cells = CohortCell.objects.filter(run=run, dimension=dimension, member=member).order_by("cohort", "age")
    return [row for row in cells.values_list(*FIELDS) if any(row[3:])]


def test_the_cells_of_the_worked_example(tmp_path):
    """Bram's first order costs 0.6 × 80; the order-less refund lowers Carla's January."""
    import_worked_example(tmp_path)
    run = calculate()

    anna, bram = (date(2024, 1, 1), 1), (date(2024, 2, 1), 1)
    assert read_cells(run, "channel", "ads") == [
        (date(2024, 1, 1), 0, 1, 1, 0, Decimal(100), Decimal(55)),
        (date(2024, 1, 1), 5, 1, 1, 1, Decimal(150), Decimal(64)),
        (date(2024, 1, 1), 14, 1, 1, 0, Decimal(300), Decimal(172)),
        (date(2024, 2, 1), 0, 1, 1, 0, Decimal(80), Decimal(28)),
        (date(2024, 2, 1), 12, 1, 1, 1, Decimal(120), Decimal(66)),
        (date(2025, 11, 1), 0, 1, 1, 0, Decimal(110), Decimal(61)),
    ]
    carla = [
        (date(2024, 11, 1), 0, 1, 1, 0, Decimal(60), Decimal(32)),
        (date(2024, 11, 1), 1, 1, 1, 1, Decimal(90), Decimal(50)),
        (date(2024, 11, 1), 2, 1, 0, 0, Decimal(-10), Decimal(-10)),
    ]
    assert read_cells(run, "channel", "organic") == carla
    assert [row for row in read_cells(run) if row[0] == date(2024, 11, 1)] == carla
    assert {row[:1] + row[2:3] for row in read_cells(run)} >= {anna, bram}
    everything = CohortCell.objects.filter(run=run, dimension="")
    assert everything.count() == 24 + 23 + 14 + 2  # a cell for every month up to December 2025
    assert not everything.filter(complete=False).exists()


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 8, 13])
def test_every_cell_is_the_oracles(seed, monkeypatch):
    monkeypatch.setattr(cohort_cells, "MOST_MEMBERS", 2)
    shop = HostileShop(seed)
    store(shop.facts)
    run = pipeline.recalculate(pipeline.start_run("oracle", shop.end).pk)

    expected = list_cells(Valuation(shop.facts, shop.end), most=2, other=OTHER)
    names = ("dimension", "member", "cohort", "age", "customers", "active", "repurchased", "complete")
    cells = CohortCell.objects.filter(run=run)
    found = {
        (cell.dimension, cell.member, cell.cohort, cell.age): (
            *(getattr(cell, name) for name in names[4:]),
            Fraction(cell.revenue),
            None if cell.contribution is None else Fraction(cell.contribution),
        )
        for cell in cells
    }
    differences = {
        key: (found.get(key), expected.get(key))
        for key in found.keys() | expected.keys()
        if found.get(key) != expected.get(key)
    }
    assert not differences
    assert found or not expected


def test_only_the_last_36_cohorts_are_kept():
    make_shop(data_complete_from="2020-01-01")
    for year in (2020, 2022, 2023):
        make_order(make_customer(f"{year}"), f"{year}-01-15", "10", cost_of_goods="4")
    make_order(make_customer("last"), "2025-01-31", "10", cost_of_goods="4")
    run = calculate(None)
    found = set(CohortCell.objects.filter(run=run).values_list("cohort", flat=True))
    assert found == {date(2023, 1, 1), date(2025, 1, 1)}


def test_a_month_under_way_is_not_complete():
    make_shop(data_complete_from="2025-01-01")
    make_order(make_customer("anna"), "2025-01-15", "10", cost_of_goods="4")
    run = calculate(date(2025, 2, 10))
    cells = CohortCell.objects.filter(run=run, dimension="").order_by("age")
    assert list(cells.values_list("age", "complete")) == [(0, True), (1, False)]


def test_an_unknown_cost_of_goods_leaves_contribution_unknown():
    make_shop(data_complete_from="2025-01-01")
    anna = make_customer("anna")
    make_order(anna, "2025-01-15", "10", cost_of_goods="4")
    make_order(anna, "2025-02-15", "10")
    run = calculate(date(2025, 3, 31))
    cells = CohortCell.objects.filter(run=run, dimension="").order_by("age")
    assert list(cells.values_list("contribution", flat=True)) == [Decimal(6), None, Decimal(0)]


def read_campaigns(run: Run, month: date, window: str) -> dict[tuple[str, str], tuple]:
    rows = KpiValue.objects.filter(run=run, dimension="campaign", period=month, window=window)
    return {
        (row.member.replace(SEPARATOR, " / "), row.kpi): (row.numerator, row.denominator, row.n)
        for row in rows
    }


def test_campaigns_of_the_worked_example(tmp_path):
    """Anna came by spring, in January; spring cost 62 in March, xmas 35 in November, and won nobody."""
    import_worked_example(tmp_path)
    run = calculate()
    assert read_campaigns(run, date(2024, 12, 1), "12m") == {
        ("ads / spring", "acquisition_cost"): (Decimal(62), None, 1),
        ("ads / spring", "new_customers"): (Decimal(1), None, 1),
        ("ads / spring", "paid_cac"): (Decimal(62), Decimal(1), 1),
    }
    assert read_campaigns(run, date(2025, 12, 1), "12m") == {
        ("ads / xmas", "acquisition_cost"): (Decimal(35), None, 0),
        ("ads / xmas", "new_customers"): (Decimal(0), None, 0),
        ("ads / xmas", "paid_cac"): (Decimal(35), Decimal(0), 0),
        ("ads / spring", "ltv_cac"): (Decimal(119), Decimal(62), 1),  # Anna's first 365 days
    }
    assert read_campaigns(run, date(2024, 3, 1), "month") == {
        ("ads / spring", "acquisition_cost"): (Decimal(62), None, 0),
        ("ads / spring", "new_customers"): (Decimal(0), None, 0),
        ("ads / spring", "paid_cac"): (Decimal(62), Decimal(0), 0),
    }


@pytest.mark.parametrize("seed", [0, 2, 5, 9])
def test_every_figure_of_a_campaign_is_the_oracles(seed):
    shop = HostileShop(seed)
    store(shop.facts)
    run = pipeline.recalculate(pipeline.start_run("oracle", shop.end).pk)

    rows = KpiValue.objects.filter(run=run, dimension="campaign")
    found = {
        (row.kpi, row.window, row.period, *row.member.split(SEPARATOR)): (
            None if row.numerator is None else Fraction(row.numerator),
            None if row.denominator is None else Fraction(row.denominator),
        )
        for row in rows
    }
    assert found == compute_campaigns(Valuation(shop.facts, shop.end))
    assert found


def test_fifty_campaigns_stand_apart_and_the_others_together():
    make_shop(data_complete_from="2025-01-01")
    for number in range(52):
        customer = make_customer(f"{number:02}", acquisition_channel="ads", campaign=f"c{number:02}")
        make_order(customer, "2025-01-15", "10", cost_of_goods="4")
        make_acquisition_cost("ads", "2025-01-01", "2025-01-31", str(100 - number), campaign=f"c{number:02}")
    run = calculate(date(2025, 1, 31))
    rows = KpiValue.objects.filter(run=run, dimension="campaign", kpi="acquisition_cost", window="month")
    assert rows.count() == 51
    other = rows.get(member=f"ads{SEPARATOR}{OTHER}")
    assert (other.numerator, other.n) == (Decimal(50 + 49), 2)
