"""What is looked at in a workbook before it is read: how large it and its parts are unpacked.

A workbook is a zip archive of XML. Its styles and shared texts are kept in memory, a row is, and whatever
stands between two tags; a small file can unpack to more than there is.
"""

from functools import lru_cache
from pathlib import Path
from typing import IO, Final
from zipfile import ZipFile, ZipInfo

from django.conf import settings

from customers.imports.reasons import UnusableFile

_BLOCK: Final = 1 << 20
_TEXT: Final = 1 << 20  # bytes between two tags
_ROW: Final = 32 << 20  # bytes between two rows
_TREE: Final = 16 << 20  # bytes of a part that becomes a tree in memory
_STRINGS: Final = 128 << 20  # bytes of the texts that cells share
_PARTS: Final = 10_000
_PROLOGUE: Final = 4096  # bytes in which a document type would stand


def check_parts(archive: ZipFile) -> None:
    """Raise UnusableFile when the workbook, or a part of it, would not fit in memory."""
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    limit = settings.UPLOAD_MAX_UNPACKED_BYTES
    if size > limit or len(parts) > _PARTS:
        raise UnusableFile("unpacked_too_large", size=size, limit=limit)
    for part in parts:
        limit = _find_limit(part)
        if part.file_size > limit:
            raise UnusableFile("unpacked_too_large", size=part.file_size, limit=limit)
        if part.filename.lower().endswith((".xml", ".rels")):
            _refuse_entities(archive, part)


def _find_limit(part: ZipInfo) -> int:
    name = part.filename.lower()
    if name.endswith("sharedstrings.xml"):
        return _STRINGS
    is_read_whole = name.endswith((".xml", ".rels")) and "/worksheets/" not in name
    return _TREE if is_read_whole else settings.UPLOAD_MAX_UNPACKED_BYTES


def _refuse_entities(archive: ZipFile, part: ZipInfo) -> None:
    """Refuse a document type: no workbook has one, and entities in it can unpack to more than there is."""
    with archive.open(part) as file:
        if b"<!DOCTYPE" in file.read(_PROLOGUE).replace(b"\0", b""):
            raise UnusableFile("damaged_workbook", detail="DOCTYPE")


def check_sheet(path: Path, part: str) -> None:
    """Raise UnusableFile for a text or a row of a sheet that would not fit in memory."""
    stat = path.stat()
    _check_sheet(path, stat.st_size, stat.st_mtime_ns, part)


@lru_cache(maxsize=64)
def _check_sheet(path: Path, _size: int, _changed: int, part: str) -> None:
    with ZipFile(path) as archive:
        texts = [name for name in archive.namelist() if name.lower().endswith("sharedstrings.xml")]
        for name in (*texts, part):
            with archive.open(name) as file:
                _check_runs(file, _ROW if name == part else settings.UPLOAD_MAX_UNPACKED_BYTES)


def _check_runs(file: IO[bytes], row_limit: int) -> None:
    """Look how far apart tags are, and rows."""
    since_tag = since_row = 0
    while block := file.read(_BLOCK):
        since_tag = _measure(block, b"<", since_tag, _TEXT)
        since_row = _measure(block, b"row", since_row, row_limit)


def _measure(block: bytes, mark: bytes, before: int, limit: int) -> int:
    """Return how many bytes ago the mark was. Raises UnusableFile when that was longer ago than ``limit``."""
    first, last = block.find(mark), block.rfind(mark)
    longest = before + (first if first >= 0 else len(block))
    if longest > limit:
        raise UnusableFile("unpacked_too_large", size=longest, limit=limit)
    return len(block) - last if last >= 0 else longest
