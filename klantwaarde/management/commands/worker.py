import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from klantwaarde.worker import require_tables, work


class Command(BaseCommand):
    """``manage.py worker``: what a service manager runs beside the web server."""

    help = "Do the queued jobs (imports, calculations) until stopped. Run at least one beside the web server."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="do not say that the worker is ready")

    def handle(self, *args: Any, quiet: bool, **options: Any) -> None:
        require_tables()
        asyncio.run(work(None if quiet else lambda: self.stdout.write("Worker is ready.")))
