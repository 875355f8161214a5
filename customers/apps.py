from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """What the shop told us: facts, never guessed, never lost."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "customers"
    verbose_name = _("Shop facts")

    def ready(self) -> None:
        """Tell the imports which tables there are, and have the facts checked whenever they change."""
        from customers.imports import cost_facts, fact_tables, feedback_facts, payment_facts
        from customers.quality.schedule import request_measurement
        from customers.signals import facts_changed

        fact_tables.register(*cost_facts.TABLES, *feedback_facts.TABLES, *payment_facts.TABLES)
        facts_changed.connect(request_measurement, dispatch_uid="customers.request_measurement")
