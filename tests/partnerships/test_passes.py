"""The pass from the reader to the counter: who gets codes, what counts, once, how often; and nobody's name anywhere."""

import datetime as dt
import io
import json
import logging

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.encryption import open_secret
from loans.errors import CardExpired, ReaderClosed, ReaderSuspended
from milanolib import clock
from milanolib.logs import JsonFormatter
from partnerships import agreeing, pass_keys
from partnerships.errors import (
    AgeNotSaid,
    CardNotVerified,
    NotOfAge,
    NotValidToday,
    OfferEnded,
    PaperUsed,
    PassIsOld,
    PassNotOurs,
    PassUsed,
    QuotaUsedUp,
)
from partnerships.models import PassKey, SpentCode, UseCount
from partnerships.pass_codes import Claim
from partnerships.passes import age_claim, count_use, give_codes, print_codes, refuse_pass
from partnerships.taking_back import receipt_of, take_back_use
from tests.factories import ReaderFactory
from tests.partnerships.conftest import make_agreement
from tests.story import fresh

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def code_of(reader=None, **options):
    return give_codes(reader or ReaderFactory(), steps=1, **options).codes[0]


def counted(agreement):
    return fresh(agreement).uses, sum(UseCount.objects.filter(agreement=agreement).values_list("number", flat=True))


# --- Who gets a pass


def test_valid_reader_gets_codes_for_four_hours_that_count_one_after_the_other(agreement, monday):
    given = give_codes(ReaderFactory())

    assert given.ends_at - given.starts_at == dt.timedelta(hours=4)
    for place in (0, 1, 120, 239):
        monday.move_to(given.starts_at + place * MINUTE)
        count_use(agreement, given.codes[place])
    assert counted(agreement) == (4, 4)


def test_who_may_not_borrow_gets_no_pass_and_is_told_why(story):
    with pytest.raises(CardNotVerified):
        refuse_pass(ReaderFactory(provisional=True))
    with pytest.raises(CardExpired):
        refuse_pass(ReaderFactory(card_expires_on=clock.today() - dt.timedelta(days=1)))
    with pytest.raises(ReaderClosed):
        refuse_pass(ReaderFactory(status="closed"))
    refuse_pass(ReaderFactory(card_expires_on=clock.today()))


def test_suspended_reader_gets_no_pass(story):
    reader = ReaderFactory()
    (copy,) = story.copies(1)
    story.lent(copy, reader=reader)
    story.later(days=40)
    story.given_back(copy)

    with pytest.raises(ReaderSuspended):
        give_codes(reader)
    with pytest.raises(ReaderSuspended):
        print_codes(reader)


def test_age_is_said_only_where_the_reader_wants_it_and_somebody_knows_it(monday):
    adult = ReaderFactory(born_on=dt.date(2008, 3, 2))  # eighteen today
    child, unknown = ReaderFactory(born_on=dt.date(2008, 3, 3)), ReaderFactory(born_on=None)

    assert [age_claim(one) for one in (adult, child, unknown)] == [Claim.ADULT, Claim.MINOR, Claim.NOTHING]
    offer = make_agreement(adults_only=True)
    for reader, says_age, refusal in ((adult, False, AgeNotSaid), (unknown, True, AgeNotSaid), (child, True, NotOfAge)):
        with pytest.raises(refusal):
            count_use(offer, code_of(reader, says_age=says_age))
    count_use(offer, code_of(adult, says_age=True))
    assert counted(offer) == (1, 1)


# --- A use


def test_code_counts_once_anywhere(agreement):
    elsewhere, code = make_agreement(), code_of()
    count_use(agreement, code)

    for offer in (agreement, elsewhere):
        with pytest.raises(PassUsed):
            count_use(offer, f" {code[:4]} {code[4:].lower()}")
    assert counted(agreement) == (1, 1)
    assert counted(elsewhere) == (0, 0)


def test_printed_code_counts_once_within_its_week(agreement, monday):
    sheet = print_codes(ReaderFactory())
    count_use(agreement, sheet.codes[0])
    monday.shift(dt.timedelta(days=6))
    with pytest.raises(PaperUsed):
        count_use(agreement, sheet.codes[0])
    pass_keys.forget_spent_codes()
    with pytest.raises(PaperUsed):
        count_use(agreement, sheet.codes[0])
    count_use(agreement, sheet.codes[1])

    assert counted(agreement) == (2, 2)


