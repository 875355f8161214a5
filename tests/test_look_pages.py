"""The frame of every page: for whom it shows what, in both languages, and the pages for errors."""

import gzip

import pytest
from django.contrib.auth.models import Permission, User
from django.template import engines
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

pytestmark = pytest.mark.django_db

PAGE = "{% extends 'base.html' %}{% block title %}Proef{% endblock %}{% block content %}inhoud{% endblock %}"


def render_page(user: User) -> str:
    request = RequestFactory().get("/customers/", {"channel": "search"})
    request.user = user
    request.csp_nonce = "abc"
    return engines["django"].from_string(PAGE).render({}, request)


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", password="een lang wachtwoord", first_name="Anna")


@pytest.mark.parametrize(("language", "text"), [("nl", "Wachtwoord"), ("en", "Password")])
def test_signing_in_speaks_the_chosen_language(client, settings, language, text):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = client.get(reverse("login"))
    html = response.content.decode()
    assert f'<html lang="{language}">' in html
    assert text in html


def test_dutch_is_what_a_new_reader_gets(client):
    assert '<html lang="nl">' in client.get(reverse("login")).content.decode()


def test_the_language_switch_returns_to_the_page_it_was_used_on(anna):
    html = render_page(anna)
    assert 'name="next" value="/customers/?channel=search"' in html


def test_the_language_can_be_switched_before_signing_in(client):
    client.post(reverse("set_language"), {"language": "en", "next": reverse("login")})
    assert '<html lang="en">' in client.get(reverse("login")).content.decode()


def test_without_signing_in_there_is_no_navigation_and_no_menu(client):
    html = client.get(reverse("login")).content.decode()
    assert "site-nav" not in html
    assert reverse("logout") not in html


def test_who_signed_in_sees_the_pages_of_their_role(anna):
    html = render_page(anna)
    assert "Anna" in html
    assert f'action="{reverse("logout")}" method="post"' in html
    assert f'href="{reverse("users")}"' not in html
    assert f'href="{reverse("settings")}"' not in html


def test_users_and_settings_are_linked_for_who_may_open_them(anna):
    names = ["change_user", "add_calculationsettings"]
    anna.user_permissions.set(Permission.objects.filter(codename__in=names))
    html = render_page(User.objects.get(pk=anna.pk))
    assert f'href="{reverse("users")}"' in html
    assert f'href="{reverse("settings")}"' in html


def test_the_navigation_marks_where_the_reader_is(anna):
    anna.user_permissions.set(Permission.objects.filter(codename="change_user"))
    request = RequestFactory().get(reverse("users") + "1/")
    request.user = User.objects.get(pk=anna.pk)
    html = engines["django"].from_string(PAGE).render({}, request)
    assert f'href="{reverse("users")}" aria-current="true"' in html


def test_a_page_allows_only_scripts_of_the_site_or_with_its_nonce(client):
    policy = client.get(reverse("login")).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_stand_without_request_or_database(name, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert "<h1>" in render_to_string(name)


def test_an_unknown_address_says_so(client):
    response = client.get("/bestaat-niet/")
    assert response.status_code == 404
    assert "Deze pagina bestaat niet" in response.content.decode()


def test_an_expired_form_says_that_nothing_was_changed(anna):
    response = Client(enforce_csrf_checks=True).post(reverse("login"), {"username": "anna"})
    assert response.status_code == 403
    assert "er is niets gewijzigd" in response.content.decode()


def test_a_wrong_password_is_said_at_the_form(client, anna):
    response = client.post(reverse("login"), {"username": "anna", "password": "fout"})
    html = response.content.decode()
    assert 'class="errorlist nonfield"' in html


def test_a_field_is_tied_to_its_help_and_its_errors(client, anna):
    client.force_login(anna)
    html = client.post(reverse("password_change"), {}).content.decode()
    assert 'aria-describedby="id_new_password1_helptext id_new_password1_error"' in html
    assert 'id="id_new_password1_error"' in html
    assert 'aria-invalid="true"' in html


def test_a_page_is_sent_compressed_to_a_browser_that_says_it_can_read_that(client):
    plain, packed = (
        client.get(reverse("login")),
        client.get(reverse("login"), headers={"Accept-Encoding": "gzip"}),
    )
    assert not plain.has_header("Content-Encoding")
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert b"</html>" in gzip.decompress(packed.content)
