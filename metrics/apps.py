from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MetricsConfig(AppConfig):
    """What we conclude from the facts; can be deleted and rebuilt from them."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "metrics"
    verbose_name = _("Conclusions")
