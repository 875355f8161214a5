"""The mapping of columns, as whoever fills it in sees it: fields, transforms, words, what is remembered."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import Workbook

from customers.imports import pipeline
from customers.models import AcquisitionCost, Customer, Order
from tests.uploading import ORDERS, address, change, confirm, fields_of, run_and_open, send, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]

STATUSES = """Ordernummer;Klantnummer;Besteldatum;Bedrag;Status
A1;anna;31-01-2025;121,00;Betaald
A2;bram;01-02-2025;12,10;Retour winkel
A3;anna;28-02-2025;1,21;Demo
A4;anna;28-02-2025;2,42;Retour winkel
"""


def became(page: Any) -> dict[str, str]:
    """Header of each mapped column → its target."""
    return {column["header"]: column["target"].name for column in page.context["mapped"]}


def understood(page: Any, header: str) -> list[str]:
    """What the values of a column were read as."""
    columns = page.context["mapped"]
    return next([v["understood"] for v in c["values"]] for c in columns if c["header"] == header)


def imported(client: Client, page: Any) -> Any:
    return run_and_open(client, confirm(client, page))


# The file as a whole ---------------------------------------------------------------------------------------


def test_the_first_lines_are_offered_as_the_row_of_names(marieke: Client) -> None:
    page = send(marieke, "Lijst van januari\n\n" + ORDERS)
    assert fields_of(page)["header_line"] == "3"
    choices = dict(page.context["form"].fields["header_line"].choices)
    assert choices[3] == "3: Ordernummer · Klantnummer · Besteldatum · Bedrag excl. btw …"
    assert choices[0] == "no line: the columns get numbers"


def test_a_file_without_names_gets_numbers_and_is_mapped_by_hand(marieke: Client) -> None:
    page = send(marieke, "A1;anna;31-01-2025;19,95\nA2;bram;01-02-2025;5,00\n", "kaal.csv")
    page = change(marieke, page, header_line="0", kind="orders")
    assert [column["header"] for column in page.context["ignored"]] == [
        "column 1", "column 2", "column 3", "column 4",
    ]  # fmt: skip
    page = change(
        marieke, page, target_0="external_id", target_1="customer", target_2="moment", target_3="net_revenue"
    )
    imported(marieke, page)
    assert list(Order.objects.order_by("external_id").values_list("external_id", "ordered_on__day")) == [
        ("A1", 31), ("A2", 1),
    ]  # fmt: skip


def test_another_quotation_mark_keeps_what_was_said_of_the_columns(marieke: Client) -> None:
    page = send(marieke, ORDERS.replace("cadeau", "'cadeau'"))
    page = change(marieke, page, target_4="sales_channel")
    assert understood(page, "Opmerking") == ["cadeau"]
    page = change(marieke, page, quote='"')
    assert understood(page, "Opmerking") == ["'cadeau'"]


def test_another_sheet_of_a_workbook_is_read_instead(marieke: Client) -> None:
    book = Workbook()
    book.active.title = "Klanten"
    for cells in (["Klantnummer", "Naam"], ["1", "Anna"], ["2", "Bram"]):
        book.active.append(cells)
    orders = book.create_sheet("Orders")
    for cells in (["Ordernummer", "Besteldatum", "Bedrag"], ["A1", date(2025, 1, 31), 12.5]):
        orders.append(cells)
    written = BytesIO()
    book.save(written)
    page = send(marieke, written.getvalue(), "map.xlsx")
    assert (fields_of(page)["kind"], page.context["sheets"]) == ("customers", ["Klanten", "Orders"])
    page = change(marieke, page, sheet="Orders")
    assert fields_of(page)["kind"] == "orders"
    assert understood(page, "Besteldatum") == ["31 Jan 2025"]
    page = change(marieke, page, target_2="gross_revenue", sheet="Orders")
    assert became(page)["Bedrag"] == "gross_revenue"


# What is missing -------------------------------------------------------------------------------------------


def test_what_is_missing_comes_with_the_columns_that_could_be_it(marieke: Client) -> None:
    page = send(
        marieke, "Ordernummer;Klantnummer;Netto omzet;Verzonden;Opmerking\nA1;anna;12,50;31-01-2025;x\n"
    )
    page = change(marieke, page, kind="orders") if fields_of(page)["kind"] != "orders" else page
    [missing] = page.context["missing"]
    assert (missing["name"], [column["header"] for column in missing["candidates"]]) == (
        "moment", ["Verzonden"],
    )  # fmt: skip
    page = change(marieke, page, assign="3:moment")
    assert became(page)["Verzonden"] == "moment"
    assert page.context["missing"] == []


def test_gross_revenue_without_its_vat_is_told_the_other_way(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), target_3="gross_revenue")
    assert "Or let the amount be net revenue, and take the VAT off it." in text_of(page)


def test_every_field_of_the_kind_is_a_place_to_drop_a_column(marieke: Client) -> None:
    page = send(marieke, ORDERS)
    slots = {slot["name"]: [c["header"] for c in slot["columns"]] for slot in page.context["slots"]}
    assert slots["external_id"] == ["Ordernummer"]
    assert slots["sales_channel"] == []
    source = page.content.decode()
    assert 'data-slot="sales_channel"' in source
    assert 'data-drag="4"' in source


# VAT -------------------------------------------------------------------------------------------------------


def test_vat_comes_off_at_a_rate_of_the_list_or_an_own_one(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), vat_3="21")
    assert understood(page, "Bedrag excl. btw")[1:] == ["€1,033.4711", "€16.4876"]  # 125050/121, 1995/121
    page = change(marieke, page, vat_3="own")
    assert "hold VAT, and it is not said how much." in text_of(page)
    page = change(marieke, page, rate_3="5.5")
    assert understood(page, "Bedrag excl. btw")[1:] == ["€1,185.3081", "€18.91"]  # 1250.5/1.055, 19.95/1.055


def test_a_rate_that_is_none_is_said(marieke: Client) -> None:
    page = change(marieke, change(marieke, send(marieke, ORDERS), vat_3="own"), rate_3="121")
    assert "Ensure this value is less than or equal to 100." in text_of(page)


def test_a_column_of_vat_is_found_by_its_name_and_can_be_another(marieke: Client) -> None:
    text = "Ordernummer;Besteldatum;Bedrag;Btw-tarief;Heffing\nA1;31-01-2025;121,00;21;20,00\n"
    page = change(marieke, send(marieke, text), vat_2="rate")
    assert fields_of(page)["vatcolumn_2"] == "3"
    assert understood(page, "Bedrag") == ["€100.00"]
    page = change(marieke, page, vat_2="amount", vatcolumn_2="4")
    assert understood(page, "Bedrag") == ["€101.00"]


# Columns that are made -------------------------------------------------------------------------------------


def test_names_in_three_columns_become_one(marieke: Client) -> None:
    page = send(marieke, "Klantnummer;Voornaam;Tussenvoegsel;Achternaam\n1;Jan;van der;Berg\n2;Els;;Bakker\n")
    draft = {"join-column_1": "1", "join-column_2": "2", "join-column_3": "3", "join-separator": " "}
    page = change(marieke, page, add="join", **draft, **{"join-target": "name"})
    assert understood(page, "Voornaam + Tussenvoegsel + Achternaam") == ["Jan van der Berg", "Els Bakker"]
    assert "joined from Voornaam, Tussenvoegsel, Achternaam" in text_of(page)
    imported(marieke, page)
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Els Bakker", "Jan van der Berg"]


def test_one_channel_for_the_whole_file_and_away_again(marieke: Client) -> None:
    page = send(marieke, "Campagne;Dag;Kosten\nvoorjaar;31-01-2025;12,50\n", "kosten.csv")
    page = change(marieke, page, kind="acquisition_costs")
    assert [missing["name"] for missing in page.context["missing"]] == ["channel"]
    page = change(marieke, page, add="fixed", **{"fixed-text": "Bing Ads", "fixed-target": "channel"})
    assert page.context["missing"] == []
    gone = change(marieke, page, remove="3")
    assert [missing["name"] for missing in gone.context["missing"]] == ["channel"]
    page = change(marieke, gone, add="fixed", **{"fixed-text": "Bing Ads", "fixed-target": "channel"})
    imported(marieke, page)
    assert list(AcquisitionCost.objects.values_list("channel", "campaign")) == [("Bing Ads", "voorjaar")]


def test_a_part_of_a_name_can_be_kept_as_an_attribute(marieke: Client) -> None:
    page = send(marieke, "Klantnummer;Naam\n1;Jan van der Berg\n")
    page = change(
        marieke,
        page,
        add="split",
        **{"split-column": "1", "split-part": "first", "split-target": "attribute:"},
    )
    assert fields_of(page)["label_2"] == "Naam"
    page = change(marieke, page, label_2="Voornaam")
    imported(marieke, page)
    assert Customer.objects.get().attributes == {"Voornaam": "Jan"}


def test_what_is_not_filled_in_is_said_at_its_field_and_what_was_typed_stays(marieke: Client) -> None:
    page = change(
        marieke, send(marieke, ORDERS), add="split", **{"split-column": "4", "split-part": "before"}
    )
    assert "The column was not made: see what is marked below." in text_of(page)
    assert "Say where to cut, for instance at / or a hyphen." in text_of(page)
    split = page.context["drafts"][2]
    assert (split["column"].value(), split["part"].value()) == ("4", "before")
    page = change(marieke, page, target_4="sales_channel", **{"fixed-text": "half getypt"})
    assert page.context["drafts"][0]["text"].value() == "half getypt"


def test_a_column_that_is_made_takes_over_what_another_one_was(marieke: Client) -> None:
    page = change(
        marieke, send(marieke, ORDERS), add="fixed", **{"fixed-text": "anna", "fixed-target": "customer"}
    )
    assert became(page)["anna"] == "customer"
    assert "Klantnummer" in [column["header"] for column in page.context["ignored"]]


def test_a_further_column_of_customers_is_kept_under_a_name_of_ones_own(marieke: Client) -> None:
    page = send(marieke, "Klantnummer;Branche\n1;Horeca\n")
    page = change(marieke, page, target_1="attribute:")
    assert fields_of(page)["label_1"] == "Branche"
    page = change(marieke, page, label_1="Sector")
    imported(marieke, page)
    assert Customer.objects.get().attributes == {"Sector": "Horeca"}


def test_other_kinds_do_not_offer_attributes(marieke: Client) -> None:
    page = send(marieke, ORDERS)
    assert "attribute:" not in dict(page.context["form"].fields["target_4"].choices)


# Words -----------------------------------------------------------------------------------------------------


def test_the_words_of_the_file_are_shown_with_their_counts_and_can_be_given_a_meaning(
    marieke: Client,
) -> None:
    page = send(marieke, STATUSES)
    [status] = [column for column in page.context["mapped"] if column["header"] == "Status"]
    assert [(row["word"], row["count"], row["meaning"]) for row in status["words"]["rows"]] == [
        ("Retour winkel", 2, ""), ("Betaald", 1, "placed"), ("Demo", 1, ""),
    ]  # fmt: skip
    said = {
        "word_4_0": "Retour winkel",
        "meaning_4_0": "cancelled",
        "word_4_2": "Demo",
        "meaning_4_2": "test",
    }
    page = change(marieke, page, **said)
    assert understood(page, "Status") == ["placed", "cancelled", "test order"]
    imported(marieke, page)
    assert dict(Order.objects.values_list("external_id", "status")) == {
        "A1": "placed", "A2": "cancelled", "A3": "test", "A4": "cancelled",
    }  # fmt: skip


def test_words_are_counted_in_a_sample_until_the_whole_file_is_asked_for(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.imports.words.SAMPLE", 2)
    page = send(marieke, STATUSES)
    assert "Counted in the first 2 records." in text_of(page)
    page = change(marieke, page, count="4")
    assert "Counted in all 4 records." in text_of(page)
    assert "Counted in all 4 records." in text_of(marieke.get(address(page)))


# Memory ----------------------------------------------------------------------------------------------------


def test_the_next_file_says_when_it_was_read_so_and_can_begin_afresh(marieke: Client) -> None:
    page = send(marieke, ORDERS)
    page = change(
        marieke, page, vat_3="21", add="fixed", **{"fixed-text": "Gouda", "fixed-target": "sales_channel"}
    )
    imported(marieke, page)
    page = send(marieke, ORDERS.replace("A1", "B1"), "next.csv")
    assert "Read as on" in text_of(page)
    assert (fields_of(page)["vat_3"], became(page)["Gouda"]) == ("21", "sales_channel")
    page = change(marieke, page, afresh="1")
    assert "Read as on" not in text_of(page)
    assert (fields_of(page)["vat_3"], "Gouda" in became(page)) == ("", False)


# Fast ------------------------------------------------------------------------------------------------------


def test_a_choice_does_not_read_the_whole_file_again(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"A{n};k{n};31-01-2025;{n},50;7\n" for n in range(6000))
    page = send(marieke, "Ordernummer;Klantnummer;Besteldatum;Bedrag;Verzendkosten\n" + rows)
    read: list[int] = []
    original = pipeline.settle.__globals__["formats"].decide

    def watch(records: Any, *places: Any) -> Any:
        return original((read.append(line) or (line, cells) for line, cells in records), *places)  # type: ignore[func-returns-value]

    monkeypatch.setattr("customers.imports.formats.decide", watch)
    change(marieke, page, target_1="email")
    assert read == []
