from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from klantwaarde.catalogue import (
    catalogue_path,
    extract_texts,
    message_text,
    read_catalogue,
    real_messages,
    write_catalogue,
)


class Command(BaseCommand):
    """``manage.py update_translations``: like Django's makemessages, without GNU gettext."""

    help = "Bring the Dutch catalogue in step with the source: new texts come in empty, unused ones go."

    def handle(self, *args: Any, **options: Any) -> None:
        path = catalogue_path()
        source, catalogue = extract_texts(settings.BASE_DIR), read_catalogue(path)
        for message in real_messages(source):
            known = catalogue.get(message.id, message.context)
            if known is not None:
                message.string, message.flags = known.string, known.flags | message.flags
            else:
                self.stdout.write(f"new: {message_text(message)!r}")
        write_catalogue(path, source)
        self.stdout.write(f"{len(source)} texts in {path.name}.")
