"""Uploaded files, and what was copied from them, go after a set time; what was imported stays."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from customers import jobs
from customers.imports import pipeline
from customers.imports.arrival import PREFIX
from customers.imports.mapping import Plan
from customers.imports.retention import delete_old_files
from customers.models import Order, Shop, Upload
from tests.builders import make_shop, make_user, write_csv

pytestmark = pytest.mark.django_db
FILE = "Ordernummer;Klantnummer;Besteldatum;Omzet\n1;K1;31-01-2025;5,00\n2;K1;32-01-2025;6,00\n"


def age(upload: Upload, days: int) -> None:
    """Have the upload arrive that many days ago."""
    Upload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - timedelta(days=days))


def receive(folder: Path) -> Upload:
    """Upload a file, as the form does."""
    with write_csv(folder, FILE).open("rb") as file:
        return pipeline.receive(file, "orders.csv", None)


def test_an_old_file_goes_with_the_records_of_its_rejects(tmp_path: Path) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, FILE))
    age(upload, 31)
    assert delete_old_files() == 1
    upload.refresh_from_db()
    reject = upload.rejects.get()
    assert (upload.path.exists(), upload.state, Order.objects.count()) == (False, Upload.State.DONE, 1)
    assert (reject.record, reject.value, reject.line, reject.column) == ([], "", 3, "Besteldatum")
    assert upload.file_deleted_at is not None
    assert delete_old_files() == 0


def test_the_report_says_that_the_file_is_gone(tmp_path: Path, client: Client) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, FILE))
    age(upload, 31)
    delete_old_files()
    client.force_login(make_user("marieke"))
    client.cookies["django_language"] = "en"
    page = client.get(f"/imports/{upload.uuid}/").content.decode()
    assert "was deleted on" in page
    assert "rejects.csv" not in page


def test_a_young_file_stays(tmp_path: Path) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, FILE))
    age(upload, 29)
    assert delete_old_files() == 0
    assert upload.path.exists()
    assert upload.rejects.get().record == ["2", "K1", "32-01-2025", "6,00"]


def test_the_shop_says_how_long_a_file_is_kept(tmp_path: Path) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, FILE))
    make_shop(upload_keep_days=90)
    age(upload, 31)
    assert delete_old_files() == 0
    age(upload, 91)
    assert delete_old_files() == 1


def test_the_environment_gives_the_first_value_only(settings: Any) -> None:
    settings.UPLOAD_KEEP_DAYS = 7
    assert Shop.load().upload_keep_days == 7
    settings.UPLOAD_KEEP_DAYS = 8
    assert Shop.load().upload_keep_days == 7


def test_a_command_does_what_the_worker_does(tmp_path: Path, settings: Any) -> None:
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    upload = pipeline.import_file(write_csv(tmp_path, FILE))
    age(upload, 31)
    stray, arriving = (settings.UPLOAD_ROOT / str(uuid4()) for _file in range(2))
    half = settings.UPLOAD_ROOT / f"{PREFIX}x1y2"
    for left in (stray, half):
        left.write_text("left by a killed process")
    arriving.write_text("being written at this moment")
    two_days_ago = (timezone.now() - timedelta(days=2)).timestamp()
    for left in (stray, half):
        os.utime(left, (two_days_ago, two_days_ago))
    said = StringIO()
    call_command("purge_uploads", stdout=said)
    assert said.getvalue() == "Deleted the files of 1 uploads, and 2 files without an upload.\n"
    assert [path.name for path in settings.UPLOAD_ROOT.iterdir()] == [arriving.name]


def test_a_file_that_waits_for_confirmation_too_long_is_cancelled(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    age(upload, 31)
    delete_old_files()
    upload.refresh_from_db()
    assert (upload.state, upload.path.exists()) == (Upload.State.CANCELLED, False)


def test_a_queued_file_stays(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    pipeline.confirm(upload, Plan.from_json(upload.plan))
    age(upload, 31)
    assert delete_old_files() == 0
    assert upload.path.exists()


def test_the_worker_does_it_by_itself(tmp_path: Path) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, FILE))
    age(upload, 31)
    task = next(
        periodic.task
        for periodic in jobs.app.periodic_registry.periodic_tasks.values()
        if periodic.task.name == "customers.delete_old_files"
    )
    task.func(timestamp=0)
    assert not upload.path.exists()


def test_a_statement_that_takes_too_long_is_stopped_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(*_arguments: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '20ms'")
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(pipeline, "merge_upload", sleep)
    upload = pipeline.import_file(write_csv(tmp_path, FILE))
    assert (upload.state, Order.objects.count()) == (Upload.State.FAILED, 0)
    with translation.override("en"):
        assert upload.error.startswith(
            "One step of the import took longer than 120 minutes, and was stopped."
        )


def test_statements_of_an_import_have_a_limit_and_others_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.UPLOAD_TIMEOUT_MINUTES = 7
    merge, seen = pipeline.merge_upload, []

    def limit() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return str(cursor.fetchone()[0])

    def look(*arguments: Any) -> Any:
        seen.append(limit())
        return merge(*arguments)

    before = limit()
    monkeypatch.setattr(pipeline, "merge_upload", look)
    pipeline.import_file(write_csv(tmp_path, FILE))
    assert (seen, limit()) == (["7min"], before)
