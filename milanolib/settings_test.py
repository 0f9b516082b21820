"""Settings of the tests: production's own, made fast. Servers are real and come from the environment."""

import os

os.environ.setdefault("DEMO", "1")  # plain HTTP on loopback

from milanolib.settings import *  # noqa: F403  after the environment is set
from milanolib.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0
WHITENOISE_AUTOREFRESH = True  # looks for a file when it is asked for, instead of at all of them for each client
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = False
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key", "signup": "200/m/ip"}
ALLOWED_HOSTS = ["*"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
