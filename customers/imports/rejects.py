"""Records that were not imported: kept with line, column, value and reason, and given back as a CSV file.

The file has the columns of the upload in their order and one more with the reason; corrected, it can be
uploaded as it is. Cells that a spreadsheet would run as a formula are guarded with one apostrophe, and
exactly one is taken off when such a file comes back.
"""

import csv
import json
import re
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self

from django.db import connection
from django.db.models import QuerySet

from customers.imports.mapping import REJECT_MARKER, Plan
from customers.models import Upload, UploadReject

_MEMORY: Final = 1 << 20  # bytes of rejects held before they go to disk
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-?[\d.,]*\d")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_write_entry = json.JSONEncoder(ensure_ascii=False).encode


def guard(cell: str) -> str:
    """Return the cell as it may be opened in a spreadsheet; real negative numbers stay as they are."""
    if cell and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def strip_guard(cell: str) -> str:
    """Return the cell as it was before :func:`guard`."""
    return cell[1:] if cell[:1] == "'" and _GUARDED.match(cell) else cell


class Spool:
    """Rejects of one reading, kept out of memory and out of the database until staging has ended."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115  closed by __exit__
            _MEMORY, "w+", encoding="utf-8", newline=""
        )
        self.count = 0
        self._secrets: set[int] = set()
        self._width = 0

    def keep_secret(self, places: set[int], width: int) -> None:
        """Keep nothing of these cells; of a record that is not ``width`` cells wide, nothing at all."""
        self._secrets, self._width = places, width

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(
        self, line: int, column: str, value: str, code: str, data: dict[str, Any], record: list[str]
    ) -> None:
        """Keep one record and what is wrong with it."""
        if self._secrets and len(record) != self._width:
            value, record = "", []  # what stands where cannot be told
        clean = [cell.replace("\0", "�") for cell in self._without_secrets(record)]
        entry = [line, column, value.replace("\0", "�"), code, data, clean]
        text = _write_entry(entry).encode("utf-8", "replace").decode()
        self._file.write(text + "\n")
        self.count += 1

    def _without_secrets(self, record: list[str]) -> list[str]:
        if not self._secrets:
            return record
        return ["" if index in self._secrets else cell for index, cell in enumerate(record)]

    def __iter__(self) -> Iterator[list[Any]]:
        self._file.seek(0)
        for text in self._file:
            yield json.loads(text)

    def store(self, upload: Upload) -> None:
        """Write the rejects of this upload in place of those of an earlier attempt."""
        UploadReject.objects.filter(upload=upload).delete()
        if not self.count:
            return
        table = UploadReject._meta.db_table
        columns = '(upload_id, line, "column", value, reason_code, reason_data, record)'
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} {columns} FROM STDIN") as copy:
            for line, column, value, code, data, record in self:
                copy.write_row(
                    (upload.pk, line, column, value, code, json.dumps(data), json.dumps(record))
                )  # fmt: skip


def reject_rows(upload: Upload, rejects: QuerySet[UploadReject] | None = None) -> Iterator[str]:
    """Yield the lines of the rejects' file, for a streamed download: the upload's columns, then the reason.

    ``rejects``: some of the upload's, in the order of the file; all when None. Delimiter and quote are those
    of the upload where a file of cells can have them. A record that could not be read as cells stands in the
    first.
    """
    plan = Plan.from_json(upload.plan)
    header = plan.header
    delimiter = plan.delimiter if len(plan.delimiter) == 1 and not plan.sheet else ";"
    writer = csv.writer(_Echo(), delimiter=delimiter, quotechar=plan.quote or '"', lineterminator="\r\n")
    own = [name for name in header if name != REJECT_MARKER]
    skipped = header.index(REJECT_MARKER) if REJECT_MARKER in header else None
    yield writer.writerow([*own, REJECT_MARKER])
    chosen = upload.rejects.order_by("line", "id") if rejects is None else rejects
    for reject in chosen.iterator(chunk_size=2000):
        cells = [cell for index, cell in enumerate(reject.record) if index != skipped]
        if skipped is not None:
            cells = list(map(strip_guard, cells))  # rejected for the second time: still one guard
        cells = [guard(cell) for cell in cells] + [""] * (len(own) - len(cells))
        yield writer.writerow([*cells, reject.sentence])


class _Echo:
    """A file that hands back what csv writes to it."""

    def write(self, text: str) -> str:
        return text
