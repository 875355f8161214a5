"""The Dutch catalogue: texts are taken from the source, checked, and compiled without GNU gettext.

A fresh machine has no ``xgettext`` or ``msgfmt``, which Django's own commands need. Babel reads Python;
templates are first turned into Python-like text by the function Django uses for the same purpose.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

SOURCE_FOLDERS = ("klantwaarde", "customers", "metrics", "templates")
LANGUAGE = "nl"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HEADER = r"""msgid ""
msgstr ""
"Project-Id-Version: Klantwaarde\n"
"Language: nl\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""


@dataclass(frozen=True)
class Problem:
    """One text of the catalogue that is not right: ``what`` is missing, empty, fuzzy, unused or wrong."""

    what: str
    text: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.text!r}" + (f" ({self.detail})" if self.detail else "")


def catalogue_path() -> Path:
    """Return the path of the Dutch catalogue's source."""
    return Path(settings.LOCALE_PATHS[0]) / LANGUAGE / "LC_MESSAGES" / "django.po"


def read_catalogue(path: Path) -> Catalog:
    """Return a catalogue from disk, empty when there is none; raises PoFileError naming a bad line."""
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, abort_invalid=True)


def write_catalogue(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue, sorted, without line numbers or dates: a diff shows texts that changed, only."""
    body = BytesIO()
    write_po(
        body, catalogue, width=100, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEADER.encode() + body.getvalue())


def extract_texts(root: Path) -> Catalog:
    """Return every text marked for translation in the Python files and templates below ``root``."""
    found = Catalog(locale=LANGUAGE)
    for path in source_files(root):
        code = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # What is not a text becomes rows of X; without its indentation that passes Python's tokenizer.
            code = "\n".join(line.lstrip() for line in templatize(code, origin=str(path)).splitlines())
        for line, text, comments, context in extract("python", BytesIO(code.encode()), keywords=KEYWORDS):
            found.add(
                text, None, [(str(path.relative_to(root)), line)], auto_comments=comments, context=context
            )
    return found


def source_files(root: Path) -> Iterator[Path]:
    """Yield the Python files, and the HTML and text templates, of the product; tests have no texts."""
    for folder in SOURCE_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            is_template = path.suffix in {".html", ".txt"} and "templates" in path.relative_to(root).parts
            if path.is_file() and (path.suffix == ".py" or is_template):
                yield path


def find_problems(source: Catalog, catalogue: Catalog) -> list[Problem]:
    """Return what keeps the catalogue from being complete, in the order of the texts."""
    problems = []
    for message in real_messages(source):
        known = catalogue.get(message.id, message.context)
        where = ", ".join(f"{name}:{line}" for name, line in message.locations[:2])
        if known is None:
            problems.append(Problem("missing", message_text(message), where))
        elif known.pluralizable != message.pluralizable:
            problems.append(Problem("wrong", message_text(message), f"plural in one place only; {where}"))
    for message in real_messages(catalogue):
        text = message_text(message)
        translations = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if source.get(message.id, message.context) is None:
            problems.append(Problem("unused", text))
        elif not all(translations):
            problems.append(Problem("empty", text))
        elif message.fuzzy:
            problems.append(Problem("fuzzy", text))
        else:
            problems += [Problem("wrong", text, str(error)) for error in message.check(catalogue)]
    return sorted(problems, key=lambda problem: (problem.what, problem.text))


def compile_catalogue(path: Path) -> bool:
    """Compile the catalogue beside its source unless that was done already; tells whether it was needed."""
    compiled = path.with_suffix(".mo")
    if not path.exists() or (compiled.exists() and compiled.stat().st_mtime > path.stat().st_mtime):
        return False
    draft = compiled.with_suffix(".mo.new")
    with draft.open("wb") as file:
        write_mo(file, read_catalogue(path))
    draft.replace(compiled)
    return True


def real_messages(catalogue: Catalog) -> Iterator[Message]:
    """Yield the texts of a catalogue without its header."""
    return (message for message in catalogue if message.id)


def message_text(message: Message) -> str:
    """Return the text in the source, the singular where it has two forms."""
    return message.id if isinstance(message.id, str) else message.id[0]
