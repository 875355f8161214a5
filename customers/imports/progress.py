"""Signs of life of a running import, over a connection of its own so that everyone sees them at once."""

import threading
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from django.db import connection

from customers.models import Upload

_SECONDS: Final = 1.0
_CANCEL_SECONDS: Final = 10.0

# SKIP LOCKED: the merge holds the row while it commits; a heartbeat must not wait for that. NO KEY: rows that
# refer to the upload (rejects, before-images) hold its key from their first one on.
_BEAT: Final = """
    UPDATE customers_upload SET bytes_done = %s, rows_done = %s, step = %s, heartbeat = clock_timestamp(),
           staged_at = CASE WHEN %s THEN coalesce(staged_at, clock_timestamp()) END
    WHERE id = (SELECT id FROM customers_upload WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING state
"""


class Cancelled(Exception):  # noqa: N818
    """The user stopped this import."""


class Progress:
    """Beats once a second in a thread; the loop only sets ``bytes_done``, ``rows_done`` and ``step``.

    ``stopped`` are the states that say that the user does not want it any more. The statement that runs at
    that moment is broken off, and whatever comes of it leaves the ``with`` block as Cancelled.
    """

    def __init__(self, upload: Upload, stopped: tuple[Upload.State, ...]) -> None:
        self._upload_id, self._stopped = upload.pk, stopped
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"import-{upload.pk}", daemon=True)
        self._settings: dict[str, Any] = {**connection.get_connection_params()}
        self._settings.pop("cursor_factory", None)
        self._settings.pop("context", None)
        connection.ensure_connection()
        self._watched: psycopg.Connection[Any] = connection.connection
        self._is_staged = False
        self.bytes_done, self.rows_done = upload.bytes_done, upload.rows_done
        self.step = ""
        self.is_cancelled = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self.is_cancelled and not connection.in_atomic_block:
            connection.close()  # the request to break off may still be under way to it
        if self.is_cancelled and isinstance(error, Exception) and not isinstance(error, Cancelled):
            raise Cancelled from error

    def note_staged(self) -> None:
        """Note that the file was read to its end."""
        self._is_staged = True

    def check(self) -> None:
        """Raise Cancelled when the user stopped the import."""
        if self.is_cancelled:
            raise Cancelled

    def _run(self) -> None:
        try:
            with psycopg.connect(**self._settings, autocommit=True) as own:
                while not self._stop.wait(_SECONDS):
                    self._beat(own)
        except psycopg.OperationalError:
            return  # the database went away: the import itself meets that and says so

    def _beat(self, own: psycopg.Connection[Any]) -> None:
        values = (self.bytes_done, self.rows_done, self.step, self._is_staged, self._upload_id)
        row = own.execute(_BEAT, values).fetchone()
        if row and row[0] in self._stopped:
            self.is_cancelled = True
            self._watched.cancel_safe(timeout=_CANCEL_SECONDS)
