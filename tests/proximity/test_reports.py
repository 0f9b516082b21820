"""The phone's queue: late, twice, out of order, broken; all of it is kept."""

import datetime as dt
import json

import pytest

from branches.devices import revoke_device
from branches.models import Report
from loans import records
from loans.invariants import disagreements
from loans.models import KeepingRule, Loan, Task, TaskKind
from loans.states import LoanStatus, ParcelStatus
from milanolib import clock
from proximity import reports
from tests.proximity.conftest import connect
from tests.story import Story, fresh

ADDRESS = "/partner/rapporti/"


def results(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def outcomes(answer):
    return [(one["key"], one["outcome"], one["detail"]) for one in results(answer)]


def problem(answer):
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["type"]) == (answer.status_code, "about:blank")
    return answer.status_code, body["code"]


def test_reports_are_applied_in_the_order_of_their_numbers(partner, story, title):
    _hold, copy, parcel = story.packed(title)
    answer = partner.report(
        {"key": "c", "act": "return", "what": copy.barcode, "seq": 3},
        {"key": "b", "act": "hand_over", "what": parcel.tag, "seq": 2},
        {"key": "a", "act": "receive", "what": parcel.tag, "seq": 1},
    )
    assert outcomes(answer) == [
        ("c", "applied", "returned"),
        ("b", "applied", "handed_over"),
        ("a", "applied", "received"),
    ]
    assert results(answer)[0]["receipt"] == Loan.objects.get().receipt_number
    assert results(answer)[2]["shelf_number"] == 1
    assert disagreements() == []


def test_reports_without_a_number_come_last_as_they_were_sent(partner, story, title):
    _hold, copy, parcel = story.packed(title)
    answer = partner.report(
        {"key": "b", "act": "hand_over", "what": parcel.tag},
        {"key": "c", "act": "return", "what": copy.barcode},
        {"key": "a", "act": "receive", "what": parcel.tag, "seq": 1},
    )
    assert [outcome for _key, outcome, _detail in outcomes(answer)] == ["applied"] * 3


def test_reports_sent_again_are_only_told_again(partner, story, title):
    _hold, copy, parcel = story.packed(title)
    batch = [
        {"key": "a", "act": "receive", "what": parcel.tag, "seq": 1},
        {"key": "b", "act": "hand_over", "what": parcel.tag, "seq": 2},
        {"key": "c", "act": "return", "what": copy.barcode, "seq": 3},
        {"key": None, "nonsense": True},
    ]
    first = results(partner.report(*batch))
    story.later(days=1)
    assert results(partner.report(*batch)) == first
    assert (Report.objects.count(), Loan.objects.count(), Task.objects.count()) == (4, 1, 1)


def test_reports_happen_when_the_phone_says_however_wrong_its_clock_is(partner, story, title):
    _hold, _copy, parcel = story.packed(title)
    story.later(hours=5)
    answer = partner.report(
        {"key": "a", "act": "receive", "what": parcel.tag, "at": "1999-12-31T22:00:00+01:00"},
        sent_at="2000-01-01T00:00:00+01:00",
    )
    assert results(answer)[0]["outcome"] == "applied"
    assert fresh(parcel).received_at == clock.now() - dt.timedelta(hours=2)


def test_hand_over_reported_before_the_arrival(partner, story, title):
    _hold, _copy, parcel = story.packed(title)
    assert (
        outcomes(partner.report({"key": "b", "act": "hand_over", "what": parcel.tag, "seq": 2}))[0][2] == "handed_over"
    )
    late = partner.report({"key": "a", "act": "receive", "what": parcel.tag, "seq": 1})
    assert outcomes(late) == [("a", "repeated", "already_handed_over")]
    assert (fresh(parcel).status, Loan.objects.get().status) == (ParcelStatus.HANDED_OVER, LoanStatus.OPEN)
    assert disagreements() == []


