"""Dates with names of months and years of two digits: read where they are clear, asked where they are not."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from customers.imports import pipeline
from customers.imports.columns import DateParser
from customers.imports.dates import find_orders
from customers.imports.formats import decide
from customers.imports.reasons import BadValue
from customers.imports.recognise import recognise_file
from customers.models import Order, Upload
from tests.builders import write_csv
from tests.uploading import address, change, run_and_open, send, text_of

HEADER = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 jan 2025", "2025-01-03"),
        ("03-mei-2025", "2025-05-03"),
        ("May 8, 2025", "2025-05-08"),
        ("May 8th 2025", "2025-05-08"),
        ("8. März 2025", "2025-03-08"),
        ("8. Mrz. 2025", "2025-03-08"),
        ("8 maart 2025", "2025-03-08"),
        ("8 MRT. 2025", "2025-03-08"),
        ("31-Okt-2025", "2025-10-31"),
        ("24. Dezember 2025", "2025-12-24"),
        ("1st of May 2025", None),
        ("2025-Dec-31", "2025-12-31"),
        ("2025 May 8", "2025-05-08"),
        ("donderdag 8 mei 2025", "2025-05-08"),
        ("Thu, 8 May 2025", "2025-05-08"),
        ("8 mei '25", "2025-05-08"),
        ("8 mei 2025 14:03", "2025-05-08"),
        ("May 8, 2025 at 2:03 PM", "2025-05-08"),
        ("8 mei 2025 om 14:03 uur", "2025-05-08"),
        ("31-12-25", "2025-12-31"),
        ("1/2/69", "2069-02-01"),
        ("1/2/70", "1970-02-01"),
        ("31 feb 2025", None),
        ("8 mye 2025", None),
        ("8 mei", None),
        ("mei 2025", None),
        ("8-mei-205", None),
        ("8 mei 2025 25:00", None),
    ],
)
def test_a_date_is_read_as_a_person_reads_it(text: str, day: str | None) -> None:
    parser = DateParser("")
    if day is None:
        with pytest.raises(BadValue):
            parser[text]
    else:
        assert parser[text] == day


@pytest.mark.parametrize(
    ("order", "day"), [("dmy", "2025-03-04"), ("mdy", "2025-04-03"), ("yymd", "2004-03-25")]
)
def test_a_year_of_two_digits_follows_the_order_of_the_column(order: str, day: str) -> None:
    text = "04-03-25"
    assert DateParser(order)[text] == day
    assert DateParser(order)["08-mei-25" if order != "yymd" else "25-mei-08"] == "2025-05-08"


def test_a_column_of_whole_years_in_front_takes_no_year_of_two_digits() -> None:
    with pytest.raises(BadValue):
        DateParser("ymd")["25-12-31"]


@pytest.mark.parametrize(
    ("value", "orders"),
    [
        ("31-12-25", ("dmy",)),  # 2031 lies after next year
        ("15-02-25", ("dmy", "yymd")),
        ("02/15/25", ("mdy",)),
        ("03-04-05", ("dmy", "mdy", "yymd")),
        ("98-02-15", ("yymd",)),
        ("25-mei-08", ("dmy", "yymd")),
        ("31-mei-25", ("dmy",)),
        ("3 jan 2025", ()),
        ("May 8, 25", ()),
        ("05-05-05", ()),
        ("2025-12-31", ("iso",)),
    ],
)
def test_what_one_value_allows(value: str, orders: tuple[str, ...]) -> None:
    assert find_orders(value) == orders


@pytest.mark.parametrize(
    ("values", "order", "is_question"),
    [
        (("15-02-25", "28-02-25"), "dmy", False),
        (("15-02-25", "03-04-2025"), "dmy", False),  # days in front, or a year of two digits: of one way
        (("15-02-25",), "", True),
        (("15-02-25", "02/15/2025"), "", True),
        (("2025-12-31", "15-02-25"), "ymd", True),
        (("3 jan 2025", "8 mei 2025"), "", False),
        (("3 jan 2025", "28-02-25"), "dmy", False),
    ],
)
def test_values_of_a_column_narrow_its_order_together(
    values: tuple[str, ...], order: str, is_question: bool
) -> None:
    records = [(line, [value]) for line, value in enumerate(values, 2)]
    evidence = decide(records, [], [0])[0]
    assert (evidence.answer, evidence.is_question) == (order, is_question)


def test_a_last_day_rules_no_year_in_front_out() -> None:
    year = date.today().year % 100
    last, beyond = f"{year + 3:02}-06-28", f"{year + 3:02}-12-31"
    assert find_orders(last, may_lie_ahead=True) == ("dmy", "yymd")
    assert find_orders(beyond) == ("dmy", "yymd")  # 2031 at the end lies no nearer


@pytest.mark.django_db
def test_memberships_that_end_years_from_now_do_not_put_the_days_in_front(tmp_path: Path) -> None:
    year = date.today().year % 100
    lines = f"anna;gold;25-01-15;{year + 2:02}-01-31\nbram;gold;25-02-28;{year + 3:02}-02-28\n"
    text = f"Klantnummer;Programma;Lid sinds;Lid tot\n{lines}"
    asked = recognise_file(write_csv(tmp_path, text)).questions
    assert {question.options for question in asked} == {("dmy", "yymd")}
    settled = recognise_file(write_csv(tmp_path, f"{text}cas;gold;98-02-15;98-03-15\n")).plan
    assert [column.dates for column in settled.columns] == ["", "", "yymd", "yymd"]


@pytest.mark.django_db
def test_a_file_with_names_of_months_is_imported(tmp_path: Path) -> None:
    text = f"{HEADER}\nA1;anna;3 jan 2025;10,00\nA2;anna;8. März 2025;10,00\nA3;anna;May 8, 2025;10,00\n"
    upload = pipeline.import_file(write_csv(tmp_path, text))
    assert upload.state == Upload.State.DONE, upload.error
    days = Order.objects.order_by("external_id").values_list("ordered_on", flat=True)
    assert list(days) == [date(2025, 1, 3), date(2025, 3, 8), date(2025, 5, 8)]


@pytest.mark.django_db
def test_years_of_two_digits_are_asked_until_a_value_settles_them(tmp_path: Path) -> None:
    open_text = f"{HEADER}\nA1;anna;15-02-25;10,00\n"
    [question] = recognise_file(write_csv(tmp_path, open_text)).questions
    assert (question.value, question.options) == ("15-02-25", ("dmy", "yymd"))
    assert recognise_file(write_csv(tmp_path, f"{open_text}A2;anna;28-02-25;10,00\n")).questions == []


@pytest.mark.django_db
@pytest.mark.usefixtures("upload_root")
def test_the_page_shows_what_each_answer_would_make_of_the_date(marieke: Client) -> None:
    page = send(marieke, f"{HEADER}\nA1;anna;15-02-25;10,00\n")
    text = text_of(page)
    assert "what is “15-02-25”?" in text
    assert "15 Feb 2025" in text
    assert "25 Feb 2015" in text
    change(marieke, page, dates_2="yymd")
    marieke.post(address(page, "confirm/"), {"rejects": "good"})
    assert "2015" in text_of(run_and_open(marieke, page))
