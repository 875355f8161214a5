"""Undoing an import: what it touches, what it leaves, and what it did."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from customers.imports import takeback, undo
from customers.models import Customer, Order, Upload
from tests.builders import make_upload
from tests.page_reading import read_tables
from tests.uploading import ORDERS, address, import_file, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]


def table_named(page: Any, first_cell: str) -> list[list[str]]:
    """The table of the page whose first row, or first data row, starts with this cell."""
    return next(table for table in read_tables(page) if first_cell in {row[0] for row in table[:2] if row})


def equation(page: Any) -> list[list[str]]:
    """The lines from the file's money to what was imported."""
    return next(table for table in read_tables(page) if table[0] == ["What", "records", "amount"])[1:]


def test_undoing_shows_first_what_it_touches(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    preview = marieke.get(address(page, "undo/"))
    assert read_tables(preview)[0] == [
        ["Rows", "removed", "put back", "left alone"],
        ["Customers", "2", "0", "0"],
        ["Orders", "2", "0", "0"],
    ]
    assert Order.objects.count() == 2


def test_an_import_is_undone(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    waiting = marieke.post(address(page, "undo/"), follow=True)
    assert "Undoing" in text_of(waiting)
    assert Order.objects.count() == 2
    takeback.run(page.context["upload"].pk, None)
    assert "This import was undone." in text_of(marieke.get(address(page)))
    assert (Order.objects.count(), Customer.objects.count()) == (0, 0)


def test_rows_that_a_later_import_changed_are_listed_and_left_alone(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    import_file(marieke, ORDERS.replace("1.250,50", "1.300,00"), "later.csv")
    text = text_of(marieke.get(address(page, "undo/")))
    assert "Some rows are left alone, because a later import changed them again or refers to them:" in text
    assert "Orders: A1" in text
    assert "Customers: anna" in text
    assert "An import is undone once: what is left alone now stays." in text
    marieke.post(address(page, "undo/"))
    takeback.run(page.context["upload"].pk, None)
    assert Order.objects.get().net_revenue == Decimal("1300.0000")


def test_an_import_of_which_nothing_can_be_undone_keeps_its_turn(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    later = ORDERS.replace("1.250,50", "1.300,00").replace("19,95", "20,00")
    last = import_file(marieke, later, "later.csv")
    text = text_of(marieke.get(address(page, "undo/")))
    assert "Nothing can be undone now. Undo the later import first, then this one." in text
    assert "Undo this import" not in text
    marieke.post(address(last, "undo/"))
    takeback.run(last.context["upload"].pk, None)
    assert "Undo this import" in text_of(marieke.get(address(page, "undo/")))


def test_only_an_import_that_is_done_can_be_undone(marieke: Client) -> None:
    upload = make_upload(state=Upload.State.CANCELLED)
    assert marieke.post(f"/imports/{upload.uuid}/undo/").status_code == 302
    upload.refresh_from_db()
    assert upload.state == Upload.State.CANCELLED


def test_while_an_import_writes_the_page_says_so(marieke: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = import_file(marieke, ORDERS)
    monkeypatch.setattr(undo, "try_lock", lambda: False)
    busy = marieke.get(address(page, "undo/"))
    assert "An import is being written at this moment" in text_of(busy)
    assert "Undo this import" not in text_of(busy)
