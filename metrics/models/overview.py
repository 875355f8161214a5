"""What each user wants to see on the overview. Chosen by people, so it is kept when figures are made anew."""

from django.conf import settings as site_settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class OverviewCards(models.Model):
    """The KPIs (keys of ``metrics.kpis``) that a user has chosen for the cards, in the order of the cards."""

    user = models.OneToOneField(
        site_settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="overview_cards"
    )
    kpis = ArrayField(models.CharField(max_length=32))

    class Meta:
        verbose_name = _("cards on the overview")
        verbose_name_plural = _("cards on the overview")

    def __str__(self) -> str:
        return f"{self.user_id}: {', '.join(self.kpis)}"
