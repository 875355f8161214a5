"""How long a browser test waits, and a worker beside it that leaves nothing behind.

Every wait is for something that can be seen; how long it may take is for the machine to say, so that it is
generous and the same everywhere: a test fails because something is not there, not because it is late.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from playwright.sync_api import BrowserContext, expect

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 90_000  # milliseconds; a job may wait for its turn on a busy machine
WORKER_NAME = "klantwaarde worker of a test"
expect.set_options(timeout=PATIENCE)

#: Ends what a killed worker was at, and waits for that.
END_CONNECTIONS = "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE application_name = %s"


def be_patient(context: BrowserContext) -> BrowserContext:
    """Give everything that is asked of a browser the time it needs; returns the same."""
    context.set_default_timeout(PATIENCE)
    return context


@contextmanager
def worker_at_work() -> Iterator[None]:
    """``manage.py worker`` in a process of its own, on database and files of the test.

    It is killed in the end, whatever it is at. Its connections are waited for: a statement that goes on would
    hold what the next test empties.
    """
    url = name_database()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "PGAPPNAME": WORKER_NAME,
        "UPLOAD_ROOT": str(settings.UPLOAD_ROOT),
    }
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout
        assert worker.stdout.readline() == "Worker is ready.\n"
        yield
    finally:
        worker.kill()
        worker.communicate()
        with psycopg.connect(url) as other:  # Django's own may not be used inside Playwright's loop
            other.execute(END_CONNECTIONS, [PATIENCE, WORKER_NAME])


def name_database() -> str:
    """Return the URL of the test's database."""
    place = connection.settings_dict
    login = f"{place['USER']}:{place.get('PASSWORD', '')}@"
    return f"postgresql://{login}/{place['NAME']}?host={place['HOST']}&port={place['PORT']}"
