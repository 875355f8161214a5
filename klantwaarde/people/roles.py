"""The three roles as Django groups: made after every migrate, given to people one at a time."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers import permissions

LABELS: dict[str, Promise] = {
    permissions.MARKETER: _("Marketer"),
    permissions.MANAGER: _("Manager"),
    permissions.ADMIN: _("Administrator"),
}
DESCRIPTIONS: dict[str, Promise] = {
    permissions.MARKETER: _("uploads files, looks around, exports"),
    permissions.MANAGER: _("also sets targets"),
    permissions.ADMIN: _("everything, settings and users included"),
}
_STRONGEST_FIRST = (permissions.ADMIN, permissions.MANAGER, permissions.MARKETER)


def make_roles(sender: AppConfig, *, using: str, apps: Any = installed_apps, **kwargs: Any) -> None:
    """Give every role exactly the permissions of ``customers.permissions``; receiver of ``post_migrate``.

    A permission that was dropped from the code goes away, too. Permissions whose app is not migrated yet
    are left for the migrate that brings them.
    """
    # Django makes permissions in receivers of the same signal, one app at a time: do not wait for their turn.
    for label in {name.split(".")[0] for name in permissions.ROLES[permissions.ADMIN]}:
        create_permissions(
            installed_apps.get_app_config(label), verbosity=0, interactive=False, using=using, apps=apps
        )
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:  # a migrate backwards took the tables away
        return
    for role, names in permissions.ROLES.items():
        group, _created = group_model.objects.using(using).get_or_create(name=role)
        wanted = Q(pk__in=[])
        for name in names:
            label, codename = name.split(".")
            wanted |= Q(content_type__app_label=label, codename=codename)
        group.permissions.set(permission_model.objects.using(using).filter(wanted))


def role_of(user: User) -> str:
    """Return the strongest role of ``user``, "" for none. A superuser is an admin."""
    if user.is_superuser:
        return permissions.ADMIN
    held = {group.name for group in user.groups.all()}
    return next((role for role in _STRONGEST_FIRST if role in held), "")


def give_role(user: User, role: str) -> None:
    """Make ``role`` the only role of ``user``; a superuser who becomes something less is one no longer."""
    if role != permissions.ADMIN and user.is_superuser:
        user.is_superuser = False
        user.save(update_fields=["is_superuser"])
    user.groups.remove(*Group.objects.filter(name__in=permissions.ROLES).exclude(name=role))
    user.groups.add(Group.objects.get(name=role))


def active_admins() -> QuerySet[User]:
    """Return who can sign in and manage users."""
    is_admin = Q(is_superuser=True) | Q(groups__name=permissions.ADMIN)
    return User.objects.filter(is_admin, is_active=True).distinct()


def lock_roles() -> None:
    """Let one transaction at a time change roles, so that two admins cannot remove each other at once."""
    Group.objects.select_for_update().get(name=permissions.ADMIN)
