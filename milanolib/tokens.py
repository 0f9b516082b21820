"""What stands in an address that a letter or a page of ours gave out: nobody can make one up, and it names nobody."""

from __future__ import annotations

from django.core import signing


def token_for(text: str, *, salt: str) -> str:
    """Return a text as it stands in an address, signed for one use (`salt`) only."""
    return signing.Signer(salt=salt).sign(text).replace(":", "~")


def text_of(token: str, *, salt: str) -> str | None:
    """Return the text of a token; None when we did not make it, or for another use."""
    try:
        return signing.Signer(salt=salt).unsign(token.replace("~", ":"))
    except signing.BadSignature:
        return None
