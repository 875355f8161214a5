"""The supervisor of ``make run``: what dies is started again, and nothing is left when it stops."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
CHILD = """
import os, pathlib, subprocess, sys, time
grandchild = subprocess.Popen(["sleep", "60"])
pathlib.Path(sys.argv[1]).open("a").write(f"{os.getpid()} {grandchild.pid}\\n")
time.sleep(60)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + CHILD
SUPERVISOR = """
import sys
from pathlib import Path
from klantwaarde import supervisor
supervisor.GRACE_SECONDS = 1.0
supervisor.HEAL_SECONDS = 0.3
command = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
def heal():
    Path(sys.argv[2] + ".healed").touch()
    raise RuntimeError("not yet")
supervisor.Supervisor([supervisor.Child("child", command)], heal).run()
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Where each child writes its own process id and its grandchild's."""
    return tmp_path / "notes"


@pytest.fixture
def start(notes: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    started = []

    def start_supervisor(child: str = CHILD) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", SUPERVISOR, child, str(notes)]
        started.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start_supervisor
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(150):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within 15 seconds")


def families(notes: Path) -> list[list[int]]:
    if not notes.exists():
        return []
    return [[int(pid) for pid in line.split()] for line in notes.read_text().splitlines()]


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_killed_child_is_started_again_and_its_own_children_end(
    notes: Path, start: Callable[..., object]
) -> None:
    start()
    wait_for(lambda: len(families(notes)) == 1)
    child, grandchild = families(notes)[0]
    os.kill(child, signal.SIGKILL)
    wait_for(lambda: len(families(notes)) == 2)
    assert not lives(grandchild)
    assert all(lives(pid) for pid in families(notes)[1])


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_when_it_is_stopped(
    stop: signal.Signals, notes: Path, start: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    supervisor = start()
    wait_for(lambda: len(families(notes)) == 1)
    supervisor.send_signal(stop)
    assert supervisor.wait(10) == 0
    assert [pid for pid in families(notes)[0] if lives(pid)] == []


def test_a_child_that_ignores_the_request_is_ended(
    notes: Path, start: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    supervisor = start(STUBBORN)
    wait_for(lambda: len(families(notes)) == 1)
    supervisor.terminate()
    assert supervisor.wait(10) == 0
    assert [pid for pid in families(notes)[0] if lives(pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_killed_supervisor_takes_its_children_along(
    notes: Path, start: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    supervisor = start()
    wait_for(lambda: len(families(notes)) == 1)
    child = families(notes)[0][0]
    supervisor.kill()
    wait_for(lambda: not lives(child))


def test_a_failing_repair_is_tried_again_and_ends_nothing(notes: Path, start: Callable[..., object]) -> None:
    start()
    healed = notes.with_name("notes.healed")
    wait_for(healed.exists)
    healed.unlink()
    wait_for(healed.exists)
    assert all(lives(pid) for pid in families(notes)[0])
