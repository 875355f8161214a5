"""Looking at a file: at once where that takes no time, else in the worker, watched and stoppable.

Finding the encoding, and a column whose values leave open how they are written, take a pass over the whole
file: seconds for a file of tens of megabytes, too long for whoever waits for a page.
"""

import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from customers.imports import failures, files, passes, states
from customers.imports.detect import is_workbook, refuse_container
from customers.imports.mapping import Plan
from customers.imports.progress import Cancelled, Progress
from customers.imports.reasons import UnusableFile
from customers.imports.recognise import Choices, Reading, recognise_file, settle
from customers.imports.words import count_words
from customers.models import Upload

logger = logging.getLogger(__name__)

#: Bytes of a file that are looked through while somebody waits for the page: some tenths of a second.
AT_ONCE: Final = 4 << 20
_PACKED: Final = 8  # a workbook is compressed, and slower to read: 3 MB of one took 4.7 s


@dataclass(frozen=True, slots=True)
class Look:
    """How to look at a file: by ``plan``, else as ``choices`` say and found where they do not say.

    ``count``: the place of a column of the plan whose words are to be counted in the whole file.
    """

    choices: Choices = field(default_factory=Choices)
    plan: Plan | None = None
    count: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` takes."""
        if self.plan is None:
            return {"choices": asdict(self.choices)}
        return {"plan": self.plan.to_json(), "count": self.count}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Look":
        """Return the look that was asked for."""
        if "plan" in values:
            return cls(plan=Plan.from_json(values["plan"]), count=values["count"])
        return cls(Choices(**values["choices"]))


def look(path: Path, wanted: Look) -> Reading:
    """Return the reading of a file. Raises UnusableFile, and what a watcher of passes raises."""
    if wanted.plan is None:
        return recognise_file(path, wanted.choices)
    if wanted.count is not None:
        count_words(path, wanted.plan, wanted.count, whole=True)
    return settle(path, wanted.plan)


def find_limit(path: Path) -> int:
    """Return how many bytes of a file are looked through while somebody waits."""
    return AT_ONCE // _PACKED if is_workbook(path) else AT_ONCE


def look_at_once(upload: Upload, wanted: Look) -> Reading:
    """Return the reading of an upload that waits for confirmation, by what earlier passes found of it.

    Raises UnusableFile; and passes.TooLong when it takes longer than a page may, and was left to the worker.
    """
    files.require(upload)
    passes.restore(upload.path, upload.passes)
    limit = find_limit(upload.path)
    try:
        if wanted.plan is None and upload.size > limit:
            raise passes.TooLong
        with passes.limited_to(limit):
            return look(upload.path, wanted)
    except passes.TooLong:
        states.ask_to_look(upload, wanted.to_json())
        raise


@transaction.atomic
def leave_to_worker(upload: Upload, wanted: Look) -> None:
    """Save a new upload of a file that is stored, to be looked at by the worker.

    A file that is no table by its first bytes fails at once.
    """
    upload.save()
    try:
        refuse_container(upload.path)
    except UnusableFile as problem:
        states.fail(upload, problem)
    else:
        states.ask_to_look(upload, wanted.to_json())


def run(upload_id: int) -> None:
    """Look at a file that is to be looked at; one that is not any more is left alone. Safe to call again.

    What is wrong with the file ends as a sentence. Raises what the machine does wrong.
    """
    upload = states.claim_look(upload_id)
    if upload is None:
        return
    stopped = (Upload.State.RECEIVED, Upload.State.CANCELLED)
    try:
        with Progress(upload, stopped=stopped) as progress:
            files.require(upload)
            passes.restore(upload.path, upload.passes)
            with passes.watched_by(_Watch(upload, progress)):
                reading = look(upload.path, Look.from_json(upload.asked))
            states.end_look(upload, reading, passes.list_kept(upload.path))
    except Cancelled:
        logger.info("Looking at upload %s was stopped", upload.pk)
    except UnusableFile as problem:
        states.fail_look(upload, problem)
    except Exception as error:
        failures.explain(upload, error)


class _Watch:
    """Passes on how far a pass is; each begins at the start of the file, and its time with it."""

    def __init__(self, upload: Upload, progress: Progress) -> None:
        self._upload, self._progress = upload, progress

    def __call__(self, step: str, size: int, records: int) -> None:
        progress = self._progress
        if step != progress.step or size < progress.bytes_done:
            Upload.objects.filter(pk=self._upload.pk).update(started_at=timezone.now())
        progress.step, progress.bytes_done, progress.rows_done = step, size, records
        progress.check()
