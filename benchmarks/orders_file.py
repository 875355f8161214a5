"""A file of orders as a Dutch shop's spreadsheet writes it: ``;``, cp1252, dd-mm-yyyy, ``1.234,56``.

Made with numpy, the same on every machine; about 64 bytes an order.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

HEADER: Final = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw;Verzendkosten;Status;Verkoopkanaal\r\n"
ORDERS_A_CUSTOMER: Final = 4
_FIRST_DAY: Final = np.datetime64("2022-01-01")
_DAYS: Final = 1096
_BLOCK: Final = 500_000
_STATUS: Final = np.array(["Voltooid", "Verzonden", "Geannuleerd", "Terugbetaald"])
_CHANNEL: Final = np.array(["Webwinkel", "Winkel Café Zuid", "Telefonisch", "België – België", "App"])


def write_orders(path: Path, orders: int, *, changed: float = 0, bad: float = 0) -> int:
    """Write a file of so many orders of a quarter as many customers. Returns how many differ.

    ``changed``: the share of orders that are worth another amount than without it; ``bad``: the share that
    cannot be read, half of them for their date and half for their amount.
    """
    random = np.random.default_rng(2003)
    differing = 0
    with path.open("wb") as file:
        file.write(HEADER.encode("cp1252"))
        for start in range(0, orders, _BLOCK):
            numbers = np.arange(start, min(start + _BLOCK, orders))
            values = _draw(random, numbers, orders)
            lot = np.random.default_rng(start).random(len(numbers))  # own source: the rest stays as it is
            picked = lot < max(changed, bad)
            differing += int(picked.sum())
            if changed:
                values[3][picked] = np.char.add("9", values[3][picked])
            if bad:
                values[2][lot < bad / 2] = "31-04-2023"
                values[3][picked & (lot >= bad / 2)] = "12,5,0"
            file.write(_join(values).encode("cp1252"))
    return differing


def _draw(random: np.random.Generator, numbers: np.ndarray, orders: int) -> list[np.ndarray]:
    count = len(numbers)
    customers = random.integers(1, orders // ORDERS_A_CUSTOMER + 1, count)
    days = np.datetime_as_string(_FIRST_DAY + np.sort(random.integers(0, _DAYS, count)))
    cents = np.minimum(np.exp(random.normal(8.6, 0.9, count)), 999_999).astype(int) + 1
    return [
        np.char.add("2024-", np.char.zfill(numbers.astype(str), 8)),
        np.char.add("K", np.char.zfill(customers.astype(str), 7)),
        np.array([f"{day[8:]}-{day[5:7]}-{day[:4]}" for day in days], dtype="U10"),
        np.array([_amount(value) for value in cents], dtype="U12"),
        np.where(cents > 5000, "0,00", "4,95"),
        _STATUS[random.choice(len(_STATUS), count, p=[0.8, 0.14, 0.04, 0.02])],
        _CHANNEL[random.integers(0, len(_CHANNEL), count)],
    ]


def _amount(cents: int) -> str:
    return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02}"


def _join(values: Sequence[np.ndarray]) -> str:
    return "".join(
        [";".join(row) + "\r\n" for row in zip(*(column.tolist() for column in values), strict=True)]
    )
