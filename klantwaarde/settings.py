"""Every setting of the site in one file; docs/production.md lists the environment variables.

Values that a shop may change (currency, time zone, calculation) live in the database; the environment only
seeds them.
"""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from klantwaarde import embedded_postgres, environment, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(environment.text("KLANTWAARDE_DATA_DIR", str(BASE_DIR / ".data")))

DEBUG = environment.flag("KLANTWAARDE_DEBUG", default=False)
SECRET_KEY = secret_key.read(DATA_DIR)
ALLOWED_HOSTS = environment.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = environment.names("CSRF_TRUSTED_ORIGINS", [])

# First values of what the database then holds (customers.models.Shop).
REPORTING_CURRENCY = environment.text("REPORTING_CURRENCY", "EUR")
SHOP_TIME_ZONE = environment.text("SHOP_TIME_ZONE", "Europe/Amsterdam")
UPLOAD_KEEP_DAYS = environment.whole_number("UPLOAD_KEEP_DAYS", 30, minimum=1)

INSTALLED_APPS = [
    "klantwaarde",
    "metrics",
    "customers",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages become a sixth of their size. What BREACH needs is not there: tokens of forms are masked anew for
    # every answer, and this middleware adds random bytes.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "klantwaarde.middleware.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "klantwaarde.middleware.SignInRequiredMiddleware",
    "klantwaarde.middleware.OneTimePasswordMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "klantwaarde.urls"
WSGI_APPLICATION = "klantwaarde.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "metrics.context_processors.current_run",
                "klantwaarde.context_processors.shop",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": embedded_postgres.database_config(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Dutch")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "klantwaarde" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# Uploads: stored under a UUID outside the web root; limits have clear errors in customers.imports.
UPLOAD_ROOT = Path(environment.text("UPLOAD_ROOT", str(DATA_DIR / "uploads")))
UPLOAD_MAX_BYTES = environment.whole_number("UPLOAD_MAX_BYTES", 4 * 1024**3, minimum=1)
UPLOAD_MAX_ROWS = environment.whole_number("UPLOAD_MAX_ROWS", 100_000_000, minimum=1)
UPLOAD_TIMEOUT_MINUTES = environment.whole_number("UPLOAD_TIMEOUT_MINUTES", 120, minimum=1)  # one statement
UPLOAD_MAX_UNPACKED_BYTES = environment.whole_number("UPLOAD_MAX_UNPACKED_BYTES", 1024**3, minimum=1)
UPLOAD_MAX_COLUMNS = environment.whole_number("UPLOAD_MAX_COLUMNS", 1_000, minimum=1)
DATA_UPLOAD_MAX_NUMBER_FIELDS = UPLOAD_MAX_COLUMNS + 1_000  # the form of a reading has a field a column
FILE_UPLOAD_HANDLERS = ["customers.imports.arrival.ArrivalHandler"]

HTTPS = environment.flag("KLANTWAARDE_HTTPS", default=False)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_AGE = 60 * 60 * 12

CHARTJS_CDN = "https://cdn.jsdelivr.net"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE, CHARTJS_CDN],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
DJANGO_TABLES2_TEMPLATE = "components/ranked_table.html"

LOG_LEVEL = environment.choice("LOG_LEVEL", "WARNING", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "klantwaarde": {"level": "INFO"},
        "customers": {"level": "INFO"},
        "metrics": {"level": "INFO"},
    },
}
