"""What a point's phone may keep of a code: made once, current only, and thrown away."""

import pytest
from django.db import IntegrityError, transaction

from loans.code_digests import digest_code, digest_codes, digest_of, forget_digests, with_digests
from loans.handing import here_at
from loans.holds import cancel_hold
from loans.models import CodeDigest, Parcel
from outbox.events import dispatch


@pytest.fixture
def title(story):
    return story.copies(3)[0].title


def kept(place):
    return [(parcel.salt, parcel.digest) for parcel in with_digests(here_at(place))]


def test_a_digest_is_made_once_when_the_parcel_is_ready(story, title):
    hold, _copy, parcel = story.at_the_point(title)
    assert kept(story.network.newsstand) == [("", "")]

    dispatch()

    one = CodeDigest.objects.get(parcel=parcel)
    assert one.digest == digest_of(hold.pickup_code, one.salt)
    assert hold.pickup_code not in one.digest + one.salt
    digest_code(hold.pk)
    assert digest_codes() == 0
    assert kept(story.network.newsstand) == [(one.salt, one.digest)]


def test_digest_of_is_what_a_browser_computes_too():
    """PBKDF2 with HMAC-SHA-256; the value is from another implementation (OpenSSL)."""
    salt = "000102030405060708090a0b0c0d0e0f"
    assert digest_of("K7M29QXZ", salt) == "3251614c34bf82e10c8d204f3c54a8a8b5e0abe161f134519ef5a4f4f0a9686b"


def test_each_parcel_has_a_salt_of_its_own(story, title):
    story.at_the_point(title)
    story.at_the_point(title)
    assert digest_codes() == 2
    assert len(set(CodeDigest.objects.values_list("salt", flat=True))) == 2


def test_no_digest_is_made_for_what_is_still_on_the_road_or_at_a_library(story, title):
    hold, _copy, _parcel = story.packed(title)
    digest_code(hold.pk)
    ready, _copy = story.ready(title)
    digest_code(ready.pk)
    assert digest_codes() == 0
    assert not CodeDigest.objects.exists()


def test_a_digest_opens_nothing_once_nobody_waits_and_is_thrown_away(story, title):
    hold, _copy, _parcel = story.at_the_point(title)
    _hold, _copy, other = story.at_the_point(title)
    digest_codes()
    cancel_hold(hold, actor=None)
    story.hand_over(other)

    assert kept(story.network.newsstand) == []
    assert forget_digests() == 2
    assert forget_digests() == 0


def test_a_parcel_that_is_ready_anew_gets_another_digest(story, title):
    _hold, _copy, parcel = story.at_the_point(title)
    digest_codes()
    before = CodeDigest.objects.get()
    CodeDigest.objects.update(ready_at=before.ready_at.replace(year=2001))  # as if made for the time before

    assert kept(story.network.newsstand) == [("", "")]
    assert digest_codes() == 1
    assert kept(story.network.newsstand)[0] != (before.salt, before.digest)
    assert Parcel.objects.get(pk=parcel.pk).code_digest.pk != before.pk


@pytest.mark.parametrize("fields", [{"salt": ""}, {"digest": "K7M29QXZ"}])
def test_code_digest_is_salted_whatever_is_written(story, title, fields):
    story.at_the_point(title)
    digest_codes()
    with pytest.raises(IntegrityError, match="code_digest_is_salted"), transaction.atomic():
        CodeDigest.objects.update(**fields)
