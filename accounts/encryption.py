"""What is kept so that a stolen table does not tell it: the codice fiscale, badges of the staff, addresses, secrets."""

from __future__ import annotations

import hashlib
import hmac
import re

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from accounts.errors import TaxCodeInvalid

# D.M. 23 December 1976, with the letters that replace digits when two people's codes clash (omocodia)
TAX_CODE = re.compile(r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-EHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]")


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def seal_tax_code(text: str) -> tuple[bytes, str]:
    """Return (encrypted, keyed hash) of a codice fiscale. Raises TaxCodeInvalid."""
    code = re.sub(r"\s", "", text).upper()
    if not TAX_CODE.fullmatch(code):
        raise TaxCodeInvalid
    return _fernet().encrypt(code.encode()), tax_code_hash(code)


def open_tax_code(sealed: bytes) -> str:
    """Return the codice fiscale that `seal_tax_code` encrypted."""
    return _fernet().decrypt(bytes(sealed)).decode()


def seal_secret(secret: bytes) -> bytes:
    """Return a secret encrypted, for a column."""
    return _fernet().encrypt(secret)


def open_secret(sealed: bytes) -> bytes:
    """Return the secret that `seal_secret` encrypted."""
    return _fernet().decrypt(sealed)


def tax_code_hash(code: str) -> str:
    """Return the keyed hash by which a codice fiscale is looked up; the oldest key stays its key."""
    return _keyed_hash(code)


def badge_hash(code: str) -> str:
    """Return the keyed hash by which a colleague's badge is looked up; no codice fiscale has the same."""
    return _keyed_hash(f"badge:{code}")


def address_hash(channel: str, address: str) -> str:
    """Return the keyed hash by which an address that does not work is known, whatever its case."""
    return _keyed_hash(f"{channel}:{address.strip().lower()}")


def _keyed_hash(text: str) -> str:
    return hmac.new(settings.FIELD_KEYS[-1].encode(), text.encode(), hashlib.sha256).hexdigest()
