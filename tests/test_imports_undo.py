"""Undoing an import: what it takes back, what it leaves and names, and importing again."""

from decimal import Decimal
from pathlib import Path

import pytest

from customers.imports import undo
from customers.models import (
    Customer,
    JoinedFact,
    Order,
    Upload,
)
from customers.persons.decisions import accept
from customers.shop_changes import save_shop
from tests.builders import make_customer, make_line, make_order, make_refund, make_shop
from tests.test_imports_facts import CUSTOMERS, LINES, ORDERS, counts, load

pytestmark = pytest.mark.django_db


def test_an_undone_file_can_be_imported_again(tmp_path: Path) -> None:
    undo.undo(load(tmp_path, ORDERS))
    assert counts(load(tmp_path, ORDERS)) == {"read": 3, "new": 3}


def test_undo_takes_back_what_an_import_wrote(tmp_path: Path) -> None:
    anna = make_customer("K1", city="Gent")
    order = make_order(anna, "2025-01-01", "5.00", external_id="1001")
    make_line(order, "Was", "1", "5.00")
    load(tmp_path, CUSTOMERS)
    lines = load(tmp_path, LINES)
    before = undo.preview(lines)
    assert before is not None
    assert before == undo.undo(lines)
    assert (before.tables["order_lines"].restored, before.tables["orders"].restored) == (1, 1)
    assert [(line.product, str(line.net_amount)) for line in order.lines.all()] == [("Was", "5.0000")]
    order.refresh_from_db()
    assert (order.line_total, order.main_category) == (Decimal("5"), "")
    undo.undo(Upload.objects.get(kind="customers"))
    assert list(Customer.objects.values_list("external_id", "city", "name")) == [("K1", "Gent", "")]


def test_undo_after_a_change_of_time_zone_puts_moments_on_their_day_in_the_new_zone(tmp_path: Path) -> None:
    shop = make_shop(time_zone="Europe/Amsterdam")
    load(tmp_path, ORDERS)
    changed = load(tmp_path, ORDERS.replace("31-12-2024 23:30;19,95", "02-01-2025 10:00;19,95"))
    shop.time_zone = "Asia/Tokyo"
    save_shop(shop)
    undo.undo(changed)
    order = Order.objects.get(external_id="1002")
    assert (order.ordered_at.isoformat(), str(order.ordered_on)) == (
        "2024-12-31T22:30:00+00:00",
        "2025-01-01",  # 07:30 in Tokyo
    )


def test_undo_leaves_what_a_later_import_changed_or_needs_and_says_which(tmp_path: Path) -> None:
    first = load(tmp_path, ORDERS)
    load(tmp_path, ORDERS.replace("1.219,95", "1.300,00"))  # changes 1001
    make_refund(
        "2025-02-01", "1", order=Order.objects.get(external_id="1003"), upload=Upload.objects.latest("id")
    )
    found = undo.undo(first)
    assert found.tables["orders"].examples == ["1001", "1003"]
    assert found.tables["orders"].deleted == 1
    assert set(Order.objects.values_list("external_id", flat=True)) == {"1001", "1003"}
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"K1"}  # 1001 is still K1's
    first.refresh_from_db()
    assert (first.state, first.findings[-1]["code"]) == (Upload.State.UNDONE, "kept")


def test_a_preview_writes_nothing_and_waits_for_no_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("J1", "J2"):
        make_order(make_customer(number, email="jo@example.org"), "2025-01-05", "10")
    accept("jo@example.org", ["J1", "J2"], "J1", None)
    upload = load(tmp_path, ORDERS)
    before = list(JoinedFact.objects.values_list("pk", flat=True))
    assert before
    assert undo.preview(upload) is not None
    assert list(JoinedFact.objects.values_list("pk", flat=True)) == before  # nobody was joined anew
    monkeypatch.setattr(undo, "try_lock", lambda: False)
    assert undo.preview(upload) is None


def test_an_order_goes_on_being_worth_its_lines_when_an_import_before_them_is_undone(tmp_path: Path) -> None:
    head = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw;Status\n"
    load(tmp_path, f"{head}1;K1;13-01-2025;;voltooid\n2;K1;13-01-2025;10,00;voltooid\n")
    second = load(tmp_path, f"{head}1;K1;13-01-2025;;geannuleerd\n2;K1;13-01-2025;20,00;voltooid\n")
    load(tmp_path, "Ordernummer;Product;Aantal;Bedrag excl. btw\n1;Pet;1;50,00\n")
    undo.undo(second)
    assert list(Order.objects.order_by("pk").values_list("net_revenue", "line_total", "status")) == [
        (Decimal(50), Decimal(50), "placed"),
        (Decimal(10), None, "placed"),
    ]


def test_a_moment_that_is_put_back_alone_gets_its_day_in_the_new_zone(tmp_path: Path) -> None:
    shop = make_shop(time_zone="UTC")
    load(tmp_path, ORDERS.replace("13-01-2025 09:00", "13-01-2025 23:30"))
    changed = load(tmp_path, ORDERS.replace("13-01-2025 09:00", "13-01-2025 20:30"))
    shop.time_zone = "Europe/Amsterdam"
    save_shop(shop)
    undo.undo(changed)
    assert str(Order.objects.get(external_id="1003").ordered_on) == "2025-01-14"
