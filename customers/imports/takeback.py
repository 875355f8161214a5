"""Undoing an import in the worker: watched, stoppable, and done again when the machine failed under it."""

import logging

from django.contrib.auth.models import User
from django.db import transaction

from customers.imports import batches, failures
from customers.imports.progress import Cancelled, Progress
from customers.imports.reasons import UnusableFile
from customers.imports.undo import undo
from customers.models import Upload

logger = logging.getLogger(__name__)


def run(upload_id: int, user_id: int | None) -> None:
    """Undo an import that is to be undone; one that is not any more is left alone.

    What the database says of the data ends as a sentence beside the import, which then is as it was. Raises
    what the machine does wrong.
    """
    upload = Upload.objects.filter(pk=upload_id, state=Upload.State.UNDOING).first()
    if upload is None:
        return
    user = User.objects.filter(pk=user_id).first() if user_id is not None else None
    try:
        with Progress(upload, stopped=(Upload.State.DONE,)) as progress:
            progress.step = "undoing"
            progress.note_staged()
            undo(upload, user)
    except Cancelled:
        logger.info("Undoing import %s was cancelled", upload.pk)
    except Exception as error:
        problem = failures.find_problem(error)
        if problem is None and failures.is_lost_database(error):
            raise
        _keep(upload, problem or UnusableFile("unexpected", detail=failures.first_line(error)))
        if problem is None:
            raise


@transaction.atomic
def _keep(upload: Upload, problem: UnusableFile) -> None:
    """Leave the import as it was, with why it was not undone, and those that were to be undone after it."""
    batch = batches.lock(upload)
    Upload.objects.filter(pk=upload.pk, state=Upload.State.UNDOING).update(
        state=Upload.State.DONE, step="", errors=[problem.to_json()]
    )
    if batch:
        batches.stop_undoing(batch, upload)
