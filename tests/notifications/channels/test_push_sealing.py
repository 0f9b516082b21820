"""What is sealed for a browser is what the RFC seals, and what another library opens."""

import datetime as dt
import os

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifications.channels.push_sealing import (
    CURVE,
    authorization,
    from_text,
    is_key_of_a_browser,
    own_key,
    public_point,
    seal,
    to_text,
)

# RFC 8291, appendix A
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_seal_gives_what_the_rfc_gives():
    sealed = seal(
        b"When I grow up, I want to be a watermelon",
        point=POINT,
        secret=SECRET,
        ours=own_key(SENDER),
        salt=from_text(SALT),
        padded_to=1,
    )

    assert to_text(sealed) == SEALED


@pytest.mark.parametrize("length", [0, 1, 254, 255, 256, 3000])
def test_seal_is_opened_by_another_library_and_hides_the_length(length):
    browser, secret, content = ec.generate_private_key(CURVE), os.urandom(16), os.urandom(length)
    point = to_text(browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    sealed = seal(content, point=point, secret=to_text(secret))

    assert http_ece.decrypt(sealed, private_key=browser, auth_secret=secret, version="aes128gcm") == content
    assert (len(sealed) - 86 - 16) % 256 == 0


def test_seal_is_never_twice_the_same():
    assert seal(b"x", point=POINT, secret=SECRET) != seal(b"x", point=POINT, secret=SECRET)


@pytest.mark.parametrize(
    ("point", "secret"),
    [("", SECRET), (POINT[:-4], SECRET), (POINT, "AAAA"), ("B" + "A" * 86, SECRET), ("è", SECRET), (POINT, "no/no")],
)
def test_key_that_no_browser_gives_is_known(point, secret):
    assert not is_key_of_a_browser(point, secret)
    assert is_key_of_a_browser(POINT, SECRET)


def test_authorization_names_the_push_service_and_us():
    key = own_key(SENDER)
    now = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)

    said = authorization(key, "https://push.example/abc", contact="mailto:a@example.org", now=now)

    import json

    token = said.removeprefix("vapid t=").partition(",")[0]
    claims = json.loads(from_text(token.split(".")[1]))
    assert claims == {"aud": "https://push.example", "exp": int(now.timestamp()) + 43200, "sub": "mailto:a@example.org"}
    assert said.endswith(f"k={public_point(key)}")


@pytest.mark.parametrize("text", ["", "abc", to_text(b"x" * 31), "not base64!"])
def test_own_key_of_another_kind_is_refused(text):
    with pytest.raises(ValueError):
        own_key(text)
