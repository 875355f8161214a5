"""Where a person still stands beside the facts: before-images, rejected records, findings, raw files."""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.utils import timezone

from customers.imports.facts import run
from customers.imports.mapping import Plan
from customers.imports.reasons import UnusableFile
from customers.imports.records import Damage, open_records
from customers.models import Erasure, Upload, UploadReject

logger = logging.getLogger(__name__)

#: Under this name the counts of an erasure hold the uploads whose files name the person and still wait.
LEFT: Final = "left"
#: An id of so many characters is no quantity or amount by chance: it is looked for in every column.
_TELLING: Final = 6
#: What before-images no longer hold, by table, and how its rows belong to a customer.
_IMAGES: Final = {
    "customers_customer": (
        ("external_id", "email", "name", "city", "attributes", "objects_to_profiling"),
        "t.id",
    ),
    "customers_surveyanswer": (("external_id", "comment"), "t.customer_id"),
    "customers_retentioncost": (("external_id", "description"), "t.customer_id"),
    "customers_refund": (("reason",), "t.customer_id"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """By what a person is found: customer numbers, and names and addresses in lower case."""

    customer: int
    numbers: frozenset[str]
    words: frozenset[str] = field(default_factory=frozenset)

    def is_in(self, cells: Sequence[str], references: Sequence[int]) -> bool:
        """Tell whether cells of a record name this person. ``references``: columns of customer numbers."""
        for place, cell in enumerate(cells):
            bare = cell.strip().removeprefix("'")
            is_number = bare in self.numbers and (place in references or len(bare) >= _TELLING)
            if is_number or bare.casefold() in self.words:
                return True
        return False

    def is_in_text(self, text: str) -> bool:
        """Tell whether a text names this person as a word of its own."""
        low = text.casefold()
        words = [*self.words, *(number.casefold() for number in self.numbers if len(number) >= _TELLING)]
        return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", low) for word in words if word in low)


def clear_images(person: Person) -> int:
    """Take out of before-images what says who it was: what is undone later puts none of it back."""
    cleared = 0
    for table, (columns, owner) in _IMAGES.items():
        names = ", ".join(f"'{column}'" for column in columns)
        # the customer's own row may be gone: an import was undone
        rows = "(SELECT %(customer)s::bigint AS id)" if owner == "t.id" else table
        cleared += run(
            f"""
            UPDATE customers_beforeimage b SET image = b.image - ARRAY[{names}]
            FROM {rows} t
            WHERE b."table" = '{table}' AND b."row" = t.id AND {owner} = %(customer)s
              AND b.image ?| ARRAY[{names}]
            """,
            {"customer": person.customer},
        )
    return cleared


def clear_rejects(person: Person) -> int:
    """Empty the copies of rejected records that name the person; why they were rejected stays."""
    cleared = 0
    for upload in Upload.objects.filter(rejects__isnull=False).distinct():
        references = find_references(upload)
        found = [
            reject.pk
            for reject in upload.rejects.exclude(record=[], value="").iterator(chunk_size=2000)
            if person.is_in(reject.record, references)
            or person.is_in([reject.value], [0])
            or (len(reject.record) == 1 and person.is_in_text(reject.record[0]))
        ]
        cleared += UploadReject.objects.filter(pk__in=found).update(record=[], value="")
    return cleared


def clear_findings(person: Person, number: str) -> int:
    """Drop kept rows behind findings that name the person, and put the number where a finding named him."""
    dropped = 0
    for old in person.numbers:
        dropped += run(
            "DELETE FROM customers_evidence WHERE cells ? %(old)s AND cells ? %(customer)s",
            {"old": old, "customer": str(person.customer)},
        )
        run(
            """UPDATE customers_upload SET findings = replace(findings::text, %(old)s, %(new)s)::jsonb
               WHERE strpos(findings::text, %(old)s) > 0""",
            {"old": json.dumps(old), "new": json.dumps(number)},
        )
    for word in person.words:
        dropped += run(
            """DELETE FROM customers_evidence e WHERE EXISTS (
                   SELECT FROM jsonb_array_elements_text(e.cells) c WHERE lower(c) = %(word)s)""",
            {"word": word},
        )
    return dropped


def find_references(upload: Upload) -> list[int]:
    """Return the columns of a file that hold customer numbers, as far as it was understood."""
    if not upload.plan:
        return []
    targets = {"customer", "referrer", "referred", *(["external_id"] if upload.kind == "customers" else [])}
    columns = Plan.from_json(upload.plan).columns
    return [place for place, column in enumerate(columns) if column.target in targets]


def delete_files(person: Person) -> tuple[int, list[int]]:
    """Delete raw files that name the person; returns how many, and the uploads that are still to be imported.

    Theirs are left: what they hold of the person is kept out when they are imported, and the file goes then
    (:func:`delete_left_files`).
    """
    deleted, left = 0, []
    for upload in Upload.objects.filter(file_deleted_at=None):
        if not upload.path.exists() or not _names(upload, person):
            continue
        if _is_open(upload):
            left.append(upload.pk)
        else:
            delete_file(upload)
            deleted += 1
    return deleted, left


def delete_left_files() -> int:
    """Delete the files that waited while somebody whom they name was erased, and wait no more.

    Whether they were imported, refused, stopped or given up since; returns how many.
    """
    deleted = 0
    for erasure in Erasure.objects.exclude(done_at=None).filter(counts__has_key=LEFT):
        with transaction.atomic():
            erasure = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure.pk)
            left = Upload.objects.filter(pk__in=erasure.counts.get(LEFT, []), file_deleted_at=None)
            ended = [upload for upload in left if not _is_open(upload)]
            for upload in ended:
                delete_file(upload)
            erasure.counts[LEFT] = [upload.pk for upload in left if upload not in ended]
            if not erasure.counts[LEFT]:
                del erasure.counts[LEFT]
            erasure.save(update_fields=["counts"])
        deleted += len(ended)
    return deleted


def _is_open(upload: Upload) -> bool:
    return upload.state == Upload.State.RECEIVED or upload.state in Upload.UNDER_WAY


def delete_file(upload: Upload) -> None:
    """Delete the raw file of an upload that has ended; its rejected records stay."""
    Upload.objects.filter(pk=upload.pk).update(file_deleted_at=timezone.now(), asked={}, passes={})
    upload.path.unlink(missing_ok=True)


def _names(upload: Upload, person: Person) -> bool:
    if not upload.plan:
        text = upload.path.read_bytes()
        return any(person.is_in_text(text.decode(encoding, "ignore")) for encoding in ("utf-8", "utf-16"))
    references = find_references(upload)
    try:
        return any(
            person.is_in_text(cells.text) if isinstance(cells, Damage) else person.is_in(cells, references)
            for cells in _read(upload)
        )
    except UnusableFile:
        logger.info("The file of upload %s cannot be read to the end; it goes, to be certain", upload.pk)
        return True


def _read(upload: Upload) -> Iterator[list[str] | Damage]:
    with open_records(upload.path, Plan.from_json(upload.plan).dialect) as records:
        for _line, cells in records:
            yield cells
