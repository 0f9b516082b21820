"""What a browser's push service asks of us: the content sealed for that browser, and a word about who we are.

RFC 8188 and 8291 (aes128gcm: one record, an ephemeral key on P-256) and RFC 8292 (VAPID: a token signed by our key).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    import datetime as dt

CURVE = ec.SECP256R1()
POINT, SECRET, NUMBER = 65, 16, 32  # bytes: an uncompressed point, a browser's shared secret, a number of the curve
RECORD = 4096  # bytes: what every push service takes
PADDED_TO = 256  # bytes: the length of what is sent tells little of what it says
LAST = b"\x02"  # ends the only record
TOKEN_LASTS = 12 * 3600  # seconds; a day at most, says RFC 8292


def to_text(raw: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """Return the bytes of base64url, padded or not. Raises ValueError."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def is_key_of_a_browser(point: str, secret: str) -> bool:
    """Whether something can be sealed with what a browser gave as its key and its secret."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_text(point))
        return len(from_text(secret)) == SECRET
    except ValueError:
        return False


def seal(
    content: bytes,
    *,
    point: str,
    secret: str,
    ours: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
    padded_to: int = PADDED_TO,
) -> bytes:
    """Return `content` so that only the browser with this key and secret can read it.

    `ours` and `salt` are made anew for each message; they are named only to repeat the example of the RFC.
    """
    theirs, shared = from_text(point), from_text(secret)
    ours, salt = ours or ec.generate_private_key(CURVE), salt or os.urandom(16)
    public = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    agreed = ours.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
    source = _derived(agreed, shared, b"WebPush: info\x00" + theirs + public, 32)
    key = _derived(source, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(source, salt, b"Content-Encoding: nonce\x00", 12)
    padding = b"\x00" * (-(len(content) + 1) % padded_to)
    header = salt + RECORD.to_bytes(4, "big") + bytes([len(public)]) + public
    return header + AESGCM(key).encrypt(nonce, content + LAST + padding, None)


def _derived(source: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=salt, info=info).derive(source)


def own_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Return our key from its number in base64url, as every tool for VAPID writes it. Raises ValueError."""
    raw = from_text(text)
    if len(raw) != NUMBER:
        raise ValueError(f"a key of {NUMBER} bytes in base64url is needed")
    return ec.derive_private_key(int.from_bytes(raw, "big"), CURVE)


def public_point(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the public half as a browser wants it (applicationServerKey)."""
    return to_text(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def authorization(key: ec.EllipticCurvePrivateKey, endpoint: str, *, contact: str, now: dt.datetime) -> str:
    """Return the header that says to the push service of `endpoint` who sends, and how to reach us."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(now.timestamp()) + TOKEN_LASTS,
        "sub": contact,
    }
    signed = ".".join(to_text(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    pair = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    signature = b"".join(number.to_bytes(NUMBER, "big") for number in pair)
    return f"vapid t={signed}.{to_text(signature)}, k={public_point(key)}"
