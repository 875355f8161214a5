"""The whole shop: from a plan to the CSV files a marketer would have."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np

from customers.demo import feedback, files
from customers.demo.catalogue import make_catalogue
from customers.demo.channels import CAMPAIGNS, CHANNELS, draw_campaigns, is_campaign_season
from customers.demo.costs import (
    set_apart_for_members,
    spend_on_acquisition,
    spend_on_everyone,
    spend_on_some,
)
from customers.demo.files import Column, CsvFile, Texts
from customers.demo.history import History, draw_history
from customers.demo.orders import (
    GUEST,
    SALES_CHANNELS,
    STATUSES,
    Orders,
    draw_discounts,
    draw_favourites,
    draw_lines,
    draw_sales_channels,
    draw_transaction_costs,
    place_orders,
)
from customers.demo.people import draw_people
from customers.demo.plan import Plan
from customers.demo.process import Integers
from customers.demo.refunds import NO_ORDER, REASONS, Refunds, give_refunds
from customers.demo.truth import write_truth

#: The files in the order in which they are imported: what is referred to comes first.
FILES = {
    "customers": "klanten.csv",
    "orders": "orders.csv",
    "order_lines": "orderregels.csv",
    "refunds": "terugbetalingen.csv",
    "acquisition_costs": "acquisitiekosten.csv",
    "retention_costs": "klantbehoudskosten.csv",
    "programme_memberships": "programmaleden.csv",
    "survey_answers": "enqueteantwoorden.csv",
    "referrals": "doorverwijzingen.csv",
    "market_figures": "marktcijfers.csv",
}
HEADERS = {
    "customers": (
        "Klantnummer", "Naam", "E-mailadres", "Land", "Plaats", "Klant sinds", "Acquisitiekanaal", "Campagne",
        "Bezwaar profilering",
    ),
    "orders": (
        "Ordernummer", "Klantnummer", "Besteldatum", "Omzet excl. btw", "Korting", "Verzendkosten",
        "Transactiekosten", "Status", "Verkoopkanaal",
    ),
    "order_lines": (
        "Ordernummer", "Regelnummer", "Product", "Categorie", "Aantal", "Bedrag excl. btw",
        "Inkoopprijs per stuk",
    ),
    "refunds": ("Creditnota", "Ordernummer", "Klantnummer", "Datum", "Bedrag", "Reden"),
    "acquisition_costs": ("Kanaal", "Campagne", "Van", "Tot en met", "Bedrag"),
    "retention_costs": ("Omschrijving", "Klantnummer", "Programma", "Van", "Tot en met", "Bedrag"),
    "programme_memberships": ("Klantnummer", "Programma", "Van", "Tot en met"),
    "survey_answers": ("Klantnummer", "Datum", "Schaal", "Score", "Toelichting"),
    "referrals": ("Aangebracht door", "Nieuwe klant", "Datum"),
    "market_figures": ("Kenmerk", "Waarde", "Bedrag per klant per jaar", "Aantal klanten", "Bron"),
}  # fmt: skip
OBJECTION_SHARE = 0.015
_FIRST_CUSTOMER, _FIRST_ORDER, _FIRST_CREDIT_NOTE = 1_000_001, 20_000_001, 3_000_001
# Rows in memory at once while writing; part of what fixes the bytes for a seed.
_BLOCK = 100_000


@dataclass(frozen=True)
class GeneratedShop:
    """Where the files are and how many rows each has, by kind and in the order of import."""

    folder: Path
    rows: dict[str, int] = field(default_factory=dict)

    def path(self, kind: str) -> Path:
        """Return the file of a kind."""
        return self.folder / FILES[kind]


def generate_shop(plan: Plan, folder: Path, *, truth: Path | None = None) -> GeneratedShop:
    """Draw a shop and write its files into ``folder``; with ``truth``, also what it was drawn from."""
    clock = plan.make_clock()
    history = draw_history(plan, clock)
    orders = place_orders(plan, clock, history)
    refunds = give_refunds(plan, clock, orders)
    shop = GeneratedShop(folder)
    _write_customers(plan, history, shop)
    _write_orders(plan, orders, shop)
    _write_lines(plan, orders, history.channel.size, shop)
    _write_refunds(plan, refunds, shop)
    _write_acquisition_costs(plan, shop)
    members = feedback.draw_memberships(plan, history)
    _write_retention_costs(plan, orders, members, shop)
    _write_memberships(plan, members, shop)
    _write_answers(plan, feedback.draw_answers(plan, clock, history, orders), shop)
    _write_referrals(plan, history, shop)
    _write_market_figures(shop)
    if truth:
        write_truth(truth, plan, history)
    return shop


def _open(shop: GeneratedShop, kind: str) -> CsvFile:
    return CsvFile(shop.path(kind), HEADERS[kind])


def _number_customers(customer: Integers) -> Column:
    """Write customer numbers; guests have none."""
    return files.empty_where(customer == GUEST, files.whole_numbers(customer + _FIRST_CUSTOMER))


def _blocks(rows: int) -> list[slice]:
    return [slice(start, min(start + _BLOCK, rows)) for start in range(0, rows, _BLOCK)]


def _write_customers(plan: Plan, history: History, shop: GeneratedShop) -> None:
    rng = plan.make_generator("people")
    people = draw_people(history.channel.size, rng)
    acquired = np.floor(history.acquired).astype(np.int64)
    campaign = draw_campaigns(history.channel, _find_campaign_season(plan, acquired), rng)
    objects = (rng.random(acquired.size) < OBJECTION_SHARE).astype(np.int64)
    channels, campaigns = Texts(each.name for each in CHANNELS), Texts(CAMPAIGNS)
    answers = Texts(("nee", "ja"))
    with _open(shop, "customers") as file:
        for part in _blocks(acquired.size):
            file.write(
                _number_customers(np.arange(part.start, part.stop)),
                people.name[part],
                people.email[part],
                people.country[part],
                people.town[part],
                files.days(plan.first_day, acquired[part]),
                channels.column(history.channel[part]),
                campaigns.column(campaign[part]),
                answers.column(objects[part]),
            )
        shop.rows["customers"] = file.rows


def _find_campaign_season(plan: Plan, day: Integers) -> np.ndarray:
    low = int(day.min())
    known = [is_campaign_season(plan.first_day + timedelta(days=k)) for k in range(low, int(day.max()) + 1)]
    return np.array(known)[day - low]


def _write_orders(plan: Plan, orders: Orders, shop: GeneratedShop) -> None:
    rng = plan.make_generator("order details")
    statuses, sales_channels = Texts(STATUSES), Texts(SALES_CHANNELS)
    with _open(shop, "orders") as file:
        for part in _blocks(orders.size):
            net, shipping = orders.net[part], orders.shipping[part]
            file.write(
                files.whole_numbers(np.arange(part.start, part.stop) + _FIRST_ORDER),
                _number_customers(orders.customer[part]),
                files.moments(plan.first_day, orders.day[part], orders.minute[part]),
                files.amounts(net),
                files.amounts(draw_discounts(net - shipping, rng)),
                files.amounts(shipping),
                files.amounts(draw_transaction_costs(net, rng)),
                statuses.column(orders.status[part]),
                sales_channels.column(draw_sales_channels(net.size, rng)),
            )
        shop.rows["orders"] = file.rows


def _write_lines(plan: Plan, orders: Orders, customers: int, shop: GeneratedShop) -> None:
    rng = plan.make_generator("lines")
    catalogue = make_catalogue()
    favourites = draw_favourites(catalogue, customers, rng)
    passing = draw_favourites(catalogue, orders.size, rng)
    favourite = np.where(orders.customer == GUEST, passing, favourites[orders.customer])
    with _open(shop, "order_lines") as file:
        for part in _blocks(orders.size):
            goods = (orders.net - orders.shipping)[part]
            lines = draw_lines(catalogue, goods, favourite[part], rng)
            file.write(
                files.whole_numbers(lines.order + part.start + _FIRST_ORDER),
                files.whole_numbers(lines.number),
                catalogue.products.column(lines.product),
                catalogue.categories.column(lines.category),
                files.whole_numbers(lines.quantity),
                files.amounts(lines.amount),
                files.amounts(lines.unit_cost),
            )
        shop.rows["order_lines"] = file.rows


def _write_refunds(plan: Plan, refunds: Refunds, shop: GeneratedShop) -> None:
    reasons = Texts(REASONS)
    prefix = Texts(("CN",))
    with _open(shop, "refunds") as file:
        for part in _blocks(refunds.amount.size):
            position = np.arange(part.start, part.stop)
            number = (prefix.column(position * 0), files.whole_numbers(position + _FIRST_CREDIT_NOTE))
            order = refunds.order[part]
            file.write(
                np.concatenate(number, axis=1),
                files.empty_where(order == NO_ORDER, files.whole_numbers(order + _FIRST_ORDER)),
                _number_customers(refunds.customer[part]),
                files.days(plan.first_day, refunds.day[part]),
                files.amounts(refunds.amount[part]),
                reasons.column(refunds.reason[part]),
            )
        shop.rows["refunds"] = file.rows


def _write_acquisition_costs(plan: Plan, shop: GeneratedShop) -> None:
    costs = spend_on_acquisition(plan)
    each = np.arange(len(costs))
    with _open(shop, "acquisition_costs") as file:
        file.write(
            Texts(cost.channel for cost in costs).column(each),
            Texts(cost.campaign for cost in costs).column(each),
            files.days(plan.first_day, np.array([(cost.first_day - plan.first_day).days for cost in costs])),
            files.days(plan.first_day, np.array([(cost.last_day - plan.first_day).days for cost in costs])),
            files.amounts(np.array([cost.amount for cost in costs])),
        )
        shop.rows["acquisition_costs"] = file.rows


def _write_retention_costs(
    plan: Plan, orders: Orders, members: feedback.Memberships, shop: GeneratedShop
) -> None:
    shared = set_apart_for_members(plan, spend_on_everyone(plan, orders), members)
    each = np.arange(len(shared))
    with _open(shop, "retention_costs") as file:
        file.write(
            Texts(cost.description for cost in shared).column(each),
            _number_customers(np.full(each.size, GUEST)),
            Texts(cost.programme for cost in shared).column(each),
            files.days(plan.first_day, np.array([(cost.first_day - plan.first_day).days for cost in shared])),
            files.days(plan.first_day, np.array([(cost.last_day - plan.first_day).days for cost in shared])),
            files.amounts(np.array([cost.amount for cost in shared])),
        )
        for personal in spend_on_some(plan, orders):
            day = files.days(plan.first_day, personal.day)
            description = Texts((personal.description,)).column(personal.day * 0)
            customer = _number_customers(personal.customer)
            nobodys = Texts(("",)).column(personal.day * 0)
            file.write(description, customer, nobodys, day, day, files.amounts(personal.amount))
        shop.rows["retention_costs"] = file.rows


def _write_memberships(plan: Plan, members: feedback.Memberships, shop: GeneratedShop) -> None:
    left = members.last != feedback.STILL_MEMBER
    with _open(shop, "programme_memberships") as file:
        file.write(
            _number_customers(members.customer),
            Texts((feedback.PROGRAMME,)).column(members.customer * 0),
            files.days(plan.first_day, members.first),
            files.empty_where(~left, files.days(plan.first_day, np.where(left, members.last, 0))),
        )
        shop.rows["programme_memberships"] = file.rows


def _write_answers(plan: Plan, answers: feedback.Answers, shop: GeneratedShop) -> None:
    scales, comments = Texts(feedback.SCALES), Texts(feedback.COMMENTS)
    with _open(shop, "survey_answers") as file:
        for part in _blocks(answers.customer.size):
            file.write(
                _number_customers(answers.customer[part]),
                files.days(plan.first_day, answers.day[part]),
                scales.column(answers.scale[part]),
                files.whole_numbers(answers.score[part]),
                comments.column(answers.comment[part]),
            )
        shop.rows["survey_answers"] = file.rows


def _write_referrals(plan: Plan, history: History, shop: GeneratedShop) -> None:
    referrals = feedback.draw_referrals(plan, history)
    with _open(shop, "referrals") as file:
        file.write(
            _number_customers(referrals.referrer),
            _number_customers(referrals.referred),
            files.days(plan.first_day, referrals.day),
        )
        shop.rows["referrals"] = file.rows


def _write_market_figures(shop: GeneratedShop) -> None:
    each = np.arange(len(feedback.MARKET))
    with _open(shop, "market_figures") as file:
        file.write(
            Texts(("Land",)).column(each * 0),
            Texts(country for country, *_rest in feedback.MARKET).column(each),
            files.amounts(np.array([row[1] for row in feedback.MARKET])),
            files.whole_numbers(np.array([row[2] for row in feedback.MARKET])),
            Texts(row[3] for row in feedback.MARKET).column(each),
        )
        shop.rows["market_figures"] = file.rows
