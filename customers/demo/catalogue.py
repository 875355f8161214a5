"""What the shop sells: eight categories, their products, prices without VAT and purchase prices."""

from dataclasses import dataclass

import numpy as np

from customers.demo.files import Texts
from customers.demo.process import Floats, Integers

# Category: (share of lines, purchase price as a share of the price, three sizes, products with the price of
# the middle size in euros).
_CATEGORIES: dict[str, tuple[float, float, tuple[str, str, str], dict[str, float]]] = {
    "Koffie en thee": (0.21, 0.52, ("klein", "middel", "groot"), {
        "Espressobonen": 11.9, "Filterkoffie": 8.4, "Losse thee": 6.9, "Theeproefpakket": 16.5,
        "Koffiepads": 13.8, "Proefpakket koffie": 24.8, "Cafetière": 31.4, "Koffiemolen": 58.0,
        "Theepot": 21.1, "Melkopschuimer": 43.8, "Percolator": 37.2, "Pistonmachine": 129.0,
    }),
    "Koken": (0.16, 0.55, ("18 cm", "24 cm", "28 cm"), {
        "Snijplank": 18.1, "Koekenpan": 45.4, "Steelpan": 39.6, "Ovenschaal": 22.3, "Koksmes": 53.7,
        "Wokpan": 49.5, "Braadpan": 84.0, "Beslagkom": 14.8, "Taartvorm": 12.3, "Bakplaat": 9.8,
        "Vergiet": 16.4, "Stoofpan": 112.0,
    }),
    "Tafelen": (0.12, 0.48, ("per 2", "per 4", "per 6"), {
        "Ontbijtborden": 22.6, "Wijnglazen": 28.7, "Waterglazen": 17.2, "Kommen": 19.7, "Bestekset": 64.0,
        "Linnen servetten": 14.5, "Espressokopjes": 24.5, "Dinerborden": 36.9, "Placemats": 11.4,
        "Kaarsenhouders": 9.9, "Serveerschalen": 47.8, "Eierdopjes": 6.6,
    }),
    "Wonen": (0.13, 0.46, ("naturel", "blauw", "grijs"), {
        "Plaid": 49.2, "Kussenhoes": 19.4, "Geurkaars": 15.3, "Vaas": 26.9, "Wandklok": 41.0,
        "Fotolijst": 12.7, "Tafellamp": 78.0, "Opbergmand": 23.6, "Deurmat": 32.5, "Spiegel": 95.0,
        "Bloempot": 9.4, "Krukje": 62.0,
    }),
    "Bad en verzorging": (0.12, 0.44, ("wit", "zand", "groen"), {
        "Handdoek": 14.2, "Badlaken": 25.9, "Badjas": 66.0, "Handzeep": 7.9, "Bodylotion": 12.9,
        "Badmat": 28.4, "Zeepschaal": 9.1, "Toilettas": 33.7, "Scrub": 16.1, "Geurstokjes": 21.8,
        "Föhn": 47.5, "Hamamdoek": 19.0,
    }),
    "Huisdier": (0.11, 0.61, ("S", "M", "L"), {
        "Hondenvoer": 38.9, "Kattenvoer": 32.1, "Hondenmand": 54.0, "Krabpaal": 82.0, "Voerbak": 11.2,
        "Halsband": 15.9, "Hondensnacks": 7.4, "Kattengrit": 13.3, "Speeltouw": 6.2, "Reismand": 44.6,
        "Drinkfontein": 28.0, "Kauwbotten": 9.6,
    }),
    "Tuin": (0.08, 0.53, ("eenvoudig", "stevig", "luxe"), {
        "Snoeischaar": 27.3, "Tuinhandschoenen": 9.5, "Gieter": 21.4, "Vogelhuis": 24.9, "Bloembollen": 7.8,
        "Kruidenpakket": 12.1, "Plantenbak": 46.0, "Tuinslang": 36.5, "Lantaarn": 31.8, "Hangmat": 71.0,
        "Vuurschaal": 104.0, "Zaadbommetjes": 5.9,
    }),
    "Cadeaus": (0.07, 0.50, ("tot € 25", "tot € 50", "tot € 75"), {
        "Borrelpakket": 34.2, "Chocoladedoos": 16.9, "Verjaardagsbox": 29.5, "Kraamcadeau": 38.4,
        "Kerstpakket": 56.0, "Wijnpakket": 44.1, "Theecadeau": 18.6, "Koffiecadeau": 23.2,
        "Verwenpakket": 49.8, "Bedankje": 8.9, "Sinterklaasbox": 26.4, "Bloemencadeau": 31.0,
    }),
}  # fmt: skip
_SIZE_FACTORS = (0.82, 1.0, 1.22)


@dataclass(frozen=True)
class Catalogue:
    """All products, sorted by category and within it by price; prices in cents, without VAT."""

    categories: Texts
    shares: Floats
    products: Texts
    category_of: Integers
    price: Integers
    unit_cost: Integers
    first: Integers
    last: Integers

    def find_product(self, category: Integers, unit_amount: Integers) -> Integers:
        """Return the product of ``category`` whose price is nearest to ``unit_amount`` (cents)."""
        # One sorted key for all categories: the category, then the logarithm of the price (below 20).
        key = self.category_of * 100.0 + np.log(self.price)
        wanted = category * 100.0 + np.log(np.maximum(unit_amount, 1))
        right = np.clip(np.searchsorted(key, wanted), self.first[category], self.last[category])
        left = np.maximum(right - 1, self.first[category])
        return np.where(wanted - key[left] < key[right] - wanted, left, right)


def make_catalogue() -> Catalogue:
    """Build the catalogue; the same every time."""
    rows: list[tuple[int, int, str, int]] = []
    for position, (_share, cost_share, sizes, products) in enumerate(_CATEGORIES.values()):
        for name, middle in products.items():
            for size, factor in zip(sizes, _SIZE_FACTORS, strict=True):
                price = round(middle * factor * 100)
                rows.append((position, price, f"{name} {size}", round(price * cost_share)))
    rows.sort()
    category_of = np.array([row[0] for row in rows], dtype=np.int64)
    positions = np.arange(len(_CATEGORIES))
    return Catalogue(
        categories=Texts(_CATEGORIES),
        shares=np.array([category[0] for category in _CATEGORIES.values()]),
        products=Texts(row[2] for row in rows),
        category_of=category_of,
        price=np.array([row[1] for row in rows], dtype=np.int64),
        unit_cost=np.array([row[3] for row in rows], dtype=np.int64),
        first=np.searchsorted(category_of, positions, side="left"),
        last=np.searchsorted(category_of, positions, side="right") - 1,
    )
