"""The default demo shop is the shop that was asked for, and every file of it can be read back."""

import csv
import json
import re
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest
from django.conf import settings

from customers.demo.plan import Plan
from customers.demo.shop import FILES, HEADERS, generate_shop

AMOUNT = re.compile(r"\d{1,3}(\.\d{3})*,\d\d")


def read_rows(folder, kind):
    with (folder / FILES[kind]).open(encoding="cp1252", newline="") as file:
        return list(csv.DictReader(file, delimiter=";", strict=True))


def read_amount(text):
    assert AMOUNT.fullmatch(text), text
    return Decimal(text.replace(".", "").replace(",", "."))


def read_day(text):
    return datetime.strptime(text[:10], "%d-%m-%Y").date()


class ReadShop:
    """A generated shop as someone with only the files sees it."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = {kind: read_rows(folder, kind) for kind in FILES}
        self.placed = [row for row in self.rows["orders"] if row["Status"] == "voltooid"]
        refunded = defaultdict(Decimal)
        for row in self.rows["refunds"]:
            refunded[row["Ordernummer"]] += read_amount(row["Bedrag"])
        self.net = {
            row["Ordernummer"]: read_amount(row["Omzet excl. btw"]) - refunded[row["Ordernummer"]]
            for row in self.placed
        }
        self.valid = [row for row in self.placed if self.net[row["Ordernummer"]] > 0]
        self.days = defaultdict(set)
        for row in self.valid:
            if row["Klantnummer"]:
                self.days[row["Klantnummer"]].add(read_day(row["Besteldatum"]))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    generate_shop(Plan(), folder)
    return ReadShop(folder)


def read_score(row):
    return int(row["Score"])


@pytest.fixture(scope="module")
def model_shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model_shop")
    generate_shop(
        Plan(customers=20_000, season_free=True, complete=True), folder, truth=folder / "truth.json"
    )
    return ReadShop(folder)


@pytest.mark.parametrize("kind", FILES)
def test_file_has_its_header_crlf_and_full_rows(shop, kind):
    raw = (shop.folder / FILES[kind]).read_bytes()
    first, *rest = raw.decode("cp1252").split("\r\n")
    assert tuple(first.split(";")) == HEADERS[kind]
    assert rest.pop() == ""
    assert rest
    assert {line.count(";") for line in rest} == {len(HEADERS[kind]) - 1}
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_every_amount_and_day_reads_back(shop):
    for row in shop.rows["orders"]:
        for column in ("Omzet excl. btw", "Korting", "Verzendkosten", "Transactiekosten"):
            assert read_amount(row[column]) >= 0
        datetime.strptime(row["Besteldatum"], "%d-%m-%Y %H:%M")
    for kind in ("acquisition_costs", "retention_costs"):
        for row in shop.rows[kind]:
            assert read_amount(row["Bedrag"]) > 0
            assert read_day(row["Van"]) <= read_day(row["Tot en met"])
    for row in shop.rows["refunds"]:
        assert read_amount(row["Bedrag"]) > 0
    assert any("." in row["Omzet excl. btw"] for row in shop.rows["orders"])


def test_keys_are_unique_and_known(shop):
    customers = [row["Klantnummer"] for row in shop.rows["customers"]]
    orders = [row["Ordernummer"] for row in shop.rows["orders"]]
    lines = [(row["Ordernummer"], row["Regelnummer"]) for row in shop.rows["order_lines"]]
    notes = [row["Creditnota"] for row in shop.rows["refunds"]]
    for keys in (customers, orders, lines, notes):
        assert len(set(keys)) == len(keys)
    assert {order for order, _number in lines} == set(orders)
    assert {row["Klantnummer"] for row in shop.rows["orders"]} <= {"", *customers}
    assert {row["Ordernummer"] for row in shop.rows["refunds"]} <= {"", *orders}
    costs = [tuple(row.values())[:-1] for row in shop.rows["retention_costs"]]
    assert len(set(costs)) == len(costs)


def test_lines_and_shipping_add_up_to_net_revenue(shop):
    total = defaultdict(Decimal)
    for row in shop.rows["order_lines"]:
        assert read_amount(row["Bedrag excl. btw"]) > 0
        total[row["Ordernummer"]] += read_amount(row["Bedrag excl. btw"])
    for row in shop.rows["orders"]:
        net = read_amount(row["Omzet excl. btw"])
        assert total[row["Ordernummer"]] + read_amount(row["Verzendkosten"]) == net


def test_no_order_is_refunded_more_than_it_was_worth(shop):
    assert min(shop.net.values()) == 0


def test_size_is_the_size_asked_for(shop):
    assert len(shop.rows["customers"]) == 5_000
    assert 28_000 <= len(shop.rows["orders"]) <= 32_000
    days = [read_day(row["Besteldatum"]) for row in shop.rows["orders"]]
    assert (min(days), max(days)) == (date(2023, 9, 18), date(2026, 9, 17))
    assert len({row["Categorie"] for row in shop.rows["order_lines"]}) == 8
    assert len({row["Acquisitiekanaal"] for row in shop.rows["customers"]}) == 6


def test_documentation_names_the_size_and_value_of_the_default_shop(shop):
    text = (settings.BASE_DIR / "docs" / "demo.md").read_text(encoding="utf-8")
    mean = sum(shop.net[row["Ordernummer"]] for row in shop.valid) / len(shop.valid)
    assert f"{len(shop.rows['orders']):,} and {len(shop.rows['order_lines']):,}, in 8 categories" in text
    assert f"| average order value | € {mean:.2f} |" in text


def test_average_order_value_is_between_60_and_110_euros(shop):
    assert 60 <= sum(shop.net[row["Ordernummer"]] for row in shop.valid) / len(shop.valid) <= 110


def test_refunds_are_3_to_6_percent_of_revenue_and_some_have_no_order(shop):
    revenue = sum(read_amount(row["Omzet excl. btw"]) for row in shop.placed)
    assert (
        Decimal("0.03")
        <= sum(read_amount(row["Bedrag"]) for row in shop.rows["refunds"]) / revenue
        <= Decimal("0.06")
    )
    assert any(not row["Ordernummer"] and row["Klantnummer"] for row in shop.rows["refunds"])
    assert sum(net == 0 for net in shop.net.values()) > 300
    assert any(read_day(row["Datum"]) == date(2026, 9, 17) for row in shop.rows["refunds"])


@pytest.mark.parametrize("who", ["everyone", "new customers"])
def test_repeat_rate_is_30_to_45_percent(shop, who):
    since = {row["Klantnummer"]: read_day(row["Klant sinds"]) for row in shop.rows["customers"]}
    again = whole = 0
    for customer, days in shop.days.items():
        first, *later = sorted(days)
        if (date(2026, 9, 17) - first).days < 365 or (
            who != "everyone" and since[customer] < date(2023, 9, 18)
        ):
            continue
        whole += 1
        again += bool(later) and (later[0] - first).days <= 365
    assert 0.30 <= again / whole <= 0.45


def test_november_and_early_december_are_twice_an_average_month(shop):
    per_day = Counter(read_day(row["Besteldatum"]) for row in shop.valid)
    average = len(shop.valid) / 1_096
    november = sum(orders for day, orders in per_day.items() if day.month == 11) / 3
    early_december = (
        sum(
            orders
            for day, orders in per_day.items()
            if (day.month, day.day) in {(12, each) for each in range(1, 11)}
        )
        / 30
    )
    assert 1.85 <= november / (average * 30.4375) <= 2.15
    assert 1.8 <= early_december / average <= 2.2


def test_channels_differ_in_cost_and_loyalty(shop):
    channel = {row["Klantnummer"]: row["Acquisitiekanaal"] for row in shop.rows["customers"]}
    new = Counter(
        row["Acquisitiekanaal"]
        for row in shop.rows["customers"]
        if read_day(row["Klant sinds"]) >= date(2023, 9, 18)
    )
    spent, bought, size = Counter(), Counter(), Counter(channel.values())
    for row in shop.rows["acquisition_costs"]:
        spent[row["Kanaal"]] += float(read_amount(row["Bedrag"]))
    for customer, days in shop.days.items():
        bought[channel[customer]] += len(days)
    cost = {name: spent[name] / new[name] for name in new}
    orders = {name: bought[name] / size[name] for name in size}
    assert max(cost, key=cost.get) == "Meta Ads"
    assert min(cost, key=cost.get) == "Organisch zoeken"
    assert orders["Doorverwijzing"] > orders["Google Ads"] > orders["Vergelijkingssite"]


def test_costs_of_the_last_month_are_partly_not_due_yet(shop):
    for kind in ("acquisition_costs", "retention_costs"):
        assert max(read_day(row["Tot en met"]) for row in shop.rows[kind]) == date(2026, 9, 30)
    assert any(row["Klantnummer"] for row in shop.rows["retention_costs"])
    assert any(not row["Klantnummer"] for row in shop.rows["retention_costs"])


def test_people_are_from_three_countries_with_dutch_names_and_addresses_that_reach_nobody(shop):
    people = shop.rows["customers"]
    countries = Counter(row["Land"] for row in people)
    assert countries["NL"] > 4_500
    assert min(countries["BE"], countries["DE"]) > 30
    assert set(countries) == {"NL", "BE", "DE"}
    assert any("'t Hooft" in row["Naam"] for row in people)
    assert any(row["Plaats"] == "'s-Hertogenbosch" for row in people)
    address = re.compile(r"[a-z]+\.[a-z]+\d*@example\.(nl|com|org|net)")
    assert all(address.fullmatch(row["E-mailadres"]) for row in people)


def test_few_people_have_a_second_account_and_no_two_others_share_an_address(shop):
    names = defaultdict(list)
    for row in shop.rows["customers"]:
        names[row["E-mailadres"]].append((row["Naam"], row["Plaats"] != ""))
    shared = [each for each in names.values() if len(each) > 1]
    assert 5 <= len(shared) <= 15
    assert all(len(set(each)) == 1 for each in shared)


def test_some_orders_are_cancelled_tests_or_without_a_customer(shop):
    statuses = Counter(row["Status"] for row in shop.rows["orders"])
    assert set(statuses) == {"voltooid", "geannuleerd", "test"}
    assert 0.01 <= statuses["geannuleerd"] / len(shop.rows["orders"]) <= 0.04
    assert 0.02 <= sum(not row["Klantnummer"] for row in shop.valid) / len(shop.valid) <= 0.07
    assert 0.005 <= sum(row["Bezwaar profilering"] == "ja" for row in shop.rows["customers"]) / 5_000 <= 0.03


def test_some_customers_came_before_the_first_day(shop):
    earlier = [row for row in shop.rows["customers"] if read_day(row["Klant sinds"]) < date(2023, 9, 18)]
    assert 0.05 <= len(earlier) / 5_000 <= 0.12


def test_no_order_falls_in_an_hour_that_summer_time_skips(shop):
    assert not any(row["Besteldatum"][11:13] == "02" for row in shop.rows["orders"])


def test_complete_season_free_shop_buys_as_its_process_expects(model_shop):
    # E[X(T)] of MBG/NBD for each customer's own T, with the parameters the shop itself wrote down.
    truth = json.loads((model_shop.folder / "truth.json").read_text())
    r, alpha, a, b = (truth["purchases"][name] for name in ("r", "alpha", "a", "b"))
    last = date.fromisoformat(truth["last_day"])
    since = {row["Klantnummer"]: read_day(row["Klant sinds"]) for row in model_shop.rows["customers"]}
    age = np.array([(last - since[customer]).days for customer in since])
    repeats = np.array([len(model_shop.days[customer]) - 1 for customer in since])
    dropout = np.random.default_rng(3).beta(a, b, 400_000)
    by_age = {
        each: ((1 - dropout) / dropout * (1 - (alpha / (alpha + dropout * each)) ** r)).mean()
        for each in range(0, 1_096, 5)
    }
    expected = np.interp(age, list(by_age), list(by_age.values()))
    standard_error = (repeats - expected).std() / np.sqrt(age.size)
    assert abs((repeats - expected).mean()) < 4 * standard_error


def test_complete_shop_has_one_order_a_day_from_the_first_day_a_customer_is_known(model_shop):
    since = {row["Klantnummer"]: read_day(row["Klant sinds"]) for row in model_shop.rows["customers"]}
    orders = Counter(row["Klantnummer"] for row in model_shop.placed if row["Klantnummer"])
    assert {customer: len(days) for customer, days in model_shop.days.items()} == orders
    assert {customer: min(days) for customer, days in model_shop.days.items()} == since
    assert not any(row["Ordernummer"] for row in model_shop.rows["refunds"])


def test_who_scores_high_buys_again_more_often(shop):
    days = {customer: sorted(each) for customer, each in shop.days.items()}
    for scale, low, high in (("NPS", range(7), range(9, 11)), ("CSAT 1-5", range(1, 4), range(5, 6))):
        again = {}
        for name, scores in (("low", low), ("high", high)):
            answers = [
                (row["Klantnummer"], read_day(row["Datum"]))
                for row in shop.rows["survey_answers"]
                if row["Schaal"] == scale and read_score(row) in scores
            ]
            again[name] = np.mean([days.get(who, [day])[-1] > day for who, day in answers])
        assert again["high"] > again["low"] + 0.15, (scale, again)


def test_answers_lie_on_their_scale_once_a_day_and_after_an_order(shop):
    lowest = {"NPS": 0, "CSAT 1-5": 1}
    highest = {"NPS": 10, "CSAT 1-5": 5}
    rows = shop.rows["survey_answers"]
    assert all(lowest[row["Schaal"]] <= read_score(row) <= highest[row["Schaal"]] for row in rows)
    keys = Counter((row["Klantnummer"], row["Datum"], row["Schaal"]) for row in rows)
    assert max(keys.values()) == 1
    ordered = {row["Klantnummer"]: read_day(row["Besteldatum"]) for row in reversed(shop.placed)}
    assert all(ordered[row["Klantnummer"]] < read_day(row["Datum"]) <= Plan().end for row in rows)


def test_referrers_came_before_whom_they_brought_in(shop):
    since = {row["Klantnummer"]: read_day(row["Klant sinds"]) for row in shop.rows["customers"]}
    channel = {row["Klantnummer"]: row["Acquisitiekanaal"] for row in shop.rows["customers"]}
    rows = shop.rows["referrals"]
    assert {channel[row["Nieuwe klant"]] for row in rows} == {"Doorverwijzing"}
    assert all(
        since[row["Aangebracht door"]] <= since[row["Nieuwe klant"]] == read_day(row["Datum"]) for row in rows
    )
    assert all(row["Aangebracht door"] != row["Nieuwe klant"] for row in rows)
    assert 0.7 < len(rows) / list(channel.values()).count("Doorverwijzing") < 0.9


def test_members_joined_after_a_third_purchase_and_few_left(shop):
    rows = shop.rows["programme_memberships"]
    bought = Counter(row["Klantnummer"] for row in shop.placed)
    assert all(bought[row["Klantnummer"]] >= 3 for row in rows)
    assert len({row["Klantnummer"] for row in rows}) == len(rows)
    left = [row for row in rows if row["Tot en met"]]
    assert 0 < len(left) / len(rows) < 0.12
    assert all(read_day(row["Van"]) < read_day(row["Tot en met"]) for row in left)


def test_a_part_of_the_loyalty_cost_is_for_members_as_soon_as_there_are_any(shop):
    loyalty, benefit = (
        {read_day(row["Van"]): row for row in shop.rows["retention_costs"] if row["Omschrijving"] == name}
        for name in ("Loyaliteitsprogramma", "Ledenvoordeel")
    )
    joined = sorted(read_day(row["Van"]) for row in shop.rows["programme_memberships"])
    assert {row["Programma"] for row in benefit.values()} == {
        row["Programma"] for row in shop.rows["programme_memberships"]
    }
    assert not any(row["Klantnummer"] for row in benefit.values())
    assert set(benefit) == {day for day, row in loyalty.items() if joined[0] <= read_day(row["Tot en met"])}
    for day, row in benefit.items():
        assert read_amount(row["Bedrag"]) <= read_amount(loyalty[day]["Bedrag"])
    # In October 2025, € 0.45 for each who was a member on a day of it.
    first, last = date(2025, 10, 1), date(2025, 10, 31)
    members = [
        row for row in shop.rows["programme_memberships"]
        if read_day(row["Van"]) <= last and (not row["Tot en met"] or read_day(row["Tot en met"]) >= first)
    ]  # fmt: skip
    assert read_amount(benefit[first]["Bedrag"]) == len(members) * Decimal("0.45")


def test_the_market_is_larger_than_the_shop(shop):
    ours = Counter(row["Land"] for row in shop.rows["customers"])
    market = {row["Waarde"]: row for row in shop.rows["market_figures"]}
    assert set(market) == set(ours)
    assert all(int(market[country]["Aantal klanten"]) > n for country, n in ours.items())
    assert all(read_amount(row["Bedrag per klant per jaar"]) > 0 for row in market.values())


def test_truth_has_one_entry_per_customer(model_shop):
    truth = np.load(model_shop.folder / "truth.npz")
    assert {truth[name].size for name in truth} == {20_000}
    assert (truth["rate"] > 0).all()
    assert 0 < np.isnan(truth["dropout_day"]).mean() < 1
