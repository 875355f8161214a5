"""Import one CSV file from the command line: the same code as the pages, done at once."""

import json
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext_lazy as _

from customers.imports import pipeline, report
from customers.imports.kinds import KINDS
from customers.imports.presets import PRESETS
from customers.imports.reasons import UnusableFile, describe
from customers.models import Upload

#: Which option answers an error, by its code.
HINTS: Final = {
    "ambiguous_decimal": _("Give --decimal , or --decimal ."),
    "ambiguous_dates": _("Give --dates dmy or --dates mdy."),
    "unknown_kind": _("Give --as and one of: %(kinds)s."),
}


class Command(BaseCommand):
    """Exit code 0 only when the file was imported; errors go to standard error."""

    help = "Import a CSV export: customers, orders, order lines, refunds or costs."
    output_transaction = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file and what may be said about it."""
        parser.add_argument("file", metavar="FILE", help="the CSV file")
        parser.add_argument("--as", dest="kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
        parser.add_argument("--preset", metavar="NAME", help=", ".join(PRESETS))
        parser.add_argument("--decimal", choices=[",", "."], help="decimal mark of every amount in the file")
        parser.add_argument(
            "--dates",
            choices=["dmy", "mdy", "ymd"],
            help="order of day, month and year in every date of the file",
        )
        parser.add_argument(
            "--all-or-nothing", action="store_true", help="import nothing when one record has something wrong"
        )
        parser.add_argument("--json", action="store_true", help="print the report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and report. Raises CommandError when nothing was imported."""
        try:
            upload = pipeline.import_file(
                options["file"],
                kind=options["kind"],
                preset=options["preset"],
                decimal=options["decimal"],
                dates=options["dates"],
                all_or_nothing=options["all_or_nothing"],
            )
        except UnusableFile as problem:
            raise CommandError(str(problem)) from None
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror or error}") from None
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(upload), ensure_ascii=False))
        if upload.state != Upload.State.DONE:
            raise CommandError(_explain(upload))
        if not options["json"]:
            self._tell(upload)

    def _tell(self, upload: Upload) -> None:
        counts = ", ".join(f"{name} {upload.counts[name]}" for name in report.COUNTS)
        self.stdout.write(f"{upload.file_name}: {upload.kind} ({upload.preset}) – {counts}")
        for name, value in upload.control_totals.items():
            self.stdout.write(f"  {name}: {value}")
        for found in upload.findings:
            self.stdout.write(f"  {report.describe_finding(found)}")
        for reject in upload.rejects.all()[:20]:
            self.stdout.write(f"  {reject.sentence}")
        left_out = upload.rejects.count() - 20
        if left_out > 0:
            self.stdout.write(f"  … {left_out} more; --json prints all of them")


def _explain(upload: Upload) -> str:
    """Return the file's name and what is wrong, with the options that help and the first rejects."""
    sentences = [f"{upload.file_name}: {upload.error}"]
    codes = {error["code"] for error in upload.errors}
    kinds = ", ".join(KINDS)
    sentences += [str(hint) % {"kinds": kinds} for code, hint in HINTS.items() if code in codes]
    sentences += [reject.sentence for reject in upload.rejects.all()[:20]]
    return "\n".join(sentences)


def _as_json(upload: Upload) -> dict[str, Any]:
    plan = upload.plan
    return {
        "file": upload.file_name,
        "state": upload.state,
        "error": upload.error,
        "kind": upload.kind,
        "preset": upload.preset,
        "encoding": plan.get("encoding", ""),
        "delimiter": plan.get("delimiter", ""),
        **{name: upload.counts.get(name, 0) for name in report.COUNTS},
        "rejects": [
            {
                "line": reject.line,
                "column": reject.column,
                "value": reject.value,
                "reason": describe(reject.reason_code, reject.reason_data, reject.value),
            }
            for reject in upload.rejects.all()
        ],
        "facts": upload.facts,
        "findings": [report.describe_finding(found) for found in upload.findings],
        "control_totals": upload.control_totals,
    }