def test_refused_use_spends_nothing(monday):
    tuesdays, full = make_agreement(weekdays=[1]), make_agreement(quota=0)
    ended, open_one = agreeing.end_agreement(make_agreement(), actor=None), make_agreement()
    code = code_of()

    for offer, refusal in ((tuesdays, NotValidToday), (full, QuotaUsedUp), (ended, OfferEnded)):
        with pytest.raises(refusal):
            count_use(offer, code)
    assert not SpentCode.objects.exists()
    count_use(open_one, code)
    assert counted(open_one) == (1, 1)


def test_same_press_is_answered_again_and_counts_once_even_when_it_used_up_the_quota(monday):
    offer, code, key = make_agreement(quota=1), code_of(), "a" * 32
    first = count_use(offer, code, request_key=key)
    again = count_use(offer, code, request_key=key)

    assert (again.agreement, again.digest) == (first.agreement, first.digest)
    assert counted(offer) == (1, 1)
    for other in ("", "b" * 32):
        with pytest.raises(QuotaUsedUp):
            count_use(offer, code, request_key=other)
    with pytest.raises(QuotaUsedUp):
        count_use(offer, code_of(), request_key=key)


def test_same_press_is_of_one_offer_and_of_a_minute(agreement, monday):
    sheet, other, key = print_codes(ReaderFactory()), make_agreement(), "a" * 32
    count_use(agreement, sheet.codes[0], request_key=key)
    with pytest.raises(PaperUsed):
        count_use(other, sheet.codes[0], request_key=key)
    count_use(agreement, sheet.codes[1], request_key=key)  # the form before, with the next reader's code
    monday.shift(MINUTE)
    pass_keys.forget_spent_codes()
    with pytest.raises(PaperUsed):
        count_use(agreement, sheet.codes[0], request_key=key)

    assert (counted(agreement), counted(other)) == ((2, 2), (0, 0))


def test_same_press_counts_anew_once_it_was_taken_back(agreement):
    code, key = code_of(), "a" * 32
    take_back_use(agreement.institution, receipt_of(count_use(agreement, code, request_key=key)))
    count_use(agreement, code, request_key=key)

    assert counted(agreement) == (1, 1)


def test_two_presses_at_once_are_one_use(rivals):
    offer, code = make_agreement(quota=1), code_of()
    outcomes = rivals(*[lambda: count_use(offer, code, request_key="a" * 32)] * 3)

    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert counted(offer) == (1, 1)


def test_screenshot_is_refused_when_its_minutes_are_over_and_its_hash_is_forgotten(agreement, monday):
    code = code_of()
    count_use(agreement, code)
    assert pass_keys.forget_spent_codes() == 0
    monday.shift(2 * MINUTE)

    assert pass_keys.forget_spent_codes() == 1
    with pytest.raises(PassIsOld):
        count_use(agreement, code)
    assert counted(agreement) == (1, 1)


def test_quota_is_exact_when_many_come_at_once(rivals):
    offer, codes = make_agreement(quota=3), [code_of() for _reader in range(8)]
    outcomes = rivals(*[lambda code=code: count_use(offer, code) for code in codes])

    assert sum(isinstance(one, QuotaUsedUp) for one in outcomes) == 5
    assert counted(offer) == (3, 3)


def test_one_code_at_two_counters_at_once_counts_once(rivals):
    here, there, code = make_agreement(), make_agreement(), code_of()
    outcomes = rivals(lambda: count_use(here, code), lambda: count_use(there, code))

    assert sum(isinstance(one, PassUsed) for one in outcomes) == 1
    assert counted(here)[0] + counted(there)[0] == 1


# --- Keys


def test_key_before_is_believed_until_its_last_code_is_over(agreement, monday):
    old, sheet = code_of(), print_codes(ReaderFactory())
    first = PassKey.objects.get()
    pass_keys.rotate_pass_keys()
    new = code_of()

    assert old[0] != new[0]
    count_use(agreement, old)
    count_use(agreement, new)
    monday.shift(dt.timedelta(days=6))
    count_use(agreement, sheet.codes[0])
    monday.shift(dt.timedelta(days=2))
    pass_keys.rotate_when_due()
    assert not PassKey.objects.filter(pk=first.pk).exists()


