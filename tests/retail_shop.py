"""Online Retail with all that it lacks, made by rules from the numbers of its customers and invoices.

The file itself has a year of invoice lines. Added are a year of orders before it, so that retention is known,
channels, campaigns, categories, costs, programmes, answers and referrals: every KPI has a figure. All of it
goes through the real import, as files that a marketer would have.
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from customers.imports import pipeline
from customers.imports.mapping import Plan
from customers.imports.pipeline import import_files
from customers.imports.recognise import settle
from customers.models import Upload
from metrics.models import CalculationSettings, OwnSegment, SegmentSettings
from tests.builders import make_shop

DATA = Path(__file__).parents[2] / "shared/data/online_retail/online_retail.csv.gz"
AS_OF = date(2011, 12, 9)
COMPLETE_FROM = date(2009, 12, 1)
DEFAULT_MARGIN = Decimal("0.4")
ATTRIBUTE = "Branche"
_CENT = Decimal("0.01")


@dataclass
class Invoice:
    """An invoice of the file that is no credit note; ``number`` is that of the customer."""

    key: str
    number: int
    moment: datetime
    amount: Decimal

    @property
    def rule(self) -> int:
        """The number that rules go by."""
        return int(self.key)


def read_invoices(text: str) -> tuple[list[int], list[Invoice]]:
    """Return all customers of the file, and the invoices of customers that are worth something."""
    customers: set[int] = set()
    found: dict[str, Invoice] = {}
    for row in csv.DictReader(text.splitlines()):
        if not row["CustomerID"]:
            continue
        number = int(row["CustomerID"])
        customers.add(number)
        key = row["InvoiceNo"]
        if not key.isdigit():
            continue
        invoice = found.setdefault(
            key, Invoice(key, number, datetime.fromisoformat(row["InvoiceDate"]), Decimal(0))
        )
        invoice.amount += Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
    return sorted(customers), [invoice for invoice in found.values() if invoice.amount > 0]


def import_retail(folder: Path) -> None:
    """Set the shop up and put all its files through the import."""
    make_shop(
        currency="GBP", time_zone="Europe/London", data_complete_from=COMPLETE_FROM, history_complete=True
    )
    CalculationSettings.objects.create(
        default_margin=DEFAULT_MARGIN, kpi_attributes=[ATTRIBUTE], referral_share=Decimal("0.1"),
        share_won_back=Decimal("0.25"),
    )  # fmt: skip
    SegmentSettings.objects.create(
        rfm_high_revenue=Decimal(2000), tier_top=Decimal(1500), tier_high=Decimal(500),
        tier_middle=Decimal(100),
    )  # fmt: skip
    OwnSegment.objects.create(name="Duitsland", slug="duitsland", criteria={"country": "Germany"})
    text = gzip.decompress(DATA.read_bytes()).decode()
    files = {"online_retail": text, **write_files(*read_invoices(text))}
    paths = {name: folder / f"{name}.csv" for name in files}
    for name, path in paths.items():
        path.write_text(files[name])
    uploads = [_import_customers(paths.pop("customers")), *import_files(list(paths.values()))]
    for upload in uploads:
        assert upload.state == Upload.State.DONE, (upload.file_name, upload.error)
        assert upload.counts["rejected"] == 0, (upload.file_name, list(upload.rejects.values()))


def _import_customers(path: Path) -> Upload:
    """Import the file of customers, its last column kept as it is."""
    with path.open("rb") as file:
        upload = pipeline.receive(file, path.name, None)
    plan = Plan.from_json(upload.plan)
    columns = [*plan.columns[:-1], replace(plan.columns[-1], target=f"attribute:{ATTRIBUTE}")]
    pipeline.confirm(upload, settle(upload.path, replace(plan, columns=columns)).plan)
    return pipeline.run(upload.pk)


def write_files(customers: list[int], invoices: list[Invoice]) -> dict[str, str]:
    """Return what is added, by the kind of file."""
    earlier = [invoice for invoice in invoices if invoice.number % 5 == 0]
    customers = sorted({*customers, *(_find_buyer(invoice) for invoice in earlier)})
    rows = {
        "customers": _list_customers(customers),
        "orders": _list_orders(earlier),
        "order_lines": _list_lines(earlier),
        "refunds": _list_refunds(earlier),
        "acquisition_costs": _list_acquisition(),
        "retention_costs": _list_retention(customers),
        "programme_memberships": _list_memberships(customers),
        "survey_answers": _list_answers(customers),
        "referrals": _list_referrals(customers),
        "market_figures": iter(_MARKET),
    }
    return {kind: "".join(f"{line}\n" for line in (_HEADERS[kind], *lines)) for kind, lines in rows.items()}


_HEADERS = {
    "customers": f"klantnummer;acquisitiekanaal;campagne;klant sinds;bezwaar profilering;{ATTRIBUTE}",
    "orders": "ordernummer;klantnummer;besteldatum;omzet excl btw;inkoopwaarde;transactiekosten;status;"
    "verkoopkanaal",
    "order_lines": "ordernummer;regelnummer;product;categorie;aantal;bedrag;inkoopprijs per stuk",
    "refunds": "creditnota;datum;bedrag;ordernummer;klantnummer",
    "acquisition_costs": "id;kanaal;campagne;van;tot en met;bedrag",
    "retention_costs": "id;klantnummer;programma;segment;van;tot en met;bedrag",
    "programme_memberships": "klantnummer;programma;lid sinds;lid tot",
    "survey_answers": "antwoordnummer;klantnummer;datum;schaal;score",
    "referrals": "aanbrenger;aangebrachte klant;datum",
    "market_figures": "kenmerk;waarde;bedrag per klant per jaar;aantal klanten;bron",
}
_MARKET = ("country;Germany;900;5000;bureau", "channel;ads;450;;bureau")
_CHANNELS = ("ads", "search", "referral", "")


def _list_customers(customers: list[int]) -> Iterator[str]:
    """A channel for three of four, campaigns of one; some came before the data begin, some object."""
    for number in customers:
        channel = _CHANNELS[number % 4]
        campaign = ("spring", "", "autumn")[number // 4 % 3] if channel == "ads" else ""
        since = "2009-06-01" if number % 23 == 0 else ""
        branch = "" if number % 13 == 0 else ("horeca", "retail", "private")[number // 11 % 3]
        yield f"{number};{channel};{campaign};{since};{'ja' if number % 31 == 0 else 'nee'};{branch}"


def _find_buyer(invoice: Invoice) -> int:
    """Return who bought a year before: every third of them was somebody else, who never came back."""
    return invoice.number + 90_000 if invoice.number % 15 == 0 else invoice.number


def _take_earlier(invoice: Invoice) -> tuple[str, datetime, Decimal]:
    """Return number, moment and amount of the order a year before an invoice."""
    moment = invoice.moment.replace(year=invoice.moment.year - 1)
    return f"L{invoice.key}", moment, (invoice.amount * Decimal("0.8")).quantize(_CENT, ROUND_HALF_UP)


def _list_orders(invoices: list[Invoice]) -> Iterator[str]:
    for invoice in invoices:
        key, moment, amount = _take_earlier(invoice)
        cost = (amount / 2).quantize(_CENT, ROUND_HALF_UP) if invoice.rule % 4 == 0 else ""
        transaction = "2.50" if invoice.rule % 3 else ""
        status = "cancelled" if invoice.rule % 37 == 0 else "test" if invoice.rule % 41 == 0 else "completed"
        sold = ("web", "shop")[invoice.rule % 2]
        start = f"{key};{_find_buyer(invoice)};{moment:%Y-%m-%d %H:%M}"
        yield f"{start};{amount};{cost};{transaction};{status};{sold}"


def _list_lines(invoices: list[Invoice]) -> Iterator[str]:
    """Two lines an order, of two categories; with a cost per unit for one of four orders."""
    categories = ("Home", "Garden", "Gifts")
    for invoice in invoices:
        key, _moment, amount = _take_earlier(invoice)
        first = (amount * Decimal("0.6")).quantize(_CENT, ROUND_HALF_UP)
        place = invoice.rule // 7 % 3
        for line, part in enumerate((first, amount - first)):
            cost = (part * Decimal("0.45")).quantize(_CENT, ROUND_HALF_UP) if invoice.rule % 4 == 1 else ""
            yield f"{key};{line + 1};item;{categories[(place + line) % 3]};1;{part};{cost}"


def _list_refunds(invoices: list[Invoice]) -> Iterator[str]:
    """Half of some orders is given back twenty days later, of some everything."""
    for invoice in invoices:
        if invoice.rule % 29 == 0:
            key, moment, amount = _take_earlier(invoice)
            back = amount if invoice.rule % 58 == 0 else (amount / 2).quantize(_CENT, ROUND_HALF_UP)
            yield f"R{invoice.key};{moment + timedelta(days=20):%Y-%m-%d};{back};{key};{_find_buyer(invoice)}"


def _list_acquisition() -> Iterator[str]:
    """A month's spending from the 10th on per channel, one of which wins nobody; campaigns on top."""
    for step in range(25):
        first = date(2009 + (step + 11) // 12, (step + 11) % 12 + 1, 10)
        last = (first + timedelta(days=32)).replace(day=9)
        for place, channel in enumerate(("ads", "search", "referral", "tv")):
            amount = 300 + 137 * ((step * 7 + place * 3) % 11)
            yield f"A{step}-{channel};{channel};;{first};{last};{amount}.{step:02}"
    yield "A-spring;ads;spring;2010-02-20;2010-04-10;1234.56"
    yield "A-spring-2;ads;spring;2011-02-20;2011-04-10;2234.57"
    yield "A-autumn;ads;autumn;2011-09-01;2012-01-31;999.99"
    yield "A-winter;ads;winter;2011-01-05;2011-01-20;77.77"  # won nobody of its own


def _list_retention(customers: list[int]) -> Iterator[str]:
    yield "P-2010;;;;2010-01-01;2010-12-31;12000.01"
    yield "P-2011;;;;2011-01-01;2011-12-31;18000.02"
    yield "P-club;;club;;2010-06-01;2012-03-31;5432.10"
    yield "P-france;;;country = France;2011-02-01;2011-06-15;321.05"
    yield "P-ads;;;channel = ads;2010-11-15;2011-11-14;2500.00"
    yield f"P-horeca;;;{ATTRIBUTE} = horeca;2011-05-01;2011-05-31;150.55"
    yield "P-nobody;;;country = Atlantis;2011-05-01;2011-05-31;33.33"
    for number in customers:
        if number % 101 == 0:
            yield f"P{number};{number};;;2011-03-20;2011-07-05;{number % 90 + 5}.17"


def _list_memberships(customers: list[int]) -> Iterator[str]:
    for number in customers:
        if number % 6 == 0:
            first = date(2010, 6, 15) + timedelta(days=number % 200)
            yield f"{number};club;{first};{'2011-06-30' if number % 12 == 0 else ''}"


def _list_answers(customers: list[int]) -> Iterator[str]:
    """NPS of a third, asked again of a ninth; CSAT on two scales."""
    for number in customers:
        day = date(2010, 9, 1) + timedelta(days=number % 430)
        if number % 3 == 0:
            yield f"N{number};{number};{day};NPS;{number // 3 % 11}"
        if number % 9 == 0:
            yield f"M{number};{number};2011-10-{number % 28 + 1:02};NPS;{number // 9 % 11}"
        if number % 5 == 1:
            yield f"C{number};{number};{day};CSAT 1-5;{number // 5 % 5 + 1}"
        if number % 35 == 1:
            yield f"D{number};{number};2011-11-{number % 30 + 1:02};CSAT 1-10;{number // 35 % 10 + 1}"


def _list_referrals(customers: list[int]) -> Iterator[str]:
    for place, number in enumerate(customers[:-1]):
        if number % 17 == 2:
            yield f"{number};{customers[place + 1]};2010-{number % 12 + 1:02}-05"
        elif number % 51 == 3:
            yield f"{number};{customers[place + 1]};"
