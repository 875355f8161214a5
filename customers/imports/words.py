"""The words that a column of the file holds, with how often: for whoever says what each of them means."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from customers.imports import passes
from customers.imports.columns import STATUS_WORDS, normalise_word
from customers.imports.mapping import Plan
from customers.imports.preview import read_with_made

SAMPLE: Final = 20_000  # records that are looked at unless the whole file is asked for
MOST: Final = 40  # words that are shown


@dataclass(frozen=True, slots=True)
class Words:
    """``counts``: (word as it first stands in the file, records with it), the most frequent first."""

    counts: tuple[tuple[str, int], ...]
    records: int
    whole: bool


def count_words(path: Path, plan: Plan, index: int, *, whole: bool = False) -> Words:
    """Return the words of one column: in the whole file when asked for or known already, else in a sample."""
    question = ("words", plan.dialect, index, plan.columns[index].made)
    known = passes.recall(path, question)
    if known is None or (whole and not known["whole"]):
        known = asdict(_count(path, plan, index) if whole else _count_sample(path, plan, index))
        passes.keep(path, question, known)
    return Words(**{**known, "counts": tuple((word, count) for word, count in known["counts"])})


def meaning_of(word: str, said: dict[str, str]) -> str:
    """Return the state that a word stands for, by what was said of it or by itself; "" when nobody knows."""
    name = normalise_word(word)
    return said.get(name) or STATUS_WORDS.get(name, "")


def change_said(before: dict[str, str], said: dict[str, str]) -> dict[str, str]:
    """Return what was said of words, now with ``said``; what a word means by itself is not kept."""
    named = {name: meaning for word, meaning in said.items() if (name := normalise_word(word))}
    known = {**before, **named}
    return {name: meaning for name, meaning in known.items() if STATUS_WORDS.get(name) != meaning}


def _count_sample(path: Path, plan: Plan, index: int) -> Words:
    """A sample takes no time, however many bytes its records are."""
    with passes.watched_by(None):
        return _count(path, plan, index, SAMPLE)


def _count(path: Path, plan: Plan, index: int, limit: int | None = None) -> Words:
    found: Counter[str] = Counter()
    spelt: dict[str, str] = {}
    records = 0
    for _line, cells in read_with_made(path, plan):
        if records == limit:
            return Words(_rank(found, spelt), records, whole=False)
        records += 1
        word = cells[index].strip() if index < len(cells) else ""
        if not word:
            continue
        name = normalise_word(word)
        if name in spelt or len(spelt) < 10 * MOST:
            spelt.setdefault(name, word)
            found[name] += 1
    return Words(_rank(found, spelt), records, whole=True)


def _rank(found: Counter[str], spelt: dict[str, str]) -> tuple[tuple[str, int], ...]:
    return tuple((spelt[name][:60], count) for name, count in found.most_common(MOST))
