"""Seal what a browser must keep while it has no network, so that only the portal can read it again.

The browser gets a public key and keeps no other: what it has sealed it cannot open itself. Each shift has a key of its
own, which follows from FIELD_KEYS and is stored nowhere (docs/adr/0007-what-an-offline-desk-keeps.md).

    sealed = base64(ephemeral public key, 65 bytes; nonce, 12 bytes; AES-256-GCM of the content)
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve (FIPS 186-4, D.1.2.3)
POINT, NONCE = 65, 12  # bytes
LABEL = b"milanolib sealed"


class SealBroken(Exception):
    """What came cannot be opened: cut off, changed, or sealed for a key that we have no more."""


def public_key(shift: str) -> str:
    """Return the key with which a browser seals during a shift: an uncompressed point of P-256, in base64."""
    point = next(_private_keys(shift)).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.b64encode(point).decode()


def open_sealed(shift: str, sealed: str, *, context: str) -> bytes:
    """Return what a browser has sealed during a shift; `context` is what it was bound to. Raises SealBroken."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw[:POINT])
    except (binascii.Error, ValueError) as error:
        raise SealBroken from error
    nonce, content = raw[POINT : POINT + NONCE], raw[POINT + NONCE :]
    for ours in _private_keys(shift):
        key = HKDF(SHA256(), length=32, salt=None, info=LABEL + raw[:POINT]).derive(ours.exchange(ec.ECDH(), theirs))
        try:
            return AESGCM(key).decrypt(nonce, content, context.encode())
        except (InvalidTag, ValueError):
            continue
    raise SealBroken


def _private_keys(shift: str) -> Iterator[ec.EllipticCurvePrivateKey]:
    """Give the shift's key under each of FIELD_KEYS, the newest first."""
    for field_key in settings.FIELD_KEYS:
        # 48 bytes for a number of 32: so no number is likelier than another
        derived = HKDF(SHA256(), length=48, salt=None, info=LABEL + b" " + shift.encode()).derive(field_key.encode())
        yield ec.derive_private_key(int.from_bytes(derived, "big") % (ORDER - 1) + 1, CURVE)
