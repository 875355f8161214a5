"""The overview as a test reads it: who looks, and what a reader sees of the page."""

import re

from django.test import Client

from metrics.models import OverviewCards, Run
from tests.builders import make_customer, make_user
from tests.kpi_builders import make_worked_figures
from tests.value_builders import make_value, publish

#: Four to six cards whose figures the worked example has.
CARDS = ("revenue", "customers", "aov", "frequency", "retention_rate", "full_cac")


def sign_in(*cards: str) -> Client:
    """Return a marketer, Marieke, who has chosen these cards (`CARDS` unless given)."""
    client = Client()
    user = make_user()
    client.force_login(user)
    OverviewCards.objects.create(user=user, kpis=list(cards or CARDS))
    return client


def choose(*cards: str) -> None:
    """Let Marieke have these on her cards; fewer than four are made four with what is there anyway."""
    rest = [card for card in CARDS if card not in cards]
    OverviewCards.objects.update(kpis=[*cards, *rest[: max(0, 4 - len(cards))]])


def make_worked_run() -> Run:
    """Publish the worked example, with the four customers who have an order and the one who has none."""
    run = make_worked_figures()
    for name, realised, orders in [
        ("anna", "60.1666", 4), ("bram", "-69.3333", 2), ("carla", "-21.3333", 2), ("daan", "-5", 0),
        ("eva", "-17.50", 1),
    ]:  # fmt: skip
        customer = make_customer(name, name=name.title())
        make_value(run, customer, realised=realised, orders=orders, loyalty=None)
    return publish(run)


def read(client: Client, query: str = "", language: str = "nl") -> str:
    """The page's text with its tags, in one line, spaces plain."""
    client.cookies["django_language"] = language
    html = client.get(f"/{query}").content.decode()
    return " ".join(html.replace("\N{NO-BREAK SPACE}", " ").split())


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def read_cards(html: str) -> dict[str, dict[str, str]]:
    """Per KPI what its card says: figure, change (with what follows it), fold."""
    cards = {}
    for card in re.findall(r'<article class="card kpi-card">.*?</article>', html):
        key = re.search(r"#kpi-(\w+)", card)
        assert key, card
        parts = {
            name: plain(found[1]) if (found := re.search(pattern, card)) else ""
            for name, pattern in {
                "label": r'class="kpi-label">(.*?)</h2>',
                "figure": r'<p class="kpi-figure[^>]*>(.*?)</p>',
                "change": r'<p class="kpi-change">(.*?)</p>',
                "fold": r'<div class="fold-body">(.*?)</div>',
            }.items()
        }
        cards[key[1]] = {**parts, "html": card}
    return cards


def figures(html: str) -> dict[str, str]:
    return {key: card["figure"].partition(" n =")[0] for key, card in read_cards(html).items()}


def chart_table(html: str, chart: str) -> list[list[str]]:
    """Head and rows of the table under a chart."""
    figure = re.search(rf'<figure class="chart[^"]*"[^>]* data-chart="{chart}-data">.*?</figure>', html)
    assert figure
    rows = re.findall(r"<tr>(.*?)</tr>", figure[0])
    return [[plain(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)] for row in rows]


def read_bridge(client: Client, query: str = "") -> list[list[str]]:
    """Head and rows of the table of what moved contribution."""
    section = re.search(r'<section class="card" id="moved">.*?</section>', read(client, query))
    assert section
    table = section[0][section[0].index("<caption") :]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table)
    return [[plain(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)] for row in rows]
