"""Why a cell, a record or a whole file is not imported: one code, one translatable sentence.

Codes and their data are what the database keeps; the sentence is made when somebody reads it, in the reader's
language. Every sentence names the value, what was expected, and where it is not obvious, what to do next.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, ngettext_lazy
from django.utils.translation import gettext as _

from customers.imports.kinds import KINDS
from customers.imports.kinds.register import name_choices
from klantwaarde import formats

_VALUE: Final = 80  # characters of a value that a sentence repeats
_COLUMNS: Final = 300  # characters of the names of a file's columns that a sentence has


class BadValue(Exception):  # noqa: N818  not an error of the program
    """One cell cannot be what its column should be. ``code`` is a key of ``REASONS``."""

    def __init__(self, code: str, value: str = "", **data: Any) -> None:
        super().__init__(code)
        self.code, self.value, self.data = code, value, data


class UnusableFile(Exception):  # noqa: N818
    """The whole file cannot be imported as it is. ``code`` is a key of ``FILE_REASONS``."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data = code, data

    def __str__(self) -> str:
        return describe_file(self.code, self.data)

    def to_json(self) -> dict[str, Any]:
        """Return what ``Upload.errors`` keeps, from which :func:`describe_file` makes the sentence."""
        return {"code": self.code, "data": self.data}


REASONS: Final[Mapping[str, Any]] = {
    "missing": gettext_lazy("is empty, and a value is needed here."),
    "not_amount": gettext_lazy("“%(value)s” is not an amount such as %(example)s."),
    "too_large": gettext_lazy("“%(value)s” is larger than the 15 digits before the decimal mark that fit."),
    "not_date": gettext_lazy("“%(value)s” is not a date such as %(example)s."),
    "impossible_date": gettext_lazy(
        "“%(value)s” is a day or a time that does not exist; expected %(example)s."
    ),
    "scientific_id": gettext_lazy(
        "“%(value)s” is a number that a spreadsheet shortened: its digits are gone. "
        "Export again with this column as text."
    ),
    "unknown_status": gettext_lazy(
        "“%(value)s” is not a status we know, such as completed, cancelled or test. "
        "Say what it means when the file is read, or correct it."
    ),
    "not_yes_no": gettext_lazy("“%(value)s” is neither yes nor no."),
    "foreign_currency": gettext_lazy(
        "the amount is in %(foreign)s, and the shop reports in %(currency)s. "
        "Convert it first, or export in %(currency)s: amounts in two currencies are never added up."
    ),
    "vat_missing": gettext_lazy(
        "the column that says how much VAT the amount holds is empty. Fill in 0 where there is none."
    ),
    "not_vat_rate": gettext_lazy("“%(value)s” is not a rate of VAT such as 21 or 9%%."),
    "ragged": gettext_lazy(
        "the record has %(found)s cells where the header has %(expected)s. "
        "Look for a missing or superfluous separator or quote."
    ),
    "bad_byte": gettext_lazy(
        "the record holds a byte that is no character in %(encoding)s. Export as UTF-8."
    ),
    "mixed_encodings": gettext_lazy(
        "the record is written in UTF-8, and the file as a whole is not: its accents would be lost. "
        "Export the file in one encoding, UTF-8."
    ),
    "error_cell": gettext_lazy(
        "cell %(value)s holds an error of the spreadsheet instead of a value. Correct it."
    ),
    "formula_without_value": gettext_lazy(
        "cell %(value)s holds a formula whose result was not saved. Open the workbook in Excel and save it "
        "again."
    ),
    "no_number": gettext_lazy(
        "“%(value)s” is no customer number: this looks like a row of totals, or a header that comes again."
    ),
    "line_too_long": gettext_lazy("the line is longer than 1,048,576 characters. Is a line end missing?"),
    "second_table": gettext_lazy(
        "the line belongs to another table in this file, below the first. Upload it as a file of its own."
    ),
    "nul": gettext_lazy("the record holds a NUL, which no text has. The file is damaged here; export again."),
    "open_quote": gettext_lazy("a quote is opened here and not closed as it should be. Close or remove it."),
    "too_long": gettext_lazy("a cell is longer than %(limit)s characters. Is a quote not closed?"),
    "too_long_a_name": gettext_lazy(
        "“%(value)s” is too long: at most %(limit)s letters fit, and fewer with many accents. "
        "Is this the right column?"
    ),
    "orphan_line": gettext_lazy(
        "the line belongs to order “%(value)s”, of which no first row came before it."
    ),
    "head_rejected": gettext_lazy(
        "the first row of order “%(value)s” was not imported, so this line of it was not either."
    ),
    "unknown_order": gettext_lazy("order “%(value)s” is not known here. Import the orders first."),
    "unknown_customer": gettext_lazy("customer “%(value)s” is not known here. Import the customers first."),
    "negative_cost": gettext_lazy(
        "“%(value)s” is a cost below 0. A cost is what was spent: leave out credits, "
        "or lower the row they belong to."
    ),
    "segment": gettext_lazy(
        "“%(value)s” names no segment that can be computed. Write one as country = NL, channel = ads, "
        "rfm = champions, segment = one of your own or, for a further column of customers, its name = value."
    ),
    "segment_of_value": gettext_lazy(
        "“%(value)s” is a segment by what customers are worth, and that depends on the cost itself. Use one "
        "that does not: country = NL, channel = ads, rfm = champions or a further column of your customers."
    ),
    "unknown_segment": gettext_lazy("“%(value)s” names no segment that there is. There are: %(choices)s."),
    "unknown_attribute": gettext_lazy(
        "“%(value)s” names nothing that is known of your customers. What can be used: %(known)s. "
        "To use a further column, keep it when you import the customers."
    ),
    "not_everyone": gettext_lazy(
        "“%(value)s” does not say whose cost it is. Leave it blank when it is everyone's; name a customer or "
        "a programme in a column of its own."
    ),
    "last_before_first": gettext_lazy("the last day, %(value)s, lies before the first, %(first)s."),
    "unknown_scale": gettext_lazy("“%(value)s” is not a scale. Expected NPS, CSAT 1-5 or CSAT 1-10."),
    "not_score": gettext_lazy("“%(value)s” is not a score: a whole number such as 8."),
    "off_scale": gettext_lazy(
        "“%(value)s” lies outside the scale: %(scale)s runs from %(lowest)s to %(highest)s."
    ),
    "email_of_several": gettext_lazy(
        "several customers have the e-mail address “%(value)s”. Give the customer number as well."
    ),
    "refers_to_himself": gettext_lazy("customer “%(value)s” cannot have been brought in by himself."),
    "not_whole": gettext_lazy("“%(value)s” is not a whole number of 0 or more."),
    "not_a_choice": gettext_lazy("“%(value)s” is not known here. What can be used: %(choices)s."),
    "not_period": gettext_lazy("“%(value)s” is not a month (2026-01), a quarter (2026-Q1) or a year (2026)."),
    "percent_unclear": gettext_lazy(
        "“%(value)s” can be meant as %(as_share)s%% or as %(as_percent)s%%. Write it with a percent sign."
    ),
    "not_percent": gettext_lazy("“%(value)s” is a percentage, and “%(kpi)s” is none. Leave out the sign."),
    "target_of_two": gettext_lazy(
        "the target is of channel “%(value)s” and of a segment. It can be of one of them only."
    ),
    "two_scopes": gettext_lazy(
        "the cost is of “%(value)s” and of something else. It can be of one only: a customer, a programme or "
        "a segment."
    ),
}

