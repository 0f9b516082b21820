"""The desk without network: its page, its shift, and what its browser sends afterwards."""

import datetime as dt
import json

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts.models import Act as StaffAct
from branches.models import Posting, Report
from loans import offline_words
from loans.models import Loan, Task, TaskKind
from loans.offline_desk import SALT, SHIFT_LASTS
from loans.records import desk as desk_acts
from loans.records import lends
from milanolib import clock
from tests.branches.test_sealing import seal
from tests.factories import CopyFactory, LibrarianFactory, ReaderFactory, UserFactory
from tests.loans.desk.conftest import Desk
from tests.proximity.test_answers import codes_in

PAGES = ["desk_offline", "desk_offline_worker", "desk_offline_shift"]


class OfflineDesk:
    """A browser that has begun its shift, and seals each act as the page does."""

    def __init__(self, desk):
        self.desk = desk
        self.begun = desk.get("desk_offline_shift").json()
        self.keys = 0

    def done(self, act, what, *, card="", at=None):
        """Return an act as the browser keeps it."""
        self.keys += 1
        head = {"key": f"key-{self.keys}", "act": act, "at": (at or clock.now()).isoformat()}
        content = json.dumps({"what": what, "card": card}).encode()
        context = f"{head['key']} {head['act']} {head['at']}"
        sealed = seal(self.begun["public_key"], content, context)
        return {**head, "seq": self.keys, "shift": self.begun["shift"], "sealed": sealed}

    def send(self, *acts, desk=None, sent_at=None, **body):
        body = {"sent_at": (sent_at or clock.now()).isoformat(), "reports": list(acts), **body}
        return (desk or self.desk).client.post(
            reverse("admin:desk_offline_reports"), body, content_type="application/json", HTTP_ACCEPT_LANGUAGE="en"
        )

    def results(self, *acts, **how):
        answer = self.send(*acts, **how)
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]


@pytest.fixture
def offline(desk, monday):
    return OfflineDesk(desk)


# --- The page and its worker


@pytest.mark.parametrize("name", PAGES)
def test_offline_desk_opens_for_a_librarian_and_for_nobody_else(name, desk):
    reader = Client()
    reader.force_login(UserFactory(), backend="accounts.backends.CardBackend")

    assert desk.get(name).status_code == 200
    assert Desk(UserFactory(is_staff=True), None).get(name).status_code == 403
    assert Client().get(reverse(f"admin:{name}")).status_code == 302
    assert reader.get(reverse(f"admin:{name}"), follow=True).status_code == 403


def test_offline_page_names_nobody_and_holds_no_token(desk):
    page = desk.get("desk_offline").content.decode()

    assert desk.user.name not in page
    assert desk.user.email not in page
    assert "csrf" not in page.lower()
    assert str(desk.place) not in page


def test_offline_worker_keeps_the_page_and_every_part_it_names(desk):
    page, worker = desk.get("desk_offline").content.decode(), desk.get("desk_offline_worker")
    kept = json.loads(worker.content.decode().split("const KEPT = ")[1].split(";\n")[0])

    assert worker["Content-Type"].startswith("text/javascript")
    assert kept["page"] == reverse("admin:desk_offline")
    for address in {part.split("#")[0] for part in page.split('"') if part.startswith("/static/")}:
        assert address in kept["parts"]


def test_offline_shift_of_who_has_chosen_no_desk_says_so(network):
    user = LibrarianFactory(desk=network.south)
    Posting.objects.create(user=user, place=network.north)
    Posting.objects.update(is_active_desk=False)

    answer = Desk(user, None).get("desk_offline_shift")

    assert (answer.status_code, answer.json()["code"]) == (409, "no_desk")


# --- What is sent


def test_offline_loan_is_there_once_with_the_time_of_the_act(offline, story, network):
    copy, reader, lent_at = CopyFactory(home=network.south), ReaderFactory(), clock.now()
    act = offline.done("lend", copy.barcode, card=reader.card_number, at=lent_at)
    story.later(hours=4)

    first, again = offline.results(act), offline.results(act)

    loan = Loan.objects.get()
    assert first == again
    assert first[0] == {
        "key": "key-1",
        "outcome": "applied",
        "detail": "lent",
        "title": str(copy.title),
        "tone": "good",
        "told": "Lent until 1 April 2026.",
    }
    assert (loan.lent_at, loan.place, loan.reader) == (lent_at, network.south, reader)
    assert StaffAct.objects.get(verb="check_out").staff == offline.desk.user


def test_offline_acts_are_applied_in_the_order_of_their_numbers(offline, story, network):
    copy, reader = CopyFactory(home=network.south), ReaderFactory()
    lent = offline.done("lend", copy.barcode, card=reader.card_number)
    story.later(hours=1)
    taken_in = offline.done("take_in", copy.barcode)

    results = offline.results(taken_in, lent)

    assert [one["detail"] for one in results] == ["taken_in", "lent"]
    assert Loan.objects.get().closed_at == clock.now()


