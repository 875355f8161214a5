"""The embedded database: started by whoever comes first, stopped by whoever leaves last."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import make_conninfo

from klantwaarde import embedded_postgres
from klantwaarde.postgres_cluster import DATABASE, LONGEST_SOCKET_PATH, PORT, USER, Cluster, socket_folder

ROOT = Path(__file__).resolve().parent.parent
USE = """
import sys, psycopg
from klantwaarde import embedded_postgres
embedded_postgres.ensure()
place = embedded_postgres.database_config()
where = {{"host": place["HOST"], "port": place["PORT"], "user": place["USER"], "dbname": place["NAME"]}}
with psycopg.connect(**where) as database:
    print(database.execute({query!r}).fetchone()[0], flush=True)
sys.stdin.read()  # stay until the test closes this
"""


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Shared, because making a cluster takes longer than all else; every test leaves it stopped.

    Not pytest's own folder: that is closed to the user whom root starts PostgreSQL as.
    """
    with TemporaryDirectory(prefix="kw-") as folder:
        yield Path(folder)
        Cluster(Path(folder)).stop()


def start_user(data_dir: Path, query: str = "SELECT 1") -> "subprocess.Popen[str]":
    """Another process that ensures the database, asks it something and stays."""
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-c", USE.format(query=query)],
        env={**environment, "KLANTWAARDE_DATA_DIR": str(data_dir)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def answer_of(user: "subprocess.Popen[str]") -> str:
    assert user.stdout
    return user.stdout.readline().strip()


def leave(user: "subprocess.Popen[str]") -> None:
    user.communicate()
    assert user.returncode == 0


def wait_until_gone(pid: int) -> None:
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.1)
    raise AssertionError(f"process {pid} still runs")


def test_many_processes_may_start_it_at_once_and_the_last_one_stops_it(data_dir: Path) -> None:
    users = [start_user(data_dir) for _ in range(4)]
    assert [answer_of(user) for user in users] == ["1"] * 4
    server = Cluster(data_dir).server_pid()
    assert server
    for user in users[:3]:
        leave(user)
    assert Cluster(data_dir).server_pid() == server
    leave(users[3])
    assert Cluster(data_dir).server_pid() is None


def test_a_killed_user_does_not_keep_it_running(data_dir: Path) -> None:
    killed, polite = start_user(data_dir), start_user(data_dir)
    assert answer_of(killed) == answer_of(polite) == "1"
    killed.kill()
    killed.communicate()
    leave(polite)
    assert Cluster(data_dir).server_pid() is None


def test_a_user_that_is_asked_to_stop_stops_it_as_well(data_dir: Path) -> None:
    user = start_user(data_dir)
    assert answer_of(user) == "1"
    user.terminate()
    assert user.wait(20) == 128 + signal.SIGTERM
    assert Cluster(data_dir).server_pid() is None


def test_a_killed_server_is_started_again_with_what_it_had(data_dir: Path) -> None:
    first = start_user(data_dir)
    answer_of(first)
    with psycopg.connect(
        host=str(socket_folder(data_dir)), port=PORT, user=USER, dbname=DATABASE
    ) as database:
        database.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    server = Cluster(data_dir).server_pid()
    assert server
    os.kill(server, signal.SIGKILL)
    wait_until_gone(server)
    second = start_user(data_dir, "SELECT seven FROM kept")
    assert answer_of(second) == "7"
    assert Cluster(data_dir).server_pid() not in {None, server}
    leave(second)
    first.kill()
    first.communicate()


def test_a_server_killed_while_a_calculation_made_its_tables_is_started_again(data_dir: Path) -> None:
    first = start_user(data_dir)
    answer_of(first)
    where = make_conninfo("", host=str(socket_folder(data_dir)), port=PORT, user=USER, dbname=DATABASE)
    with closing(psycopg.connect(where)) as working, closing(psycopg.connect(where)) as other:
        working.execute("CREATE UNLOGGED TABLE workspace (customer bigint)")
        other.execute("CREATE TABLE written AS SELECT 1 AS one")  # what was logged before goes to disk
        other.commit()
        backends = [working.info.backend_pid, other.info.backend_pid]
        server = Cluster(data_dir).server_pid()
        assert server
        os.kill(server, signal.SIGKILL)
        for pid in (server, *backends):
            wait_until_gone(pid)
        second = start_user(data_dir, "SELECT to_regclass('workspace') IS NULL AND one = 1 FROM written")
        assert answer_of(second) == "True"
        leave(second)
    first.kill()
    first.communicate()


def test_it_orders_by_code_point_on_every_machine(data_dir: Path) -> None:
    words = "unnest(ARRAY['b', 'a10', 'B', 'a9', 'é'])"
    user = start_user(data_dir, f"SELECT string_agg(x, ' ' ORDER BY x) || ' ' || upper('é') FROM {words} x")
    assert answer_of(user) == "B a10 a9 b é É"
    leave(user)


def test_a_long_path_to_the_data_gets_a_short_path_to_the_socket(data_dir: Path) -> None:
    deep = data_dir / ("d" * 100) / 'it\'s 100% "quoted", $HOME'
    user = start_user(deep)
    assert answer_of(user) == "1"
    socket_path = socket_folder(deep) / f".s.PGSQL.{PORT}"
    assert socket_path.is_socket()
    assert len(os.fsencode(socket_path)) <= LONGEST_SOCKET_PATH
    leave(user)
    assert not socket_path.parent.exists()


def test_a_path_with_spaces_and_quotes_is_no_trouble(data_dir: Path) -> None:
    user = start_user(data_dir / "the shop's $DATA")
    assert answer_of(user) == "1"
    leave(user)


def test_the_data_are_closed_to_other_users_of_the_machine(data_dir: Path) -> None:
    user = start_user(data_dir)
    answer_of(user)
    cluster = Cluster(data_dir)
    assert [oct(folder.stat().st_mode & 0o077) for folder in (cluster.folder, cluster.sockets)] == [
        "0o0",
        "0o0",
    ]
    leave(user)


def test_settings_know_the_place_without_starting_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    place = embedded_postgres.database_config(tmp_path)
    assert place["HOST"] == str(tmp_path / "socket")
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_ones_own_is_used_and_none_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:p%40ss@db.example:6432/values?sslmode=require")
    place = embedded_postgres.database_config()
    assert {key: place[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME", "OPTIONS")} == {
        "HOST": "db.example",
        "PORT": "6432",
        "USER": "shop",
        "PASSWORD": "p@ss",
        "NAME": "values",
        "OPTIONS": {"sslmode": "require"},
    }
    assert embedded_postgres.ensure(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["mysql://a:secret@b/c", "postgresql://a:secret@b", "postgresql://a:secret@b:x/c"]
)
def test_an_unreadable_database_url_is_refused_without_repeating_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refused:
        embedded_postgres.database_config()
    assert "secret" not in str(refused.value)
    assert "expected postgresql://" in str(refused.value)