FILE_REASONS: Final[Mapping[str, Any]] = {
    "empty": gettext_lazy("The file is empty. Export it again and look whether it holds rows."),
    "no_rows": gettext_lazy("The file holds a header and no rows under it. Export a period with data."),
    "no_header": gettext_lazy(
        "No row looks like a header: expected names of columns such as “Ordernummer” or “Order date”, found "
        "“%(found)s”. Say what each column is, or add a first row with the names of the columns."
    ),
    "no_header_line": gettext_lazy(
        "Line %(line)s of the file holds no names of columns that can be read. Choose another line."
    ),
    "unknown_encoding": gettext_lazy(
        "“%(encoding)s” is no encoding we know, such as utf-8, cp1252 or utf-16."
    ),
    "impossible_marks": gettext_lazy(
        "Delimiter, quote and escape must differ, hold no line end, and quote and escape be one character."
    ),
    "unpacked_too_large": gettext_lazy(
        "Unpacked, the workbook has %(size)s bytes; at most %(limit)s are read. "
        "Save the sheet with your data as a workbook of its own, or as CSV."
    ),
    "damaged_workbook": gettext_lazy(
        "The workbook is damaged (%(detail)s). Open it in Excel, save it again and upload that."
    ),
    "no_sheet": gettext_lazy("The workbook has no sheet “%(sheet)s”. Its sheets are: %(sheets)s."),
    "empty_workbook": gettext_lazy("No sheet of the workbook holds a table. Its sheets are: %(sheets)s."),
    "container": gettext_lazy("This is %(container)s, whatever its name says. %(advice)s"),
    "too_many_bytes": gettext_lazy("The file has %(size)s bytes; at most %(limit)s are read. Split it."),
    "too_many_rows": gettext_lazy("The file has more than %(limit)s records. Split it."),
    "too_many_columns": gettext_lazy(
        "The header on line %(line)s has %(found)s columns; at most %(limit)s are read. Export fewer."
    ),
    "duplicate_header": gettext_lazy(
        "Line %(line)s, the header, has the column “%(column)s” more than once. "
        "Which one counts cannot be told: rename or remove one."
    ),
    "unknown_kind": gettext_lazy(
        "The columns (%(columns)s) do not tell what this file holds. Choose what it is: %(kinds)s."
    ),
    "wrong_kind": gettext_lazy(
        "You said that this file holds %(given)s, and its columns look like %(found_kind)s. "
        "Choose %(found_kind)s, or another file."
    ),
    "unknown_preset": gettext_lazy("There is no preset “%(preset)s”. The presets are: %(presets)s."),
    "not_this_preset": gettext_lazy(
        "The preset “%(preset)s” needs the column “%(column)s”, which this file does not have. "
        "Its columns are: %(columns)s."
    ),
    "missing_column": gettext_lazy(
        "No column holds the %(target)s, which %(kind)s need. The file has: %(columns)s. "
        "Name one of these as the %(target)s, or export with that column."
    ),
    "column_twice": gettext_lazy(
        "The columns “%(first)s” and “%(second)s” are both read as the %(target)s. Ignore one of them."
    ),
    "vat_unsaid": gettext_lazy(
        "The amounts in “%(column)s” hold VAT, and it is not said how much. Give the rate, or the column "
        "that says it."
    ),
    "attribute_label": gettext_lazy(
        "The column “%(column)s” cannot be kept as “%(label)s”. Choose another name for it, of at most 80 "
        "characters and without = < or >: names such as country, channel and value mean something already."
    ),
    "no_customer_in_export": gettext_lazy(
        "This is the order report of WooCommerce Analytics. It has neither an e-mail address nor a customer "
        "number, so it cannot say what a customer is worth. Export the orders with an order export plugin: "
        "files of the one by WebToffee are recognised here."
    ),
    "ambiguous_decimal": gettext_lazy(
        "Column “%(column)s”, line %(line)s: “%(value)s” can be read in two ways, and no other value of the "
        "column settles whether the decimal mark is a comma or a point. Say which."
    ),
    "ambiguous_dates": gettext_lazy(
        "Column “%(column)s”, line %(line)s: “%(value)s” can be read in more than one way, and no other "
        "value of the column settles whether the day, the month or the year comes first. Say which."
    ),
    "contradicted_decimal": gettext_lazy(
        "Column “%(column)s”, line %(line)s: “%(value)s” has another decimal mark than values above it. Say "
        "which counts: records that go against it are rejected."
    ),
    "contradicted_dates": gettext_lazy(
        "Column “%(column)s”, line %(line)s: “%(value)s” has day and month in another order than values "
        "above it. Say which counts: records that go against it are rejected."
    ),
    "rejected": gettext_lazy(
        "%(rejected)s of %(read)s records have something wrong, and you chose all or nothing: nothing was "
        "imported. Correct them, or choose the good rows."
    ),
    "all_rejected": ngettext_lazy(
        "%(rejected)s record was read, and it has something wrong: nothing was imported. Below is what to "
        "change.",
        "All %(rejected)s records have something wrong: nothing was imported. The first ones say what to "
        "change.",
        "rejected",
    ),
    "disk_full": gettext_lazy(
        "There is no room left on the disk (%(detail)s). Nothing was imported. Make room and import again."
    ),
    "overflow": gettext_lazy(
        "An amount, or amounts added up or multiplied, have more than the 15 digits before the decimal mark "
        "that fit. Nothing was imported. Look for a price or a quantity that is not one."
    ),
    "too_slow": gettext_lazy(
        "One step of the import took longer than %(minutes)s minutes, and was stopped. Nothing was imported. "
        "Import the file in parts, or have whoever looks after the site raise UPLOAD_TIMEOUT_MINUTES."
    ),
    "unexpected": gettext_lazy(
        "Something went wrong that is not in the file (%(detail)s). Nothing was imported. "
        "Try again; if it stays, give this sentence to whoever looks after the site."
    ),
    "interrupted": gettext_lazy(
        "The import was broken off and nobody took it up again. Nothing of it was imported. Read the file "
        "again."
    ),
    "held_back": gettext_lazy(
        "This file refers to what %(files)s holds, which was not imported. Import that first, then this one."
    ),
    "nothing_to_undo": gettext_lazy("None of these files is imported at present: there is nothing to undo."),
    "undo_held": gettext_lazy("%(file)s could not be undone, so this one was left as it is."),
    "file_gone": gettext_lazy("The uploaded file is no longer there. Upload it again."),
    "no_file": gettext_lazy("There is no file “%(path)s”. Look at its name and folder."),
    "not_readable": gettext_lazy("The file “%(path)s” cannot be read: %(detail)s."),
    "already_active": gettext_lazy("This upload is already %(state)s."),
    "as_written": gettext_lazy("%(sentence)s"),
}

