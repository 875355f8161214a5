"""The real calculation against the oracle, on small shops made of everything that is hard to count.

Every figure of every customer, month and channel must be equal to the last of its four places. More shops
than the suite runs: ``ORACLE_SHOPS=500 pytest tests/test_metrics_oracle.py``; one: ``-k "[17]"``.
"""

import os
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import timezone

from metrics import pipeline
from metrics.core.segments import SCHEMES
from metrics.explain import EXPLAINED, explain_value
from metrics.models import CalculationSettings, CustomerValue, KpiValue, PeerGroup
from tests.hostile_shops import HostileShop
from tests.oracle_customers import METHODS, Valuation
from tests.oracle_facts import AMSTERDAM, add_months, find_last_day
from tests.oracle_feedback import value_referrals
from tests.oracle_kpis import compute_kpis, is_complete, place_by_facts
from tests.oracle_storage import store

pytestmark = pytest.mark.django_db(transaction=True)
ATTRIBUTES = ["Bran'che", "Größe"]
SHOPS = int(os.environ.get("ORACLE_SHOPS", "25"))


def exact(value):
    return Fraction(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("seed", range(SHOPS))
def test_every_figure_is_the_oracles(seed):
    shop = HostileShop(seed)
    store(shop.facts)
    CalculationSettings.objects.update(kpi_attributes=ATTRIBUTES)
    run = pipeline.recalculate(pipeline.start_run("oracle", shop.as_of).pk)
    today = timezone.localdate(timezone=AMSTERDAM)
    as_of = shop.as_of or find_last_day(shop.facts, today) or today
    valuation = Valuation(shop.facts, as_of)

    assert run.as_of == as_of
    compare_customers(run, valuation)
    compare_peers(run, valuation)
    compare_kpis(run, valuation)
    compare_totals(run, valuation)
    explain_all(run)


def compare_customers(run, valuation):
    found = {value.external_id: value for value in CustomerValue.objects.filter(run=run)}
    assert sorted(found) == sorted(valuation.people)
    differences = []
    for id_, person in valuation.people.items():
        for name, expected in expect(person, valuation).items():
            got = exact(getattr(found[id_], name))
            if got != expected:
                differences.append(f"{id_}.{name}: {got and show(got)}, by the definitions {show(expected)}")
    assert not differences, report(run, differences)


def expect(person, valuation):
    """The columns of a customer, as the definitions have them."""
    first, last = person.first, person.last
    names = (
        "channel", "first_category", "revenue", "cost_of_goods", "transaction_cost", "acquisition_cost",
        "retention_cost", "contribution", "window_revenue", "window_orders", "window_cost_to_serve",
        "margin", "margin_own",
    )  # fmt: skip
    return {
        **{name: getattr(person, name) for name in names},
        **person.values,
        "referral_value": value_referrals(valuation, person.fact.id),
        **{f"rank_{method}": person.ranks[method] for method in METHODS},
        "orders": len(person.purchases),
        "occasions": len(person.days),
        "first_order": first,
        "last_order": last,
        "recency": (last - first).days if first else None,
        "age": (valuation.as_of - first).days if first else None,
    }


def compare_peers(run, valuation):
    found = {(group.channel, group.category): describe(group) for group in PeerGroup.objects.filter(run=run)}
    expected = {key: expect_group(group) for key, group in valuation.groups.items() if group.members}
    differences = [
        f"peers {key} {name}: {found[key][name]}, by the definitions {figure}"
        for key, figures in expected.items()
        for name, figure in figures.items()
        if found[key][name] != figure
    ]
    assert not differences, report(run, differences)
    values = CustomerValue.objects.filter(run=run).select_related("peer_group")
    joined = {x.external_id: x.peer_group and (x.peer_group.channel, x.peer_group.category) for x in values}
    assert joined == {
        id_: x.peers and (x.peers.channel, x.peers.category) for id_, x in valuation.people.items()
    }


def describe(group):
    retention = (group.retention_numerator, group.retention_denominator)
    money = (group.revenue, group.contribution)
    years = (group.lifetime_years, group.future_years, group.future_periods)
    return {
        "n": group.n,
        "money": tuple(map(exact, money)),
        "repeat": (group.repeat_numerator, group.repeat_denominator),
        "retention": retention,
        "years": tuple(str(float(x)) for x in years),
        "assumed": group.lifetime_assumed,
    }


def expect_group(group):
    years = (group.lifetime_years, group.future_years, group.future_periods)
    return {
        "n": len(group.members),
        "money": (group.revenue, group.contribution),
        "repeat": group.repeat,
        "retention": group.retention or (None, None),
        "years": tuple(str(float(x)) for x in years),
        "assumed": group.assumed,
    }


def compare_kpis(run, valuation):
    rows = KpiValue.objects.filter(run=run).exclude(kpi__in=["top_share", "lifetime_group"])
    rows = rows.exclude(dimension="campaign")  # has an oracle of its own
    columns = ("kpi", "period", "window", "dimension", "member", "numerator", "denominator")
    found = {tuple(key): (exact(above), exact(below)) for *key, above, below in rows.values_list(*columns)}
    expected = compute_kpis(valuation, {**place_by_facts(valuation, ATTRIBUTES), **list_segments(run)})
    flags = rows.exclude(window="as_of").values_list("kpi", "period", "window", "dimension", "complete")
    for kpi, first, window, dimension, flag in flags.distinct():
        assert flag == rests_on_whole_months(valuation, kpi, first, window, dimension), (kpi, first, window)
    differences = [
        f"{name_key(key)}: {show_pair(found.get(key))}, by the definitions {show_pair(expected.get(key))}"
        for key in sorted(found.keys() | expected.keys())
        if found.get(key) != expected.get(key) and not (key not in found and not any(expected[key]))
    ]
    assert not differences, report(run, differences)


def rests_on_whole_months(valuation, kpi, month, window, dimension):
    """The window, the 12 months before it that an acquisition rate is over, and none that is left out."""
    first = month if window == "month" else add_months(month, -11)
    start = add_months(first, -12) if kpi == "acquisition_rate" else first
    if kpi in ("full_cac", "ltv_cac", "payback") and not dimension and not valuation.choices.history_complete:
        won = add_months(first, -12) if kpi == "ltv_cac" else first
        if valuation.complete_from is None or won < add_months(valuation.complete_from.replace(day=1), 12):
            return False
    return is_complete(valuation, start, month)


def list_segments(run):
    """Who is in which segment, as the run has it: by what rules is for other tests."""
    places = {}
    for value in CustomerValue.objects.filter(run=run):
        for scheme in SCHEMES:
            if segment := getattr(value, scheme):
                places.setdefault((scheme, segment), set()).add(value.external_id)
    return places


def compare_totals(run, valuation):
    for kind, spent in (("acquisition", valuation.acquisition), ("retention", valuation.retention)):
        parts = {name: Fraction(amount) for name, amount in run.totals[kind].items()}
        names = ("uploaded", "allocated", "unallocated", "not_yet_due")
        assert parts == {name: getattr(spent, name) for name in names}
        assert parts["allocated"] + parts["unallocated"] + parts["not_yet_due"] == parts["uploaded"]
    moved = sum((x.amount for x in valuation.ledger.movements), Fraction(0))
    both = Fraction(run.totals["revenue"]) + Fraction(run.totals["anonymous"]["revenue"])
    assert both == moved, "customers + anonymous are the revenue by period of all time"


def explain_all(run):
    for value in CustomerValue.objects.filter(run=run).select_related("peer_group", "run__settings"):
        for method in EXPLAINED:
            explanation = explain_value(value, method)
            assert explanation.total == getattr(value, method), (value.external_id, method)
            amounts = [line.amount for line in explanation.lines]
            if explanation.total is not None:
                assert sum(amounts) == explanation.total, (value.external_id, method)


def report(run, differences):
    more = f"\n… {len(differences)} in all" if len(differences) > 12 else ""
    return f"as of {run.as_of}\n" + "\n".join(differences[:12]) + more


def name_key(key):
    kpi, period, window, dimension, member = key
    return f"{kpi} {period:%Y-%m} {window} {dimension} {member!r}"


def show(value):
    if isinstance(value, Fraction):
        return f"{float(value):.10g}"
    return str(value)


def show_pair(pair):
    return "missing" if pair is None else " / ".join(show(part) for part in pair)
