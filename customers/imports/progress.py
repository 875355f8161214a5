"""Signs of life of a running import, over a connection of its own so that everyone sees them at once."""

import threading
from types import TracebackType
from typing import Final, Self

import psycopg
from django.db import connection

from customers.models import Upload

_SECONDS: Final = 1.0

# SKIP LOCKED: the merge holds the row while it commits; a heartbeat must not wait for that.
_BEAT = """
    UPDATE customers_upload SET bytes_done = %s, rows_done = %s, step = %s, heartbeat = clock_timestamp()
    WHERE id = (SELECT id FROM customers_upload WHERE id = %s FOR UPDATE SKIP LOCKED)
    RETURNING state
"""


class Cancelled(Exception):  # noqa: N818
    """The user stopped this import."""


class Progress:
    """Beats once a second in a thread; the loop only sets ``bytes_done``, ``rows_done`` and ``step``."""

    def __init__(self, upload: Upload) -> None:
        self._upload_id = upload.pk
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"import-{upload.pk}", daemon=True)
        self._settings = {**connection.get_connection_params()}
        self._settings.pop("cursor_factory", None)
        self._settings.pop("context", None)
        self.bytes_done = 0
        self.rows_done = 0
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

    def _beat(self, own: psycopg.Connection) -> None:
        row = own.execute(_BEAT, (self.bytes_done, self.rows_done, self.step, self._upload_id)).fetchone()
        if row and row[0] == Upload.State.CANCELLED:
            self.is_cancelled = True
