"""The worker and the database are killed with -9 in the middle of a look at a file, an import, an undo and
a calculation.

The supervisor starts them again, the job is taken up, nothing is doubled and nothing is lost. To stop the
work at a known step, a test holds a lock that this step needs.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.supervised_site import Site

MANY, FEW = 200_000, 3_000
RECALLING = "LOCK TABLE customers_rememberedmapping IN ACCESS EXCLUSIVE MODE"
MERGING = "LOCK TABLE customers_order IN SHARE ROW EXCLUSIVE MODE"
CALCULATING = {
    "orders": "LOCK TABLE customers_refund IN ACCESS EXCLUSIVE MODE",
    "costs": "LOCK TABLE customers_acquisitioncost IN ACCESS EXCLUSIVE MODE",
    "values being written": "LOCK TABLE metrics_customervalue IN ACCESS EXCLUSIVE MODE",
    "the pointer about to flip": "SELECT 1 FROM metrics_publication FOR UPDATE",
}
COPYING = """SELECT 1 FROM pg_stat_activity WHERE query LIKE 'COPY "import_stage"%' AND state = 'active'"""
IDLE = "SELECT 1 WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE status IN ('todo', 'doing'))"
NO_ONE_WAITS = "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
SHOP = "customers_upload, customers_order, customers_customer, metrics_run"
VICTIMS = ("database", "worker")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Not below pytest's own folder: another session of pytest closes that to the server's user."""
    with TemporaryDirectory(prefix="klantwaarde-site-") as folder:
        found = Site(Path(folder))
        try:
            found.start()
            yield found
        finally:
            found.stop()


@pytest.fixture(autouse=True)
def no_facts(site: Site) -> None:
    """Every test starts with an empty shop, and with nothing left to do."""
    site.ask("DELETE FROM procrastinate_jobs WHERE status = 'todo' RETURNING id")
    site.wait_until(lambda: site.ask(IDLE))
    with site.connect() as connection:
        connection.execute(f"TRUNCATE {SHOP} CASCADE")


def write_orders(folder: Path, count: int, amount: str = "10,50") -> Path:
    """A file of orders of one day each customer; its third record is no order."""
    path = folder / "orders.csv"
    rows = (f"O{n};K{n % 997};{n % 28 + 1:02}-{n % 12 + 1:02}-2025;{amount}\n" for n in range(count))
    bad = "X1;K1;32-01-2025;1,00\n"
    path.write_text("Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\n" + bad + "".join(rows))
    return path


def start(site: Site, path: Path) -> int:
    """Upload a file and confirm it once it has been looked at; a large one needs the worker for that."""
    upload = int(site.do("receive", str(path)))
    site.wait_for_state(upload, "received")
    site.do("confirm", upload)
    return upload


def count_orders(site: Site) -> tuple[int, Decimal | None]:
    return site.ask("SELECT count(*), sum(net_revenue) FROM customers_order")[0]  # type: ignore[return-value]


def find_leftovers(site: Site, upload: int) -> list[str]:
    """Tables that hold rows of an upload."""
    tables = ("customers_order", "customers_customer", "customers_uploadreject", "customers_beforeimage")
    count = "SELECT count(*) FROM {} WHERE upload_id = %s"
    return [table for table in tables if site.ask(count.format(table), upload) != [(0,)]]


def kill(site: Site, victim: str) -> None:
    if victim == "database":
        site.kill_database()
    else:
        site.kill_worker()


def assert_imported_whole(site: Site, upload: int, count: int) -> None:
    assert site.wait_for_state(upload, "done", "failed", "rejected") == "done"
    assert count_orders(site) == (count, count * Decimal("10.5"))
    [(counts, rejects)] = site.ask(
        "SELECT counts, (SELECT count(*) FROM customers_uploadreject WHERE upload_id = u.id)"
        " FROM customers_upload u WHERE id = %s", upload,
    )  # fmt: skip
    assert (counts["read"], counts["new"], counts["rejected"], rejects) == (count + 1, count, 1, 1)


@contextmanager
def looking_at(site: Site, path: Path) -> Iterator[int]:
    """Upload a file, and hold up the look at it meanwhile, from the moment that it is under way."""
    with closing(site.connect()) as holder:
        holder.execute("BEGIN")
        holder.execute(RECALLING)
        upload = int(site.do("receive", str(path)))
        site.wait_until(lambda: site.ask("SELECT FROM pg_locks WHERE NOT granted"))
        yield upload


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_while_the_file_is_looked_at(site: Site, tmp_path: Path, victim: str) -> None:
    with looking_at(site, write_orders(tmp_path, MANY)) as upload:
        kill(site, victim)
    assert site.wait_for_state(upload, "received", "failed") == "received"
    site.do("confirm", upload)
    assert_imported_whole(site, upload, MANY)


