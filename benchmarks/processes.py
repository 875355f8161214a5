"""Seconds, processor time and memory of this process and of the database behind it."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from django.db import connection


@dataclass(slots=True)
class Cost:
    """What a piece of work took: ``client`` and ``server`` are seconds of processor time.

    ``memory``: the most that this process held above what it had at the start, in MB.
    """

    seconds: float = 0.0
    client: float = 0.0
    server: float = 0.0
    memory: float = 0.0

    @property
    def processor(self) -> float:
        """Seconds of processor time on both sides."""
        return self.client + self.server


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the block; the cost is filled in when it ends."""
    cost = Cost()
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts here
    memory, client, server, start = _memory("VmRSS"), _client(), _server(), perf_counter()
    yield cost
    cost.seconds = perf_counter() - start
    cost.client, cost.server = _client() - client, _server() - server
    cost.memory = (_memory("VmHWM") - memory) / 1024


def _client() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _server() -> float:
    """Return the processor time of this connection's backend, and of the workers that were its siblings."""
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    postmaster = int(_times(backend)[1])
    ended = sum(map(int, _times(postmaster)[13:15]))  # of children that were waited for: parallel workers
    own = sum(map(int, _times(backend)[11:13]))
    return (own + ended) / os.sysconf("SC_CLK_TCK")


def _times(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])