_SAVE_IN_EXCEL: Final = gettext_lazy(
    "Save it in Excel as a workbook (.xlsx) or as “CSV UTF-8” and upload that."
)
CONTAINERS: Final[Mapping[str, tuple[Any, Any]]] = {
    "xls": (gettext_lazy("an old Excel workbook"), _SAVE_IN_EXCEL),
    "xlsb": (gettext_lazy("a binary Excel workbook"), _SAVE_IN_EXCEL),
    "protected": (
        gettext_lazy("a workbook that is protected by a password"),
        gettext_lazy("Save it without its password and upload that."),
    ),
    "ods": (
        gettext_lazy("an OpenDocument sheet"),
        gettext_lazy("Save it as an Excel workbook (.xlsx) or as text CSV and upload that."),
    ),
    "numbers": (
        gettext_lazy("a Numbers spreadsheet"),
        gettext_lazy("Export it to Excel (.xlsx) or CSV and upload that."),
    ),
    "document": (gettext_lazy("a text document"), gettext_lazy("Export the data as CSV.")),
    "archive": (gettext_lazy("an archive"), gettext_lazy("Unpack it and upload the CSV file in it.")),
    "parquet": (gettext_lazy("a Parquet or Arrow file"), gettext_lazy("Export the data as CSV.")),
    "json": (gettext_lazy("a JSON file"), gettext_lazy("Export the data as CSV.")),
    "zip": (gettext_lazy("a zip archive"), gettext_lazy("Unpack it and upload the CSV file in it.")),
    "gz": (gettext_lazy("a gzip archive"), gettext_lazy("Unpack it and upload the CSV file in it.")),
    "pdf": (gettext_lazy("a PDF document"), gettext_lazy("Export the data as CSV.")),
    "html": (
        gettext_lazy("a web page"),
        gettext_lazy("Sign in to your shop and export again: this is its page."),
    ),
    "binary": (gettext_lazy("not a text file"), gettext_lazy("Export the data as CSV.")),
}


