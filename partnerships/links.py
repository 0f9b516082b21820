"""Addresses that only an institution knows: its checking page."""

from __future__ import annotations

from django.core import signing
from django.urls import reverse

from partnerships.models import Institution

CHECKING = "partnerships.checking"


def checking_link(institution: Institution) -> str:
    """Return the address of an institution's checking page, for its bookmark."""
    return reverse("partnerships:check", args=[_token(CHECKING, f"{institution.pk}-{institution.links_version}")])


def checking_institution(token: str) -> Institution | None:
    """Return whose checking page an address is; None when we did not make it, or it was replaced by another."""
    return _institution(_read(CHECKING, token))


def _token(salt: str, value: str) -> str:
    return signing.Signer(salt=salt).sign(value).replace(":", "~")


def _read(salt: str, token: str) -> str:
    """Return what a token was made of; '' when we did not make it."""
    try:
        return signing.Signer(salt=salt).unsign(token.replace("~", ":"))
    except signing.BadSignature:
        return ""


def _institution(value: str) -> Institution | None:
    number, _dash, version = value.partition("-")
    if not version:
        return None
    return Institution.objects.filter(pk=int(number), links_version=int(version)).first()
