"""The pages of data quality: findings with their figures, the rows behind them, the file with all of them."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers import jobs
from customers.imports import pipeline
from customers.models import Order, QualityMeasurement, Upload
from customers.quality import measure, schedule
from customers.quality.checks import GROUPS, SEVERITIES
from customers.quality.register import CHECKS
from tests.builders import make_customer, make_order, make_shop, make_upload, make_user
from tests.page_reading import read_links, read_tables
from tests.uploading import text_of

pytestmark = pytest.mark.django_db
ROWS = "/data-quality/rows/orders_without_customer"


@pytest.fixture
def marieke(client: Client) -> Client:
    """Someone of marketing who reads English."""
    client.cookies["django_language"] = "en"
    client.force_login(make_user("marieke"))
    return client


def make_orders() -> None:
    """1,200 anonymous orders of 2.50 in January and one of 5 in February; a hundred with a customer."""
    upload = make_upload()
    anna = make_customer("anna", acquisition_channel="ads")
    day = "2025-01-05"
    Order.objects.bulk_create(
        Order(
            external_id=f"A{n:04}", ordered_at=f"{day}T12:00Z", ordered_on=day, net_revenue="2.5",
            customer=anna if n < 100 else None, upload=upload, sales_channel="web" if n % 2 else "",
        )
        for n in range(1300)
    )  # fmt: skip
    make_order(None, "2025-02-05", "5", external_id="=B1")


def read_csv(response: Any, delimiter: str) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def test_before_anything_is_imported_the_page_says_what_will_be_there(marieke: Client) -> None:
    text = text_of(marieke.get("/data-quality/"))
    assert "What is missing will be listed here" in text
    measure.measure_all()
    assert "What is missing will be listed here" in text_of(marieke.get("/data-quality/"))


def test_a_finding_has_number_share_money_and_what_to_do(marieke: Client) -> None:
    make_orders()
    measure.measure_all()
    page = marieke.get("/data-quality/")
    text = text_of(page)
    assert (
        "Orders without a customer leaves figures incomplete Count 1,201 Share 92.3% Net revenue €3,005.00"
    ) in text
    assert "over 1,301 orders and 1 customers" in text
    assert "Orders with a customer 7.7% 1,201 of 1,301 without" in text
    assert "import them again: the same orders are then completed, not doubled." in text
    assert f"{ROWS}/" in read_links(page)


def test_orders_worth_nothing_or_less_are_not_said_to_have_a_known_cost(marieke: Client) -> None:
    anna = make_customer("anna")
    for net in ("100", "0", "-30"):
        make_order(anna, "2025-01-05", net)
    measure.measure_all()
    cards = {str(card["label"]): card for card in marieke.get("/data-quality/").context["cards"]}
    known = cards["Orders with a known cost"]
    assert (known["value"], known["without"], known["total"]) == (0, 1, 1)
    assert cards["Revenue with a known cost"]["value"] == 0


def test_figures_are_written_as_the_reader_writes_them(client: Client) -> None:
    make_orders()
    measure.measure_all()
    client.cookies["django_language"] = "nl"
    client.force_login(make_user())
    text = text_of(client.get("/data-quality/"))
    assert "1.201" in text
    assert "€ 3.005,00" in text


def test_checks_without_a_finding_are_named_as_in_order(marieke: Client) -> None:
    make_orders()
    measure.measure_all()
    page = marieke.get("/data-quality/")
    assert CHECKS["orders_in_future"].title in page.context["in_order"]
    assert CHECKS["orders_without_customer"].title not in page.context["in_order"]


def test_the_worst_of_a_group_comes_first(marieke: Client) -> None:
    make_orders()
    make_order(make_customer("bram"), "2999-01-01", "5")
    measure.measure_all()
    [orders] = [
        group for group in marieke.get("/data-quality/").context["groups"] if group["key"] == "orders"
    ]
    severities = [found["severity"] for found in orders["findings"]]
    assert severities[0] == "error"
    assert severities == sorted(severities, key=list(SEVERITIES).index)


def test_a_million_findings_take_no_more_queries_than_one(marieke: Client) -> None:
    make_order(None, "2025-01-05", "5")
    measure.measure_all()
    with CaptureQueriesContext(connection) as few:
        marieke.get("/data-quality/")
    make_orders()
    measure.measure_all()
    with CaptureQueriesContext(connection) as many:
        marieke.get("/data-quality/")
    assert len(many) == len(few)


def test_facts_that_changed_since_are_said(marieke: Client) -> None:
    make_orders()
    measure.measure_all()
    assert "Facts have changed since" not in text_of(marieke.get("/data-quality/"))
    make_upload(finished_at=QualityMeasurement.objects.get().measured_at.replace(year=2999))
    assert "Facts have changed since these were checked." in text_of(marieke.get("/data-quality/"))


@pytest.mark.django_db(transaction=True)
def test_checking_again_is_left_to_the_worker_once(marieke: Client) -> None:
    make_orders()
    measure.measure_all()
    make_order(None, "2025-02-06", "7")
    for _ in range(2):
        marieke.post("/data-quality/check/")
    text = text_of(marieke.get("/data-quality/"))
    assert "The facts are being checked" in text
    assert "No worker runs at present" in text
    assert "Count 1,201" in text
    assert schedule.is_waiting()
    jobs.measure_quality.func()
    assert "Count 1,202" in text_of(marieke.get("/data-quality/"))


def test_every_check_has_its_texts_its_group_and_its_fields() -> None:
    for check in CHECKS.values():
        assert check.group in GROUPS
        assert check.severity in SEVERITIES
        assert str(check.title)
        assert str(check.why).endswith(".")
        assert str(check.advice).endswith(".")
        assert not check.amount or check.field(check.amount).unit == "money"
        assert all(check.field(field.link.split(":")[1]) for field in check.fields if field.link)


# The rows behind a finding ---------------------------------------------------------------------------------


def test_the_rows_are_listed_a_page_at_a_time(marieke: Client) -> None:
    make_orders()
    measure.measure_all()
    page = marieke.get(f"{ROWS}/")
    [table] = read_tables(page)
    assert table[0] == ["Order number", "Order date", "Sales channel", "Net revenue", "File"]
    assert table[1] == ["=B1", "5 Feb 2025", "—", "€5.00", "orders.csv"]
    assert table[2] == ["A0100", "5 Jan 2025", "—", "€2.50", "orders.csv"]
    assert len(table) == 26
    assert "1–25 of 1,201" in text_of(page)
    assert "1,201–1,201 of 1,201" in text_of(marieke.get(f"{ROWS}/?page=49"))


def test_the_rows_are_chosen_by_what_they_share(marieke: Client) -> None:
    make_orders()
    measure.measure_all()
    page = marieke.get(f"{ROWS}/?month=2025-01-01&sales_channel=web")
    assert "1–25 of 600" in text_of(page)
    assert "January 2025 (1,200)" in text_of(page)
    assert "not filled in (601)" in text_of(page)
    assert "1–25 of 601" in text_of(marieke.get(f"{ROWS}/?sales_channel=∅"))
    assert f"{ROWS}.csv?month=2025-01-01&sales_channel=web" in read_links(page)


def test_a_choice_that_is_not_there_shows_all(marieke: Client) -> None:
    make_orders()
    measure.measure_all()
    assert "of 1,201" in text_of(marieke.get(f"{ROWS}/?month=%00&sales_channel='--&page=x"))


def test_a_row_leads_to_its_customer_and_its_file(marieke: Client) -> None:
    anna = make_customer("anna")
    make_order(anna, "2999-01-01", "5")
    measure.measure_all()
    links = read_links(marieke.get("/data-quality/rows/orders_in_future/"))
    assert f"/customers/{anna.pk}/" in links
    assert f"/imports/{Upload.objects.get().uuid}/" in links


def test_a_check_that_found_nothing_says_so(marieke: Client) -> None:
    measure.measure_all()
    assert "Nothing of the kind was found" in text_of(marieke.get(f"{ROWS}/"))


@pytest.mark.parametrize("path", ["/data-quality/rows/nothing/", "/data-quality/rows/nothing.csv"])
def test_there_is_no_page_of_a_check_that_there_is_not(marieke: Client, path: str) -> None:
    measure.measure_all()
    assert marieke.get(path).status_code == 404


def test_the_download_has_all_rows_safe_to_open(marieke: Client) -> None:
    make_orders()
    measure.measure_all()
    response = marieke.get(f"{ROWS}.csv?month=2025-02-01")
    assert read_csv(response, ",") == [
        ["order number", "order date", "month", "sales channel", "net revenue (EUR)", "file"],
        ["'=B1", "2025-02-05", "2025-02-01", "", "5.0000", "orders.csv"],
    ]
    assert len(read_csv(marieke.get(f"{ROWS}.csv"), ",")) == 1202


def test_the_download_is_written_for_a_dutch_spreadsheet(client: Client) -> None:
    make_orders()
    client.cookies["django_language"] = "nl"
    client.force_login(make_user())
    assert read_csv(client.get(f"{ROWS}.csv"), ";")[1][4] == "5,0000"


def test_the_download_of_what_was_refused_says_why_in_words(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Ordernummer;Besteldatum;Bedrag\nA1;geen;1,50\nA2;31-01-2025;2,50\n")
    pipeline.import_file(path)
    client.cookies["django_language"] = "nl"
    client.force_login(make_user())
    [_head, row] = read_csv(client.get("/data-quality/rows/refused_otherwise.csv"), ";")
    assert row[2:] == ["2", "Besteldatum", "geen", "geen datum"]


def test_more_rows_than_are_kept_are_in_the_download(marieke: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(measure, "MOST_ROWS", 50)
    monkeypatch.setattr("customers.pages.quality_rows.MOST_ROWS", 50)
    make_orders()
    measure.measure_all()
    text = text_of(marieke.get(f"{ROWS}/"))
    assert "The first 50 are listed here; the download has all." in text
    assert "1–25 of 50" in text
    assert len(read_csv(marieke.get(f"{ROWS}.csv"), ",")) == 1202


# Of one file -----------------------------------------------------------------------------------------------


def test_the_rows_of_a_file_are_its_own(marieke: Client) -> None:
    make_orders()
    upload = make_upload(kind="orders", file_name="later.csv")
    make_order(None, "2025-03-05", "7", external_id="C1", upload=upload)
    measure.measure_upload(upload)
    page = marieke.get(f"/imports/{upload.uuid}/quality/orders_without_customer/")
    assert [row[0] for row in read_tables(page)[0]] == ["Order number", "C1"]
    assert f"/imports/{upload.uuid}/" in read_links(page)
    response = marieke.get(f"/imports/{upload.uuid}/quality/orders_without_customer.csv")
    assert [row[0] for row in read_csv(response, ",")] == ["order number", "C1"]


@pytest.mark.parametrize("key", ["same_email", "nothing"])
def test_a_file_is_not_asked_what_it_cannot_answer(marieke: Client, key: str) -> None:
    upload = make_upload(kind="orders")
    measure.measure_upload(upload)
    assert marieke.get(f"/imports/{upload.uuid}/quality/{key}/").status_code == 404


def test_a_hostile_shop_is_shown_and_not_run(marieke: Client) -> None:
    name = "<script>alert(1)</script>"
    make_shop(data_complete_from="2025-01-01")
    make_customer(name, email=name + "@x", country=name)
    make_customer(name + "2", email=name + "@x", country=name)
    make_order(None, "2025-01-05", "5", external_id=name, sales_channel=name)
    measure.measure_all()
    for key in CHECKS:
        assert b"<script>alert" not in marieke.get(f"/data-quality/rows/{key}/").content
    assert b"<script>alert" not in marieke.get("/data-quality/persons/").content
