"""What kind of file it is and how it is written: container, encoding, delimiter, quote, header row.

Nothing is guessed from statistics: a byte-order mark, else a strict UTF-8 pass over the whole file, else
cp1252.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from django.conf import settings

from customers.imports.reasons import UnusableFile
from customers.imports.records import Damage, Dialect, RecordReader, open_text

_BLOCK: Final = 1 << 20
_SAMPLE_LINES: Final = 60  # lines in which the header row must be
_DELIMITERS: Final = ";,\t|"

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x1f\x8b", "gz"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG", "binary"),
    (b"SQLite format 3\0", "binary"),
)
_BOMS: Final[tuple[tuple[bytes, str], ...]] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def detect(path: Path, known_headers: Iterable[str]) -> Dialect:
    """Return how the file is written.

    ``known_headers``: normalised names that a header row is recognised by (see :func:`normalise`).
    Raises UnusableFile when it is empty, too large, another kind of file, or has no header row.
    """
    size = path.stat().st_size
    if size > settings.UPLOAD_MAX_BYTES:
        raise UnusableFile("too_many_bytes", size=size, limit=settings.UPLOAD_MAX_BYTES)
    with path.open("rb") as file:
        start = file.read(4096)
    _refuse_other_containers(start, path)
    encoding = _find_encoding(path, start)
    lines = _first_lines(path, encoding)
    if not any(line.strip() for line in lines):
        raise UnusableFile("empty")
    announced = re.fullmatch(r"sep=(.)\s*", lines[0])
    return _find_layout(path, encoding, lines, announced[1] if announced else "", set(known_headers))


def normalise(header: str) -> str:
    """Return a header as synonyms are compared: lower case, no accents, words with one space between."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode().casefold()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def _refuse_other_containers(start: bytes, path: Path) -> None:
    for magic, container in _MAGIC:
        if start.startswith(magic):
            raise UnusableFile("container", container=container)
    if start.startswith(b"PK\x03\x04"):
        raise UnusableFile("container", container=_kind_of_zip(start, path))
    if re.match(
        rb"\s*(<!doctype html|<html|<\?xml|<table)", start.removeprefix(codecs.BOM_UTF8), re.IGNORECASE
    ):
        raise UnusableFile("container", container="html")
    is_utf16 = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not is_utf16 and start.count(b"\0") > len(start) // 8:
        raise UnusableFile("container", container="binary")


def _kind_of_zip(start: bytes, path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65536))
        names = start + file.read()
    if b"xl/" in names:
        return "xlsx"
    return "ods" if b"opendocument.spreadsheet" in names else "zip"


def _find_encoding(path: Path, start: bytes) -> str:
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _first_lines(path: Path, encoding: str) -> list[str]:
    with open_text(path, Dialect(encoding, ",")) as file:
        return [line for line in (file.readline(_BLOCK) for _ in range(_SAMPLE_LINES)) if line]


def _find_layout(path: Path, encoding: str, lines: list[str], announced: str, known: set[str]) -> Dialect:
    """Return the delimiter and header line that show most known column names, then most columns."""
    best = (0, 0)
    found: Dialect | None = None
    for delimiter in announced or _DELIMITERS:
        dialect = Dialect(encoding, delimiter)
        for line, cells in _sample(path, dialect):
            if announced and line == 1:
                continue
            score = _score_header(cells, known)
            if score > best:
                best, found = score, Dialect(encoding, delimiter, header_line=line)
    if found is None:
        raise UnusableFile("no_header", rows=len(lines), found=lines[-1 if announced else 0].strip()[:80])
    return found


def _sample(path: Path, dialect: Dialect) -> list[tuple[int, Sequence[str]]]:
    with open_text(path, dialect) as file:
        records: list[tuple[int, Sequence[str]]] = []
        for line, cells in RecordReader(file, dialect):
            if line > _SAMPLE_LINES:
                break
            if not isinstance(cells, Damage):
                records.append((line, cells))
    return records


def _score_header(cells: Sequence[str], known: set[str]) -> tuple[int, int]:
    """Return (names that we know, columns); zeros for a row that is no header."""
    names = [cell.strip() for cell in cells]
    filled = [name for name in names if name]
    if len(filled) < max(2, (len(names) + 1) // 2) or any(_looks_like_data(name) for name in filled):
        return (0, 0)
    return (sum(normalise(name) in known for name in filled), len(filled))


def _looks_like_data(name: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.,:/\sT-]+", name)) or "@" in name or len(name) > 200


def read_header(path: Path, dialect: Dialect) -> list[str]:
    """Return the names of the columns as they stand in the file.

    Raises UnusableFile for too many columns.
    """
    with open_text(path, dialect) as file:
        for line, cells in RecordReader(file, dialect):
            if line == dialect.header_line and not isinstance(cells, Damage):
                if len(cells) > settings.UPLOAD_MAX_COLUMNS:
                    raise UnusableFile(
                        "too_many_columns", line=line, found=len(cells), limit=settings.UPLOAD_MAX_COLUMNS
                    )
                return [cell.strip() for cell in cells]
    raise UnusableFile("no_header", rows=_SAMPLE_LINES, found="")