def test_a_key_with_other_words_is_kept_beside_the_first(partner, story, title):
    _hold, _copy, parcel = story.packed(title)
    answers = [outcomes(partner.report({"key": "a", "act": "receive", "what": what})) for what in (parcel.tag, "OTHER")]
    assert answers == [[("a", "applied", "received")], [("a", "task", "bad_report")]]
    assert Report.objects.count() == 2


def test_tags_are_read_as_people_type_them_and_kept_as_they_came(partner, story, title):
    _hold, _copy, parcel = story.packed(title)
    typed = f" {parcel.tag[:4].lower()}-{parcel.tag[4:]} "
    assert outcomes(partner.report({"key": "a", "act": "receive", "what": typed}))[0][1] == "applied"
    assert Report.objects.get().payload["what"] == typed


SENSELESS = [
    None,
    7,
    [],
    "receive",
    {},
    {"key": "only a key"},
    {"key": "", "act": "receive", "what": "K7M29QXZ"},
    {"key": 5, "act": "receive", "what": "K7M29QXZ"},
    {"key": "act", "act": ["receive"], "what": "K7M29QXZ"},
    {"key": "what", "act": "receive", "what": {"tag": 1}},
    {"key": "unknown", "act": "dance", "what": "K7M29QXZ"},
    {"key": "nothing", "act": "receive", "what": ""},
    {"key": "long", "act": "x" * 500, "what": "y" * 5000},
    {"key": "\x00", "act": "\x00", "what": "\x00"},
    {"key": "\ud800", "act": "\udfff", "what": "\ud800"},
]


def test_what_makes_no_sense_is_kept_for_the_library(partner, story):
    body = json.dumps({"reports": SENSELESS})
    answers = [results(partner.post(ADDRESS, body, content_type="application/json")) for _time in range(2)]
    assert answers[0] == answers[1]
    assert [one["detail"] for one in answers[0]] == ["bad_report"] * len(SENSELESS)
    assert Report.objects.count() == Task.objects.filter(kind=TaskKind.BAD_REPORT).count() == len(SENSELESS)


ODD = [
    {"at": "yesterday"},
    {"at": 7},
    {"at": "0001-01-01T00:00:00+14:00"},
    {"at": "9999-12-31T23:59:59-14:00"},
    {"at": "2026-03-02T06:30:00"},
    {"seq": -1},
    {"seq": 2**63},
    {"seq": "12"},
    {"seq": True},
    {"seq": 1.5},
    {"key": "k" * 300},
    {"colour": "green"},
]


@pytest.mark.parametrize("sent_at", [None, "now", "2026-03-02T06:31:00", "9999-12-31T23:59:59-14:00", 5])
def test_an_odd_field_does_not_stop_the_rest(partner, story, title, sent_at):
    _hold, _copy, parcel = story.packed(title)
    batch = [{"key": f"k{n}", "act": "receive", "what": parcel.tag, "seq": n, **odd} for n, odd in enumerate(ODD)]
    details = [detail for _key, _outcome, detail in outcomes(partner.report(*batch, sent_at=sent_at))]
    assert sorted(details) == ["already_received"] * (len(ODD) - 1) + ["received"]
    assert parcel.packed_at <= fresh(parcel).received_at <= clock.now()


def test_two_reports_with_one_number_are_both_applied(partner, story, title):
    parcels = [story.packed(title)[2] for _number in range(2)]
    batch = [{"key": f"k{n}", "act": "receive", "what": parcel.tag, "seq": 1} for n, parcel in enumerate(parcels)]
    assert [one[2] for one in outcomes(partner.report(*batch))] == ["received", "received"]


def test_long_keys_that_begin_alike_are_not_mixed_up(partner, story, title):
    parcels = [story.packed(title)[2] for _number in range(2)]
    batch = [{"key": "k" * 70 + str(n), "act": "receive", "what": parcel.tag} for n, parcel in enumerate(parcels)]
    assert [one[2] for one in outcomes(partner.report(*batch))] == ["received", "received"]


