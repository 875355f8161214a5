from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KlantwaardeConfig(AppConfig):
    """The site itself: people, pages' frame, commands that belong to no storey."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "klantwaarde"
    verbose_name = "Klantwaarde"

    def ready(self) -> None:
        """Connect what has to happen after a migrate and at a sign-in, and register the checks."""
        from django.contrib.auth.signals import user_logged_in

        from klantwaarde import checks  # noqa: F401  registers itself
        from klantwaarde.people.passwords import note_one_time_password
        from klantwaarde.people.roles import make_roles

        post_migrate.connect(make_roles, sender=self, dispatch_uid="klantwaarde.make_roles")
        user_logged_in.connect(note_one_time_password, dispatch_uid="klantwaarde.one_time_password")
