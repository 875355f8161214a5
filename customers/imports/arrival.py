"""The bytes of an upload on their way in: written where they stay, and their fingerprint taken meanwhile.

Written beside the raw files, a file of a gigabyte is neither held in memory (as a /tmp that is one would) nor
copied once it is there: :func:`customers.imports.files.store` gives it its name.
"""

import errno
import hashlib
import os
import tempfile
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

#: How the name of a file begins that is still arriving; one that a killed process left is deleted by it.
PREFIX: Final = "arriving-"


class ArrivingFile(TemporaryUploadedFile):
    """A file beside the raw files that goes when it is closed, unless it was given another name before."""

    def __init__(self, name: str, content_type: str | None, charset: str | None, extra: Any) -> None:
        settings.UPLOAD_ROOT.mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(prefix=PREFIX, dir=settings.UPLOAD_ROOT)  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)
        self.digest = hashlib.sha256()
        #: why it did not arrive whole, for whoever stores it
        self.failure: OSError | None = None


class ArrivalHandler(TemporaryFileUploadHandler):
    """Takes in the files of a form. A disk that is full is no error here, where nobody could say so."""

    file: ArrivingFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        name = self.file_name or ""
        self.file = ArrivingFile(name, self.content_type, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a part of it; nothing more after the disk was full, or than is needed to refuse it."""
        if self.file.failure or start > settings.UPLOAD_MAX_BYTES:
            return
        try:
            self.file.write(raw_data)
        except OSError as error:
            self._give_up(error)
        else:
            self.file.digest.update(raw_data)

    def file_complete(self, file_size: int) -> ArrivingFile:
        """Return the file of so many bytes, written to its end."""
        try:
            self.file.flush()
        except OSError as error:
            self._give_up(error)
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def _give_up(self, error: OSError) -> None:
        """Make room again, and let ``files.store`` say that there was none."""
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise error
        self.file.failure = error
        os.ftruncate(self.file.fileno(), 0)
