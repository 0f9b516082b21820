"""Every kind in every language and in simple words; one SMS of each; kinds that other apps bring."""

import pytest
from django.conf import settings
from django.core import mail
from django.test import override_settings
from django.utils import translation

from notifications import kinds
from notifications.composing import render_part
from notifications.delivery import deliver
from notifications.kinds import WHY, Topic, all_kinds, kind_of
from notifications.models import Message, MessageStatus
from notifications.policy import fits_one_sms
from outbox.events import dispatch, emit
from tests.factories import ReaderFactory, UserFactory
from tests.notifications.sample.apps import OUT

LANGUAGES = [code for code, _name in settings.LANGUAGES]
KINDS = [kind.code for kind in all_kinds()]
TITLE = "Il nome della rosa"
ASKED_FOR = {
    "hold_ready", "hold_date_moved", "hold_last_day", "hold_expired", "hold_unfillable", "loan_due_soon",
    "loan_due_today", "loan_overdue", "loan_overdue_2", "loan_overdue_3", "suspension_begun", "suspension_ended",
    "loan_renewed", "loan_renewed_by_itself", "card_expiring", "new_sign_in", "data_exported",
    "erasure_asked", "account_erased",
}  # fmt: skip


@pytest.fixture
def reader(db):
    return ReaderFactory(user=UserFactory())


def test_every_kind_that_was_asked_for_is_there():
    assert set(KINDS) >= ASKED_FOR


@pytest.mark.parametrize("simple", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", KINDS)
def test_kind_has_subject_text_and_one_sms_without_a_title_in_each_language(code, language, simple, monday, db):
    kind = kind_of(code)
    with translation.override(language):
        part = render_part(kind, kind.sample(), user=None, simple=simple)

    assert part.subject
    assert len(part.body) > 40
    assert "%(" not in part.body + part.short
    assert "{{" not in part.body + part.short + part.html
    assert fits_one_sms(part.short), part.short
    assert not part.short.endswith("...")
    assert TITLE not in part.short


@pytest.mark.parametrize("code", ["data_exported", "erasure_asked", "account_erased"])
def test_kind_about_ones_data_says_it_in_simple_words_and_in_an_sms_of_its_own(code, db):
    kind = kind_of(code)

    with translation.override("en"):
        part, simple = (render_part(kind, kind.sample(), user=None, simple=simple) for simple in (False, True))

    assert simple.body != part.body
    assert not part.short.startswith("Libraries of Milan: ")  # as one begins that has no text of its own


def test_every_topic_says_why():
    assert set(WHY) == set(Topic)


def test_letter_says_why_it_came_and_how_to_end_it_in_text_and_html(story, reader):
    story.ready(story.copies(1)[0].title, reader=reader)
    dispatch()
    deliver()

    (letter,) = mail.outbox
    html, kind = letter.alternatives[0]
    assert kind == "text/html"
    for text in (letter.body, html):
        assert str(Topic.HOLDS.why) in text
        assert "/messaggi/basta/" in text
    assert 'lang="it" dir="ltr"' in " ".join(html.split())


def test_letter_in_a_language_from_right_to_left_says_so(story, reader):
    reader.user.language = "ar"
    reader.user.save()
    story.ready(story.copies(1)[0].title, reader=reader)
    dispatch()

    with override_settings(LANGUAGES=[*settings.LANGUAGES, ("ar", "العربية")]):
        deliver()

    assert 'lang="ar" dir="rtl"' in " ".join(mail.outbox[0].alternatives[0][0].split())


def test_reader_who_chose_a_language_that_is_gone_is_written_to_in_that_of_the_house(story, reader):
    reader.user.language = "xx"
    reader.user.save()
    story.ready(story.copies(1)[0].title, reader=reader)
    dispatch()

    assert deliver() == 1
    assert 'lang="it"' in mail.outbox[0].alternatives[0][0]


# --- An app that comes later


@pytest.fixture
def umbrellas():
    """The sample app, installed."""
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "tests.notifications.sample.apps.SampleConfig"]):
        yield
    kinds._kinds.pop("umbrella_out")


def test_sample_app_tells_its_own_kind_without_touching_notifications(umbrellas, reader, monday):
    emit("sample.rain", key="rain:7:2026-03-02", reader_id=reader.pk, umbrella=7)
    emit("sample.rain", key="rain:8:2026-03-02", reader_id=reader.pk, umbrella=8)
    dispatch()
    deliver()

    (letter,) = mail.outbox
    assert letter.subject == "Umbrella 7"
    assert OUT["umbrella"] == 7
    assert Message.objects.get(params__umbrella=8).status == MessageStatus.MOOT
