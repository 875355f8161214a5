"""The exports of one September that the pictures follow: small, Dutch, and not quite clean.

Every file follows from what is written here, so that the pictures come out alike each time. The demo shop
ends on 17 September 2026; these files go on from there.
"""

from datetime import date, timedelta
from pathlib import Path

from customers.demo.plan import DEFAULT_END

CUSTOMERS = "klanten september.csv"
ORDERS = "bestellingen september.csv"
FAIR = "bestellingen beurs.csv"
REFUNDS = "retouren september.csv"
COSTS = "meta september.csv"
LARGE = "bestellingen 2020-2026.csv"

FIRST_DAY = DEFAULT_END + timedelta(days=1)
_NAMES = (
    "Noor;van den;Berg", "Sem;;Visser", "Fleur;de;Wit", "Mees;;Hendriks", "Saar;van;Dijk", "Ties;;Meijer",
    "Zoë;;Köhler", "Bram;'t;Hooft",
)  # fmt: skip
_TOWNS = (
    "Utrecht;NL",
    "Gent;BE",
    "Leiden;NL",
    "Zwolle;NL",
    "'s-Hertogenbosch;NL",
    "Breda;NL",
    "Köln;DE",
    "Delft;NL",
)
_CHANNELS = ("Google Ads", "Meta Ads", "Organisch zoeken", "Doorverwijzing")
_STATUSES = (
    "verzonden",
    "verzonden",
    "verzonden",
    "afgerond",
    "verzonden",
    "ingetrokken",
    "verzonden",
    "proef",
)


def write_exports(folder: Path) -> dict[str, Path]:
    """Write all files into the folder, as Dutch Excel does; returns their paths by name."""
    texts = {
        CUSTOMERS: write_customers(),
        ORDERS: write_orders(),
        FAIR: write_fair(),
        REFUNDS: write_refunds(),
        COSTS: write_costs(),
        LARGE: write_large(),
    }
    for name, text in texts.items():
        encoding = "utf-8" if name == COSTS else "cp1252"
        (folder / name).write_bytes(text.replace("\n", "\r\n").encode(encoding))
    return {name: folder / name for name in texts}


def write_customers() -> str:
    """Eight new customers whose names stand in three columns."""
    rows = [
        "Klantnummer;Voornaam;Tussenvoegsel;Achternaam;E-mailadres;Plaats;Land;Kanaal;Klant sinds;Branche"
    ]
    for number, (name, town) in enumerate(zip(_NAMES, _TOWNS, strict=True)):
        since = FIRST_DAY + timedelta(days=number)
        address = f"klant{number + 1}@example.nl"
        rows.append(
            f"{1006001 + number};{name};{address};{town};{_CHANNELS[number % 4]};{since:%d-%m-%Y};"
            f"{('horeca', 'particulier')[number % 3 > 0]}"
        )
    return "\n".join(rows) + "\n"


def write_orders() -> str:
    """Forty-eight orders with VAT, statuses in the words of the shop, a total, and typical mistakes."""
    rows = ["Ordernummer;Klantnummer;Besteldatum;Totaal incl. btw;Korting;Inkoopwaarde;Status;Opmerking"]
    whole = 0
    for number in range(48):
        day = FIRST_DAY + timedelta(days=number // 4)
        cents = 2995 + (number * 1783) % 19000
        whole += cents
        customer = 1006001 + number % 8 if number % 3 else 1000001 + number * 7
        rows.append(
            f"{2060001 + number};{customer};{day:%d-%m-%Y} {9 + number % 11:02}:{(number * 13) % 60:02};"
            f"{_euros(cents)};{_euros(500 if number % 5 == 0 else 0)};{_euros(cents * 2 // 5)};"
            f"{_STATUSES[number % 8]};{'cadeau' if number % 9 == 4 else ''}"
        )
    for place, (column, value) in {
        7: (2, "31-09-2026 10:15"),
        18: (3, "12,5,0"),
        31: (3, "USD 84,00"),
    }.items():
        cells = rows[place].split(";")
        cells[column] = value
        rows[place] = ";".join(cells)
    rows.append(rows[12])  # the same order once more
    rows.append(rows[21].replace("verzonden", "ingetrokken"))  # an order that was withdrawn later
    rows.append(f"Totaal;;;{_euros(whole)};;;;")
    return "\n".join(rows) + "\n"


def write_fair() -> str:
    """Orders of three days in which neither the dates nor the amounts say how they are written."""
    rows = ["Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw"]
    for number in range(9):
        amount = ("1.250", "2.500", "1.800")[number % 3]
        rows.append(
            f"B{301 + number};{1006001 + number % 8};{date(2026, 9, 8 + number // 3):%d-%m-%Y};{amount}"
        )
    return "\n".join(rows) + "\n"


def write_refunds() -> str:
    """Refunds, one of which is of an order at the fair."""
    rows = ["Creditnota;Ordernummer;Datum;Bedrag;Reden"]
    for number, order in enumerate(("2060003", "2060011", "2060025", "B304")):
        day = FIRST_DAY + timedelta(days=3 + 2 * number)
        rows.append(f"CN90{number + 1:02};{order};{day:%d-%m-%Y};{_euros(1250 + 725 * number)};Retour")
    return "\n".join(rows) + "\n"


def write_costs() -> str:
    """Twelve days of Meta Ads, as Ads Manager exports them in Dutch."""
    rows = ["Dag,Campagnenaam,Weergaven,Linkklikken,Besteed bedrag (EUR)"]
    for number in range(24):
        day = FIRST_DAY + timedelta(days=number // 2)
        campaign = ("Nieuwe klanten", "Video")[number % 2]
        spent = f"{14 + (number * 7) % 23}.{(number * 11) % 90 + 10}"
        rows.append(f"{day},{campaign},{900 + 37 * number},{31 + number},{spent}")
    return "\n".join(rows) + "\n"


def write_large() -> str:
    """Orders of years, for a picture of an import that is under way."""
    rows = ["Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw"]
    for number in range(60_000):
        day = date(2020, 1, 1) + timedelta(days=number // 25)
        rows.append(
            f"G{100000 + number};{1000001 + number % 5000};{day:%d-%m-%Y};{_euros(1500 + number % 9000)}"
        )
    return "\n".join(rows) + "\n"


def _euros(cents: int) -> str:
    whole = f"{cents // 100:,}".replace(",", ".")
    return f"{whole},{cents % 100:02}"
