"""How far a calculation is, written down where others can read it while its transaction is still open."""

import logging
import threading
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, connection
from django.utils import timezone

from metrics.models import Run

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0


class Progress:
    """Writes step, done and a heartbeat of one run over a connection of its own, which commits at once."""

    def __init__(self, run: Run, steps: int) -> None:
        self._run_id = run.pk
        self._steps = steps
        self._done = -1
        self._connection = connection.copy()
        self._guard = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat of run {run.pk}", daemon=True)

    def __enter__(self) -> Self:
        # The thread takes over a connection that was opened here; the guard keeps them apart.
        self._connection.inc_thread_sharing()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self._connection.dec_thread_sharing()
        self._connection.close()

    def begin(self, step: str) -> None:
        """Say which step starts now; the one before is done."""
        self._done += 1
        self._write("step = %s, done = %s, total = %s", [step, self._done, self._steps])

    def _beat(self) -> None:
        while not self._stopped.wait(BEAT_SECONDS):
            try:
                self._write("state = state", [])
            except DatabaseError as error:  # the calculation itself meets the same trouble, and reports it
                log.warning("No sign of life from run %s: %s", self._run_id, error)

    def _write(self, assignments: str, values: list[Any]) -> None:
        sql = f"UPDATE {Run._meta.db_table} SET {assignments}, heartbeat = %s WHERE id = %s"
        with self._guard, self._connection.cursor() as cursor:
            cursor.execute(sql, [*values, timezone.now(), self._run_id])
