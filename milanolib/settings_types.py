"""Settings for type checks and other tools that need no server: names are there, nothing answers."""

import os

for name, value in {
    "SECRET_KEY": "types-only",
    "FIELD_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "BASE_URL": "http://localhost",
    "DATABASE_URL": "postgres://nobody@localhost/nothing",
    "REDIS_URL": "redis://localhost",
    "EMAIL_URL": "smtp://localhost",
}.items():
    os.environ.setdefault(name, value)

from milanolib.settings import *  # noqa: E402, F403  after the environment is set