def test_offline_act_stays_with_the_desk_and_the_librarian_of_its_shift(offline, other_desk, story, network):
    """Another librarian signs in later, at another library, and the browser sends what it held."""
    act = offline.done("lend", CopyFactory(home=network.south).barcode, card=ReaderFactory().card_number)

    offline.results(act, desk=other_desk)

    assert Loan.objects.get().place == network.south
    assert StaffAct.objects.get(verb="check_out").staff == offline.desk.user


def test_offline_act_long_after_its_shift_names_no_librarian(offline, story, network):
    story.later(seconds=SHIFT_LASTS.total_seconds() + 1)

    offline.results(offline.done("lend", CopyFactory(home=network.south).barcode, card=ReaderFactory().card_number))

    assert Loan.objects.exists()
    assert not StaffAct.objects.filter(verb="check_out").exists()


def test_offline_conflict_becomes_a_task_at_the_desk_of_the_shift(offline, story, network):
    copy = CopyFactory(home=network.south)
    story.lent(copy)
    story.later(days=1)

    result = offline.results(offline.done("lend", copy.barcode, card=ReaderFactory().card_number))[0]

    assert (result["outcome"], result["tone"]) == ("task", "warn")
    assert (Task.objects.get().kind, Task.objects.get().place) == (TaskKind.LOAN_CONTRADICTED, network.south)


@pytest.mark.parametrize(
    "changed",
    [
        {"sealed": "AAAA"},
        {"sealed": None},
        {"act": "take_in"},
        {"act": "dance"},
        {"at": "2020-01-01T00:00:00+00:00"},
        {"shift": "nonsense"},
        {"shift": None},
        {"key": None},
        {"key": 7},
    ],
)
def test_offline_act_that_nobody_can_read_is_kept_as_it_came(changed, offline, story, network):
    copy = CopyFactory(home=network.south)
    act = {**offline.done("lend", copy.barcode, card=ReaderFactory().card_number), **changed}

    result = offline.results(act)[0]

    assert (result["outcome"], result["detail"]) == ("task", "bad_report")
    assert json.loads(Report.objects.get().payload["what"]) == act
    assert Task.objects.get().place == network.south
    assert not Loan.objects.exists()


@pytest.mark.parametrize("item", [None, 7, "act", [], {}])
def test_offline_item_that_is_no_act_is_kept(item, offline, story):
    assert offline.results(item)[0]["detail"] == "bad_report"


def test_offline_shift_that_somebody_made_up_is_none(offline, story, network):
    forged = signing.dumps({"ident": "x", "staff": 1, "place": network.north.pk, "began": 0}, salt="another salt")

    offline.results({**offline.done("lend", "1", card="x"), "shift": forged})

    assert Report.objects.get().device.place == network.south
    assert SALT != "another salt"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"reports": {}}, 400, "no_reports"),
        ({"reports": [{}] * 201}, 413, "too_many"),
    ],
)
def test_offline_batch_that_is_none_is_refused_as_a_problem(body, status, code, offline):
    answer = offline.send(**body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_offline_acts_need_the_token_of_the_shift(desk, monday):
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.user, backend="accounts.backends.CardBackend")
    token = client.get(reverse("admin:desk_offline_shift")).json()["csrf"]
    address = reverse("admin:desk_offline_reports")

    refused = client.post(address, {"reports": []}, content_type="application/json")
    taken = client.post(address, {"reports": []}, content_type="application/json", headers={"X-CSRFToken": token})

    assert (refused.status_code, taken.status_code) == (403, 200)


def test_offline_acts_of_who_is_signed_out_lead_to_the_sign_in_page(monday, db):
    answer = Client().post(reverse("admin:desk_offline_reports"), {"reports": []}, content_type="application/json")

    assert answer.status_code == 302
    assert not Report.objects.exists()


def test_offline_clock_that_is_wrong_does_no_harm(offline, story, network):
    wrong = clock.now() + dt.timedelta(days=400)
    copy = CopyFactory(home=network.south)
    act = offline.done("lend", copy.barcode, card=ReaderFactory().card_number, at=wrong - dt.timedelta(hours=2))

    offline.results(act, sent_at=wrong)

    assert Loan.objects.get().lent_at == clock.now() - dt.timedelta(hours=2)


def test_there_is_a_sentence_for_every_code_of_a_desk():
    of_loans = {"lent", "lent_and_returned"}
    assert codes_in(lends, desk_acts) | of_loans | {"bad_report", "send_again"} == set(offline_words.WORDS)
