"""A site of one's own with its own embedded database and a supervised worker: for tests that kill them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

from klantwaarde.postgres_cluster import DATABASE, PORT, USER, Cluster

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180.0

#: What ``manage.py run`` does, without the web server. A worker that test after test kills would be started
#: ever later, up to 30 seconds, which proves nothing here.
SUPERVISOR = """
import sys
from klantwaarde import embedded_postgres, launch, supervisor
from klantwaarde.supervisor import Child, Supervisor
supervisor.LONGEST_PAUSE = 1.0
embedded_postgres.ensure()
worker = Child("worker", [sys.executable, "manage.py", "worker", "--quiet"])
Supervisor([worker], heal=launch.heal_database).run()
"""

#: What people at their browsers do, told by lines of JSON: a name and arguments.
DRIVER = """
import json, sys
import django
django.setup()
from django.db import connection
from customers.imports import pipeline, states
from customers.imports.mapping import Plan
from customers.models import Upload
from metrics.pipeline import request_run

def receive(path):
    with open(path, "rb") as file:
        return pipeline.receive(file, "orders.csv", None).pk

def confirm(pk):
    upload = Upload.objects.get(pk=pk)
    pipeline.confirm(upload, Plan.from_json(upload.plan))

def cancel(pk):
    return states.cancel(Upload.objects.get(pk=pk))

def undo(pk):
    states.ask_to_undo(Upload.objects.get(pk=pk), None)

def read_again(pk):
    return pipeline.read_again(Upload.objects.get(pk=pk), None).pk

def calculate():
    return request_run("test").pk

for line in sys.stdin:
    name, *arguments = json.loads(line)
    connection.close()
    print(json.dumps(globals()[name](*arguments)), flush=True)
"""


class Site:
    """The site in ``folder``. ``do("confirm", 3)`` acts as a user; ``ask`` looks into the database."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder)
        self.uploads = folder / "uploads"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "KLANTWAARDE_DATA_DIR": str(folder),
            "KLANTWAARDE_DEMO": "0",
            "DJANGO_SETTINGS_MODULE": "klantwaarde.settings",
            "LOG_LEVEL": "ERROR",
        }
        self._started: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        """Make the database and start the worker under its supervisor."""
        self.supervisor = self._run("-c", SUPERVISOR)
        self.wait_until(self._is_up)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=self.environment,
            check=True,
        )
        self.driver = self._run("-c", DRIVER)

    def stop(self) -> None:
        """End everything that was started, the database last."""
        for process in reversed(self._started):
            process.terminate()
            process.wait(30)
        self.cluster.stop()

    def do(self, name: str, *arguments: Any) -> Any:
        """Do as a user does; returns what it returned."""
        assert self.driver.stdin
        assert self.driver.stdout
        self.driver.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.driver.stdin.flush()
        return json.loads(self.driver.stdout.readline())

    def connect(self) -> "psycopg.Connection[Any]":
        """Return a new connection to the site's database."""
        place = str(self.cluster.sockets)
        return psycopg.connect(host=place, port=PORT, user=USER, dbname=DATABASE, autocommit=True)

    def ask(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        with self.connect() as connection:
            return connection.execute(query, parameters or None).fetchall()

    @contextmanager
    def blocked(self, statement: str) -> Iterator[None]:
        """Hold a lock meanwhile, from the moment that somebody waits for one."""
        holder = self.connect()
        holder.execute("BEGIN")
        holder.execute(statement)
        self.wait_until(lambda: self.ask("SELECT count(*) FROM pg_locks WHERE NOT granted") > [(0,)])
        yield
        holder.close()  # and with it the lock, unless the server was killed before

    def kill_database(self) -> None:
        """``kill -9`` of the server; its children notice and end."""
        pid = self.cluster.server_pid()
        assert pid
        os.kill(pid, signal.SIGKILL)

    def kill_worker(self) -> None:
        """``kill -9`` of the worker."""
        [worker] = psutil.Process(self.supervisor.pid).children()
        worker.kill()

    def wait_for_state(self, upload: int, *states: str) -> str:
        """Wait until the upload is in one of these states; returns which."""
        return str(self.wait_until(lambda: self._find_state(upload, states)))

    def wait_until(self, met: Callable[[], Any]) -> Any:
        """Wait until something is so, whatever happens to the database meanwhile; returns it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if found := met():
                    return found
            except psycopg.OperationalError:
                pass  # it was killed a moment ago
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.02)

    def _is_up(self) -> bool:
        assert self.supervisor.poll() is None, "the supervisor ended: see its standard error"
        return self.cluster.status() == "accepting"

    def _find_state(self, upload: int, states: tuple[str, ...]) -> str:
        [(state,)] = self.ask("SELECT state FROM customers_upload WHERE id = %s", upload)
        return str(state) if state in states else ""

    def _run(self, *arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process
