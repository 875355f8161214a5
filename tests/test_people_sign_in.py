"""Signing in and out, wrong passwords, one-time passwords, and the language of it all."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.utils import timezone

from klantwaarde.people.passwords import give_one_time_password
from tests.builders import PASSWORD, make_user

pytestmark = pytest.mark.django_db

LIMIT = 8  # wrong passwords

SIGN_IN = "/sign-in/?next=/account/password/"


def sign_in(client: Client, name: str, password: str) -> int:
    """Send the form and return the status: 302 is in, 200 is the form again, 429 is a pause."""
    return client.post(SIGN_IN, {"username": name, "password": password}).status_code


def is_in(client: Client) -> bool:
    return client.get("/account/password/done/").status_code == 200


def test_the_right_password_leads_to_the_page_that_was_asked_for(client: Client) -> None:
    make_user("marieke")
    response = client.post(SIGN_IN, {"username": "marieke", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/account/password/")


def test_a_wrong_password_shows_the_form_with_an_error_and_lets_nobody_in(client: Client) -> None:
    make_user("marieke")
    response = client.post(SIGN_IN, {"username": "marieke", "password": "fout"})
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert not is_in(client)


@override_settings(LOGIN_REDIRECT_URL="/account/password/")
def test_signing_in_leads_nowhere_but_this_site(client: Client) -> None:
    make_user("marieke")
    data = {"username": "marieke", "password": PASSWORD}
    response = client.post("/sign-in/?next=https://elsewhere.example/", data)
    assert response["Location"] == "/account/password/"


def test_a_fragment_without_a_session_takes_the_whole_page_to_the_sign_in_page(client: Client) -> None:
    page = "http://testserver/users/?page=2"
    response = client.get("/users/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert response.status_code == 200
    assert response.content == b""
    assert response["HX-Redirect"] == "/sign-in/?next=/users/%3Fpage%3D2"


def test_signing_out_needs_a_button_not_a_link(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/sign-out/").status_code == 405
    assert is_in(client)
    client.post("/sign-out/")
    assert not is_in(client)


def test_someone_who_is_blocked_is_out_at_the_next_page(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not is_in(client)
    assert sign_in(client, "marieke", PASSWORD) == 200


def fail_until_paused(client: Client, name: str) -> None:
    statuses = [sign_in(client, name, "fout") for _ in range(LIMIT)]
    assert statuses == [200] * (LIMIT - 1) + [429]


def test_too_many_wrong_passwords_pause_that_name_even_for_the_right_one(client: Client) -> None:
    make_user("marieke")
    fail_until_paused(client, "marieke")
    assert sign_in(client, "marieke", PASSWORD) == 429
    assert not is_in(client)


def test_a_pause_is_for_one_name_only(client: Client) -> None:
    make_user("marieke")
    make_user("joost")
    fail_until_paused(client, "marieke")
    assert sign_in(client, "joost", PASSWORD) == 302


def test_a_pause_ends_by_itself(client: Client) -> None:
    make_user("marieke")
    fail_until_paused(client, "marieke")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in(client, "marieke", PASSWORD) == 302


def test_signing_in_forgets_the_wrong_passwords_before_it(client: Client) -> None:
    make_user("marieke")
    for _ in range(2):
        for _ in range(LIMIT - 1):
            assert sign_in(client, "marieke", "fout") == 200
        assert sign_in(client, "marieke", PASSWORD) == 302
        client.post("/sign-out/")


def test_a_new_one_time_password_ends_a_pause(client: Client) -> None:
    user = make_user("marieke")
    fail_until_paused(client, "marieke")
    give_one_time_password(user, "k7mp-x4tw-9fhd-2rqe")
    assert sign_in(client, "marieke", "k7mp-x4tw-9fhd-2rqe") == 302


def test_a_one_time_password_opens_only_the_page_to_replace_it(client: Client) -> None:
    give_one_time_password(make_user("marieke", role="admin"), "k7mp-x4tw-9fhd-2rqe")
    sign_in(client, "marieke", "k7mp-x4tw-9fhd-2rqe")
    for path in ("/users/", "/settings/", "/account/password/done/"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, "/account/password/")
    assert client.get("/account/password/").context["must_change"] is True


def change_password(client: Client, old: str, new: str) -> dict[str, list[str]]:
    """Send the form; returns its errors, {} when the password was changed."""
    data = {"old_password": old, "new_password1": new, "new_password2": new}
    response = client.post("/account/password/", data)
    return {} if response.status_code == 302 else response.context["form"].errors


def test_choosing_a_password_of_ones_own_opens_the_rest(client: Client) -> None:
    give_one_time_password(make_user("marieke", role="admin"), "k7mp-x4tw-9fhd-2rqe")
    sign_in(client, "marieke", "k7mp-x4tw-9fhd-2rqe")
    assert change_password(client, "k7mp-x4tw-9fhd-2rqe", "mijn eigen woorden") == {}
    assert client.get("/users/").status_code == 200
    client.post("/sign-out/")
    sign_in(client, "marieke", "mijn eigen woorden")
    assert client.get("/users/").status_code == 200


def test_signing_out_and_in_does_not_get_around_a_one_time_password(client: Client) -> None:
    give_one_time_password(make_user("marieke", role="admin"), "k7mp-x4tw-9fhd-2rqe")
    for _ in range(2):
        sign_in(client, "marieke", "k7mp-x4tw-9fhd-2rqe")
        assert client.get("/users/").status_code == 302
        client.post("/sign-out/")


def test_a_one_time_password_cannot_be_chosen_again(client: Client) -> None:
    give_one_time_password(make_user("marieke"), "k7mp-x4tw-9fhd-2rqe")
    sign_in(client, "marieke", "k7mp-x4tw-9fhd-2rqe")
    assert list(change_password(client, "k7mp-x4tw-9fhd-2rqe", "k7mp-x4tw-9fhd-2rqe")) == ["new_password1"]


def test_a_short_password_is_refused(client: Client) -> None:
    client.force_login(make_user())
    assert list(change_password(client, PASSWORD, "kort")) == ["new_password2"]


def test_changing_ones_password_needs_the_present_one(client: Client) -> None:
    client.force_login(make_user())
    assert list(change_password(client, "fout", "mijn eigen woorden")) == ["old_password"]


def test_a_page_is_dutch_whatever_the_browser_prefers(client: Client) -> None:
    response = client.get("/sign-in/", headers={"accept-language": "en-GB"})
    assert response["Content-Language"] == "nl"
    assert '<html lang="nl">' in response.content.decode()


def test_the_language_can_be_chosen_before_signing_in_and_stays_after_it(client: Client) -> None:
    make_user("marieke")
    response = client.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert response["Location"] == "/sign-in/"
    assert '<html lang="en">' in client.get("/sign-in/").content.decode()
    sign_in(client, "marieke", PASSWORD)
    assert '<html lang="en">' in client.get("/account/password/").content.decode()


def test_a_language_we_do_not_have_changes_nothing(client: Client) -> None:
    client.post("/language/", {"language": "fr", "next": "/sign-in/"})
    assert client.get("/sign-in/")["Content-Language"] == "nl"


def test_switching_the_language_leads_nowhere_but_this_site(client: Client) -> None:
    response = client.post("/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert response["Location"] == "/"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("nl", "Je hebt geen toegang tot deze pagina"), ("en", "You may not open this page")],
)
def test_a_refusal_speaks_the_language_of_the_reader(client: Client, language: str, sentence: str) -> None:
    client.force_login(make_user(role="marketer"))
    client.post("/language/", {"language": language})
    response = client.get("/users/")
    assert response.status_code == 403
    assert sentence in response.content.decode()
