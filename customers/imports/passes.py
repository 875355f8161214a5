"""What a pass over a whole file found, kept for the next look at the same file.

Each choice on the page reads the file anew; what does not depend on the choice is not looked for twice. Kept
in memory by the file's path, size and time of change, so a process that has not looked yet looks once.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Final, TypeVar

Found = TypeVar("Found")

_MOST: Final = 512  # answers that are kept, a few hundred bytes each
_kept: OrderedDict[Hashable, Any] = OrderedDict()


def find_once(path: Path, question: Hashable, find: Callable[[], Found]) -> Found:
    """Return what ``find`` found of this file, or what it found the last time this was asked."""
    key = _identify(path, question)
    if key not in _kept:
        keep(path, question, find())
    _kept.move_to_end(key)
    found: Found = _kept[key]
    return found


def keep(path: Path, question: Hashable, answer: Any) -> None:
    """Keep an answer, in place of the one that was used longest ago."""
    _kept[_identify(path, question)] = answer
    while len(_kept) > _MOST:
        _kept.popitem(last=False)


def recall(path: Path, question: Hashable) -> Any:
    """Return the answer that is kept, None when there is none."""
    return _kept.get(_identify(path, question))


def _identify(path: Path, question: Hashable) -> Hashable:
    there = path.stat()
    return (str(path), there.st_mtime_ns, there.st_size, question)
