"""What a browser seals during a shift only the portal can open. Here Python stands in for the browser."""

import base64
import os

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from branches.sealing import SealBroken, open_sealed, public_key


def seal(key, content, context):
    """Do what static/shared/js/seal.js does."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(key))
    ours = ec.generate_private_key(ec.SECP256R1())
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = ours.exchange(ec.ECDH(), theirs)
    secret = HKDF(SHA256(), length=32, salt=None, info=b"milanolib sealed" + point).derive(shared)
    nonce = os.urandom(12)
    return base64.b64encode(point + nonce + AESGCM(secret).encrypt(nonce, content, context.encode())).decode()


def test_open_sealed_returns_what_was_sealed():
    sealed = seal(public_key("shift"), b"a card", "key lend")

    assert open_sealed("shift", sealed, context="key lend") == b"a card"
    assert b"a card" not in base64.b64decode(sealed)


def test_the_key_of_a_shift_is_the_same_whenever_it_is_asked_for_and_no_other_shifts():
    assert public_key("one") == public_key("one")
    assert public_key("one") != public_key("other")


def test_open_sealed_after_the_keys_were_changed(settings):
    sealed = seal(public_key("shift"), b"a card", "key")
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]

    assert open_sealed("shift", sealed, context="key") == b"a card"
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    with pytest.raises(SealBroken):
        open_sealed("shift", sealed, context="key")


@pytest.mark.parametrize(("shift", "context"), [("other", "key"), ("shift", "another key")])
def test_open_sealed_refuses_another_shift_and_another_context(shift, context):
    sealed = seal(public_key("shift"), b"a card", "key")

    with pytest.raises(SealBroken):
        open_sealed(shift, sealed, context=context)


@pytest.mark.parametrize("sealed", ["", "?", "AAAA", "é", base64.b64encode(b"\x04" + b"\x00" * 80).decode()])
def test_open_sealed_refuses_what_is_no_seal(sealed):
    with pytest.raises(SealBroken):
        open_sealed("shift", sealed, context="key")


def test_open_sealed_refuses_what_was_cut_off_or_changed():
    sealed = base64.b64decode(seal(public_key("shift"), b"a card", "key"))
    for broken in (sealed[:-1], sealed[:70], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(SealBroken):
            open_sealed("shift", base64.b64encode(broken).decode(), context="key")