def test_a_file_that_is_stopped_while_it_is_looked_at_leaves_nothing(site: Site, tmp_path: Path) -> None:
    with looking_at(site, write_orders(tmp_path, MANY)) as upload:
        assert site.do("cancel", upload)
        site.wait_until(lambda: site.ask(IDLE))  # broken off while the lock is still held
    assert_nothing_is_left_and_it_can_be_started_again(site, upload, MANY)


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_while_the_file_is_read(site: Site, tmp_path: Path, victim: str) -> None:
    upload = start(site, write_orders(tmp_path, MANY))
    site.wait_until(lambda: site.ask(COPYING))
    kill(site, victim)
    assert_imported_whole(site, upload, MANY)


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_while_rows_are_written(site: Site, tmp_path: Path, victim: str) -> None:
    upload = start(site, write_orders(tmp_path, FEW))
    with site.blocked(MERGING):
        kill(site, victim)
    assert_imported_whole(site, upload, FEW)


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_while_an_import_is_undone(site: Site, tmp_path: Path, victim: str) -> None:
    first = start(site, write_orders(tmp_path, FEW))
    site.wait_for_state(first, "done")
    second = start(site, write_orders(tmp_path, FEW, amount="11,50"))
    site.wait_for_state(second, "done")
    site.do("undo", second)
    with site.blocked(MERGING):
        kill(site, victim)
    assert site.wait_for_state(second, "undone", "done") == "undone"
    assert count_orders(site) == (FEW, FEW * Decimal("10.5"))


@pytest.mark.parametrize("step", CALCULATING)
def test_the_database_is_killed_while_values_are_calculated(site: Site, tmp_path: Path, step: str) -> None:
    upload = start(site, write_orders(tmp_path, FEW))
    site.wait_for_state(upload, "done")
    good = "SELECT run_id FROM metrics_publication WHERE run_id IS NOT NULL"
    [(before,)] = site.wait_until(lambda: site.ask(good))
    run = site.do("calculate")
    with site.blocked(CALCULATING[step]):
        site.kill_database()
    site.wait_until(lambda: site.ask(good) == [(run,)])
    values = "SELECT count(*), sum(orders) FROM metrics_customervalue WHERE run_id = %s"
    assert site.ask(values, run) == site.ask(values, before)
    assert site.ask(values, run)[0][0] == 997


def test_a_queued_import_that_is_stopped_leaves_nothing(site: Site, tmp_path: Path) -> None:
    first = start(site, write_orders(tmp_path, FEW))
    with site.blocked(MERGING):
        second = start(site, write_orders(tmp_path, FEW, amount="11,50"))
        assert site.do("cancel", second)
    assert_imported_whole(site, first, FEW)
    site.wait_until(lambda: site.ask(IDLE))
    assert site.wait_for_state(second, "cancelled", "done") == "cancelled"
    assert find_leftovers(site, second) == []


def test_an_import_that_is_stopped_while_it_reads_leaves_nothing(site: Site, tmp_path: Path) -> None:
    upload = start(site, write_orders(tmp_path, MANY))
    site.wait_until(lambda: site.ask(COPYING))
    assert site.do("cancel", upload)
    assert_nothing_is_left_and_it_can_be_started_again(site, upload, MANY)


def test_an_import_that_is_stopped_while_it_writes_leaves_nothing(site: Site, tmp_path: Path) -> None:
    upload = start(site, write_orders(tmp_path, FEW))
    with site.blocked(MERGING):
        assert site.do("cancel", upload)
        site.wait_until(lambda: site.ask(NO_ONE_WAITS))  # broken off while the lock is still held
    assert_nothing_is_left_and_it_can_be_started_again(site, upload, FEW)


def assert_nothing_is_left_and_it_can_be_started_again(site: Site, upload: int, count: int) -> None:
    site.wait_until(lambda: site.ask(IDLE))
    assert site.wait_for_state(upload, "cancelled", "done") == "cancelled"
    assert find_leftovers(site, upload) == []
    assert count_orders(site) == (0, None)
    again = site.do("read_again", upload)
    site.wait_for_state(again, "received")
    site.do("confirm", again)
    assert_imported_whole(site, again, count)


def test_undoing_that_is_stopped_changes_nothing(site: Site, tmp_path: Path) -> None:
    upload = start(site, write_orders(tmp_path, FEW))
    site.wait_for_state(upload, "done")
    site.do("undo", upload)
    with site.blocked(MERGING):
        assert site.do("cancel", upload)
        site.wait_until(lambda: site.ask(NO_ONE_WAITS))
    assert site.wait_for_state(upload, "done") == "done"
    assert_imported_whole(site, upload, FEW)
