"""Keeps a handful of processes alive together, and leaves none behind.

Knows nothing of Django or of this product: it is given commands and a function that heals what they share.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
HEAL_SECONDS = 2.0
GRACE_SECONDS = (
    10.0  # then a process that was asked to stop is killed; its job is picked up at the next start
)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
HEALTHY_SECONDS = 30.0  # a process that lived this long starts again without a pause
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Child:
    """One process to keep alive: a name for messages, and its command line."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    not_before: float = 0.0

    def start(self) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches the supervisor alone."""
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self.started_at = time.monotonic()

    def note_death(self) -> None:
        """End what the dead process started, and decide when to start it again: later after each failure."""
        code = self.process.returncode if self.process else None
        self.kill_group()
        self.process = None
        if time.monotonic() - self.started_at >= HEALTHY_SECONDS:
            self.failures = 0
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self.failures)
        self.failures += 1
        self.not_before = time.monotonic() + pause
        log.warning("The %s ended (code %s); starting it again in %.1f s.", self.name, code, pause)

    def is_due(self) -> bool:
        """Tell whether the process is not running and its pause is over."""
        return self.process is None and time.monotonic() >= self.not_before

    def has_died(self) -> bool:
        """Tell whether the process ended since it was last looked at."""
        return self.process is not None and self.process.poll() is not None

    def kill_group(self, sent: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the process and everything it started."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, sent)
        except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
            log.debug("nothing left of the %s", self.name)


class Supervisor:
    """Runs children until told to stop; ``heal`` is called every two seconds and repairs what they share."""

    def __init__(self, children: list[Child], heal: Callable[[], None] | None = None) -> None:
        self.children = children
        self.heal = heal
        self.stopping = False

    def run(self, when_started: Callable[[], None] | None = None) -> None:
        """Start the children and keep them alive until SIGINT, SIGTERM or SIGHUP; then stop them all.

        ``when_started`` is called once, after the first start; it should return soon after ``stopping``.
        """
        with self._stopped_by_signals():
            try:
                self._start_due()
                if when_started:
                    when_started()
                self._watch()
            finally:
                self.stop()

    def stop(self) -> None:
        """Ask every child to stop, wait, and kill with its group whatever is left after the grace period."""
        self.stopping = True
        for child in self.children:
            child.kill_group(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("The %s did not stop within %.0f s: it is ended.", child.name, GRACE_SECONDS)
            child.kill_group()
            child.process.wait()
            child.process = None

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than until the supervisor is told to stop."""
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
            time.sleep(min(LOOK_SECONDS, seconds))

    def _watch(self) -> None:
        healed_at = time.monotonic()
        while not self.stopping:
            for child in self.children:
                if child.has_died():
                    child.note_death()
            if self.heal and time.monotonic() - healed_at >= HEAL_SECONDS:
                self._heal()
                healed_at = time.monotonic()
            self._start_due()
            self.pause(LOOK_SECONDS)

    def _start_due(self) -> None:
        for child in self.children:
            if not self.stopping and child.is_due():
                child.start()

    def _heal(self) -> None:
        assert self.heal is not None
        try:
            self.heal()
        except Exception:
            # The next attempt is two seconds away, and the children must not die of this one.
            log.exception("What the processes share could not be repaired; trying again.")

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            self.stopping = True

        before = {number: signal.signal(number, ask_to_stop) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _load_libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


_libc = _load_libc()  # loaded before any fork: a child may not


def _die_with_parent() -> None:
    """Have Linux send this process SIGTERM when the supervisor itself is killed."""
    if _libc is not None:
        _libc.prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
