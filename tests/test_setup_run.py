"""``make run`` as its user meets it: one command, one address, what dies comes back, Ctrl-C ends all."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from klantwaarde import launch
from klantwaarde.postgres_cluster import Cluster

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with TemporaryDirectory(prefix="kw-") as folder:
        yield Path(folder)


@pytest.fixture
def run(data_dir: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start ``manage.py run`` without a demo shop on the data directory."""
    started = []

    def start(**environment: str) -> "subprocess.Popen[str]":
        inherited = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "PORT"}}
        started.append(
            subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=ROOT,
                env={
                    **inherited,
                    "KLANTWAARDE_DATA_DIR": str(data_dir),
                    "KLANTWAARDE_DEMO": "0",
                    **environment,
                },
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


def port_of(process: "subprocess.Popen[str]") -> int:
    """Read what the process says until it gives its address."""
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if address := re.search(r"runs at http://localhost:(\d+)/", line):
            return int(address.group(1))
    raise AssertionError("".join(said))


def status_of(port: int) -> int:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    asking.request("GET", "/accounts/login/")
    return asking.getresponse().status


def answers(port: int) -> bool:
    try:
        return status_of(port) < 500
    except (OSError, http.client.HTTPException):
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it did not happen within 30 seconds"
        time.sleep(0.2)


def child(process: "subprocess.Popen[str]", word: str) -> psutil.Process | None:
    """The process's child with the word in its command line."""
    children = psutil.Process(process.pid).children()
    alive = [one for one in children if one.status() != psutil.STATUS_ZOMBIE]
    return next((one for one in alive if word in " ".join(one.cmdline())), None)


def test_what_is_killed_comes_back_and_ctrl_c_leaves_nothing(
    data_dir: Path, run: Callable[..., "subprocess.Popen[str]"]
) -> None:
    running = run()
    port = port_of(running)
    assert status_of(port) < 500
    for word in ("gunicorn", "worker"):
        wait_for(lambda word=word: child(running, word) is not None)
        killed = child(running, word)
        assert killed
        killed.kill()
        wait_for(lambda word=word, killed=killed: child(running, word) not in {None, killed})
    wait_for(lambda: answers(port))
    server = Cluster(data_dir).server_pid()
    assert server
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: Cluster(data_dir).server_pid() not in {None, server})
    family = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGINT)
    assert running.wait(20) == 0
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert Cluster(data_dir).server_pid() is None


def test_a_port_in_use_is_said_and_another_is_asked_for(run: Callable[..., "subprocess.Popen[str]"]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said, _ = run(PORT=str(port)).communicate()
    assert f"Port {port} is in use by another program. Choose another: make run PORT=8123" in said


def test_without_a_wish_the_next_free_port_is_taken_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        usual = taken.getsockname()[1]
        monkeypatch.setattr(launch, "USUAL_PORT", usual)
        chosen = launch.choose_port("", say=said.append)
    assert usual < chosen < usual + launch.PORTS_TO_TRY
    assert said == [f"Port {usual} is in use by another program: using {chosen}. PORT=... chooses one."]


def test_a_port_that_is_no_number_is_refused(run: Callable[..., "subprocess.Popen[str]"]) -> None:
    running = run(PORT="http")
    said, _ = running.communicate()
    assert "PORT='http': expected a number from 1 to 65535." in said
    assert running.returncode == 1


def test_a_second_one_on_the_same_data_names_the_first(run: Callable[..., "subprocess.Popen[str]"]) -> None:
    port = port_of(run())
    second = run()
    said, _ = second.communicate()
    assert "already runs" in said
    assert f"http://localhost:{port}/" in said
    assert second.returncode == 1
