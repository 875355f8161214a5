"""Roles: groups that follow customers.permissions after every migrate."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from customers import permissions
from klantwaarde.people import roles
from tests.builders import make_user

pytestmark = pytest.mark.django_db


def permissions_of(role: str) -> set[str]:
    rows = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    return {f"{label}.{codename}" for label, codename in rows}


@pytest.mark.parametrize("role", permissions.ROLES)
def test_after_migrate_a_role_has_exactly_the_permissions_of_the_code(role: str) -> None:
    assert permissions_of(role) == set(permissions.ROLES[role])


def test_migrate_takes_away_what_the_code_no_longer_gives() -> None:
    Group.objects.get(name="marketer").permissions.add(Permission.objects.get(codename="change_user"))
    call_command("migrate", verbosity=0)
    assert permissions_of("marketer") == set(permissions.ROLES["marketer"])


def test_migrate_gives_back_what_went_missing() -> None:
    Group.objects.get(name="admin").delete()
    call_command("migrate", verbosity=0)
    assert permissions_of("admin") == set(permissions.ROLES["admin"])


def test_roles_can_be_made_before_any_permission_exists() -> None:
    Permission.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert permissions_of("manager") == set(permissions.ROLES["manager"])


def test_migrate_leaves_groups_of_the_shop_itself_alone() -> None:
    own = Group.objects.create(name="bezoekers")
    own.permissions.add(Permission.objects.get(codename="view_user"))
    call_command("migrate", verbosity=0)
    assert list(own.permissions.values_list("codename", flat=True)) == ["view_user"]


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("", set()),
        ("marketer", {permissions.VIEW, permissions.UPLOAD, permissions.RECALCULATE}),
        (
            "manager",
            set(permissions.ROLES["admin"]) - {permissions.CHANGE_SETTINGS, permissions.MANAGE_USERS},
        ),
        ("admin", set(permissions.ROLES["admin"])),
    ],
)
def test_what_each_role_may(role: str, may: set[str]) -> None:
    user = make_user(role=role)
    assert {name for name in permissions.ROLES["admin"] if user.has_perm(name)} == may


def test_a_superuser_is_an_admin() -> None:
    assert roles.role_of(User.objects.create_superuser("root")) == "admin"


def test_the_strongest_role_counts() -> None:
    user = make_user(role="marketer")
    user.groups.add(Group.objects.get(name="manager"))
    assert roles.role_of(user) == "manager"


def test_a_given_role_is_the_only_one_and_other_groups_stay() -> None:
    user = make_user(role="admin")
    user.groups.add(Group.objects.create(name="bezoekers"))
    roles.give_role(user, "manager")
    assert set(user.groups.values_list("name", flat=True)) == {"manager", "bezoekers"}


def test_a_superuser_who_becomes_marketer_may_no_more_than_a_marketer() -> None:
    user = User.objects.create_superuser("root")
    roles.give_role(user, "marketer")
    assert not User.objects.get(pk=user.pk).has_perm(permissions.MANAGE_USERS)
