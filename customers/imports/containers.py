"""Files that are no table in text: named by what they hold, whatever their name says."""

import codecs
import re
from pathlib import Path
from typing import Final

from customers.imports.reasons import UnusableFile

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x1f\x8b", "gz"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\0", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"PK\x05\x06", "zip"),
    (b"%PDF-", "pdf"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "parquet"),
    (b"{\\rtf", "document"),
    (b"\x89PNG", "binary"),
    (b"\xff\xd8\xff", "binary"),
    (b"GIF8", "binary"),
    (b"SQLite format 3\0", "binary"),
    (b"\x7fELF", "binary"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PROTECTED: Final = "EncryptedPackage".encode("utf-16-le")
_HTML: Final = re.compile(rb"\s*(<!doctype html|<html|<\?xml|<table|<head|<body)", re.IGNORECASE)
_JSON: Final = re.compile(rb'\s*(\{\s*"[^"\r\n]*"\s*:|\[\s*[\[{]|\{\s*\}|\[\s*\])')
_WIDE_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_ENDS: Final = 1 << 20  # bytes at the end of a zip archive in which its list of members starts


def name_container(start: bytes, path: Path) -> str:
    """Return the key in ``reasons.CONTAINERS`` of what a file is, "" for text and "xlsx" for a workbook.

    ``start``: its first bytes.
    """
    found = next((name for magic, name in _MAGIC if start.startswith(magic)), "")
    if found:
        return found
    if start.startswith(_OLE):
        return "protected" if _holds(path, _PROTECTED) else "xls"
    if start.startswith(b"PK\x03\x04"):
        return _name_zip(start, path)
    text = start.removeprefix(codecs.BOM_UTF8)
    if _HTML.match(text):
        return "html"
    return "json" if _JSON.match(text) else ""


def refuse_binary(start: bytes) -> None:
    """Raise UnusableFile for a file of which too much is NUL to be text."""
    if not start.startswith(_WIDE_BOMS) and start.count(b"\0") > len(start) // 8:
        raise UnusableFile("container", container="binary")


def _holds(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return mark in file.read(_ENDS)


def _name_zip(start: bytes, path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _ENDS))
        names = start + file.read()
    if b"xl/workbook.bin" in names:
        return "xlsb"
    if b"xl/" in names:
        return "xlsx"
    if b"opendocument.spreadsheet" in names:
        return "ods"
    if b"Index/" in names and b".iwa" in names:
        return "numbers"
    if b"word/" in names or b"ppt/" in names or b"opendocument" in names:
        return "document"
    return "zip"
