"""Raw files: stored under their upload's UUID outside the web root, read back from there."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from django.conf import settings

from customers.imports.arrival import ArrivingFile
from customers.imports.reasons import UnusableFile
from customers.models import Upload

_BLOCK: Final = 1 << 20


def store(file: IO[bytes], path: Path) -> tuple[int, str]:
    """Write the file to ``path`` and return (bytes, SHA-256). One that does not fit leaves nothing behind.

    A file that arrived beside ``path`` is not copied, but gets its name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(file, ArrivingFile):
        return _take_over(file, path)
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("wb") as target:
            while block := file.read(_BLOCK):
                size += len(block)
                if size > settings.UPLOAD_MAX_BYTES:  # the rest is not needed to refuse it
                    size = file.seek(0, os.SEEK_END)
                    break
                digest.update(block)
                target.write(block)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return size, digest.hexdigest()


def _take_over(file: ArrivingFile, path: Path) -> tuple[int, str]:
    if file.failure:
        raise file.failure
    share(Path(file.temporary_file_path()), path)
    path.chmod(settings.FILE_UPLOAD_PERMISSIONS or 0o644)  # a temporary file is its maker's only
    return file.size or 0, file.digest.hexdigest()


def share(path: Path, copy: Path) -> None:
    """Give a stored file a second name, without a second copy where the file system can. Raises OSError."""
    try:
        os.link(path, copy)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise
        shutil.copyfile(path, copy)


def require_size(upload: Upload) -> None:
    """Raise UnusableFile when the file was larger than is read; then only its beginning was stored."""
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise UnusableFile("too_many_bytes", size=upload.size, limit=settings.UPLOAD_MAX_BYTES)


def require(upload: Upload) -> None:
    """Raise UnusableFile when the raw file has been deleted."""
    if not upload.path.exists():
        raise UnusableFile("file_gone")


def require_local(path: Path) -> None:
    """Raise UnusableFile when a command names a file that is not there or cannot be read."""
    with open_local(path):
        return


@contextmanager
def open_local(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that a command names. Raises UnusableFile with the reason in words."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise UnusableFile("no_file", path=str(path)) from None
    except OSError as error:
        raise UnusableFile("not_readable", path=str(path), detail=error.strerror or str(error)) from None
    with file:
        yield file
