"""What stands on a page, as its reader sees it: the cells of a table, the visible text."""

import re
from html.parser import HTMLParser
from typing import Any

_NO_BREAK = "\N{NO-BREAK SPACE}"


class _Tables(HTMLParser):
    """Collects every table as rows of cells, without what only screen readers or tooltips say."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.cell: list[str] | None = None
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = []
        if self.hidden or (tag == "span" and ("aria-hidden", "true") in attrs):
            self.hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= 1
        if tag in ("td", "th") and self.cell is not None:
            self.tables[-1][-1].append(" ".join("".join(self.cell).replace(_NO_BREAK, " ").split()))
            self.cell = None

    def handle_data(self, data: str) -> None:
        if self.cell is not None and not self.hidden:
            self.cell.append(data)


def read_tables(response: Any) -> list[list[list[str]]]:
    """Return every table of a page as rows of cells, the head first."""
    parser = _Tables()
    parser.feed(response.content.decode())
    return parser.tables


def read_text(response: Any) -> str:
    """Return the page without its tags, in one line."""
    html = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", response.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace(_NO_BREAK, " ").split())


def read_links(response: Any) -> list[str]:
    """Return every address on a page: of links, forms and requests."""
    found = re.findall(r'(?:href|action|hx-get|hx-post|src)="([^"]*)"', response.content.decode())
    return [address.replace("&amp;", "&") for address in found]
