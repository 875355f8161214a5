"""What ``manage.py run`` does before, and asks while, web server and worker run."""

import fcntl
import hashlib
import http.client
import io
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command, get_commands

from klantwaarde import embedded_postgres, environment
from klantwaarde.catalogue import catalogue_path, compile_catalogue
from klantwaarde.checks import check_seeds
from klantwaarde.supervisor import Supervisor

Say = Callable[[str], None]
USUAL_PORT, PORTS_TO_TRY = 8000, 20
START_SECONDS = 60.0
ADDRESS = "127.0.0.1"


class CannotRunError(RuntimeError):
    """A sentence for the user: why the site cannot start, and what to do."""


@contextmanager
def only_one(data_dir: Path) -> Iterator[Callable[[str], object]]:
    """Hold the data directory for one running site; yields a function that notes its address there.

    Raises CannotRunError with the address of the other when there is one.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "run.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            where = lock.read().strip() or "it is starting"
            raise CannotRunError(f"Klantwaarde already runs with the data in {data_dir} ({where}).") from None
        lock.truncate(0)

        def note(address: str) -> None:
            lock.write(address)
            lock.flush()

        yield note


def choose_port(asked: str, *, say: Say) -> int:
    """Return the port asked for, or the first free one from 8000 on; raises CannotRunError for one taken."""
    if asked:
        if not asked.isdecimal() or not 1 <= int(asked) <= 65535:
            raise CannotRunError(f"PORT={asked!r}: expected a number from 1 to 65535.")
        if not is_free(int(asked)):
            raise CannotRunError(
                f"Port {asked} is in use by another program. Choose another: make run PORT=8123"
            )
        return int(asked)
    for port in range(USUAL_PORT, USUAL_PORT + PORTS_TO_TRY):
        if is_free(port):
            if port != USUAL_PORT:
                say(f"Port {USUAL_PORT} is in use by another program: using {port}. PORT=... chooses one.")
            return port
    last = USUAL_PORT + PORTS_TO_TRY - 1
    raise CannotRunError(f"Ports {USUAL_PORT} to {last} are all in use. Choose another: make run PORT=8123")


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def prepare(*, say: Say) -> str:
    """Bring database, catalogue and static files up to date; returns how to sign in.

    Raises CannotRunError for a currency or time zone in the environment that cannot be one.
    """
    for problem in check_seeds(None):
        raise CannotRunError(str(problem.msg))
    compile_catalogue(catalogue_path())
    say("Preparing the database ...")
    call_command("migrate", verbosity=0, interactive=False)
    collect_static_files()
    return prepare_demo(say=say)


def collect_static_files() -> None:
    """Collect, name by content and compress the static files, unless none changed since the last time."""
    digest = hashlib.sha256()
    for finder in finders.get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    root = Path(settings.STATIC_ROOT)
    done = root / "collected"
    if done.exists() and done.read_text(encoding="ascii") == digest.hexdigest():
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    done.write_text(digest.hexdigest(), encoding="ascii")


def prepare_demo(*, say: Say) -> str:
    """Load the demo shop when the embedded database is empty; returns how to sign in.

    A database of one's own (``DATABASE_URL``) gets no demo, whose passwords everybody knows, unless
    ``KLANTWAARDE_DEMO=1`` asks for it.
    """
    by_hand = "Make the first user with: .venv/bin/python manage.py createsuperuser"
    wanted = environment.flag("KLANTWAARDE_DEMO", default=embedded_postgres.is_wanted())
    if not wanted or "load_demo" not in get_commands():
        return by_hand
    kept = embedded_postgres.data_directory() / "demo_sign_in.txt"
    begun = kept.with_name("demo_incomplete")
    if begun.exists() or not apps.get_model("customers", "Customer").objects.exists():
        say("Loading the demo shop (once) ...")
        begun.touch()
        said = io.StringIO()
        try:
            call_command("load_demo", stdout=said)
        except CommandError as error:
            say(f"The demo shop could not be loaded: {error}")  # the site is of use without it
        else:
            kept.write_text(said.getvalue(), encoding="utf-8")
            begun.unlink()
    return kept.read_text(encoding="utf-8").strip() if kept.exists() else by_hand


def web_command(port: int) -> list[str]:
    """Return the command line of the web server: gunicorn, two processes of four threads.

    Loaded once and then forked, because two cold starts at once take longer than all else.
    """
    options = [
        "--bind",
        f"{ADDRESS}:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
        "--timeout",
        "120",
        "--preload",
    ]
    quiet = ["--log-level", "warning", "--no-control-socket"]
    return [sys.executable, "-m", "gunicorn", *options, *quiet, "klantwaarde.wsgi"]


def heal_database() -> None:
    """Start the embedded database again when it died."""
    embedded_postgres.ensure()


def wait_until_it_answers(port: int, supervisor: Supervisor) -> bool:
    """Wait until the web server answers, whatever it says; False when it is stopped or takes a minute."""
    for _ in range(int(START_SECONDS / 0.1)):
        if supervisor.stopping:
            return False
        asking = http.client.HTTPConnection(ADDRESS, port, timeout=10)
        try:
            asking.request("GET", "/")
            asking.getresponse()
            return True
        except (OSError, http.client.HTTPException):
            supervisor.pause(0.1)
        finally:
            asking.close()
    return False
