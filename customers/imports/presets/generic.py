"""Any other file: its columns are known by their Dutch and English names, see ``customers.imports.kinds``."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.preset import Preset

GENERIC: Final = Preset(key="generic", label=_("any CSV file"), kind="")
