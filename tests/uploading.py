"""Going through the import pages as a person does: upload, change the reading, confirm, open the report."""

import html
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customers.imports import pipeline
from tests.page_reading import read_tables, read_text

ORDERS = """Ordernummer;Klantnummer;Besteldatum;Bedrag excl. btw;Opmerking
A1;anna;31-01-2025;1.250,50;cadeau
A2;bram;01-02-2025;19,95;
A3;anna;28-02-2025;12,5,0;
"""
#: What the header says; what is right; and on lines 4 to 13 one fault each.
FAULTY = """Ordernummer;Klantnummer;Besteldatum;Bedrag;Status
A1;anna;31-01-2025;1.250,50;voltooid
A2;bram;01-02-2025;19,95;voltooid
A3;anna;28-02-2025;12,5,0;voltooid
A4;anna;30-02-2025;10,00;voltooid
A5;anna;voorjaar;10,00;voltooid
;anna;28-02-2025;10,00;voltooid
1,23E+12;anna;28-02-2025;10,00;voltooid
A8;anna;28-02-2025;USD 10,00;voltooid
A9;anna;28-02-2025;10,00
A10;anna;28-02-2025;10,00;zoek
A11;"anna;28-02-2025;10,00;voltooid
A12;an\0na;28-02-2025;10,00;voltooid
"""
#: Neither the dates nor the amounts of this file settle how they are written.
UNSETTLED = """Ordernummer;Klantnummer;Besteldatum;Bedrag
A1;anna;03-04-2025;1.250
A2;bram;05-06-2025;2.500
"""


def text_of(page: Any) -> str:
    """What a page says, in one line."""
    return html.unescape(read_text(page))


def send(client: Client, content: str | bytes, name: str = "orders.csv") -> Any:
    """Upload a file and follow to the page that answers."""
    data = content.encode() if isinstance(content, str) else content
    return client.post("/imports/", {"file": SimpleUploadedFile(name, data)}, follow=True)


def address(page: Any, action: str = "") -> str:
    return f"/imports/{page.context['upload'].uuid}/{action}"


def fields_of(page: Any) -> dict[str, str]:
    """What the form of a reading would send as it stands."""
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def change(client: Client, page: Any, **changes: str) -> Any:
    """Change something in the reading; returns the page with the new one."""
    return client.post(address(page), {**fields_of(page), **changes})


def confirm(client: Client, page: Any, **changes: str) -> Any:
    return client.post(address(page, "confirm/"), {**fields_of(page), **changes}, follow=True)


def run_and_open(client: Client, page: Any) -> Any:
    """Let the import happen, as the worker would, and open its page."""
    pipeline.run(page.context["upload"].pk)
    return client.get(address(page))


def import_file(client: Client, content: str | bytes, name: str = "orders.csv", **changes: str) -> Any:
    return run_and_open(client, confirm(client, send(client, content, name), **changes))


def table_named(page: Any, first_cell: str) -> list[list[str]]:
    """The table of the page whose first row, or first data row, starts with this cell."""
    return next(table for table in read_tables(page) if first_cell in {row[0] for row in table[:2] if row})


def equation(page: Any) -> list[list[str]]:
    """The lines from the file's money to what was imported."""
    return next(table for table in read_tables(page) if table[0] == ["What", "records", "amount"])[1:]
