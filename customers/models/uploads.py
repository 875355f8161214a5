"""Uploads: where every fact came from, what became of each record, and what was there before."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.imports.reasons import describe_file, describe_in_place


class UploadBatch(models.Model):
    """Files that came in together: loaded in the order of their kinds, with one calculation in the end.

    ``confirmed_at`` is when everything that is clear was to be imported; ``has_changes`` says that a file of
    it changed facts which no calculation was asked for yet.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("uploaded by"),
        related_name="+",
    )  # fmt: skip
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    all_or_nothing = models.BooleanField(_("all or nothing"), default=False)
    has_changes = models.BooleanField(_("changed facts"), default=False)

    class Meta:
        verbose_name = _("batch of uploads")
        verbose_name_plural = _("batches of uploads")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.uuid)


class Upload(models.Model):
    """One file, from the moment it arrives until it is imported, undone or discarded.

    ``plan`` is the reading that was confirmed (kind, preset, dialect, column mapping) as JSON, see
    ``customers.imports.mapping``. The report: ``counts`` (file records), ``facts`` (rows written, by table),
    ``findings`` (what the reader should know) and ``control_totals``, see ``customers.imports.report``.
    ``errors`` holds codes and data of why nothing was imported, or what is in the way while it waits for
    confirmation; :attr:`error` is the sentence. ``rerun_of`` is the upload whose file this one reads again.
    ``asked`` is how a file is to be looked at by the worker, ``passes`` what passes over all of it found, see
    ``customers.imports.looking``.
    """

    class State(models.TextChoices):
        READING = "reading", _("being looked at")  # by the worker, because it takes its time
        RECEIVED = "received", _("waiting for your confirmation")
        HELD = "held", _("waiting for another file")  # of its batch, whose facts it refers to
        QUEUED = "queued", _("waiting for its turn")
        RUNNING = "running", _("being read")
        DONE = "done", _("imported")
        UNDOING = "undoing", _("being undone")
        REJECTED = "rejected", _("not imported")  # all-or-nothing and something was wrong
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        UNDONE = "undone", _("undone")

    ACTIVE = (State.QUEUED, State.RUNNING)  # a worker imports it or will
    UNDER_WAY = (State.READING, State.HELD, *ACTIVE, State.UNDOING)  # something is still to happen to it

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("uploaded by"),
        related_name="+",
    )  # fmt: skip
    batch = models.ForeignKey(
        UploadBatch, models.PROTECT, null=True, blank=True, verbose_name=_("batch"), related_name="uploads"
    )
    rerun_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, verbose_name=_("reads again"), related_name="+"
    )
    file_name = models.TextField(_("file"))
    size = models.BigIntegerField(_("bytes"))
    sha256 = models.CharField(_("fingerprint"), max_length=64, db_index=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.RECEIVED)
    kind = models.CharField(_("kind"), max_length=32, blank=True)
    preset = models.CharField(_("preset"), max_length=64, blank=True)
    plan = models.JSONField(_("reading"), default=dict, blank=True)
    asked = models.JSONField(_("to be looked at"), default=dict, blank=True)
    passes = models.JSONField(_("found in the whole file"), default=dict, blank=True)
    all_or_nothing = models.BooleanField(_("all or nothing"), default=False)
    step = models.CharField(_("step"), max_length=32, blank=True)
    bytes_done = models.BigIntegerField(_("bytes read"), default=0)
    rows_done = models.BigIntegerField(_("rows read"), default=0)
    heartbeat = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    findings = models.JSONField(_("findings"), default=list, blank=True)
    control_totals = models.JSONField(_("control totals"), default=dict, blank=True)
    errors = models.JSONField(_("errors"), default=list, blank=True)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    staged_at = models.DateTimeField(_("read to its end"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    file_deleted_at = models.DateTimeField(_("file deleted"), null=True, blank=True)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["-id"]
        indexes = [models.Index(name="upload_state", fields=["state"])]

    def __str__(self) -> str:
        return self.file_name

    @property
    def path(self) -> Path:
        """Where the raw file is kept: named by UUID, outside the web root."""
        return settings.UPLOAD_ROOT / str(self.uuid)

    @property
    def error(self) -> str:
        """Why nothing was imported, one sentence a line, in the reader's language."""
        return "\n".join(describe_file(error["code"], error["data"]) for error in self.errors)

    @property
    def is_active(self) -> bool:
        """True while something is still to happen to it without anybody doing anything."""
        return self.state in self.UNDER_WAY


class UploadField(models.ForeignKey):
    """The upload that wrote a row last. Neither constraint nor index in the database: both were measured.

    Uploads are never deleted (PROTECT), so a constraint would guard nothing; its trigger costs 5 µs a row
    (500,000 orders without any foreign key 1.8 s, with this one 4.3 s). The foreign keys between facts cost
    as much or less (1,200,000 lines with theirs 5.6 s, without 4.5 s) and are kept. Undo reads a whole upload
    at once, for which a sequential scan will do.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("to", Upload)
        kwargs.setdefault("on_delete", models.PROTECT)
        kwargs.setdefault("verbose_name", _("last written by"))
        kwargs.setdefault("related_name", "+")
        kwargs.setdefault("db_constraint", False)
        kwargs.setdefault("db_index", False)
        super().__init__(*args, **kwargs)


class UploadReject(models.Model):
    """Why one record was not imported. ``line`` is the physical line on which the record starts."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="rejects")
    line = models.BigIntegerField(_("line"))
    column = models.TextField(_("column"), blank=True)
    value = models.TextField(_("value"), blank=True)
    reason_code = models.CharField(max_length=40)  # key of customers.imports.reasons: translated on display
    reason_data = models.JSONField(default=dict, blank=True)
    record = models.JSONField(_("record"), default=list, blank=True)  # the fields as they stood in the file

    class Meta:
        verbose_name = _("rejected record")
        verbose_name_plural = _("rejected records")
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"{self.upload_id}:{self.line}"

    @property
    def sentence(self) -> str:
        """What is wrong, with line, column, value and expectation, in the reader's language."""
        return describe_in_place(self.reason_code, self.reason_data, self.line, self.column, self.value)


class BeforeImage(models.Model):
    """What a row held before an upload changed it; the undo puts it back.

    ``row`` is the row's primary key (of the order, for a set of lines); ``image`` what the columns held that
    were written, or a list of whole rows for a set of lines. Neither constraint nor index for the upload
    alone, for what :class:`UploadField` says.
    """

    upload = models.ForeignKey(
        Upload, models.CASCADE, related_name="before_images", db_constraint=False, db_index=False
    )
    table = models.CharField(max_length=40)
    row = models.BigIntegerField()
    image = models.JSONField()

    class Meta:
        verbose_name = _("before-image")
        verbose_name_plural = _("before-images")
        indexes = [models.Index(name="before_image_row", fields=["upload", "table", "row"])]

    def __str__(self) -> str:
        return f"{self.upload_id}:{self.table}:{self.row}"


class RememberedMapping(models.Model):
    """How a file with these headers was read last time; proposed again for the next one."""

    fingerprint = models.CharField(max_length=64, unique=True)
    plan = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("remembered mapping")
        verbose_name_plural = _("remembered mappings")

    def __str__(self) -> str:
        return self.fingerprint
