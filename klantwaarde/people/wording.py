"""Texts of Django's password pages that the catalogue words anew: Django's Dutch says *u*, this product *je*.

The length of a password is among them because Django's Dutch has the sentence of before 5.2 only.

A translation of the project goes before Django's own. The texts are marked here so that they are found among
the texts of the source; nothing reads the tuple.
"""

from typing import Final

from django.utils.translation import gettext_lazy, ngettext_lazy

REWORDED: Final = (
    gettext_lazy("Your old password was entered incorrectly. Please enter it again."),
    gettext_lazy("Your password can’t be too similar to your other personal information."),
    gettext_lazy("Your password can’t be a commonly used password."),
    gettext_lazy("Your password can’t be entirely numeric."),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
    ),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)
