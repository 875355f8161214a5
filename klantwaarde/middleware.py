"""The language of a page: what the reader chose, else Dutch."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import check_for_language


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
