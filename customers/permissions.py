"""Every permission by its one name, and who has it.

Marketers upload, browse and export; managers also set targets and the settings of KPIs, and erase persons;
admins do everything, users included. The roles are Django groups, made after migrate.
"""

from collections.abc import Callable
from typing import Any, Final

from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest

VIEW: Final = "metrics.view_customervalue"  # pages, customers, exports
UPLOAD: Final = "customers.add_upload"  # upload, confirm, cancel, undo
RECALCULATE: Final = "metrics.add_run"
SET_TARGETS: Final = "metrics.change_kpivalue"
ERASE: Final = "customers.delete_customer"  # a person's data, on request
CHANGE_SETTINGS: Final = "metrics.add_calculationsettings"
MANAGE_USERS: Final = "auth.change_user"

MARKETER: Final = "marketer"
MANAGER: Final = "manager"
ADMIN: Final = "admin"

_MARKETER = (VIEW, UPLOAD, RECALCULATE)
_MANAGER = (*_MARKETER, SET_TARGETS, ERASE)
ROLES: Final[dict[str, tuple[str, ...]]] = {
    MARKETER: _MARKETER,
    MANAGER: _MANAGER,
    ADMIN: (*_MANAGER, CHANGE_SETTINGS, MANAGE_USERS),
}


class SignedInRequest(HttpRequest):
    """What a view gets to see: LoginRequiredMiddleware has sent everyone else to the sign-in page."""

    user: User


def require(permission: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let only people with ``permission`` see a view; whoever else is signed in gets the page of a 403.

    For functions; a class says ``@method_decorator(require(...), name="dispatch")``.
    """
    return permission_required(permission, raise_exception=True)
