from django.apps import AppConfig


class KlantwaardeConfig(AppConfig):
    """The site itself: template tags, formats, commands that belong to no storey."""

    name = "klantwaarde"
    verbose_name = "Klantwaarde"
