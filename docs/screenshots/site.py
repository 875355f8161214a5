"""The product on a data directory of its own, with the demo shop in it, for as long as pictures are taken."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from docs.screenshots.register import ROOT
from klantwaarde.postgres_cluster import DATABASE, PORT, USER, Cluster

START_SECONDS = 600.0  # the demo shop is loaded and calculated
IDLE_SECONDS = 180.0
SIGN_IN = re.compile(r"^\s*(\w+)\s+(\S+)\s+(?:marketer|manager|admin)$", re.MULTILINE)


class Site:
    """``manage.py run``, as ``make run`` starts it; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Site":
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"KLANTWAARDE_DATA_DIR": str(self.folder), "PORT": str(self.port)}
        self._said = (self.folder / "run.log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=environment,
            stdout=self._said,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait("Klantwaarde runs at")
        except BaseException:
            self.__exit__()
            raise
        self.passwords: dict[str, str] = dict(SIGN_IN.findall(self._read()))
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.send_signal(signal.SIGINT)  # as Ctrl-C does: it stops web server, worker and database
        self._process.wait(60)
        self._said.close()

    def ask(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return what a query of the site's database finds, or nothing when it changes rows."""
        place = str(Cluster(self.folder).sockets)
        with psycopg.connect(
            host=place, port=PORT, user=USER, dbname=DATABASE, autocommit=True
        ) as connection:
            found = connection.execute(query, parameters or None)
            return found.fetchall() if found.description else []

    def wait_until_idle(self) -> None:
        """Wait until every import, check and calculation that was asked for is done."""
        deadline = time.monotonic() + IDLE_SECONDS
        waiting = (
            "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') "
            "AND coalesce(scheduled_at, now()) <= now()"
        )
        while self.ask(waiting) != [(0,)]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"The worker was not done after {IDLE_SECONDS:.0f} seconds.")
            time.sleep(0.5)

    def _wait(self, text: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while text not in self._read():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The site did not start:\n{self._read()}")
            time.sleep(0.5)

    def _read(self) -> str:
        return Path(self._said.name).read_text(encoding="utf-8")
