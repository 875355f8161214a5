from typing import Any

from django.core.management.base import BaseCommand

from klantwaarde.catalogue import catalogue_path, compile_catalogue


class Command(BaseCommand):
    """``manage.py compile_translations``: like Django's compilemessages, without GNU gettext."""

    help = "Compile the Dutch catalogue. The server reads it when it starts."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        done = compile_catalogue(catalogue_path())
        self.stdout.write("Compiled the catalogue." if done else "The catalogue is compiled already.")
