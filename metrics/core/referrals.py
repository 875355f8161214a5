"""Who brought in whom: circles in which customers brought in each other."""

from collections.abc import Mapping


def find_circles(brought_in_by: Mapping[int, int]) -> list[tuple[int, ...]]:
    """Return every circle: each customer brought in the next one, and the last one the first.

    ``brought_in_by``: customer → the one who counts as having brought it in; at most one each, so circles
    have nobody in common. Each begins with its lowest number; ordered by it.

    >>> find_circles({2: 1, 3: 2, 1: 3, 9: 1})
    [(1, 2, 3)]
    """
    state: dict[int, int] = {}  # the walk on which a customer was seen first
    found = []
    for walk, start in enumerate(brought_in_by):
        path = []
        here: int | None = start
        while here is not None and here not in state:
            state[here] = walk
            path.append(here)
            here = brought_in_by.get(here)
        if here is not None and state[here] == walk and here in path:
            circle = path[path.index(here) :][::-1]
            lowest = circle.index(min(circle))
            found.append(tuple(circle[lowest:] + circle[:lowest]))
    return sorted(found)
