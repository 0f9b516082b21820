"""Production settings: complete, strict, and stopped by a missing secret."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

ENVIRONMENT = {
    "SECRET_KEY": "k" * 25 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "FIELD_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "BASE_URL": "https://biblioteche.example",
    "DATABASE_URL": "postgres://milanolib@db/milanolib",
    "REDIS_URL": "redis://broker:6379",
    "EMAIL_URL": "smtp+tls://user:secret@mail.example:587",
    "BEHIND_PROXY": "1",
    "DJANGO_SETTINGS_MODULE": "milanolib.settings",
}


def manage(*arguments, **changes):
    environment = {"PATH": os.environ["PATH"], **ENVIRONMENT, **changes}
    environment = {name: value for name, value in environment.items() if value}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_deploy_has_no_warning():
    found = manage("check", "--deploy", "--fail-level", "WARNING")

    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "BASE_URL"])
def test_missing_variable_stops_the_start_and_is_named(name):
    found = manage("check", **{name: ""})

    assert found.returncode != 0
    assert name in found.stderr.splitlines()[-1]


def test_demo_relaxes_transport_only():
    ask = (
        "from django.conf import settings as s; print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, "
        "s.SECURE_HSTS_SECONDS, s.SESSION_COOKIE_HTTPONLY, s.X_FRAME_OPTIONS)"
    )

    strict, relaxed = manage("shell", "-v0", "-c", ask), manage("shell", "-v0", "-c", ask, DEMO="1")

    assert strict.stdout.split() == ["False", "True", "True", "31536000", "True", "DENY"], strict.stderr
    assert relaxed.stdout.split() == ["False", "False", "False", "0", "True", "DENY"]


@pytest.mark.parametrize(
    ("address", "origins"),
    [
        ("", "'self' data:"),
        ("https://tiles.example/{z}/{x}/{y}.png?key=a", "'self' data: https://tiles.example"),
        ("https://{s}.tiles.example/{z}/{x}/{y}.png", "'self' data: https://*.tiles.example"),
        ("/own-tiles/{z}/{x}/{y}.png", "'self' data:"),
    ],
)
def test_pictures_come_from_the_tiles_server_only_when_one_is_named(address, origins):
    ask = "from django.conf import settings as s; print(*s.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'])"

    found = manage("shell", "-v0", "-c", ask, MAP_TILES_URL=address)

    assert found.stdout.strip() == origins, found.stderr
