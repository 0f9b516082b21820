"""What a partner's software reads and tells: only of its own point, never a reader or a title, each act once."""

import datetime as dt
import re

import pytest
from django.urls import URLPattern, get_resolver

from accounts.models import Reader
from branches.devices import device_of, issue_token, revoke_device
from branches.models import Report
from catalog.models import Title
from interop import door
from loans.models import Loan, Parcel, Task
from loans.states import ParcelStatus
from milanolib import clock
from tests.interop.conftest import ProgramClient, problem
from tests.story import fresh

API = "/api/v1/partner/"
READ = ("parcels", "parcels/K7M29QXZ", "crates", "day", "tally", "reports/some-key")


def addresses(patterns, prefix="/"):
    for one in patterns:
        route = prefix + str(one.pattern).lstrip("^")
        if isinstance(one, URLPattern):
            yield re.sub(r"<[^>]*>", "1", route)
        else:
            yield from addresses(one.url_patterns, route)


def items(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


# --- Whose token


@pytest.mark.parametrize("address", READ)
def test_every_resource_asks_for_a_token_that_is_known(program, client, story, address):
    phone, wrong = ProgramClient(story.token(story.network.newsstand)), ProgramClient("milanolib_wrong")
    sessions = ProgramClient()
    sessions.cookies["sessionid"] = "x"

    for one in (client, phone, wrong, sessions):
        answer = one.get(API + address)
        assert problem(answer) == (401, "token_unknown")
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert program.get(API + address).status_code in {200, 404}


def test_reports_ask_for_a_token_and_a_revoked_one_is_none(program, client):
    revoke_device(program.device, actor=None)

    for one in (client, program):
        answer = one.post(API + "reports", {"reports": []}, content_type="application/json")
        assert problem(answer) == (401, "token_unknown")


def test_token_opens_no_other_address(program, client, monday):
    """Whoever has the token is, everywhere else, somebody who is not signed in."""
    for address in set(addresses(get_resolver().url_patterns)):
        if address.startswith("/api/") or re.search(r"[\\(?$]", address):
            continue
        bearer, nobody = program.get(address), client.get(address, headers={"Accept-Language": "en"})
        assert bearer.status_code == nobody.status_code, address
        assert bearer.get("Location") == nobody.get("Location"), address


def test_token_of_a_program_is_no_phone(story):
    _device, token = issue_token(story.network.newsstand, name="till", actor=None)

    assert device_of(token).kind == "partner_software"
    assert ProgramClient(token).get("/partner/giornata/pacchi/").status_code == 401


# --- What is at the point


def test_parcels_are_told_without_reader_and_title(program, story, title):
    _hold, _copy, coming = story.packed(title)
    hold, _copy, here = story.at_the_point(title)
    answer = program.get(API + "parcels")

    assert items(answer) == [
        {"tag": coming.tag, "shelf_number": coming.shelf_number, "state": "coming", "keep_until": None},
        {
            "tag": here.tag,
            "shelf_number": here.shelf_number,
            "state": "here",
            "keep_until": hold.keep_until.isoformat(),
        },
    ]
    said = answer.content.decode()
    words = {*Reader.objects.values_list("card_number", flat=True), *Title.objects.values_list("title", flat=True)}
    assert not {word for word in words if word in said}


def test_parcel_whose_reservation_ended_goes_back(program, story, title):
    hold, _copy, parcel = story.at_the_point(title)
    story.cancelled(hold)

    assert [one["state"] for one in items(program.get(API + "parcels"))] == ["back"]
    assert program.get(f"{API}parcels/{parcel.tag}").json()["keep_until"] is None
    assert [one["tag"] for one in items(program.get(API + "parcels?state=back"))] == [parcel.tag]
    assert items(program.get(API + "parcels?state=here")) == []


def test_parcels_of_another_point_are_as_unknown_as_none(program, story, title):
    _hold, _copy, foreign = story.at_the_point(title, pickup=story.network.small_newsstand)

    assert items(program.get(API + "parcels")) == []
    assert problem(program.get(f"{API}parcels/{foreign.tag}")) == (404, "unknown_parcel")
    assert problem(program.get(f"{API}parcels/NONE0000")) == (404, "unknown_parcel")


def test_pages_follow_one_another_and_a_cursor_is_good_for_its_own_list(program, story, title):
    tags = [story.packed(title)[2].tag for _number in range(2)]
    first = program.get(API + "parcels?limit=1").json()
    cursor = first["next"]
    second = program.get(API + "parcels", {"limit": 1, "cursor": cursor}).json()

    assert [first["items"][0]["tag"], second["items"][0]["tag"]] == tags
    assert second["next"] is None
    for address, wrong in (
        ("parcels", "made-up"),
        ("parcels", cursor[:-1] + ("A" if cursor[-1] != "A" else "B")),
        ("crates", cursor),
        ("parcels?state=here", cursor),
    ):
        path, _mark, asked = address.partition("?")
        data = dict([asked.split("=")]) if asked else {}
        assert problem(program.get(API + path, {**data, "cursor": wrong})) == (400, "unknown_cursor")
    _device, token = issue_token(story.network.small_newsstand, name="other", actor=None)
    assert problem(ProgramClient(token).get(API + "parcels", {"cursor": cursor})) == (400, "unknown_cursor")


def test_list_takes_the_same_number_of_statements_for_more_rows(
    program, story, title, django_assert_num_queries, django_assert_max_num_queries
):
    story.packed(title)
    program.get(API + "parcels")
    with django_assert_max_num_queries(6) as few:
        program.get(API + "parcels")
    story.packed(title)
    with django_assert_num_queries(len(few)):
        program.get(API + "parcels")


def test_crates_are_those_of_the_point(program, story, title):
    crate = story.sent(story.packed(title)[1])
    told = items(program.get(API + "crates"))[0]

    assert dt.datetime.fromisoformat(told.pop("sealed_at")) == crate.sealed_at.replace(
        microsecond=crate.sealed_at.microsecond // 1000 * 1000
    )
    assert told == {"code": crate.code, "direction": "coming", "state": "on_road", "parcels_declared": 1}
    _device, token = issue_token(story.network.small_newsstand, name="other", actor=None)
    assert items(ProgramClient(token).get(API + "crates")) == []


def test_day_tells_the_room_that_is_left(program, story, title):
    story.packed(title)
    told = program.get(API + "day").json()

    assert (told["capacity"], told["free"]) == (2, 1)
    assert told["place"]["code"] == "newsstand"
    assert told["date"] == clock.today().isoformat()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("parcels?state=gone", "unknown_state"),
        ("parcels?limit=0", "bad_limit"),
        ("parcels?limit=201", "bad_limit"),
        ("parcels?limit=x", "bad_limit"),
        ("parcels?cursor=", "unknown_cursor"),
        ("parcels?readers=1", "unknown_parameter"),
        ("parcels?limit=1&limit=2", "parameter_twice"),
        ("day?date=2026-01-01", "unknown_parameter"),
        ("tally?month=2026-13", "bad_month"),
        ("tally?month=soon", "bad_month"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(program, address, code):
    assert problem(program.get(API + address)) == (400, code)


def test_wrong_method_and_wrong_address_are_problems_too(program):
    answer = program.post(API + "day")

    assert problem(answer) == (405, "wrong_method")
    assert answer["Allow"] == "GET"
    assert problem(program.get("/api/v2/")) == (404, "no_such_address")


def test_more_requests_than_allowed_are_told_to_wait(program, monkeypatch):
    monkeypatch.setattr(door, "ALLOWED", 2)
    answers = [program.get(API + "day") for _number in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "60"


def test_wrong_tokens_from_one_address_are_told_to_wait_and_others_are_not(program, monkeypatch):
    monkeypatch.setattr(door, "WRONG_ALLOWED", 3)
    guesser = ProgramClient("milanolib_wrong")
    answers = [guesser.get(API + "day") for _guess in range(4)]

    assert [one.status_code for one in answers] == [401, 401, 401, 429]
    assert (problem(answers[3]), answers[3]["Retry-After"]) == ((429, "too_often"), "600")
    assert program.get(API + "day").status_code == 429  # the right token would be told apart
    assert program.get(API + "day", REMOTE_ADDR="192.0.2.7").status_code == 200


# --- What has happened there


def test_reports_are_applied_once_however_often_they_are_sent(program, story, title):
    _hold, copy, parcel = story.packed(title)
    batch = [
        {"key": "a-1", "act": "receive", "what": parcel.tag, "seq": 1},
        {"key": "a-2", "act": "hand_over", "what": parcel.tag, "seq": 2},
        {"key": "a-3", "act": "return", "what": copy.barcode, "seq": 3},
    ]
    first, second = program.report(*batch).json(), program.report(*batch).json()

    assert first == second
    assert [one["detail"] for one in first["results"]] == ["received", "handed_over", "returned"]
    assert program.get(API + "reports/a-3").json() == first["results"][2]
    assert (Loan.objects.count(), Report.objects.count()) == (1, 3)


def test_report_of_a_crate_may_say_how_many_were_counted(program, story, title):
    crate = story.sent(story.packed(title)[1])

    [told] = program.report({"key": "c-1", "act": "receive", "what": crate.code, "counted": 2}).json()["results"]

    assert (told["outcome"], told["detail"]) == ("task", "crate_miscounted")
    assert fresh(crate).parcels_counted == 2


def test_report_of_another_token_is_not_told(program, story):
    program.report({"key": "mine", "act": "receive", "what": "NONE0000"})
    _device, token = issue_token(story.network.newsstand, name="other", actor=None)

    assert problem(ProgramClient(token).get(API + "reports/mine")) == (404, "unknown_report")


def test_parcel_of_another_point_is_kept_and_becomes_a_task(program, story, title):
    _hold, _copy, foreign = story.packed(title, pickup=story.network.small_newsstand)
    told = program.report({"key": "k", "act": "receive", "what": foreign.tag}).json()["results"][0]

    assert (told["outcome"], told["detail"]) == ("task", "wrong_point")
    assert Task.objects.get().parcel == foreign


def test_header_names_the_only_report(program, story, title):
    parcel = story.packed(title)[2]
    report = {"act": "receive", "what": parcel.tag}
    told = [program.report(report, headers={"Idempotency-Key": "once"}).json() for _time in range(2)]

    assert told[0] == told[1]
    assert told[0]["results"][0]["key"] == "once"
    assert problem(program.report(report, report, headers={"Idempotency-Key": "once"})) == (400, "key_of_many")
    two = program.report({**report, "key": "other"}, headers={"Idempotency-Key": "once"})
    assert problem(two) == (400, "two_keys")
    assert fresh(parcel).status == ParcelStatus.RECEIVED


RIGHT = {"key": "k", "act": "receive", "what": "K7M29QXZ"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "not_json"),
        (b"\xff", 400, "not_json"),
        ("[" * 100_000, 400, "not_json"),
        ([], 400, "no_reports"),
        ({}, 400, "no_reports"),
        ({"reports": []}, 400, "no_reports"),
        ({"reports": [RIGHT] * 201}, 413, "too_many"),
        ({"reports": [RIGHT], "reader": "x"}, 422, "unknown_field"),
        ({"reports": [{**RIGHT, "card": "x"}]}, 422, "unknown_field"),
        ({"reports": [RIGHT], "sent_at": "now"}, 422, "bad_report"),
        ({"reports": ["x"]}, 422, "bad_report"),
        ({"reports": [{**RIGHT, "key": "with space"}]}, 422, "bad_report"),
        ({"reports": [{"act": "receive", "what": "x"}]}, 422, "bad_report"),
        ({"reports": [{**RIGHT, "act": "lend"}]}, 422, "bad_report"),
        ({"reports": [{**RIGHT, "what": ""}]}, 422, "bad_report"),
        ({"reports": [{**RIGHT, "what": "x" * 61}]}, 422, "bad_report"),
        ({"reports": [{**RIGHT, "at": "yesterday"}]}, 422, "bad_report"),
        ({"reports": [{**RIGHT, "seq": -1}]}, 422, "bad_report"),
        ({"reports": [{**RIGHT, "counted": -1}]}, 422, "bad_report"),
        ({"reports": [{**RIGHT, "counted": "2"}]}, 422, "bad_report"),
        ({"reports": [{**RIGHT, "counted": 10000}]}, 422, "bad_report"),
        ({"reports": [RIGHT, {**RIGHT, "seq": True}]}, 422, "bad_report"),
    ],
)
def test_batch_with_a_fault_is_refused_whole(program, body, status, code):
    assert problem(program.send(body)) == (status, code)
    assert not Report.objects.exists()


def test_batch_of_another_type_or_too_large_is_refused(program):
    assert problem(program.post(API + "reports", {"reports": "x"})) == (415, "not_json")
    assert problem(program.send({"reports": [{**RIGHT, "what": "x" * 300_000}]})) == (413, "too_large")


# --- The month


def test_tally_counts_each_act_on_its_day(program, story, title):
    copy, parcel = story.packed(title)[1:]
    _hold, _copy, waiting = story.at_the_point(title)
    day = clock.today()
    program.report(
        {"key": "1", "act": "receive", "what": parcel.tag},
        {"key": "2", "act": "hand_over", "what": parcel.tag},
        {"key": "3", "act": "return", "what": copy.barcode},
        {"key": "4", "act": "receive", "what": "NONE0000"},
    )
    told = program.get(f"{API}tally?month={day:%Y-%m}").json()

    assert told["total"] == {"received": 2, "handed_out": 1, "returned": 1, "expired": 0, "exceptions": 1}
    assert {"date": day.isoformat(), **told["total"]} in told["days"]
    assert Parcel.objects.get(pk=waiting.pk).status == ParcelStatus.RECEIVED
    assert set(program.get(f"{API}tally?month=2001-01").json()["total"].values()) == {0}
