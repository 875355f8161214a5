"""A worker in a process of its own, on the test's database, that leaves nothing behind when it is killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
NAME = "klantwaarde worker of a test"
ENDING_SECONDS = 90

#: Ends what killed workers were at, and waits for that: a server notices only between two statements that
#: nobody is there any more.
END_CONNECTIONS = "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE application_name = %s"


@contextmanager
def worker_process(*arguments: str, when_ready: str) -> Iterator["subprocess.Popen[str]"]:
    """Run Python with these arguments on database and files of the test, from the moment it says it is ready.

    It is killed in the end, whatever it is at. Its connections are waited for: a statement that goes on would
    hold what the next test empties, and the database at the end of all tests.
    """
    url = name_database()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "klantwaarde.settings",
        "PGAPPNAME": NAME,
        "UPLOAD_ROOT": str(settings.UPLOAD_ROOT),
    }
    worker = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout
        assert worker.stdout.readline() == f"{when_ready}\n"
        yield worker
    finally:
        worker.kill()
        worker.communicate()
        with psycopg.connect(url) as other:  # Django's own may not be used inside Playwright's loop
            other.execute(END_CONNECTIONS, [1000 * ENDING_SECONDS, NAME])


def worker_at_work() -> AbstractContextManager["subprocess.Popen[str]"]:
    """Have ``manage.py worker`` do the jobs of the test meanwhile."""
    return worker_process("manage.py", "worker", when_ready="Worker is ready.")


def name_database() -> str:
    """Return the URL of the test's database."""
    place = connection.settings_dict
    login = f"{place['USER']}:{place.get('PASSWORD', '')}@"
    return f"postgresql://{login}/{place['NAME']}?host={place['HOST']}&port={place['PORT']}"
