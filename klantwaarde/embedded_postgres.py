"""The database that comes with the product: started when needed, stopped by whoever leaves last.

Used when ``DATABASE_URL`` is unset. Every process that wants a database (``manage.py``, the web server, the
worker, the tests) calls :func:`ensure`; any number may do so at once. A process counts as a user for as long
as it holds a shared lock on ``users.lock``; the kernel gives that lock back however the process ends, so a
``kill -9`` leaves no user behind, and the next process to leave stops the server.
"""

import atexit
import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from klantwaarde import database_url, environment
from klantwaarde.postgres_cluster import DATABASE, PORT, USER, Cluster, ClusterError, socket_folder

__all__ = ["ClusterError", "data_directory", "database_config", "ensure", "is_wanted", "release"]

_held: dict[tuple[int, Path], IO[str]] = {}


def data_directory() -> Path:
    """Return where the product keeps its data: ``KLANTWAARDE_DATA_DIR`` or ``.data`` in the repository."""
    given = os.environ.get("KLANTWAARDE_DATA_DIR", "").strip()
    return Path(given or Path(__file__).resolve().parent.parent / ".data").resolve()


def is_wanted() -> bool:
    """Tell whether the embedded database is to be used: no ``DATABASE_URL`` in the environment."""
    return not os.environ.get("DATABASE_URL", "").strip()


def database_config(data_dir: Path | None = None) -> dict[str, Any]:
    """Return Django's ``DATABASES["default"]``; starts nothing.

    Raises ImproperlyConfigured when ``DATABASE_URL`` is set and cannot be read.
    """
    common = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    if not is_wanted():
        return {**common, **database_url.parse(os.environ["DATABASE_URL"])}
    folder = (data_dir or data_directory()).resolve()
    return {**common, "NAME": DATABASE, "USER": USER, "HOST": str(socket_folder(folder)), "PORT": PORT}


def ensure(data_dir: Path | None = None) -> Cluster | None:
    """Have the embedded database accept connections until this process ends; None when it is not wanted.

    Makes the cluster and the database on first use. Safe to call again, from several processes at once, and
    after the server died. Raises ClusterError with the end of the server's log, and ImproperlyConfigured when
    nothing can be written there.
    """
    if not is_wanted():
        return None
    cluster = Cluster((data_dir or data_directory()).resolve())
    environment.make_folder("KLANTWAARDE_DATA_DIR", cluster.data_dir)
    with _one_at_a_time(cluster):
        _join(cluster)
        if cluster.status() != "accepting":
            cluster.make()
            cluster.start()
        _make_database(cluster)
    return cluster


def release(data_dir: Path | None = None) -> None:
    """Stop being a user of the database, and stop the server when there is no other. Runs at exit as well."""
    cluster = Cluster((data_dir or data_directory()).resolve())
    # A forked child inherits the registration at exit, but not the membership: hence the process id.
    membership = _held.pop((os.getpid(), cluster.data_dir), None)
    if membership is None or not cluster.data_dir.exists():
        return
    with _one_at_a_time(cluster), membership:
        try:
            fcntl.flock(membership, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        cluster.stop()


def _join(cluster: Cluster) -> None:
    key = (os.getpid(), cluster.data_dir)
    if key in _held:
        return
    membership = (cluster.data_dir / "users.lock").open("a")
    fcntl.flock(membership, fcntl.LOCK_SH)
    _held[key] = membership
    atexit.register(release, cluster.data_dir)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # By default SIGTERM ends Python on the spot, and nothing that is registered at exit runs.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


@contextmanager
def _one_at_a_time(cluster: Cluster) -> Iterator[None]:
    """Start and stop are never done by two processes at once."""
    with (cluster.data_dir / "server.lock").open("a") as mutex:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        yield


def _make_database(cluster: Cluster) -> None:
    import psycopg  # the settings import this module; they need no driver

    place = str(cluster.sockets)
    with psycopg.connect(host=place, port=PORT, user=USER, dbname="postgres", autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
