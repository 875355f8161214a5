"""What an import that broke off tells its reader: the data's and the disk's faults as sentences."""

import errno
from typing import Final

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError

from customers.imports import states
from customers.imports.reasons import UnusableFile
from customers.models import Upload

_LOST_DATABASE: Final = (OperationalError, InterfaceError, psycopg.OperationalError)


def explain(upload: Upload, error: Exception) -> None:
    """Turn what the data or the disk is to blame for into a sentence; raise everything else.

    When the database went away the upload stays as it is, for the job that is tried again.
    """
    problem = find_problem(error)
    if problem:
        states.fail(upload, problem)
        return
    if not is_lost_database(error):
        states.fail(upload, UnusableFile("unexpected", detail=first_line(error)))
    raise error


def find_problem(error: Exception) -> UnusableFile | None:
    """Return what an error of the database or the disk says of the file; None when it says nothing of it."""
    if _is_caused_by(error, psycopg.errors.QueryCanceled):
        return UnusableFile("too_slow", minutes=settings.UPLOAD_TIMEOUT_MINUTES)
    if _is_caused_by(error, psycopg.errors.NumericValueOutOfRange):
        return UnusableFile("overflow")
    if _is_disk_full(error):
        return UnusableFile("disk_full", detail=first_line(error))
    return None


def is_lost_database(error: Exception) -> bool:
    """Tell whether the database went away, so that the same may work another time."""
    return isinstance(error, _LOST_DATABASE)


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its name."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _is_disk_full(error: BaseException) -> bool:
    return _is_caused_by(error, psycopg.errors.DiskFull) or (
        isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    )


def _is_caused_by(error: BaseException, kind: type[Exception]) -> bool:
    return isinstance(error, kind) or isinstance(error.__cause__, kind)
