"""Passes over a whole file: what they found is kept for the next look; somebody may watch how far they are.

Each choice on the page reads the file anew; what does not depend on the choice is not looked for twice. Kept
in memory by the file's path, size and time of change; of a large file also with its upload, because the
process that looked through it is not the one that shows it.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

#: Called with the step, the bytes and the records that a pass has read; may raise to break it off.
Watcher = Callable[[str, int, int], None]

_MOST: Final = 512  # answers that are kept, a few hundred bytes each
_kept: OrderedDict[tuple[Path, int, int, str], Any] = OrderedDict()
_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


class TooLong(Exception):  # noqa: N818
    """More of the file has to be read than there is time for here."""


def find_once(path: Path, question: object, find: Callable[[], Any]) -> Any:
    """Return what ``find`` found of this file, or what it found the last time this was asked."""
    found = recall(path, question)
    if found is None:
        found = find()
        keep(path, question, found)
    return found


def keep(path: Path, question: object, answer: Any) -> None:
    """Keep an answer that JSON can hold and is not None, in place of the one that was used longest ago.

    ``question``: whatever is written the same when the same is asked.
    """
    _put((path, *_identify(path), repr(question)), answer)


def recall(path: Path, question: object) -> Any:
    """Return the answer that is kept, None when there is none."""
    key = (path, *_identify(path), repr(question))
    if key in _kept:
        _kept.move_to_end(key)
    return _kept.get(key)


def list_kept(path: Path) -> dict[str, Any]:
    """Return every answer about a file, by its question: JSON for :func:`restore`."""
    this = (path, *_identify(path))
    return {question: answer for (*file, question), answer in list(_kept.items()) if tuple(file) == this}


def restore(path: Path, answers: dict[str, Any]) -> None:
    """Keep what another process found in the same file."""
    there = _identify(path)
    for question, answer in answers.items():
        _put((path, *there, question), answer)


def tell(step: str, size: int, records: int = 0) -> None:
    """Say how far a pass is. Raises what the watcher raises."""
    watcher = _watcher.get()
    if watcher:
        watcher(step, size, records)


@contextmanager
def watched_by(watcher: Watcher | None) -> Iterator[None]:
    """Let passes tell ``watcher`` how far they are; None: let nobody know."""
    before = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(before)


@contextmanager
def limited_to(size: int) -> Iterator[None]:
    """Let a pass that reads more than so many bytes of a file raise TooLong."""

    def refuse(_step: str, done: int, _records: int) -> None:
        if done > size:
            raise TooLong

    with watched_by(refuse):
        yield


def _put(key: tuple[Path, int, int, str], answer: Any) -> None:
    _kept[key] = answer
    _kept.move_to_end(key)
    while len(_kept) > _MOST:
        _kept.popitem(last=False)


def _identify(path: Path) -> tuple[int, int]:
    there = path.stat()
    return there.st_mtime_ns, there.st_size
