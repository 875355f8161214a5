from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from klantwaarde.catalogue import catalogue_path, extract_texts, find_problems, read_catalogue


class Command(BaseCommand):
    """``manage.py check_translations``: part of ``make check``."""

    help = (
        "Fail when a text of the source has no complete Dutch translation, or the catalogue has one unused."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        source = extract_texts(settings.BASE_DIR)
        problems = find_problems(source, read_catalogue(catalogue_path()))
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            raise CommandError(f"{len(problems)} texts need attention in {catalogue_path().name}.")
        self.stdout.write(f"All {len(source)} texts are translated.")
