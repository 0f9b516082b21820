"""Addresses that only an institution knows: its checking page, and the page on which it proposes texts."""

from __future__ import annotations

from django.urls import reverse

from milanolib.tokens import text_of, token_for
from partnerships.models import Agreement, Institution

CHECKING, PROPOSING = "partnerships.checking", "partnerships.proposing"


def checking_link(institution: Institution) -> str:
    """Return the address of an institution's checking page, for its bookmark."""
    return reverse("partnerships:check", args=[_token(CHECKING, institution.pk, institution.links_version)])


def checking_institution(token: str) -> Institution | None:
    """Return whose checking page an address is; None when we did not make it, or it was replaced by another."""
    numbers = _read(CHECKING, token)
    if numbers is None:
        return None
    return Institution.objects.filter(pk=numbers[0], links_version=numbers[1]).first()


def proposing_link(agreement: Agreement) -> str:
    """Return the address on which the institution proposes the words of an agreement; fetch its institution with it."""
    return reverse("partnerships:propose", args=[_token(PROPOSING, agreement.pk, agreement.institution.links_version)])


def proposing_agreement(token: str) -> Agreement | None:
    """Return the agreement of such an address; None when we did not make it, or it was replaced by another."""
    numbers = _read(PROPOSING, token)
    if numbers is None:
        return None
    found = Agreement.objects.filter(pk=numbers[0], institution__links_version=numbers[1])
    return found.select_related("institution").first()


def _token(salt: str, number: int, version: int) -> str:
    return token_for(f"{number}-{version}", salt=salt)


def _read(salt: str, token: str) -> tuple[int, int] | None:
    """Return what a token was made of; None when we did not make it."""
    text = text_of(token, salt=salt)
    if text is None:
        return None
    number, _dash, version = text.partition("-")
    return int(number), int(version)
