"""The page of users: who is there, adding, changing, blocking, and never without an admin."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from klantwaarde.people import roles
from tests.builders import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", role="admin")


@pytest.fixture
def admin(client: Client, ada: User) -> Client:
    client.cookies["django_language"] = "en"
    client.force_login(ada)
    return client


def add(client: Client, **values: str) -> str:
    """Send the form for a new user and return the page that answers."""
    data = {"username": "joost", "role": "marketer", "password": "", **values}
    return client.post("/users/add/", data).content.decode()


def edit(client: Client, person: User, **values: str) -> list[str]:
    """Send the form of ``person``; returns all errors, [] when it was saved."""
    data = {"username": person.username, "role": roles.role_of(person), "is_active": "on", **values}
    data = {name: value for name, value in data.items() if value}
    response = client.post(f"/users/{person.pk}/", data)
    if response.status_code == 302:
        return []
    with translation.override("en"):
        return [str(error) for errors in response.context["form"].errors.values() for error in errors]


def test_the_list_shows_name_role_last_sign_in_and_who_is_blocked(admin: Client) -> None:
    make_user("joost", role="marketer", first_name="Joost", last_name="'t Hooft")
    make_user("bram", role="manager", is_active=False)
    page = admin.get("/users/").content.decode()
    rows = [
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip()
        for row in re.findall(r"<tr>(.*?)</tr>", page, flags=re.DOTALL)[1:]
    ]
    assert [re.sub(r"\d+ \w+ \d{4} \d\d:\d\d", "MOMENT", row) for row in rows] == [
        "ada Administrator yes MOMENT",
        "joost Marketer yes never Joost &#x27;t Hooft",
        "bram Manager blocked never",
    ]


def test_a_made_password_is_shown_once_and_lets_the_new_user_in(admin: Client) -> None:
    page = add(admin, role="manager")
    password = re.search(r"<code>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})</code>", page)
    assert password
    assert roles.role_of(User.objects.get(username="joost")) == "manager"
    guest = Client()
    response = guest.post("/sign-in/?next=/account/password/", {"username": "joost", "password": password[1]})
    assert response.status_code == 302
    assert password[1] not in admin.get("/users/").content.decode()


def test_the_page_with_the_password_is_not_kept_by_the_browser(admin: Client) -> None:
    response = admin.post("/users/add/", {"username": "joost", "role": "marketer", "password": ""})
    assert "no-store" in response["Cache-Control"]


def test_a_typed_password_is_held_against_the_rules(admin: Client) -> None:
    response = admin.post("/users/add/", {"username": "joost", "role": "marketer", "password": "joost"})
    assert list(response.context["form"].errors) == ["password"]
    assert not User.objects.filter(username="joost").exists()


def test_a_password_that_is_too_short_is_refused_in_the_readers_language(admin: Client) -> None:
    admin.cookies["django_language"] = "nl"
    assert "Dit wachtwoord is te kort: het moet ten minste 10 tekens hebben." in add(admin, password="abc")


def test_a_password_may_not_resemble_the_name(admin: Client) -> None:
    values = {"username": "joostdevries", "role": "marketer", "password": "joostdevries"}
    assert list(admin.post("/users/add/", values).context["form"].errors) == ["password"]


def test_a_typed_password_counts_once(admin: Client) -> None:
    add(admin, password="vier blauwe fietsen")
    guest = Client()
    guest.post("/sign-in/?next=/account/password/", {"username": "joost", "password": "vier blauwe fietsen"})
    assert guest.get("/account/password/done/")["Location"] == "/account/password/"


def test_two_names_that_differ_in_capitals_are_one(admin: Client) -> None:
    add(admin, username="ADA")
    assert User.objects.filter(username__iexact="ada").count() == 1


def test_a_role_is_changed(admin: Client) -> None:
    joost = make_user("joost", role="marketer")
    assert edit(admin, joost, role="manager") == []
    assert roles.role_of(User.objects.get(pk=joost.pk)) == "manager"


def test_someone_without_a_role_gets_one(admin: Client) -> None:
    joost = make_user("joost", role="")
    assert edit(admin, joost, role="marketer") == []
    assert roles.role_of(User.objects.get(pk=joost.pk)) == "marketer"


def test_a_blocked_user_is_kept_but_cannot_sign_in(admin: Client) -> None:
    joost = make_user("joost")
    assert edit(admin, joost, is_active="") == []
    response = Client().post("/sign-in/", {"username": "joost", "password": PASSWORD})
    assert response.context["form"].non_field_errors()
    assert User.objects.filter(pk=joost.pk, is_active=False).exists()


def test_nobody_gives_up_their_own_administration(admin: Client, ada: User) -> None:
    make_user("eva", role="admin")
    assert edit(admin, ada, role="manager") == [
        "You cannot give up your own administrator role or block yourself. Ask another one."
    ]
    assert roles.role_of(User.objects.get(pk=ada.pk)) == "admin"


def test_nobody_blocks_themselves(admin: Client, ada: User) -> None:
    make_user("eva", role="admin")
    assert len(edit(admin, ada, is_active="")) == 1
    assert User.objects.get(pk=ada.pk).is_active


@pytest.mark.parametrize("change", [{"role": "marketer"}, {"is_active": ""}])
def test_the_last_admin_stays(admin: Client, ada: User, change: dict[str, str]) -> None:
    """Someone with the permission but another role must not end the administration either."""
    eva = make_user("eva", role="admin")
    guardians = Group.objects.create(name="beheer")
    guardians.permissions.set(Group.objects.get(name="admin").permissions.all())
    ada.groups.set([guardians])
    assert edit(admin, eva, **change) == [
        "This is the last administrator. Make someone else administrator first."
    ]
    assert roles.active_admins().get() == eva


def test_another_admin_can_become_less(admin: Client) -> None:
    eva = make_user("eva", role="admin")
    assert edit(admin, eva, role="manager") == []


def test_a_new_password_ends_open_sessions_and_must_be_replaced(admin: Client) -> None:
    joost = make_user("joost")
    guest = Client()
    guest.force_login(joost)
    page = admin.post(f"/users/{joost.pk}/password/", {"password": "vijf rode fietsen"}).content.decode()
    assert "<code>vijf rode fietsen</code>" in page
    assert guest.get("/account/password/").status_code == 302
    guest.post("/sign-in/?next=/users/", {"username": "joost", "password": "vijf rode fietsen"})
    assert guest.get("/account/password/done/")["Location"] == "/account/password/"


def test_ones_own_password_is_changed_where_the_present_one_is_asked(admin: Client, ada: User) -> None:
    response = admin.post(f"/users/{ada.pk}/password/", {"password": "vijf rode fietsen"})
    assert response["Location"] == "/account/password/"
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)


def test_an_unknown_user_is_not_found(admin: Client) -> None:
    assert admin.get("/users/999999/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_users(admin: Client) -> None:
    admin.get("/users/")  # makes the shop's row
    with CaptureQueriesContext(connection) as few:
        admin.get("/users/")
    for number in range(5):
        make_user(f"user{number}")
    with CaptureQueriesContext(connection) as many:
        admin.get("/users/")
    assert len(many) == len(few)
