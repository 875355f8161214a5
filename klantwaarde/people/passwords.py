"""One-time passwords: made for somebody else, good for one thing, choosing one's own."""

import secrets
from typing import Any

from axes.utils import reset as forget_failed_sign_ins
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest

from klantwaarde.models import OneTimePassword

#: In the session of who signed in with a password that somebody else chose.
MUST_CHANGE = "must_change_password"

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that reads like something else: no i, l, o, 0, 1
_GROUPS, _GROUP_LENGTH = 4, 4  # 16 of 31 characters: 79 bits


def make_password_text() -> str:
    """Return a random password that can be read aloud: ``k7mp-x4tw-9fhd-2rqe``."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


@transaction.atomic
def give_one_time_password(user: User, password: str) -> None:
    """Set ``password`` for ``user``, to be replaced after signing in; ends a lock-out and open sessions."""
    user.set_password(password)
    user.save(update_fields=["password"])
    OneTimePassword.objects.update_or_create(user=user)
    forget_failed_sign_ins(username=user.get_username())


def note_one_time_password(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Remember in the session that the password must change; receiver of ``user_logged_in``."""
    if OneTimePassword.objects.filter(user=user).exists():
        request.session[MUST_CHANGE] = True


def replace_one_time_password(request: HttpRequest) -> None:
    """The signed-in user has chosen a password: nothing stands in the way any more."""
    OneTimePassword.objects.filter(user=request.user.pk).delete()
    request.session.pop(MUST_CHANGE, None)
