"""What is looked at in a workbook before it is read: how large it is unpacked, and formulas without a result.

A workbook is a zip archive of XML. openpyxl keeps styles and shared texts in memory, and whatever stands
between two tags; a small file can unpack to more than there is.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import IO, Final
from zipfile import ZipFile, ZipInfo

from django.conf import settings

from customers.imports.reasons import UnusableFile

_BLOCK: Final = 1 << 20
_TEXT: Final = 1 << 20  # bytes between two tags
_TREE: Final = 16 << 20  # bytes of a part that becomes a tree in memory
_STRINGS: Final = 128 << 20  # bytes of the texts that cells share
_PARTS: Final = 10_000
_FORMULAS: Final = 100_000  # cells without a result that are remembered
_FORMULA: Final = re.compile(
    rb"<(?:\w+:)?c(?P<attributes>(?:\s[^>]*)?)>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?P<value><(?:\w+:)?v\s*(?:/>|>\s*</(?:\w+:)?v>))?\s*</(?:\w+:)?c>"
)
_PLACE: Final = re.compile(rb'\sr="([A-Z]{1,3})(\d+)"')


def check_sizes(archive: ZipFile) -> None:
    """Raise UnusableFile when the workbook, or a part of it, would not fit in memory."""
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    limit = settings.UPLOAD_MAX_UNPACKED_BYTES
    if size > limit:
        raise UnusableFile("unpacked_too_large", size=size, limit=limit)
    if len(parts) > _PARTS:
        raise UnusableFile("unpacked_too_large", size=size, limit=limit)
    for part in parts:
        limit = _find_limit(part)
        if limit and part.file_size > limit:
            raise UnusableFile("unpacked_too_large", size=part.file_size, limit=limit)


def _find_limit(part: ZipInfo) -> int:
    name = part.filename.lower()
    if name.endswith("sharedstrings.xml"):
        return _STRINGS
    is_read = name.startswith("xl/") and name.endswith((".xml", ".rels")) and "/worksheets/sheet" not in name
    return _TREE if is_read and "/worksheets/" not in name else 0


def find_formulas(path: Path, part: str) -> dict[int, str]:
    """Return the first cell without a result of each row that has one, of one sheet: row → B7.

    Raises UnusableFile for text between two tags that would not fit in memory.
    """
    stat = path.stat()
    return _find_formulas(path, stat.st_size, stat.st_mtime_ns, part)


@lru_cache(maxsize=8)
def _find_formulas(path: Path, _size: int, _changed: int, part: str) -> dict[int, str]:
    found: dict[int, str] = {}
    with ZipFile(path) as archive:
        names = set(archive.namelist())
        if "xl/sharedStrings.xml" in names:
            with archive.open("xl/sharedStrings.xml") as file:
                _check_text(file)
        with archive.open(part) as file:
            _scan(file, found)
    return found


def _check_text(file: IO[bytes]) -> None:
    run = 0
    while block := file.read(_BLOCK):
        run = _measure(block, run)


def _measure(block: bytes, run: int) -> int:
    """Return the bytes since the last tag. Raises UnusableFile when there are too many."""
    last = block.rfind(b"<")
    first = block.find(b"<")
    longest = run + (first if first >= 0 else len(block))
    if longest > _TEXT:
        raise UnusableFile("unpacked_too_large", size=longest, limit=_TEXT)
    return len(block) - last if last >= 0 else longest


def _scan(file: IO[bytes], found: dict[int, str]) -> None:
    rest, run = b"", 0
    while block := file.read(_BLOCK):
        run = _measure(block, run)
        text = rest + block
        if b"<f" in text or b":f" in text:
            for match in _FORMULA.finditer(text):
                _note(match, found)
        cut = max(text.rfind(b"</c>"), text.rfind(b":c>"))
        rest = text[cut + 3 :] if cut >= 0 else text[-2 * _TEXT :]


def _note(match: re.Match[bytes], found: dict[int, str]) -> None:
    attributes = match["attributes"]
    if match["value"] and b't="str"' in attributes:
        return  # the result is a text without characters
    place = _PLACE.search(attributes)
    if place is None or len(found) >= _FORMULAS:
        raise UnusableFile("damaged_workbook", detail="formulas without results")
    found.setdefault(int(place[2]), (place[1] + place[2]).decode())
