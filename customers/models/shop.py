"""The shop itself: what its amounts and moments mean."""

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless ``name`` is an IANA time zone."""
    if name not in available_timezones():
        message = _("“%(name)s” is not a time zone such as Europe/Amsterdam.")
        raise ValidationError(message, params={"name": name})


def seed_keep_days() -> int:
    """Return the environment's number of days, the first value of the setting."""
    return int(settings.UPLOAD_KEEP_DAYS)


class Shop(models.Model):
    """One row: currency, time zone, how far back the history is complete, how long raw files are kept.

    The environment seeds it once; from then on the database wins.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    currency = models.CharField(
        _("reporting currency"),
        max_length=3,
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capitals, such as EUR."))],
    )
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    data_complete_from = models.DateField(_("data complete from"), null=True, blank=True)
    history_complete = models.BooleanField(_("the history is complete"), default=False)
    upload_keep_days = models.PositiveIntegerField(
        _("days that uploaded files are kept"),
        default=seed_keep_days,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )

    class Meta:
        verbose_name = _("shop")
        constraints = [models.CheckConstraint(name="shop_is_one_row", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"{self.currency}, {self.time_zone}"

    def snapshot(self) -> dict[str, str | bool | int | None]:
        """Return what is set here as plain JSON, the day in ISO form."""
        first_day = self.data_complete_from
        return {
            "currency": self.currency,
            "time_zone": self.time_zone,
            "data_complete_from": first_day.isoformat() if first_day else None,
            "history_complete": self.history_complete,
            "upload_keep_days": self.upload_keep_days,
        }

    @classmethod
    def load(cls) -> "Shop":
        """Return the one shop, made from the environment's values on first use."""
        defaults: dict[str, Any] = {
            "currency": settings.REPORTING_CURRENCY,
            "time_zone": settings.SHOP_TIME_ZONE,
        }
        shop, _created = cls.objects.get_or_create(id=1, defaults=defaults)
        return shop
