"""Tables of the import pages."""

from typing import Any

import django_tables2 as tables
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from customers.imports.kinds import KINDS
from customers.imports.presets import PRESETS
from customers.imports.presets.generic import GENERIC
from customers.imports.reasons import describe
from customers.imports.retention import keep_until
from customers.models import Upload, UploadReject
from klantwaarde import formats
from klantwaarde.table_columns import MomentColumn, NumberColumn

TONES = {
    Upload.State.READING: "info",
    Upload.State.RECEIVED: "info",
    Upload.State.HELD: "info",
    Upload.State.QUEUED: "info",
    Upload.State.RUNNING: "info",
    Upload.State.DONE: "good",
    Upload.State.UNDOING: "info",
    Upload.State.REJECTED: "bad",
    Upload.State.FAILED: "bad",
    Upload.State.CANCELLED: "",
    Upload.State.UNDONE: "",
}
_VALUE = 60  # characters of a value that a cell shows


class UploadTable(tables.Table):
    """What was imported before, newest first."""

    caption = gettext_lazy("Imports, newest first")
    row_header = "file_name"

    file_name = tables.Column(verbose_name=gettext_lazy("File"))
    created_at = MomentColumn(verbose_name=gettext_lazy("Received"))
    user = tables.Column(verbose_name=gettext_lazy("By"), empty_values=())
    kind = tables.Column(verbose_name=gettext_lazy("Holds"), empty_values=())
    state = tables.Column(verbose_name=gettext_lazy("State"))
    counts = tables.Column(verbose_name=gettext_lazy("What it did"), empty_values=())
    kept = tables.Column(verbose_name=gettext_lazy("File kept"), empty_values=())
    actions = tables.Column(verbose_name=gettext_lazy("Actions"), empty_values=())

    class Meta:
        model = Upload
        fields = ("file_name", "state", "counts", "kind", "created_at", "user", "kept", "actions")
        empty_text = gettext_lazy("No import is like that.")
        orderable = False

    def __init__(self, *args: Any, keep_days: int, may_upload: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keep_days, self.may_upload = keep_days, may_upload

    def render_file_name(self, value: str, record: Upload) -> SafeString:
        size = formats.file_size(record.size, get_language() or "en")
        return format_html(
            '<a href="{}">{}</a>'
            ' <span class="file-facts small muted">{} · <span title="SHA-256: {}">{}</span></span>',
            reverse("upload", args=[record.uuid]), value, size, record.sha256, record.sha256[:8],
        )  # fmt: skip

    def render_kept(self, record: Upload) -> str:
        return describe_kept(record, self.keep_days)

    def render_actions(self, record: Upload) -> SafeString:
        context = {"upload": record, "may_upload": self.may_upload, "csrf_token": get_token(self.request)}
        return SafeString(render_to_string("customers/upload_menu.html", context))

    def render_user(self, record: Upload) -> str:
        return name_of(record.user)

    def render_kind(self, record: Upload) -> str:
        preset = PRESETS.get(record.preset)
        named = preset.label if preset and preset is not GENERIC else ""
        return f"{kind_label(record.kind)} · {named}" if named else kind_label(record.kind)

    def render_state(self, record: Upload) -> SafeString:
        return badge(record)

    def render_counts(self, record: Upload) -> str:
        return what_it_did(record)


class RejectTable(tables.Table):
    """Records that were not imported, in the order of the file."""

    caption = gettext_lazy("Records that were not imported")
    row_header = "line"

    line = NumberColumn(verbose_name=gettext_lazy("Line"))
    column = tables.Column(verbose_name=gettext_lazy("Column"))
    value = tables.Column(verbose_name=gettext_lazy("Value"))
    reason_code = tables.Column(verbose_name=gettext_lazy("What is wrong"))

    class Meta:
        model = UploadReject
        fields = ("line", "column", "value", "reason_code")
        orderable = False
        attrs = {"class": "table rejects"}

    def render_value(self, value: str) -> str:
        return value if len(value) <= _VALUE else value[: _VALUE - 1] + "…"

    def render_reason_code(self, record: UploadReject) -> str:
        sentence = describe(record.reason_code, record.reason_data, record.value)
        return sentence[:1].upper() + sentence[1:]


def describe_kept(upload: Upload, keep_days: int) -> str:
    """Return until when the raw file is kept, or since when it is gone."""
    language = get_language() or "en"
    if upload.file_deleted_at:
        return _("deleted %(day)s") % {
            "day": formats.date(timezone.localdate(upload.file_deleted_at), language)
        }
    until = timezone.localdate(keep_until(upload, keep_days))
    return _("until %(day)s") % {"day": formats.date(until, language)}


def name_of(user: Any) -> str:
    """Return who did it: a person's name, or that it was a command."""
    return (user.get_full_name() or user.get_username()) if user else _("command line")


def kind_label(name: str) -> str:
    """Return what a kind of file is called, "–" while it is not known."""
    return str(KINDS[name].label) if name in KINDS else "–"


def badge(upload: Upload) -> SafeString:
    """Return the state as a word in a pill."""
    tone = TONES[Upload.State(upload.state)]
    classes = f"badge badge-{tone}" if tone else "badge"
    return format_html('<span class="{}">{}</span>', classes, upload.get_state_display())


def what_it_did(upload: Upload) -> str:
    """Return what became of the file's records in a few words that keep together: "1.204 new, 3 rejected"."""
    language = get_language() or "en"
    words = {
        "new": _("%(n)s new"),
        "changed": _("%(n)s changed"),
        "unchanged": _("%(n)s unchanged"),
        "rejected": _("%(n)s rejected"),
    }
    counts = {name: upload.counts.get(name, 0) for name in words}
    return ", ".join(
        (words[name] % {"n": formats.number(count, language)}).replace(" ", "\N{NO-BREAK SPACE}")
        for name, count in counts.items()
        if count
    )