def test_rotating_at_once_makes_every_code_out_there_worthless(agreement):
    code, sheet = code_of(), print_codes(ReaderFactory())
    out = io.StringIO()
    call_command("rotate_pass_keys", "--at-once", stdout=out)

    key = PassKey.objects.get()
    assert key.letter in out.getvalue()
    secret = open_secret(key.secret_sealed)
    assert len(secret) == 32
    assert secret not in bytes(key.secret_sealed)
    for one in (code, sheet.codes[0]):
        if one[0] != key.letter:  # else it is another secret under the same letter
            with pytest.raises(PassNotOurs):
                count_use(agreement, one)
    count_use(agreement, code_of())


def test_key_is_changed_once_a_month_by_itself(monday):
    assert pass_keys.rotate_when_due()
    assert not pass_keys.rotate_when_due()
    monday.shift(dt.timedelta(days=30))
    assert pass_keys.rotate_when_due()
    assert PassKey.objects.count() == 2


def test_constraints_let_one_key_sign_and_no_letter_stand_twice(monday):
    key = pass_keys.rotate_pass_keys()
    for fields, name in (
        ({"letter": "a"}, "passkey_one_signs"),
        ({"letter": key.letter, "believed_until": clock.now()}, "passkey_once_per_letter"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            PassKey.objects.create(secret_sealed=b"x", made_at=clock.now(), **fields)


def test_two_first_keys_at_once_leave_one_that_signs(rivals):
    rivals(pass_keys.signing_key, pass_keys.signing_key)

    assert PassKey.objects.filter(believed_until=None).count() == 1


# --- Nobody's name


def every_row():
    """All rows of all tables, as text."""
    rows = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT t::text FROM {table} t")
            rows[model._meta.label] = sorted(row for (row,) in cursor.fetchall())
    return rows


def test_using_a_pass_writes_nothing_that_names_the_reader(client, agreement, caplog):
    """From the sign-in's page to the counter: every row and every line of the log before and after."""
    from partnerships.links import checking_link

    pass_keys.signing_key()
    reader = ReaderFactory(signs_in=True, phone="+39 333 1234567")
    client.force_login(reader.user)
    client.get("/mio/pass/")
    before = every_row()
    caplog.set_level(logging.DEBUG)
    with CaptureQueriesContext(connection) as queries:
        given = json.loads(client.post("/mio/pass/codici.json", {"age": "1"}).content)
        client.post("/mio/pass/foglio.pdf", {})
        shown = client.get("/mio/pass/?age=1")
        client.logout()
        sent = {"offer": agreement.pk, "code": given["codes"][0], "request_key": "a" * 32}
        counter = client.post(checking_link(agreement.institution), sent)
    assert "is-good" in counter.content.decode()
    assert shown.status_code == 200

    changed = {label: sorted(set(rows) ^ set(before[label])) for label, rows in every_row().items()}
    changed = {label: rows for label, rows in changed.items() if rows}
    # the session ends because the reader signs out; what is written of the use is a number, and a hash for minutes
    assert set(changed) <= {
        "partnerships.Agreement",
        "partnerships.UseCount",
        "partnerships.SpentCode",
        "sessions.Session",
    }
    del changed["sessions.Session"]
    lines = [JsonFormatter().format(record) for record in caplog.records if record.name != "django.db.backends"]
    told = "\n".join([*lines, *(row for rows in changed.values() for row in rows)])
    for name in (reader.card_number, reader.given_name, reader.family_name, reader.user.email, "1234567"):
        assert name not in told
    for code in given["codes"]:
        assert code not in told
    # nothing of the use is written in the statements that know the reader, nor the reader in those of the use
    writes = [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE"))]
    assert all("accounts_" not in sql for sql in writes)
    fields = {field.name for model in (UseCount, SpentCode) for field in model._meta.get_fields()}
    assert fields == {"id", "agreement", "on", "number", "digest", "expires_at"}
