"""The form of a reading: the file as a whole, what each column becomes, and how its values are meant."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.imports.detect import normalise
from customers.imports.kinds import KINDS
from customers.imports.kinds.register import ATTRIBUTE
from customers.imports.mapping import ColumnPlan, Plan, needed_formats
from customers.imports.presets import PRESETS
from customers.imports.transforms import Vat
from customers.imports.words import change_said
from customers.pages.plans import DELIMITERS, ENCODINGS, ESCAPES, QUOTES, Layout, can_hold_vat, target_of

#: What is sent for a column that is kept as an attribute; its label is sent beside it.
KEEP: Final = "attribute:"
_LABEL_LENGTH: Final = 60
_MEANING: Final = re.compile(r"meaning_(\d+)_(\d+)")
_SAYS_VAT: Final = re.compile(r"\b(btw|vat|tax|taxes|belasting|tva|mwst)\b")
_LAYOUT: Final = ("kind", "preset", "encoding", "delimiter", "quote", "escape", "header_line")


class ReadingForm(forms.Form):
    """How a file is read, all of it overridable.

    ``target_3`` is what the fourth column becomes (``label_3`` the name of an attribute), ``decimal_3`` or
    ``dates_3`` how it is written, ``vat_3``, ``rate_3`` and ``vatcolumn_3`` what VAT its amounts hold.
    ``word_3_0`` and ``meaning_3_0``: a word of a column of statuses, and what it means.
    """

    kind = forms.ChoiceField(label=gettext_lazy("What the file holds"), required=False)
    preset = forms.ChoiceField(label=gettext_lazy("Exported by"))
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"))
    delimiter = forms.ChoiceField(label=gettext_lazy("Separator"))
    quote = forms.ChoiceField(label=gettext_lazy("Quotation mark"), required=False)
    escape = forms.ChoiceField(label=gettext_lazy("A quotation mark inside a cell is"), required=False)
    header_line = forms.ChoiceField(label=gettext_lazy("Column names on line"))

    def __init__(self, plan: Plan, data: Any = None, lines: Sequence[tuple[int, str]] = ()) -> None:
        """``lines``: the first lines of the file, each with what it holds, as it is offered for a header."""
        super().__init__(data)
        self.plan = plan
        self.initial = {name: str(getattr(plan, name)) for name in _LAYOUT}
        self._offer("kind", [("", _("choose …")), *((name, kind.label) for name, kind in KINDS.items())])
        self._offer("preset", _presets_for(plan))
        self._offer("encoding", list({plan.encoding: plan.encoding, **ENCODINGS}.items()))
        self._offer("delimiter", list({plan.delimiter: plan.delimiter, **DELIMITERS}.items()))
        self._offer("quote", list({plan.quote: plan.quote, **QUOTES}.items()))
        self._offer("escape", list({plan.escape: plan.escape, **ESCAPES}.items()))
        self._offer("header_line", _header_lines(plan, lines))
        targets = offer_targets(plan)
        for index, about in enumerate(needed_formats(plan)):
            self._add_column(index, about, targets)

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _add_column(self, index: int, about: str, targets: list[tuple[str, Any]]) -> None:
        column = self.plan.columns[index]
        is_kept = column.target.startswith(ATTRIBUTE)
        self._add_choice(f"target_{index}", targets, KEEP if is_kept else column.target)
        self._name(f"target_{index}", _("“%(column)s” becomes"), column)
        if is_kept:
            label = forms.CharField(required=False, max_length=_LABEL_LENGTH)
            self.fields[f"label_{index}"] = label
            self.initial[f"label_{index}"] = column.target.removeprefix(ATTRIBUTE)
            self._name(f"label_{index}", _("Name of the attribute that “%(column)s” becomes"), column)
        if about:
            self._add_choice(f"{about}_{index}", _FORMATS[about], getattr(column, about))
            self._name(f"{about}_{index}", _("How “%(column)s” is written"), column)
        if can_hold_vat(target_of(self.plan, index)):
            self._add_vat(index, column)

    def _add_vat(self, index: int, column: ColumnPlan) -> None:
        """What VAT the amounts hold; the rate, or the column that says it, is asked once that is chosen."""
        vat = column.vat
        self._add_choice(f"vat_{index}", _VAT, _vat_choice(vat))
        self._name(f"vat_{index}", _("VAT in “%(column)s”"), column)
        if vat and vat.says:
            others = [
                (str(place), _("column “%(column)s”") % {"column": other.header})
                for place, other in enumerate(self.plan.columns)
                if place != index and not other.made
            ]
            chosen = "" if vat.column is None else str(vat.column)
            self._add_choice(f"vatcolumn_{index}", [("", _("choose …")), *others], chosen)
            self._name(f"vatcolumn_{index}", _("Column that says the VAT in “%(column)s”"), column)
        elif vat and _vat_choice(vat) == "own":
            rate = forms.DecimalField(
                required=False, min_value=Decimal(0), max_value=Decimal(100), max_digits=5, decimal_places=2
            )
            self.fields[f"rate_{index}"] = rate
            self.initial[f"rate_{index}"] = vat.rate
            rate.widget.attrs["placeholder"] = "%"
            self._name(f"rate_{index}", _("Rate of VAT in “%(column)s”, in per cent"), column)

    def _add_choice(self, name: str, choices: Sequence[tuple[str, Any]], initial: str) -> None:
        self.fields[name] = forms.ChoiceField(required=False, choices=choices)
        self.initial[name] = initial

    def _name(self, name: str, label: str, column: ColumnPlan) -> None:
        self.fields[name].widget.attrs["aria-label"] = label % {"column": column.header}

    @property
    def layout_changed(self) -> bool:
        """Whether the file is to be read in another way, so that its columns are proposed afresh."""
        return bool(set(_LAYOUT) & set(self.changed_data))

    @property
    def is_only_layout(self) -> bool:
        """Whether the file is to be read in another way, and what else was sent is of the way before."""
        return self.layout_changed and not set(_LAYOUT) & set(self.errors)

    def layout(self) -> Layout:
        """Return what was said about the file as a whole."""
        said = self.cleaned_data
        return Layout(**{**{name: said[name] for name in _LAYOUT}, "header_line": int(said["header_line"])})

    def columns(self) -> list[ColumnPlan]:
        """Return what each column becomes, with what was said of its values."""
        said = self.cleaned_data
        words = self._read_words()
        return [
            ColumnPlan(
                column.header,
                self._read_target(index),
                said.get(f"decimal_{index}", ""),
                said.get(f"dates_{index}", ""),
                column.made,
                self._read_vat(index),
                words.get(index, column.words),
            )
            for index, column in enumerate(self.plan.columns)
        ]

    def _read_target(self, index: int) -> str:
        target: str = self.cleaned_data[f"target_{index}"]
        if target != KEEP:
            return target
        label = self.cleaned_data.get(f"label_{index}", "").strip()
        return ATTRIBUTE + (label or self.plan.columns[index].header[:_LABEL_LENGTH] or str(index + 1))

    def _read_vat(self, index: int) -> Vat | None:
        chosen = self.cleaned_data.get(f"vat_{index}", "")
        if not chosen:
            return None
        if chosen in {"amount", "rate"}:
            place = self.cleaned_data.get(f"vatcolumn_{index}", "")
            return Vat(column=int(place) if place else _find_vat_column(self.plan, index), says=chosen)
        if chosen == "own":
            rate = self.cleaned_data.get(f"rate_{index}")
            return Vat("" if rate is None else f"{rate.normalize():f}")
        return Vat(chosen)

    def _read_words(self) -> dict[int, dict[str, str]]:
        """Return what was said of the words of each column of statuses that was sent."""
        said: dict[int, dict[str, str]] = {}
        for name in self.data:
            place = _MEANING.fullmatch(name)
            word = self.data.get(name.replace("meaning", "word", 1), "") if place else ""
            meaning = self.data.get(name)
            if place and word and meaning in {"placed", "cancelled", "test"}:
                said.setdefault(int(place[1]), {})[word] = meaning
        return {
            index: change_said(self.plan.columns[index].words, words)
            for index, words in said.items()
            if index < len(self.plan.columns)
        }


def offer_targets(plan: Plan) -> list[tuple[str, Any]]:
    """Return what a column may become, as choices of a field; needed ones have a star."""
    kind = KINDS.get(plan.kind)
    offered: list[tuple[str, Any]] = [("", _("– ignored –"))]
    if kind is None:
        return offered
    offered += [(c.name, f"{c.label} *" if c.required else c.label) for c in kind.columns.values()]
    return [*offered, (KEEP, _("keep as an attribute"))] if kind.keeps_others else offered


_FORMATS: dict[str, list[tuple[str, Any]]] = {
    "decimal": [("", gettext_lazy("as found")), (",", "1.234,56"), (".", "1,234.56")],
    "dates": [
        ("", gettext_lazy("as found")),
        ("dmy", gettext_lazy("day-month-year")),
        ("mdy", gettext_lazy("month-day-year")),
        ("ymd", gettext_lazy("year-month-day")),
        ("yymd", gettext_lazy("year-month-day, years of two digits")),
    ],
}
_VAT: Final[list[tuple[str, Any]]] = [
    ("", gettext_lazy("no VAT to take off")),
    ("21", gettext_lazy("take off 21% VAT")),
    ("9", gettext_lazy("take off 9% VAT")),
    ("own", gettext_lazy("take off VAT at another rate")),
    ("amount", gettext_lazy("take off the VAT that a column holds")),
    ("rate", gettext_lazy("take off VAT at the rate in a column")),
]


def _vat_choice(vat: Vat | None) -> str:
    if vat is None:
        return ""
    return vat.says or (vat.rate if vat.rate in {"21", "9"} else "own")


def _find_vat_column(plan: Plan, index: int) -> int | None:
    """Return the first other column whose name speaks of VAT."""
    names = [normalise(column.header) for column in plan.columns[: plan.width]]
    return next((i for i, name in enumerate(names) if i != index and _SAYS_VAT.search(name)), None)


def _header_lines(plan: Plan, lines: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    offered = {line: f"{line}: {text}" for line, text in lines}
    if plan.header_line:
        offered.setdefault(plan.header_line, str(plan.header_line))
    return [*sorted(offered.items()), (0, _("no line: the columns get numbers"))]


def _presets_for(plan: Plan) -> list[tuple[str, Any]]:
    """Presets whose columns the file has, and the generic one."""
    return [
        (key, preset.label)
        for key, preset in PRESETS.items()
        if not preset.unusable and not preset.find_lacking(plan.header)
    ]
