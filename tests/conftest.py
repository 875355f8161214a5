"""What every test may rely on: a database, a compiled catalogue, and Chromium where a test asks for it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.signals import setting_changed  # not of core.signals: this import connects the receivers

from klantwaarde import embedded_postgres
from klantwaarde.catalogue import catalogue_path, compile_catalogue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NO_CHROMIUM = "Chromium is not on this machine. On Debian: apt install chromium"
RUN_PARTITIONS = """
    SELECT child.oid::regclass::text
    FROM pg_inherits
    JOIN pg_class AS child ON child.oid = inhrelid
    JOIN pg_class AS parent ON parent.oid = inhparent
    WHERE parent.relkind = 'p' AND child.relkind IN ('r', 'p')
      AND pg_get_expr(child.relpartbound, child.oid) <> 'DEFAULT'
"""


def pytest_configure(config: pytest.Config) -> None:
    """Bring the settings in line with tests, before anything reads them."""
    if compile_catalogue(catalogue_path()):
        # Django was set up before this, and holds the catalogue as it was.
        setting_changed.send(sender=None, setting="LOCALE_PATHS", value=settings.LOCALE_PATHS, enter=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}  # needs no collectstatic
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without Chromium, browser tests are skipped on a developer's machine and fail where CI is set."""
    if item.get_closest_marker("browser") and chromium() is None:
        if os.environ.get("CI"):
            pytest.fail(f"CI is set, so browser tests must run. {NO_CHROMIUM}", pytrace=False)
        pytest.skip(NO_CHROMIUM)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Start the embedded database before pytest-django makes the test database in it."""
    embedded_postgres.ensure()


@pytest.fixture(autouse=True)
def uploads_stay_out_of_the_data_folder(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Raw files of uploads go where pytest cleans up."""
    settings.UPLOAD_ROOT = tmp_path_factory.getbasetemp() / "uploads"


@pytest.fixture(autouse=True)
def leave_no_jobs_or_partitions(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that really commits, remove what Django's flush does not know: jobs, partitions."""
    if not commits(request):
        yield
        return
    request.getfixturevalue("transactional_db")  # so that the database is open until this fixture is done
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE"
        )
        cursor.execute(RUN_PARTITIONS)
        for (partition,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {partition}")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of the browser; only for tests marked ``browser``, which do not start without one."""
    path = chromium()
    assert path, "mark the test with pytest.mark.browser"
    return path


def chromium() -> str | None:
    """Return the path of Chromium or Chrome on this machine, None when there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def commits(request: pytest.FixtureRequest) -> bool:
    """Tell whether the test's changes are committed rather than rolled back."""
    marker = request.node.get_closest_marker("django_db")
    if marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,)):
        return True
    return not {"transactional_db", "live_server", "django_db_reset_sequences"}.isdisjoint(
        request.fixturenames
    )


@pytest.fixture
def upload_root(settings: Any, tmp_path: Path) -> Path:
    """Files of the tests go to a folder of their own."""
    settings.UPLOAD_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def marketer(client: Client) -> Client:
    """Someone of marketing, who reads Dutch as everyone does until they choose otherwise."""
    from tests.builders import make_user  # models can be imported once Django is set up

    client.force_login(make_user("marieke"))
    return client


@pytest.fixture
def marieke(marketer: Client) -> Client:
    """Someone of marketing who reads English."""
    marketer.cookies["django_language"] = "en"
    return marketer


@pytest.fixture
def ada(db: None) -> "User":
    """Who administers the site."""
    from tests.builders import make_user

    return make_user("ada", role="admin", first_name="Ada", last_name="de Wit")


@pytest.fixture
def admin(client: Client, ada: "User") -> Client:
    """Ada, who reads Dutch."""
    client.force_login(ada)
    return client
