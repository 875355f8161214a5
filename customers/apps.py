from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """What the shop told us: facts, never guessed, never lost."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "customers"
    verbose_name = _("Shop facts")