@pytest.mark.django_db(transaction=True)
def test_one_report_that_cannot_be_applied_now_holds_up_no_other(monday, lasting_network, phones):
    story, stand = Story(lasting_network, monday), lasting_network.newsstand
    first, second = (story.packed(story.copies(1)[0].title)[2] for _number in range(2))
    partner = connect(phones(), story.token(stand))
    rule = KeepingRule.objects.get(place_kind=stand.kind)
    rule.delete()  # nobody knows how long to keep there
    batch = [
        {"key": "a", "act": "receive", "what": first.tag},
        {"key": "b", "act": "receive", "what": "UNKNOWN1"},
        {"key": "c", "act": "receive", "what": second.tag},
    ]
    assert [one[1:] for one in outcomes(partner.report(*batch))] == [
        ("again", "send_again"),
        ("task", "unknown_tag"),
        ("again", "send_again"),
    ]
    rule.save(force_insert=True)
    assert [one[2] for one in outcomes(partner.report(*batch))] == ["received", "unknown_tag", "received"]


def test_another_point_hands_out_nothing_of_ours_unnoticed(other_partner, story, title):
    _hold, _copy, parcel = story.at_the_point(title)
    answer = other_partner.report({"key": "a", "act": "hand_over", "what": parcel.tag})
    assert outcomes(answer) == [("a", "task", "handed_over_late")]
    assert Task.objects.get().kind == TaskKind.PARCEL_GONE


def test_at_most_two_hundred_reports_at_once(partner, story):
    many = [{"key": f"k{n}", "act": "return", "what": "404"} for n in range(reports.MAX_REPORTS + 1)]
    assert problem(partner.report(*many)) == (413, "too_many")
    assert not Report.objects.exists()
    assert len(results(partner.report(*many[:20]))) == 20


def test_at_most_256_kilobytes(partner, story):
    assert problem(partner.report({"key": "k", "act": "return", "what": "9" * reports.MAX_BYTES})) == (413, "too_large")
    assert problem(partner.report({"key": "k", "act": "return", "what": "9" * 3_000_000})) == (413, "too_large")
    fits = partner.report({"key": "k", "act": "return", "what": "9" * (reports.MAX_BYTES - 200)})
    assert outcomes(fits)[0][2] == "unknown_barcode"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b" ", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe\xfa", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"reports": [' + b"1" * 5000 + b"]}", "not_json"),
        (b"[]", "no_reports"),
        (b"null", "no_reports"),
        (b'{"reports": {}}', "no_reports"),
        (b'{"sent_at": "2026-03-02T06:31:00Z"}', "no_reports"),
    ],
)
def test_what_is_no_batch_is_refused_as_a_problem(partner, body, code):
    assert problem(partner.post(ADDRESS, body, content_type="application/json")) == (400, code)


def test_an_empty_queue_is_fine(partner):
    assert results(partner.report()) == []


def test_other_content_and_other_methods_are_refused(partner):
    assert problem(partner.post(ADDRESS, {"reports": "[]"})) == (415, "not_json")
    assert partner.get(ADDRESS).status_code == 405


def test_unknown_and_revoked_phones_get_a_problem_to_read(partner, phones, story):
    assert problem(phones().report()) == (401, "phone_unknown")
    revoke_device(story.phone(story.network.newsstand), actor=None)
    assert problem(partner.report()) == (401, "phone_unknown")


def test_the_queue_needs_the_token_of_the_page(phones, story):
    phone = connect(phones(enforce_csrf_checks=True), story.token(story.network.newsstand))
    assert phone.report().status_code == 403
    page = phone.get("/partner/").content.decode()
    token = page.split('hx-headers=\'{"X-CSRFToken": "')[1].split('"')[0]
    assert results(phone.report(headers={"X-CSRFToken": token})) == []
    foreign = phone.report(headers={"X-CSRFToken": token, "Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403


def test_every_act_has_a_name_the_phone_knows():
    assert records.ACTS == ("receive", "hand_over", "return", "missing", "wrong", "damaged", "crate_out", "count")
