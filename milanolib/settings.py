"""Settings, all from the environment; production is the default and a missing secret stops the start.

The library's rules (days, limits, penalties) are data, never settings. The table of variables is in
docs/operations.md.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from milanolib.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent


def _read_run_env() -> None:
    """Take the running demo's variables, so that `manage.py` finds its database; only when none is named."""
    path = BASE_DIR / ".run" / "env"
    if "DATABASE_URL" in os.environ or not path.is_file():
        return
    try:
        lines = path.read_text().splitlines()
    except PermissionError:
        return
    for line in lines:
        name, sign, value = line.partition("=")
        if sign:
            os.environ.setdefault(name, value)


_read_run_env()


def _env(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Production needs it in the environment (docs/operations.md); for a try-out: make demo"
        )
    return value


def _https(name: str) -> str:
    """Return an address with a secret in it: over TLS, but for loopback."""
    value = os.environ.get(name, "")
    parts = urlsplit(value)
    if value and parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
        raise ImproperlyConfigured(f"{name} must begin with https:// (docs/operations.md)")
    return value


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes"}


def _listed(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


DEBUG = False
DEMO = _flag("DEMO")  # relaxes the TLS redirect, HSTS and secure cookies, and opens /demo/; nothing else
DEMO_DIR = os.environ.get("DEMO_DIR", "")
DEMO_MAIL_DIR = os.environ.get("DEMO_MAIL_DIR", "")
SECRET_KEY = _env("SECRET_KEY")
SECRET_KEY_FALLBACKS = _listed("SECRET_KEY_FALLBACKS")
FIELD_KEYS = _listed("FIELD_KEYS")  # Fernet keys for encrypted columns, newest first
if not FIELD_KEYS:
    raise ImproperlyConfigured("FIELD_KEYS is not set: one or more Fernet keys, newest first (docs/operations.md)")
BASE_URL = _env("BASE_URL").rstrip("/")  # for links in messages
ALLOWED_HOSTS = _listed("ALLOWED_HOSTS", urlsplit(BASE_URL).hostname or "")
CSRF_TRUSTED_ORIGINS = _listed("CSRF_TRUSTED_ORIGINS", BASE_URL)

# --- Apps: imports go downwards only, in this order (pyproject.toml, import-linter)
INSTALLED_APPS = [
    "portal",
    "interop",
    "proximity",
    "registry",
    "partnerships",
    "loans",
    "catalog",
    "branches",
    "notifications",
    "accounts",
    "outbox",
    "milanolib.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "bootstrap_italia_template",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "template_partials",
]
MIDDLEWARE = [
    "milanolib.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "milanolib.middleware.CompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "milanolib.middleware.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "milanolib.middleware.ReaderLanguageMiddleware",
    "milanolib.middleware.PrivatePagesMiddleware",
    "milanolib.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "branches.middleware.SharedDeskMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "milanolib.middleware.GoneMeanwhileMiddleware",
]
ROOT_URLCONF = "milanolib.urls"
WSGI_APPLICATION = "milanolib.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "milanolib.context.site",
            ],
        },
    },
]

# --- Database: statement, lock and idle limits, so that one bad request cannot hold up the rest
DATABASES = {"default": dj_database_url.parse(_env("DATABASE_URL"))}
_options = DATABASES["default"].setdefault("OPTIONS", {})
_options["options"] = (
    "-c statement_timeout=10s -c lock_timeout=4s -c idle_in_transaction_session_timeout=30s "
    "-c timezone=UTC -c jit=off -c application_name=milanolib"
)
# A pool needs every thread to give its connection back at once: no transaction outlives a request here.
# PgBouncer in transaction mode: DATABASE_POOL=0 and no server-side cursors.
if os.environ.get("DATABASE_POOL", "0") != "0":
    _options["pool"] = {"min_size": 1, "max_size": int(os.environ["DATABASE_POOL"])}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Valkey or Redis: the broker (database 0) and the cache (database 1); apart in production
REDIS_URL = _env("REDIS_URL")
_redis = urlsplit(REDIS_URL)
CACHE_URL = os.environ.get("CACHE_URL") or (
    f"{REDIS_URL}?db=1" if _redis.scheme == "unix" else REDIS_URL.rstrip("/") + "/1"
)
CACHES = {
    "default": {
        "BACKEND": "milanolib.cache.ForgivingRedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        "KEY_PREFIX": "milanolib",
    }
}
CELERY_BROKER_URL = f"redis+socket://{unquote(_redis.path)}?virtual_host=0" if _redis.scheme == "unix" else REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "visibility_timeout": 600,
    "max_retries": 0,  # a request does not wait for a broker that is away: kombu alone would try for six seconds
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_DEFAULT_QUEUE = "milanolib"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/Rome"
CELERY_BEAT_SCHEDULE = SCHEDULE

