"""Moments of the walk read the same in every picture: 1 October 2026, a quarter past nine.

Only texts that say when something of the walk happened, or how long it took, are replaced; dates of the
shop's facts stay.
"""

from datetime import date, timedelta
from typing import Any, Final

from klantwaarde import formats

SHOWN: Final = date(2026, 10, 1)
KEPT_DAYS: Final = 30  # for which files are kept
#: How long something took, takes still, and how long ago it was.
DURATIONS: Final = {
    "nl": (
        (r"\bin [\d.,]+(\s)s\.", "in 0,2$1s."),
        (r"nog ongeveer [^·]+ ·", "nog ongeveer 1 min ·"),
        (r"teken van leven [^·]+ geleden", "teken van leven 0,4 s geleden"),
    ),
    "en": (
        (r"\bin [\d.,]+(\s)s\.", "in 0.2$1s."),
        (r"about [^·]+ left", "about 1 min left"),
        (r"sign of life [^·]+ ago", "sign of life 0.4 s ago"),
    ),
}
#: Replaces in every text of the page; pairs of a pattern and what stands there instead.
REPLACE: Final = """(pairs) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        for (const [pattern, text] of pairs) {
            node.nodeValue = node.nodeValue.replace(new RegExp(pattern, "g"), text);
        }
    }
}"""


def fixed_texts(language: str, today: date) -> list[tuple[str, str]]:
    """Return what is replaced on a page of ``today`` in a language, and what stands there then."""
    until = formats.date(today + timedelta(days=KEPT_DAYS), language)
    return [
        (rf"{formats.date(today, language)} \d\d:\d\d", f"{formats.date(SHOWN, language)} 09:15"),
        (until, formats.date(SHOWN + timedelta(days=KEPT_DAYS), language)),
        *DURATIONS[language],
    ]


def stop_the_clock(page: Any, language: str) -> None:
    """Replace the moments on a page that is ready to be taken."""
    page.evaluate(REPLACE, [list(pair) for pair in fixed_texts(language, date.today())])
