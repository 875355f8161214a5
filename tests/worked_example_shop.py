"""The five customers of the worked example, entered with the builders."""

from decimal import Decimal

from metrics.models import CalculationSettings
from tests.builders import (
    make_acquisition_cost,
    make_customer,
    make_line,
    make_membership,
    make_order,
    make_refund,
    make_retention_cost,
    make_shop,
)

SETTINGS = {"default_margin": Decimal("0.4"), "interest": Decimal(0), "inflation": Decimal(0)}


def make_worked_example() -> None:
    """Enter settings and facts as `reference/worked_example.md` lists them."""
    make_shop(data_complete_from="2024-01-01")
    CalculationSettings.objects.create(**SETTINGS)
    anna, bram, carla, daan, eva = make_customers()
    make_orders(anna, bram, carla, daan, eva)
    make_costs(anna)
    for member in (anna, eva):
        make_membership(member, "club", "2025-01-01")


def make_customers():
    return (
        make_customer("A", name="Anna", acquisition_channel="ads", campaign="spring", country="NL"),
        make_customer("B", name="Bram", acquisition_channel="ads", country="NL"),
        make_customer("C", name="Carla", country="BE"),
        make_customer("D", name="Daan", acquisition_channel="organic", country="BE"),
        make_customer("E", name="Eva", acquisition_channel="ads", country="NL"),
    )


def make_orders(anna, bram, carla, daan, eva) -> None:
    ads, organic = {"sales_channel": "ads"}, {"sales_channel": "organic"}
    make_order(anna, "2024-01-10", "100", external_id="O1", cost_of_goods="40", transaction_cost="5", **ads)
    o2 = make_order(
        anna, "2024-06-15", "200", external_id="O2", cost_of_goods="80", transaction_cost="6", **ads
    )
    make_order(
        anna, "2025-03-20 10:00", "250", external_id="O3", cost_of_goods="100", transaction_cost="5", **ads
    )
    make_order(
        anna, "2025-03-20 16:00", "50", external_id="O4", cost_of_goods="20", transaction_cost="3", **ads
    )
    make_order(bram, "2024-01-31T23:30:00+00:00", "80", external_id="O5", transaction_cost="4", **ads)
    make_order(bram, "2025-02-10", "120", external_id="O6", cost_of_goods="50", transaction_cost="4", **ads)
    o7 = make_order(carla, "2024-11-29", "60", external_id="O7", transaction_cost="4", **organic)
    make_line(o7, "mug", "2", "60", unit_cost="12")
    make_order(
        carla, "2024-12-31 23:30", "90", external_id="O8", cost_of_goods="36", transaction_cost="4", **organic
    )
    o9 = make_order(
        daan, "2025-05-05", "70", external_id="O9", cost_of_goods="30", transaction_cost="5", **organic
    )
    o10 = make_order(
        eva, "2025-11-28", "110", external_id="O10", cost_of_goods="44", transaction_cost="5", **ads
    )
    make_order(
        eva,
        "2025-12-05",
        "40",
        external_id="O11",
        cost_of_goods="16",
        transaction_cost="3",
        status="cancelled",
        **ads,
    )
    make_order(None, "2025-11-30", "30", external_id="O12", cost_of_goods="12", transaction_cost="2")
    make_refund("2024-07-05", "50", external_id="R1", order=o2)
    make_refund("2025-06-02", "70", external_id="R2", order=o9)
    make_refund("2025-01-20", "10", external_id="R3", customer=carla)
    make_refund("2026-01-05", "20", external_id="R4", order=o10)


def make_costs(anna) -> None:
    make_acquisition_cost("ads", "2024-01-15", "2024-02-13", "300", external_id="K1")
    make_acquisition_cost("ads", "2024-03-01", "2024-03-31", "62", external_id="K2", campaign="spring")
    make_acquisition_cost("organic", "2024-11-01", "2024-12-31", "122", external_id="K3")
    make_acquisition_cost("ads", "2025-11-17", "2026-01-15", "120", external_id="K4")
    make_acquisition_cost("ads", "2025-11-24", "2025-11-30", "35", external_id="K5", campaign="xmas")
    make_retention_cost("2025-03-01", "2025-03-31", "12", external_id="P1", customer=anna)
    make_retention_cost("2025-02-01", "2025-02-28", "100", external_id="P2")
    make_retention_cost("2023-06-01", "2023-06-30", "60", external_id="P3")
    make_retention_cost("2025-12-01", "2025-12-31", "31", external_id="P4", programme="club")
