"""``manage.py purge_uploads``: the hourly clean-up of raw files, for cron where no worker runs."""

from typing import Any

from django.core.management.base import BaseCommand

from customers.imports import retention
from customers.privacy import traces


class Command(BaseCommand):
    """Delete what was kept long enough; the number of days is a setting of the shop."""

    help = "Delete uploaded files that are older than the shop keeps them, and files that no upload knows."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how much that was."""
        uploads, strays = retention.delete_old_files(), retention.delete_strays()
        uploads += traces.delete_left_files()
        self.stdout.write(f"Deleted the files of {uploads} uploads, and {strays} files without an upload.")
