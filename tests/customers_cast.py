"""The small cast of the list of customers, and reading that list."""

from django.test import Client

from metrics.models import Run
from tests.builders import make_customer
from tests.page_reading import read_tables
from tests.value_builders import make_run, make_value, publish


def rows(response, column: int | None = None) -> list:
    """The rows of the list without its head, or one column of them."""
    body = read_tables(response)[0][1:]
    return body if column is None else [row[column] for row in body]


def names(client: Client, query: str = "") -> list[str]:
    return rows(client.get(f"/customers/{query}"), 1)


def make_cast() -> Run:
    """Anna, Bram and Carla by realised value; Daan has only a credit note, Eva objected."""
    run = make_run()
    anna = make_customer(
        "A1", name="Anna de Vries", email="anna@example.nl", acquisition_channel="ads", country="NL"
    )
    bram = make_customer("B2", name="Bram Bakker", acquisition_channel="ads", country="BE")
    carla = make_customer("C3", city="Utrecht")
    daan = make_customer("D4", name="Daan Smit", acquisition_channel="organic", country="BE")
    eva = make_customer("E5", name="Eva Jansen", acquisition_channel="ads", objects_to_profiling=True)
    make_value(
        run, anna, orders=4, first_order="2024-01-10", last_order="2025-03-20", revenue="550",
        realised="1200.5", periodic="180", lifetime="442.2514", loyalty="200",
    )  # fmt: skip
    make_value(
        run, bram, orders=2, first_order="2024-02-01", last_order="2025-02-10", revenue="200",
        realised="300.125", periodic="-35", lifetime="162.4030", loyalty="80",
    )  # fmt: skip
    make_value(
        run, carla, orders=2, first_order="2024-11-29", last_order="2024-12-31", revenue="140",
        realised="-21.3333", periodic="47", lifetime="500", loyalty="0",
    )  # fmt: skip
    make_value(
        run, daan, orders=0, occasions=0, first_order=None, last_order=None, recency=None, age=None,
        revenue="-70", realised="-75", periodic=None, lifetime=None, loyalty=None,
        value_density=None, margin=None,
    )  # fmt: skip
    make_value(run, eva, revenue="900", realised="9000")
    return publish(run)
