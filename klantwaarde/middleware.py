"""What happens to every request: the reader's language, signing in, a password to choose first."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import translation
from django.utils.translation import check_for_language
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from klantwaarde.people.passwords import MUST_CHANGE


class ChosenLanguageMiddleware:
    """Activate the language of the cookie that Django's ``set_language`` writes.

    Django's own LocaleMiddleware also follows the browser's Accept-Language; the interface here is Dutch
    until its reader says otherwise, because colleagues share screenshots and URLs.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        language = chosen if chosen in known and check_for_language(chosen) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own, and after a session has ended a fragment takes its whole page to the sign-in page.

    Without this htmx would follow the redirect and put the sign-in page where the fragment was.
    """

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Any
    ) -> HttpResponse:
        """Redirect to the sign-in page, with the way back to what the reader looks at."""
        if request.headers.get("HX-Request") != "true":
            return super().handle_no_permission(request, view_func)
        page = HtmxDetails(request).current_url_abs_path or resolve_url(settings.LOGIN_REDIRECT_URL)
        sign_in = redirect_to_login(page, resolve_url(self.get_login_url(view_func)))
        return HttpResponseClientRedirect(sign_in.url)


class OneTimePasswordMiddleware:
    """Send who signed in with a one-time password to the page where they choose their own."""

    OPEN = frozenset({"password_change", "logout", "set_language"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Answer with the way to that page, or None to go on."""
        must_change = request.user.is_authenticated and request.session.get(MUST_CHANGE, False)
        if not must_change or getattr(request.resolver_match, "url_name", None) in self.OPEN:
            return None
        return redirect("password_change")
