"""Import files from the command line, look at them, list imports, undo one: as the pages do, but at once."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from customers.imports import failures, files, json_reports, pipeline, report, undo_batch
from customers.imports.kinds import KINDS
from customers.imports.presets import PRESETS
from customers.imports.reasons import UnusableFile
from customers.imports.recognise import Choices, recognise_file
from customers.imports.undo import UndoReport, undo
from customers.models import Upload, UploadBatch

#: Which option answers an error, by its code.
HINTS: Final = {
    "ambiguous_decimal": _("Give --decimal , or --decimal ."),
    "ambiguous_dates": _("Give --dates dmy or --dates mdy."),
    "contradicted_decimal": _("Give --decimal , or --decimal ."),
    "contradicted_dates": _("Give --dates dmy or --dates mdy."),
    "unknown_kind": _("Give --as and one of: %(kinds)s."),
}
_REJECTS: Final = 20  # that are told in words
_LISTED: Final = 25


def read_line(text: str) -> str:
    """Return the number of a line as it was written; argparse shows what was expected."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not the number of a line, or 0")
    return text


class Command(BaseCommand):
    """Exit code 0 only when every file was imported (or could be read, for --preview); errors to stderr."""

    help = "Import exports of a shop: customers, orders, order lines, refunds, costs, and more (see --as)."
    output_transaction = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the files and what may be said about them."""
        parser.add_argument("files", metavar="FILE", nargs="*", help="loaded in the order of their kinds")
        other = parser.add_mutually_exclusive_group()
        other.add_argument(
            "--preview", action="store_true", help="print as JSON how the files are understood"
        )
        other.add_argument("--list", action="store_true", help="list the newest imports")
        other.add_argument("--undo", metavar="UUID", help="undo an import, or all that came in together")
        parser.add_argument("--as", dest="kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
        parser.add_argument("--preset", metavar="NAME", help=", ".join(PRESETS))
        parser.add_argument("--decimal", choices=[",", "."], help="decimal mark of every amount in the file")
        parser.add_argument(
            "--dates",
            choices=["dmy", "mdy", "ymd", "yymd"],
            help="order of day, month and year in every date of the file; yymd: 25-12-31",
        )
        parser.add_argument("--encoding", metavar="NAME", help="utf-8, cp1252, …")
        parser.add_argument("--delimiter", metavar="TEXT", help="what stands between two cells")
        parser.add_argument("--quote", metavar="TEXT", help="what cells are wrapped in, or none")
        parser.add_argument(
            "--escape", metavar="TEXT", help="what a quote within a cell is marked with, or none"
        )
        parser.add_argument(
            "--header",
            metavar="LINE",
            type=read_line,
            help="line of the names of the columns; 0: there is none",
        )
        parser.add_argument("--sheet", metavar="NAME", help="of a workbook")
        parser.add_argument(
            "--all-or-nothing", action="store_true", help="import nothing when one record has something wrong"
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="print the report as JSON: an object, or a list for several files",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked. Raises CommandError with what went wrong."""
        if bool(options["files"]) == bool(options["list"] or options["undo"]):
            raise CommandError("Name the files to import, or --list, or --undo and the UUID of an import.")
        try:
            if options["list"]:
                self._list(as_json=options["json"])
            elif options["undo"]:
                self._undo(options["undo"], as_json=options["json"])
            elif options["preview"]:
                self._preview([Path(path) for path in options["files"]], _read_choices(options))
            else:
                self._import(options["files"], options)
        except UnusableFile as problem:
            raise CommandError(str(problem)) from None
        except (OperationalError, InterfaceError) as error:
            raise CommandError(
                f"The database went away: {failures.first_line(error)}. What was not finished left "
                "nothing behind; run this again."
            ) from error
        except BrokenPipeError:  # of who reads the answer: the files are not to blame
            raise
        except OSError as error:
            place = error.filename or " ".join(options["files"])
            raise CommandError(f"{place}: {error.strerror or error}") from None

    def _import(self, paths: list[str], options: dict[str, Any]) -> None:
        uploads = pipeline.import_files(
            paths, _read_choices(options), all_or_nothing=options["all_or_nothing"]
        )
        if options["json"]:
            self._print([json_reports.report_upload(upload) for upload in uploads])
        else:
            for upload in uploads:
                if upload.state == Upload.State.DONE:
                    self._tell(upload)
        failed = [upload for upload in uploads if upload.state != Upload.State.DONE]
        if failed:
            raise CommandError("\n".join(map(_explain, failed)))

    def _preview(self, paths: list[Path], choices: Choices) -> None:
        for path in paths:
            files.require_local(path)
        found, unusable = [], []
        with transaction.atomic():
            for path in paths:
                try:
                    found.append(json_reports.report_reading(path, recognise_file(path, choices)))
                except UnusableFile as problem:
                    found.append(json_reports.report_unusable(path, problem))
                    unusable.append(f"{path.name}: {problem}")
            transaction.set_rollback(True)  # looking writes nothing
        self._print(found)
        if unusable:
            raise CommandError("\n".join(unusable))

    def _list(self, *, as_json: bool) -> None:
        uploads = Upload.objects.select_related("user", "batch")[:_LISTED]
        if as_json:
            self.stdout.write(json.dumps(list(map(json_reports.report_line, uploads)), ensure_ascii=False))
            return
        for upload in uploads:
            moment = upload.created_at.isoformat(" ", "minutes")
            self.stdout.write(
                f"{upload.uuid}  {moment}  {upload.state:<9}  {upload.kind:<22} {upload.file_name}"
                + (f"  together: {upload.batch}" if upload.batch else "")
            )

    def _undo(self, uuid: str, *, as_json: bool) -> None:
        found = _undo(uuid)
        if as_json:
            self._print([json_reports.report_undo(upload, done) for upload, done in found])
            return
        for upload, done in found:
            self.stdout.write(f"{upload.file_name}: {upload.get_state_display()}")
            for name, table in done.tables.items():
                self.stdout.write(
                    f"  {name}: removed {table.deleted}, put back {table.restored}, left alone {table.kept}"
                    + "".join(f" {example}" for example in table.examples)
                )

    def _print(self, reports: list[dict[str, Any]]) -> None:
        """One object for one file, a list for several."""
        found = reports[0] if len(reports) == 1 else reports
        self.stdout.write(json.dumps(found, ensure_ascii=False))

    def _tell(self, upload: Upload) -> None:
        counts = ", ".join(f"{name} {upload.counts[name]}" for name in report.COUNTS)
        self.stdout.write(f"{upload.file_name}: {upload.kind} ({upload.preset}) – {counts}")
        for name, value in upload.control_totals.items():
            if name != "reconciliation":
                self.stdout.write(f"  {name}: {value}")
        for part in upload.control_totals.get("reconciliation", []):
            name = " ".join(filter(None, (part["key"], part.get("reason", ""))))
            self.stdout.write(f"  {name}: {part['amount']}")
        for found in upload.findings:
            self.stdout.write(f"  {report.describe_finding(found)}")
        for reject in upload.rejects.all()[:_REJECTS]:
            self.stdout.write(f"  {reject.sentence}")
        left_out = upload.rejects.count() - _REJECTS
        if left_out > 0:
            self.stdout.write(f"  … {left_out} more; --json prints all of them")


