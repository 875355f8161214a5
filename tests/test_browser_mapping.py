"""The mapping of columns in Chromium: drag, join, fill in, take VAT off, what words mean, no header row."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from customers.models import Customer, Order
from tests.browser_imports import AXE, SIZES, browse, choose, find_barriers, fits, upload
from tests.builders import write_csv
from tests.test_browser_import import upload_root
from tests.worker_process import worker_at_work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

__all__ = ["upload_root"]  # the fixture, for every test here

ORDERS = """Ordernummer;Wie;Voornaam;Tussenvoegsel;Achternaam;Besteldatum;Bedrag;Status
A1;anna;Anna;van der;Berg;31-01-2025;121,00;Betaald
A2;bram;Bram;;Bakker;01-02-2025;12,10;Retour winkel
"""


def row(page: Page, header: str) -> Any:
    """The row of one column of the file."""
    return page.get_by_role("row", name=re.compile(f"^{re.escape(header)}"))


def drag(page: Page, source: Any, slot: Any) -> None:
    """Drag with the mouse, from where source and slot are both in sight."""
    page.locator("#columns").evaluate("heading => heading.scrollIntoView()")
    source.drag_to(slot)


def choice(page: Page, header: str) -> Any:
    """What is chosen for one column of the file."""
    return page.get_by_label(f"“{header}” becomes").locator("option:checked")


def test_a_column_is_dragged_onto_a_field_and_takes_it_over(
    live_server: Any, chromium_path: str, tmp_path: Path
) -> None:
    file = write_csv(tmp_path, ORDERS, name="orders.csv")
    with browse(chromium_path, live_server.url) as page:
        upload(page, file)
        customer = page.locator("[data-slot=customer]")
        drag(page, row(page, "Wie").locator("[data-drag]"), customer)
        expect(customer).to_contain_text("Wie")
        expect(choice(page, "Wie")).to_have_text("customer number")
        drag(page, row(page, "Voornaam").locator("[data-drag]"), customer)
        expect(customer).to_contain_text("Voornaam")
        expect(choice(page, "Wie")).to_have_text("– ignored –")
        drag(page, customer.locator("[data-drag]"), page.locator("[data-slot='']"))
        expect(choice(page, "Voornaam")).to_have_text("– ignored –")


def test_what_is_chosen_before_the_scripts_are_there_counts_once_they_are(
    live_server: Any, chromium_path: str, tmp_path: Path
) -> None:
    file = write_csv(tmp_path, ORDERS, name="orders.csv")
    with browse(chromium_path, live_server.url) as page:
        upload(page, file)
        held: list[Route] = []
        page.route("**/htmx*.js", lambda route: held.append(route))
        page.reload(wait_until="commit")
        page.get_by_label("“Wie” becomes").select_option("customer number")
        expect(page.locator("[data-slot=customer]")).not_to_contain_text("Wie")
        held.pop().continue_()
        expect(page.locator("[data-slot=customer]")).to_contain_text("Wie")


def test_a_file_is_mapped_with_everything_that_a_marketer_does_to_it(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path
) -> None:
    file = write_csv(tmp_path, ORDERS, name="orders.csv")
    with browse(chromium_path, live_server.url) as page, worker_at_work():
        upload(page, file)
        choose(page, "“Wie” becomes", "customer number")
        choose(page, "VAT in “Bedrag”", "take off 21% VAT")
        expect(row(page, "Bedrag")).to_contain_text("€100.00")
        page.get_by_label("“Retour winkel” is cancelled").check()
        expect(page.get_by_text("not known", exact=True)).to_have_count(0)
        page.get_by_text("Make a column: one value for all, join, split").click()
        join = page.get_by_role("group", name="Join columns")
        for number, name in enumerate(("Voornaam", "Tussenvoegsel", "Achternaam"), start=1):
            join.get_by_label(f"Column {number}").select_option(name)
        join.get_by_label("becomes").select_option("customer's name")
        join.get_by_role("button", name="Add this column").click()
        expect(row(page, "Voornaam + Tussenvoegsel")).to_contain_text("Anna van der Berg")
        fixed = page.get_by_role("group", name="One value for the whole file")
        fixed.get_by_label("Value").fill("Winkel Gouda")
        fixed.get_by_label("becomes").select_option("sales channel")
        fixed.get_by_role("button", name="Add this column").click()
        expect(page.get_by_role("button", name="Remove “Winkel Gouda”")).to_be_visible()
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("Imported on")).to_be_visible()
    fields = ("external_id", "net_revenue", "status", "sales_channel")
    found = [(key, str(net), state, shop) for key, net, state, shop in Order.objects.values_list(*fields)]
    assert sorted(found) == [
        ("A1", "100.0000", "placed", "Winkel Gouda"), ("A2", "10.0000", "cancelled", "Winkel Gouda"),
    ]  # fmt: skip
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Anna van der Berg", "Bram Bakker"]


def test_a_file_without_a_row_of_names_is_mapped(
    live_server: Any, chromium_path: str, tmp_path: Path
) -> None:
    file = write_csv(tmp_path, "A1;anna;31-01-2025;19,95\nA2;bram;01-02-2025;5,00\n", name="kaal.csv")
    with browse(chromium_path, live_server.url) as page:
        upload(page, file)
        choose(page, "Column names on line", "no line: the columns get numbers")
        expect(page.locator("#reading")).to_contain_text("column 1")  # a choice redraws the page
        choose(page, "What the file holds", "orders")
        expect(
            page.get_by_label("“column 1” becomes").locator("option", has_text="order number")
        ).to_have_count(1)
        for name, target in {1: "order number *", 3: "order date *", 4: "net revenue"}.items():
            choose(page, f"“column {name}” becomes", target)
            expect(choice(page, f"column {name}")).to_have_text(target)
        expect(page.locator("section[aria-labelledby=preview]")).to_contain_text("31 Jan 2025")
        expect(page.get_by_role("alert")).to_have_count(0)


def test_the_keyboard_goes_on_where_it_was(live_server: Any, chromium_path: str, tmp_path: Path) -> None:
    file = write_csv(tmp_path, ORDERS, name="orders.csv")
    with browse(chromium_path, live_server.url) as page:
        upload(page, file)
        chosen = page.get_by_label("“Wie” becomes")
        chosen.focus()
        page.keyboard.type("customer n")
        expect(page.locator("[data-slot=customer]")).to_contain_text("Wie")
        expect(chosen).to_be_focused()


def test_a_column_can_be_made_without_javascript(
    live_server: Any, chromium_path: str, tmp_path: Path
) -> None:
    file = write_csv(tmp_path, ORDERS, name="orders.csv")
    with browse(chromium_path, live_server.url, java_script_enabled=False) as page:
        upload(page, file)
        page.get_by_text("Make a column: one value for all, join, split").click()
        fixed = page.get_by_role("group", name="One value for the whole file")
        fixed.get_by_label("Value").fill("Winkel Gouda")
        fixed.get_by_label("becomes").select_option("sales channel")
        fixed.get_by_role("button", name="Add this column").click()
        expect(page.get_by_role("button", name="Remove “Winkel Gouda”")).to_be_visible()
        choose(page, "VAT in “Bedrag”", "take off 9% VAT")
        page.get_by_role("button", name="Show again").locator("visible=true").first.click()
        expect(row(page, "Bedrag")).to_contain_text("€111.0092")  # 12100 / 109 = 111.00917…


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make setup")
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_serious_in_the_whole_of_the_mapping(
    live_server: Any, chromium_path: str, tmp_path: Path, width: int, scheme: str
) -> None:
    file = write_csv(tmp_path, ORDERS.replace("Besteldatum", "Verzonden"), name="orders.csv")
    with browse(chromium_path, live_server.url, width, scheme, bypass_csp=True) as page:
        upload(page, file)
        found = [find_barriers(page)]
        page.get_by_role("button", name="Verzonden is the order date").click()
        expect(choice(page, "Verzonden")).to_have_text("order date *")
        choose(page, "VAT in “Bedrag”", "take off VAT at another rate")
        expect(page.get_by_label("Rate of VAT in “Bedrag”, in per cent")).to_be_visible()
        page.get_by_text("Make a column: one value for all, join, split").click()
        page.get_by_role("button", name="Add this column").last.click()
        expect(page.get_by_text("The column was not made")).to_be_visible()
        found.append(find_barriers(page))
        assert fits(page)
    assert found == [[], []]