def describe(code: str, data: Mapping[str, Any], value: str = "") -> str:
    """Return the sentence for one cell or record, without its place in the file."""
    shown = value if len(value) <= _VALUE else value[: _VALUE - 1] + "…"
    values = {"value": shown, "example": "", "foreign": shown, **data}
    if "choices" in data:
        values["choices"] = name_choices(data["choices"])
    if code == "last_before_first":  # found by the database, so written as databases write days
        for name in ("value", "first"):
            values[name] = formats.date(date.fromisoformat(values[name]), get_language() or "en")
    return str(REASONS[code]) % values


def describe_in_place(
    code: str, data: Mapping[str, Any], line: int, column: str = "", value: str = ""
) -> str:
    """Return the whole sentence: “Line 14, column “Bedrag”: “12,5,0” is not an amount such as 1.234,56.”"""
    said = {"line": line, "column": column, "reason": describe(code, data, value)}
    if column:
        return _("Line %(line)s, column “%(column)s”: %(reason)s") % said
    return _("Line %(line)s: %(reason)s") % said


def describe_file(code: str, data: Mapping[str, Any]) -> str:
    """Return the sentence for a whole file; kinds and columns that ``data`` names go by their labels."""
    values = dict(data)
    if code == "container":
        values["container"], values["advice"] = CONTAINERS[data["container"]]
    if "target" in data:
        values["target"] = KINDS[data["kind"]].columns[data["target"]].label
    for name in {"kind", "given", "found_kind"} & set(data):
        values[name] = KINDS[data[name]].label
    if "kinds" in data:
        values["kinds"] = ", ".join(str(KINDS[name].label) for name in data["kinds"])
    if len(data.get("columns", "")) > _COLUMNS:
        values["columns"] = data["columns"][:_COLUMNS].rpartition(", ")[0] + ", …"
    return str(FILE_REASONS[code] % values)
