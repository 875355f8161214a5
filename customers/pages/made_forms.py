"""The forms that make a column: one value for the whole file, columns joined, a part of a column."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.imports.kinds.register import ATTRIBUTE
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.transforms import FIXED, JOIN, SPLIT, Made
from customers.pages.reading_form import KEEP, offer_targets

_LONGEST: Final = 200
_PARTS: Final[list[tuple[str, Any]]] = [
    ("first", gettext_lazy("first name")),
    ("preposition", gettext_lazy("preposition (van der)")),
    ("last", gettext_lazy("last name without preposition")),
    ("surname", gettext_lazy("last name with preposition")),
    ("before", gettext_lazy("what comes before the first …")),
    ("after", gettext_lazy("what comes after the first …")),
]

_BETWEEN: Final[list[tuple[str, Any]]] = [
    (" ", gettext_lazy("a space")),
    (", ", gettext_lazy("a comma")),
    ("-", gettext_lazy("a hyphen")),
    ("/", gettext_lazy("a slash")),
    ("", gettext_lazy("nothing")),
]


class _MakeForm(forms.Form):
    """What is made becomes ``target``. ``how`` is the name of the button, and the prefix of the fields."""

    use_required_attribute = False  # they stand in the form of the whole reading
    how = ""
    title: Any = ""
    purpose: Any = ""

    def __init__(self, plan: Plan, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial, prefix=self.how, label_suffix="")
        self.plan = plan
        self.fields["target"] = forms.ChoiceField(
            label=_("becomes"), choices=[("", _("choose …")), *offer_targets(plan)[1:]]
        )
        self.add_columns()
        self.order_fields(self.field_order)

    def add_columns(self) -> None:
        """Add the fields that offer columns of the file."""

    def offer_columns(self) -> list[tuple[str, str]]:
        """Return the columns that there are without those that were made, as choices."""
        columns = self.plan.columns[: self.plan.made_from]
        return [("", "–"), *((str(index), column.header) for index, column in enumerate(columns))]

    def make(self) -> tuple[str, Made]:
        """Return the header that names the column in sentences, and how it comes about."""
        raise NotImplementedError

    def column(self) -> ColumnPlan:
        """Return the column as the plan keeps it."""
        header, made = self.make()
        target = self.cleaned_data["target"]
        return ColumnPlan(header, ATTRIBUTE + header[:60] if target == KEEP else target, made=made)


class FixedForm(_MakeForm):
    """One value for every record."""

    how = FIXED
    title = gettext_lazy("One value for the whole file")
    purpose = gettext_lazy("For instance the channel of all these costs, or the scale of a survey.")
    text = forms.CharField(label=gettext_lazy("Value"), max_length=_LONGEST)
    field_order = ("text", "target")

    def make(self) -> tuple[str, Made]:
        """Name the column after its value."""
        text = self.cleaned_data["text"]
        return text, Made(FIXED, text=text)


class JoinForm(_MakeForm):
    """Columns one after the other, blanks left out."""

    how = JOIN
    title = gettext_lazy("Join columns")
    purpose = gettext_lazy("For instance first name, preposition and last name; or a day and a time.")
    separator = forms.ChoiceField(
        label=gettext_lazy("Between them"), required=False, choices=_BETWEEN, initial=" "
    )
    places: Final = ("column_1", "column_2", "column_3", "column_4")
    field_order = (*places, "separator", "target")

    def add_columns(self) -> None:
        """Add two columns that are needed, and two more."""
        for number, name in enumerate(self.places, start=1):
            self.fields[name] = forms.ChoiceField(
                label=_("Column %(number)s") % {"number": number},
                choices=self.offer_columns(),
                required=number <= 2,
            )

    def make(self) -> tuple[str, Made]:
        """Name the column after its parts."""
        places = tuple(int(place) for name in self.places if (place := self.cleaned_data[name]))
        header = " + ".join(self.plan.columns[place].header for place in places)
        return header, Made(JOIN, places, self.cleaned_data["separator"])


class SplitForm(_MakeForm):
    """A part of a column."""

    how = SPLIT
    title = gettext_lazy("Split a name or a text")
    purpose = gettext_lazy("“Jan van der Berg” and “Berg, Jan van der” are taken apart alike.")
    part = forms.ChoiceField(label=gettext_lazy("Part"), choices=_PARTS)
    separator = forms.CharField(
        label=gettext_lazy("Sign or text to cut at"), max_length=10, required=False, strip=False
    )
    field_order = ("column", "part", "separator", "target")

    def add_columns(self) -> None:
        """Add the column that is split."""
        self.fields["column"] = forms.ChoiceField(label=_("Column"), choices=self.offer_columns())

    def clean(self) -> dict[str, Any]:
        """Ask for the sign where the text is cut."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("part") in {"before", "after"} and not said.get("separator"):
            self.add_error("separator", _("Say where to cut, for instance at / or a hyphen."))
        return said

    def make(self) -> tuple[str, Made]:
        """Name the column after the one that it is a part of."""
        said = self.cleaned_data
        place = int(said["column"])
        return self.plan.columns[place].header, Made(SPLIT, (place,), said["separator"], said["part"])


FORMS: Final[tuple[type[_MakeForm], ...]] = (FixedForm, JoinForm, SplitForm)


def describe_made(made: Made, plan: Plan) -> str:
    """Return how a column comes about, for the reader."""
    headers = [plan.columns[place].header for place in made.columns]
    if made.how == FIXED:
        return _("the same for the whole file")
    if made.how == JOIN:
        return _("joined from %(columns)s") % {"columns": ", ".join(headers)}
    part = dict(_PARTS)[made.part]
    sign = f" “{made.text}”" if made.text and made.part in {"before", "after"} else ""
    return _("%(part)s of “%(column)s”") % {"part": f"{part}{sign}", "column": headers[0]}
