"""Throw broken files at the reader for a while: ``python -m tests.fuzz_imports [seconds] [seed]``.

Bytes of samples are cut, doubled, swapped and changed; what comes out is recognised and read from the first
byte to the last. Nothing but ``UnusableFile`` may be raised, no file may take long or much memory, and lines
only go up. A file that fails is kept, and its name printed.
"""

import os
import random
import resource
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import Any, Final

import django
from openpyxl import Workbook

from customers.imports import formats
from customers.imports.blocks import open_blocks
from customers.imports.detect import Fixed, detect, read_header
from customers.imports.kinds import known_headers
from customers.imports.reasons import UnusableFile
from customers.imports.records import Damage, Dialect, read_records

DATA: Final = Path(__file__).parent / "data"
SECONDS: Final = 60
LONGEST: Final = 10.0  # seconds for one file: they have at most some hundred kilobytes
MEMORY: Final = 512 << 10  # kilobytes above start-up, for all files together
PIECES: Final = (
    b'"', b"'", b"\\", b";", b",", b"\t", b"|", b"||", b"\r", b"\n", b"\r\n", b"\0", b"\xff", b"\xfe",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3\xab", b"\xeb", b"\xe2\x82\xac", b"sep=;\n", b"\n\n", b'""', b";;;;",
    b"=cmd()", b"1,23E+12", b"\xff\xfe\0\0", b"PK\x03\x04", b"<?xml", b"{", b"x" * 200_000, b"\x1f", b"\x85",
    b"\xe2\x80\xa8",
)  # fmt: skip


def make_samples() -> list[bytes]:
    """Return the files of tests/data, one in each encoding, and a workbook."""
    samples = [path.read_bytes()[:200_000] for path in sorted(DATA.rglob("*")) if path.is_file()]
    text = "Ordernummer;Klantnummer;Besteldatum;Omzet\r\n" + '1001;"K;1";31-01-2025;€ 1.234,50\r\n' * 30
    samples += [text.encode(encoding) for encoding in ("utf-8-sig", "cp1252", "utf-16", "utf-32")]
    book = Workbook()
    for row in (["Ordernummer", "Besteldatum"], [1, "2025-01-31"], [2, None]):
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    return [*samples, file.getvalue()]


def mutate(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return the bytes with a few things wrong."""
    for _time in range(chance.randint(1, 6)):
        at, to = sorted(chance.randint(0, len(data)) for _end in range(2))
        if chance.random() < 0.2:
            data = data.replace(chance.choice(PIECES), chance.choice(PIECES), chance.randint(1, 50))
        else:
            data = data[:at] + _make_piece(data[at:to], chance, others) + data[chance.choice((at, at, to)) :]
        data = data[:1_000_000]
    return data


def _make_piece(cut: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    kind = chance.randint(0, 4)
    if kind == 0:
        return b""
    if kind == 1:
        return chance.choice(PIECES) * chance.randint(1, 3)
    if kind == 2:
        return cut[:5_000] * chance.randint(1, 5)
    return chance.randbytes(chance.randint(1, 8)) if kind == 3 else chance.choice(others)[:5_000]


def read_all(path: Path, fixed: Fixed) -> None:
    """Recognise and read a file from beginning to end; raises UnusableFile."""
    dialect = detect(path, known_headers(), fixed)
    header = read_header(path, dialect)
    found = list(read_records(path, dialect))
    lines = [line for line, _cells in found]
    if lines != sorted(set(lines)):
        raise AssertionError("lines do not go up")
    if list(read_by_blocks(path, dialect)) != sorted(found, key=lambda pair: pair[0]):
        raise AssertionError("blocks hold something else")
    rows = ((line, cells) for line, cells in found if not isinstance(cells, Damage))
    formats.decide(rows, list(range(len(header))), [])


def read_by_blocks(path: Path, dialect: Dialect) -> Iterator[tuple[int, Any]]:
    """Yield the same records from the fast reader, in the order of their lines."""
    found: list[tuple[int, Any]] = []
    with open_blocks(path, dialect) as blocks:
        for block in blocks:
            found += [*zip(block.lines, block.rows, strict=True), *block.damaged]
    yield from sorted(found, key=lambda pair: pair[0])


def choose(chance: random.Random) -> Fixed:
    """Return what a user might say about the file: nothing, as a rule."""
    if chance.random() < 0.7:
        return Fixed()
    return Fixed(
        delimiter=chance.choice(("", ";", "||", ", ")),
        quote=chance.choice(("", "none", "'")),
        escape=chance.choice(("", "none", "\\")),
        header=chance.choice(("", "0", "1", "3")),
    )


def main(seconds: float, seed: int) -> int:
    """Fuzz for that long; returns 1 and keeps the file when one fails."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "klantwaarde.settings")
    django.setup()
    chance, samples, start = random.Random(seed), make_samples(), monotonic()
    before, count, refused, slowest = _memory(), 0, 0, 0.0
    path = Path(tempfile.mkdtemp()) / "fuzzed"
    while monotonic() - start < seconds:
        path.write_bytes(mutate(chance.choice(samples), chance, samples))
        began = monotonic()
        try:
            read_all(path, choose(chance))
        except UnusableFile as problem:
            str(problem)
            refused += 1
        except BaseException:
            print(f"seed {seed}, file {count}: {path}", file=sys.stderr)
            raise
        slowest = max(slowest, monotonic() - began)
        count += 1
        if slowest > LONGEST or _memory() - before > MEMORY:
            print(
                f"seed {seed}, file {count}: {slowest:.1f} s, {_memory() - before} KB: {path}",
                file=sys.stderr,
            )
            return 1
    path.unlink(missing_ok=True)
    path.parent.rmdir()
    grown = (_memory() - before) // 1024
    print(f"{count} files, {refused} refused, slowest {slowest:.2f} s, {grown} MB over start-up, seed {seed}")
    return 0


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    arguments = [*sys.argv[1:], "", ""]
    sys.exit(
        main(float(arguments[0] or SECONDS), int(arguments[1] or random.SystemRandom().randint(0, 1 << 32)))
    )
