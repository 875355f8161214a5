"""The bar of a target: what is realised, where it should be today, and the target itself."""

from decimal import Decimal
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

WIDTH: Final = 200
HEIGHT: Final = 14
_BAR: Final = 8
_TOP: Final = 3
_MOST: Final = Decimal("1.5")  # further beyond the target the bar says no more


def draw_progress(progress: Decimal | None, marker: Decimal | None, tone: str) -> SafeString:
    """Draw shares of the target: a bar of `progress`, a line at `marker`, and a thin one at the target.

    Hidden from screen readers: the figures stand beside it. Without progress nothing is drawn.
    """
    if progress is None:
        return mark_safe("")
    scale = min(_MOST, max(Decimal(1), progress, marker or Decimal(0)))

    def place(share: Decimal) -> str:
        return f"{min(max(share, Decimal(0)), scale) / scale * WIDTH:.1f}"

    at = format_html(
        '<line class="target-due" x1="{0}" x2="{0}" y1="0" y2="{1}"/>', place(marker), HEIGHT
    ) if marker is not None else ""  # fmt: skip
    return format_html(
        '<svg class="target-bar" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="target-track" y="{}" width="{}" height="{}"/>'
        '<rect class="target-fill target-fill-{}" y="{}" width="{}" height="{}"/>'
        '<line class="target-end" x1="{}" x2="{}" y1="{}" y2="{}"/>{}</svg>',
        WIDTH, HEIGHT, _TOP, WIDTH, _BAR, tone, _TOP, place(progress), _BAR,
        place(Decimal(1)), place(Decimal(1)), _TOP, _TOP + _BAR, at,
    )  # fmt: skip
