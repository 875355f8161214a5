"""Small pictures made on the server as inline SVG, so that they need neither JavaScript nor inline styles."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

Number = Decimal | int | float

SPARK_WIDTH = 120
SPARK_HEIGHT = 32
_SPARK_MARGIN = 2


def draw_sparkline(values: Sequence[Number | None]) -> SafeString:
    """A line over `values`, oldest first; a None is a gap. Nothing is drawn for fewer than two known values.

    It is hidden from screen readers: the card it stands on says the figure and its change.
    """
    points = _place_points(values)
    if len([point for point in points if point]) < 2:
        return mark_safe("")
    line, area = [], []
    for piece in _split_at_gaps(points):
        path = " L".join(f"{x:.1f} {y:.1f}" for x, y in piece)
        line.append(f"M{path}")
        area.append(f"M{piece[0][0]:.1f} {SPARK_HEIGHT} L{path} L{piece[-1][0]:.1f} {SPARK_HEIGHT} Z")
    return format_html(
        '<svg class="sparkline" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="sparkline-area" d="{}"/><path class="sparkline-line" d="{}"/></svg>',
        SPARK_WIDTH, SPARK_HEIGHT, " ".join(area), " ".join(line),
    )  # fmt: skip


def draw_share_bar(share: Number | None) -> SafeString:
    """A bar as wide as `share` (0 to 1) of its track; a negative share is drawn in the colour of a loss.

    Hidden from screen readers: the figure stands beside it.
    """
    if share is None:
        return mark_safe("")
    width = min(abs(float(share)), 1.0) * 100
    kind = "share-fill share-fill-negative" if share < 0 else "share-fill"
    return format_html(
        '<svg class="share-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="share-track" width="100" height="8" rx="2"/>'
        '<rect class="{}" width="{}" height="8" rx="2"/></svg>',
        kind, f"{width:.1f}",
    )  # fmt: skip


def _place_points(values: Sequence[Number | None]) -> list[tuple[float, float] | None]:
    """Coordinates of each value; the lowest stands at the foot, a flat line in the middle."""
    known = [float(value) for value in values if value is not None]
    if not known:
        return []
    low, high = min(known), max(known)
    step = SPARK_WIDTH / max(len(values) - 1, 1)
    room = SPARK_HEIGHT - 2 * _SPARK_MARGIN

    def height(value: Number) -> float:
        part = (float(value) - low) / (high - low) if high > low else 0.5
        return SPARK_HEIGHT - _SPARK_MARGIN - part * room

    return [None if value is None else (place * step, height(value)) for place, value in enumerate(values)]


def _split_at_gaps(points: list[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    return [piece for piece in pieces if piece]
