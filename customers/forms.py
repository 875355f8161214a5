"""Forms of the import pages."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from klantwaarde import formats


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
