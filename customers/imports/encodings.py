"""Which encoding a file has. Nothing is guessed from how often letters occur.

A byte-order mark says it. Without one, a file that is UTF-8 from its first byte to its last is UTF-8; any
other is Windows-1252, unless most of what is not ASCII in it is UTF-8: then the other bytes are damage.
"""

import codecs
import re
from pathlib import Path
from typing import Final

from customers.imports import passes
from customers.imports.reasons import UnusableFile

#: What a pass that finds it is called; see ``passes.tell``.
STEP: Final = "decoding"
_BLOCK: Final = 1 << 20
_BOMS: Final[tuple[tuple[bytes, str], ...]] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as the mark of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: A letter, a sign or punctuation of Western Europe in UTF-8; in Windows-1252 a pair that nobody writes.
_UTF8: Final = re.compile(rb"[\xc2\xc3][\x80-\xbf]|\xe2\x80[\x80-\xbf]|\xe2\x82\xac")
_LEADS: Final = (b"\xc2", b"\xc3", b"\xe2")
_HIGH: Final = bytes(range(0x80, 0x100))
#: ASCII characters as UTF-16 without a mark has them.
_PAIRS: Final = {
    "utf-16-le": re.compile(rb"(?:[\t\r\n -~]\0){8}"),
    "utf-16-be": re.compile(rb"(?:\0[\t\r\n -~]){8}"),
}


def find_encoding(path: Path, start: bytes) -> str:
    """Return the name of the encoding; reads the whole file where no mark says it. ``start``: first bytes."""
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return encoding
    for encoding, pairs in _PAIRS.items():
        if pairs.match(start):
            return encoding
    found: str = passes.find_once(path, "encoding", lambda: "utf-8" if _is_utf8(path) else _weigh(path))
    return found


def require_encoding(name: str) -> str:
    """Return the name as Python knows it. Raises UnusableFile for one that no text can be in."""
    try:
        found = codecs.lookup(name)
        "".encode(found.name)
    except (LookupError, TypeError):
        raise UnusableFile("unknown_encoding", encoding=name) from None
    return found.name if found.name != "utf-8" or name.lower() == "utf-8" else name


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
                passes.tell(STEP, file.tell())
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _weigh(path: Path) -> str:
    """Return what most of the characters beyond ASCII are in."""
    utf8 = others = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            pairs = _UTF8.findall(block) if any(lead in block for lead in _LEADS) else []
            utf8 += len(pairs)
            others += len(block) - len(block.translate(None, _HIGH)) - sum(map(len, pairs))
            passes.tell(STEP, file.tell())
    return "utf-8" if utf8 > others else "cp1252"
