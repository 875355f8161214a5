"""The page that takes files: what it takes, what it refuses, and who may upload."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override

from customers.imports.arrival import ArrivalHandler, ArrivingFile
from customers.imports.presets import PRESETS
from customers.models import Upload
from tests.builders import make_user
from tests.uploading import (
    ORDERS,
    send,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]


def test_before_the_first_import_the_page_says_which_exports_can_be_used(marieke: Client) -> None:
    text = text_of(marieke.get("/imports/"))
    usable = [preset for preset in PRESETS.values() if preset.kind and not preset.unusable]
    assert len(usable) > 10
    with override("en"):
        assert all(str(preset.label) in text for preset in usable)
    assert "Nothing has been imported yet." in text


def test_no_file_is_said_at_the_field(marieke: Client) -> None:
    text = text_of(marieke.post("/imports/", {}))
    assert "No file was chosen. Choose the CSV file that your shop exported." in text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty. Export it again and look whether it holds rows."),
        (b"PK\x03\x04" + b"xl/workbook.xml" * 9, "The workbook is damaged (File is not a zip file)."),
        (b"PK\x03\x04" + b"orders.csv" * 9, "This is a zip archive, whatever its name says."),
        (b"\x1f\x8b\x08" + b"\0" * 30, "This is a gzip archive, whatever its name says."),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "This is a web page, whatever its name says."),
        (
            b"Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,"
            b"Coupon(s),Net Sales,Attribution\n",
            "This is the order report of WooCommerce Analytics. It has neither an e-mail address",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name_at_the_field(
    marieke: Client, content: bytes, sentence: str
) -> None:
    page = send(marieke, content)
    assert page.redirect_chain == []
    assert str(page.context["form"].errors["file"][0]).startswith(f"orders.csv: {sentence}")


def test_a_file_that_is_too_large_is_refused_with_the_limit(marieke: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 50
    error = send(marieke, ORDERS).context["form"].errors["file"][0]
    assert error.startswith("This file is larger than 50 bytes, the most that is taken at once.")
    assert not Upload.objects.exists()


def test_a_full_disk_is_said_and_leaves_no_upload(marieke: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("customers.imports.files.store", refuse)
    error = send(marieke, ORDERS).context["form"].errors["file"][0]
    assert error.startswith("There is no room left on the disk (No space left on device).")
    assert not Upload.objects.exists()


def test_a_disk_that_fills_while_a_file_arrives_is_said_and_leaves_nothing(
    marieke: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    def refuse(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    settings.UPLOAD_ROOT = tmp_path
    monkeypatch.setattr(ArrivingFile, "write", refuse, raising=False)
    error = send(marieke, ORDERS).context["form"].errors["file"][0]
    assert error.startswith("There is no room left on the disk (No space left on device).")
    assert (Upload.objects.count(), list(tmp_path.iterdir())) == (0, [])


def test_a_file_is_written_once_where_it_stays(
    marieke: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    written: list[int] = []
    complete = ArrivalHandler.file_complete

    def note(handler: ArrivalHandler, size: int) -> ArrivingFile:
        file = complete(handler, size)
        written.append(Path(file.temporary_file_path()).stat().st_ino)
        return file

    settings.UPLOAD_ROOT = tmp_path / "not there yet"
    monkeypatch.setattr(ArrivalHandler, "file_complete", note)
    send(marieke, ORDERS)
    upload = Upload.objects.get()
    assert upload.path.read_bytes() == ORDERS.encode()
    assert (upload.size, upload.sha256) == (len(ORDERS.encode()), sha256(ORDERS.encode()).hexdigest())
    assert [path.name for path in settings.UPLOAD_ROOT.iterdir()] == [str(upload.uuid)]
    assert [upload.path.stat().st_ino] == written  # the very same file, not a copy
    assert upload.path.stat().st_mode & 0o777 == 0o644


def test_htmx_is_sent_on_by_a_header(marieke: Client) -> None:
    file = SimpleUploadedFile("orders.csv", ORDERS.encode())
    response = marieke.post("/imports/", {"file": file}, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == f"/imports/{Upload.objects.get().uuid}/"


def test_who_may_only_look_cannot_upload(client: Client) -> None:
    reader = make_user("eva", role="")
    reader.user_permissions.add(Permission.objects.get(codename="view_customervalue"))
    client.force_login(reader)
    assert "upload-form" not in client.get("/imports/").content.decode()
    assert send(client, ORDERS).status_code == 403
    assert not Upload.objects.exists()