def _read_choices(options: dict[str, Any]) -> Choices:
    names = (
        "kind",
        "preset",
        "decimal",
        "dates",
        "encoding",
        "delimiter",
        "quote",
        "escape",
        "header",
        "sheet",
    )
    said: dict[str, Any] = {name: options[name] or "" for name in names}
    return Choices(**said)


def _undo(uuid: str) -> list[tuple[Upload, UndoReport]]:
    """Undo an import, or all that came in together. Raises CommandError, UnusableFile."""
    unknown = CommandError(f"There is no import {uuid}. --list shows which there are.")
    try:
        number = UUID(uuid)
    except ValueError:
        raise unknown from None
    batch = UploadBatch.objects.filter(uuid=number).first()
    if batch:
        return undo_batch.undo_now(batch)
    upload = Upload.objects.filter(uuid=number).first()
    if upload is None:
        raise unknown
    return [(upload, undo(upload))]


def _explain(upload: Upload) -> str:
    """Return the file's name and what is wrong, with the options that help and the first rejects."""
    sentences = [f"{upload.file_name}: {upload.error}"]
    codes = {error["code"] for error in upload.errors}
    kinds = ", ".join(KINDS)
    sentences += [str(hint) % {"kinds": kinds} for code, hint in HINTS.items() if code in codes]
    sentences += [reject.sentence for reject in upload.rejects.all()[:_REJECTS]]
    return "\n".join(sentences)