# --- People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.CardBackend", "allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:mine"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_FORMS = {"login": "accounts.forms.LoginForm", "signup": "accounts.forms.SignupForm"}
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "feedback": "5/h/ip",
    "start_request": "5/h/ip",
    "delegation": "20/h/user",
    "registry": "120/h/ip,20/h/key",  # the figures are explained in docs/registry.md
    "registry_own": "20/h/user",
    "pass": "30/h/user",
    "pass_sheet": "6/d/user",
    "initiatives": "120/h/ip,20/h/key",  # the same reasons
}

# --- Language and time: instants are UTC in the database, wall time in Milan on screen
LANGUAGE_CODE = "it"
LANGUAGES = [("it", "Italiano"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Rome"
USE_TZ = True

# --- Files
STATIC_URL = "static/"
STATICFILES_DIRS: list[Path | tuple[str, Path]] = [BASE_DIR / "static"]
if _leaflet := find_spec("leaflet"):  # the map's script; django-leaflet's own app and templates are not used
    STATICFILES_DIRS += [Path(folder) / "static" for folder in _leaflet.submodule_search_locations or ()]
if _zxing := find_spec("nicegui_scanner"):  # the decoder of the partner's camera; nothing of its Python runs
    STATICFILES_DIRS += [("zxing", Path(folder) / "static") for folder in _zxing.submodule_search_locations or ()]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "milanolib.theme.ThemeFinder",
]
STATIC_ROOT: str | None = os.environ.get("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
MEDIA_ROOT = os.environ.get("MEDIA_ROOT", str(BASE_DIR / "media"))
if DEMO or "test" in os.environ.get("DJANGO_SETTINGS_MODULE", ""):
    WHITENOISE_USE_FINDERS = True  # no collectstatic before a try-out
    STATIC_ROOT = None
    WHITENOISE_AUTOREFRESH = False
else:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# --- The map of points: our own drawing, or tiles by an address with {z}, {x}, {y}; their server sees who looks at it
MAP_TILES_URL = os.environ.get("MAP_TILES_URL", "")
MAP_TILES_CREDIT = os.environ.get("MAP_TILES_CREDIT", "")
_tiles = urlsplit(MAP_TILES_URL)
MAP_TILES_ORIGIN = [f"{_tiles.scheme}://{_tiles.netloc}".replace("{s}", "*")] if _tiles.netloc else []

# --- Mail and other ways to reach readers; a way that is not named is not offered
_mail = urlsplit(_env("EMAIL_URL"))  # smtp://user:password@host:port, smtps:// for TLS, smtp+tls:// for STARTTLS
EMAIL_BACKEND = "notifications.channels.email.Backend"
EMAIL_HOST = _mail.hostname or "127.0.0.1"
EMAIL_PORT = _mail.port or (465 if _mail.scheme == "smtps" else 25)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Biblioteche di Milano <biblioteche@milanolib.example>")
CALL_TIMEOUT = 10.0  # seconds for the whole of a call to a push service, a gateway, App IO
BOUNCE_SECRET = os.environ.get("BOUNCE_SECRET", "")  # who hands us the letters that came back
VAPID_KEY = os.environ.get("VAPID_KEY", "")  # a number of P-256 in base64url: notices on devices
PUSH_HOSTS = _listed(
    "PUSH_HOSTS",
    "fcm.googleapis.com,updates.push.services.mozilla.com,web.push.apple.com,.notify.windows.com",
)
SMS_URL = _https("SMS_URL")  # https://user_key:token@api.example/API/v1.0/REST
SMS_SENDER = os.environ.get("SMS_SENDER", "Biblioteche")
SMS_TYPE = os.environ.get("SMS_TYPE", "GP")  # the gateway's name for its quality of service
APP_IO_URL = _https("APP_IO_URL")  # https://:key@api.io.pagopa.it/api/v1
MESSAGES_PER_MINUTE = {  # 0: as fast as it goes
    channel: int(os.environ.get(f"{channel.upper()}_PER_MINUTE", usual))
    for channel, usual in {"email": "0", "push": "1200", "sms": "120", "io": "600"}.items()
}

# --- Safety
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEMO
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if _flag("BEHIND_PROXY"):  # a proxy that sets X-Forwarded-Proto itself and drops the client's
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # the limits on attempts count the reader's address, not the proxy's
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "milanolib.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *MAP_TILES_ORIGIN],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Logs
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "milanolib.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        "django.server": {"handlers": [], "propagate": True},
        "celery": {"level": "WARNING"},
    },
}
ACCESSIBILITY_DECLARATION_URL = os.environ.get("ACCESSIBILITY_DECLARATION_URL", "")
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # unique without regard to case, by the constraint on Lower(email)
if "makemigrations" in sys.argv or "makemessages" in sys.argv:
    LOGGING["root"] = {"handlers": ["console"], "level": "WARNING"}
