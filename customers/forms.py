"""Forms of the import pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from customers.imports.kinds import KINDS
from customers.imports.mapping import ColumnPlan, Plan, needed_formats
from customers.imports.presets import PRESETS
from customers.pages.plans import DELIMITERS, ENCODINGS, Layout
from klantwaarde import formats

_LAST_HEADER_LINE = 60


class _FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several, cleaned to a list."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files. Raises ValidationError for the first that is none."""
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    """Exports. What they hold is looked at by the import; here only whether there are any that fit."""

    file = FilesField(
        label=gettext_lazy("Upload an export, or several at once"),
        allow_empty_file=True,  # the import says it better
        widget=_FilesInput(
            attrs={
                "accept": ".csv,.txt,.tsv,.xlsx,text/csv,text/plain,"
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            }
        ),
        error_messages={
            "required": gettext_lazy("No file was chosen. Choose the CSV file that your shop exported."),
            "missing": gettext_lazy("No file arrived. Choose the file again."),
            "max_length": gettext_lazy("The file's name is too long. Rename it and upload it again."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = settings.UPLOAD_MAX_BYTES
        self.fields["file"].help_text = _("Files of at most %(size)s each: CSV, text or Excel (.xlsx).") % {
            "size": formats.file_size(limit, get_language() or "en")
        }
        self.fields["file"].widget.attrs["data-max-bytes"] = str(limit)
        self.fields["file"].widget.attrs["data-too-large"] = _too_large()

    def clean_file(self) -> list[UploadedFile]:
        """Refuse a file that is larger than the site takes; of several, by its name."""
        files: list[UploadedFile] = self.cleaned_data["file"]
        too_large = [file for file in files if (file.size or 0) > settings.UPLOAD_MAX_BYTES]
        if too_large and len(files) == 1:
            raise ValidationError(_too_large())
        if too_large:
            raise ValidationError([f"{file.name}: {_too_large()}" for file in too_large])
        return files


def _too_large() -> str:
    size = formats.file_size(settings.UPLOAD_MAX_BYTES, get_language() or "en")
    return _(
        "This file is larger than %(size)s, the most that is taken at once. Export a shorter period, and "
        "upload the periods one after another."
    ) % {"size": size}


class ReadingForm(forms.Form):
    """How a file is read, all of it overridable: the file as a whole, and what each column becomes.

    ``target_3`` is what the fourth column becomes, ``decimal_3`` or ``dates_3`` how it is written.
    """

    kind = forms.ChoiceField(label=gettext_lazy("What the file holds"), required=False)
    preset = forms.ChoiceField(label=gettext_lazy("Exported by"))
    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"))
    delimiter = forms.ChoiceField(label=gettext_lazy("Separator"))
    header_line = forms.IntegerField(
        label=gettext_lazy("Column names on line"), min_value=1, max_value=_LAST_HEADER_LINE
    )

    def __init__(self, plan: Plan, data: Any = None) -> None:
        super().__init__(data)
        self.plan = plan
        self.initial = {
            "kind": plan.kind,
            "preset": plan.preset,
            "encoding": plan.encoding,
            "delimiter": plan.delimiter,
            "header_line": plan.header_line,
        }
        self._offer("kind", [("", _("choose …")), *((name, kind.label) for name, kind in KINDS.items())])
        self._offer("preset", _presets_for(plan))
        self._offer("encoding", list({plan.encoding: plan.encoding, **ENCODINGS}.items()))
        self._offer("delimiter", list({plan.delimiter: plan.delimiter, **DELIMITERS}.items()))
        for index, about in enumerate(needed_formats(plan)):
            self._add_column(index, about)

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _add_column(self, index: int, about: str) -> None:
        column = self.plan.columns[index]
        target = forms.ChoiceField(required=False, choices=self._targets())
        target.widget.attrs["aria-label"] = _("“%(column)s” becomes") % {"column": column.header}
        self.fields[f"target_{index}"] = target
        self.initial[f"target_{index}"] = column.target
        if about:
            field = forms.ChoiceField(required=False, choices=_FORMATS[about])
            field.widget.attrs["aria-label"] = _("How “%(column)s” is written") % {"column": column.header}
            self.fields[f"{about}_{index}"] = field
            self.initial[f"{about}_{index}"] = getattr(column, about)

    def _targets(self) -> list[tuple[str, Any]]:
        kind = KINDS.get(self.plan.kind)
        columns = kind.columns.values() if kind else ()
        ignored = [("", _("– ignored –"))]
        return ignored + [(c.name, f"{c.label} *" if c.required else c.label) for c in columns]

    @property
    def layout_changed(self) -> bool:
        """Whether the file is to be read in another way, so that its columns are proposed afresh."""
        return bool({"kind", "preset", "encoding", "delimiter", "header_line"} & set(self.changed_data))

    def layout(self) -> Layout:
        """Return what was said about the file as a whole."""
        said = self.cleaned_data
        return Layout(said["kind"], said["preset"], said["encoding"], said["delimiter"], said["header_line"])

    def columns(self) -> list[ColumnPlan]:
        """Return what each column becomes, with what was said of how it is written."""
        said = self.cleaned_data
        return [
            ColumnPlan(
                column.header,
                said[f"target_{index}"],
                said.get(f"decimal_{index}", ""),
                said.get(f"dates_{index}", ""),
            )
            for index, column in enumerate(self.plan.columns)
        ]


_FORMATS: dict[str, list[tuple[str, Any]]] = {
    "decimal": [("", gettext_lazy("as found")), (",", "1.234,56"), (".", "1,234.56")],
    "dates": [
        ("", gettext_lazy("as found")),
        ("dmy", gettext_lazy("day-month-year")),
        ("mdy", gettext_lazy("month-day-year")),
        ("ymd", gettext_lazy("year-month-day")),
    ],
}


def _presets_for(plan: Plan) -> list[tuple[str, Any]]:
    """Presets whose columns the file has, and the generic one."""
    header = set(plan.header)
    return [
        (key, preset.label)
        for key, preset in PRESETS.items()
        if not preset.unusable and set(preset.needs) <= header
    ]
