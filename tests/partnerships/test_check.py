"""The reader's page and the clerk's page, by their addresses."""

import datetime as dt
import json
import re

import pytest
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from partnerships.agreeing import end_agreement
from partnerships.links import checking_link
from partnerships.pass_codes import LIVE_STEPS
from partnerships.pass_pictures import SIDE, path_of, squares_of
from partnerships.passes import give_codes
from tests.factories import GuardianshipFactory, ReaderFactory
from tests.partnerships.conftest import make_agreement, make_institution
from tests.story import fresh

pytestmark = pytest.mark.django_db
ENGLISH = {"headers": {"Accept-Language": "en"}}


@pytest.fixture(autouse=True)
def _no_counts():
    cache.clear()


@pytest.fixture
def reader(client, monday):
    one = ReaderFactory(signs_in=True)
    client.force_login(one.user)
    return one


def text_of(answer):
    return " ".join(answer.content.decode().split())


def verdict(client, agreement, code, **options):
    """Send a code as the clerk does; return whether it was counted, and what was said."""
    address = checking_link(agreement.institution)
    answer = client.post(address, {"offer": agreement.pk, "code": code}, **ENGLISH | options)
    page = text_of(answer)
    assert answer.status_code == (200 if "ml-verdict is-good" in page else 422)
    return "ml-verdict is-good" in page, page


# --- The reader


def test_pass_shows_the_code_of_this_minute_without_a_script_and_names_nobody_on_it(client, reader, agreement):
    page = text_of(client.get("/mio/pass/", **ENGLISH))
    code = re.search(r"data-pass-code>([^<]+)<", page)[1]

    drawn = page.split('ml-pass"')[1].split("</progress>")[0]
    assert reader.given_name not in drawn
    assert path_of(code.replace(" ", "")) in drawn
    assert verdict(Client(), agreement, code)[0]


def test_pass_is_of_ones_own_cards_only(client, reader):
    child, other = GuardianshipFactory(guardian=reader.user).child, ReaderFactory()

    for number, status in ((reader.pk, 200), (child.pk, 200), (other.pk, 404), ("x", 404), ("9" * 40, 404)):
        assert client.get(f"/mio/pass/?card={number}").status_code == status
        for name in ("codici.json", "foglio.pdf"):
            assert client.post(f"/mio/pass/{name}", {"card": number}).status_code == status
    stranger = Client()
    assert stranger.get("/mio/pass/").status_code == 302
    assert stranger.post("/mio/pass/codici.json").status_code == 302


def test_telephone_gets_codes_and_squares_for_four_hours(client, reader, agreement):
    answer = client.post("/mio/pass/codici.json")
    given = json.loads(answer.content)

    assert "no-store" in answer["Cache-Control"]
    assert set(given) == {"codes", "squares", "startsAt", "step", "now"}
    assert len(given["codes"]) == len(given["squares"]) == LIVE_STEPS
    assert given["squares"][7] == squares_of(given["codes"][7])
    assert len(given["squares"][7]) == SIDE * 6
    assert given["startsAt"] <= given["now"] < given["startsAt"] + given["step"]


def test_card_that_has_no_pass_says_why(client, reader):
    reader.card_expires_on = dt.date(2026, 3, 1)
    reader.save(update_fields=["card_expires_on"])

    assert "There is no pass for this card today" in text_of(client.get("/mio/pass/", **ENGLISH))
    assert client.post("/mio/pass/codici.json").status_code == 422
    assert client.post("/mio/pass/foglio.pdf").status_code == 422


def test_who_has_no_card_is_told_where_to_get_one(client, reader):
    reader.user = None
    reader.save(update_fields=["user"])

    assert "Ask for one at any library" in text_of(client.get("/mio/pass/", **ENGLISH))
    assert client.post("/mio/pass/codici.json").status_code == 404


def test_sheet_is_a_pdf_and_only_so_many_are_printed_a_day(client, reader, settings):
    settings.ACCOUNT_RATE_LIMITS = {"pass_sheet": "2/d/user"}
    answers = [client.post("/mio/pass/foglio.pdf") for _time in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[0].content.startswith(b"%PDF")


def test_page_that_a_telephone_keeps_is_the_same_for_everybody(client, reader):
    signed_in, anybody = client.get("/convenzioni/pass/").content, Client().get("/convenzioni/pass/").content
    script = Client().get("/convenzioni/pass/servizio.js")

    assert signed_in == anybody
    assert script["Content-Type"].startswith("text/javascript")
    kept = json.loads(re.search(r"const KEPT = (.+);", script.content.decode())[1])
    assert kept["page"] == "/convenzioni/pass/"
    assert all(part in anybody.decode() for part in kept["parts"])


# --- The clerk


def test_clerk_sees_green_with_the_terms_and_red_with_what_to_do(client, agreement):
    code = give_codes(ReaderFactory(), steps=1).codes[0]
    is_good, page = verdict(client, agreement, code)
    assert is_good
    assert "Less dear" in page
    assert "At the counter." in page

    is_good, page = verdict(client, agreement, code)
    assert not is_good
    assert "Already used" in page
    assert fresh(agreement).uses == 1


def test_clerk_without_a_script_gets_a_page_and_with_one_a_part(client, agreement):
    code = give_codes(ReaderFactory(), steps=1).codes[0]
    _good, page = verdict(client, agreement, code, headers={"Accept-Language": "en", "HX-Request": "true"})

    assert page.startswith('<section id="check"')
    assert "<html" in verdict(client, agreement, code)[1]


def test_button_pressed_twice_without_a_script_stays_green_and_counts_once(client, agreement):
    address, code = checking_link(agreement.institution), give_codes(ReaderFactory(), steps=1).codes[0]
    keys = [re.search(r'name="request_key" value="(\w{32})"', text_of(client.get(address)))[1] for _time in range(2)]
    sent = {"offer": agreement.pk, "code": code, "request_key": keys[0]}
    presses = [client.post(address, sent, **ENGLISH) for _time in range(2)]
    later = client.post(address, sent | {"request_key": keys[1]}, **ENGLISH)

    assert keys[0] != keys[1]
    assert ["Valid reader" in text_of(one) for one in (*presses, later)] == [True, True, False]
    assert fresh(agreement).uses == 1


@pytest.mark.parametrize(
    "code",
    [
        "",
        "https://example.org/verde",
        "ML10000017",
        "K" * 12,
        "K" * 16,
        "\x00",
        "<script>alert(1)</script>",
        "K" * 100_000,
    ],
)
def test_what_is_no_pass_gets_red_and_counts_nothing(client, agreement, code):
    is_good, page = verdict(client, agreement, code)

    assert not is_good
    assert "alert(1)" not in page
    assert fresh(agreement).uses == 0


def test_page_is_the_institutions_own(client, agreement):
    house, other = agreement.institution, make_agreement()
    address = checking_link(house)
    forged = signing.Signer(salt="x").sign(f"{house.pk}-1").replace(":", "~")
    wrong = [address[:-2] + "/", f"/convenzioni/verifica/{forged}/", f"/convenzioni/verifica/{house.pk}-1/"]

    assert client.get(address).status_code == 200
    for one in wrong:
        assert client.get(one).status_code == 404
    code = give_codes(ReaderFactory(), steps=1).codes[0]
    answer = client.post(address, {"offer": other.pk, "code": code})
    assert answer.status_code == 422
    assert (fresh(agreement).uses, fresh(other).uses) == (0, 0)
    house.links_version += 1
    house.save(update_fields=["links_version"])
    assert client.get(address).status_code == 404
    assert client.get(checking_link(house)).status_code == 200


def test_page_may_use_the_camera_and_is_for_no_robot(client, agreement):
    answer = client.get(checking_link(agreement.institution))

    assert answer["Permissions-Policy"].startswith("camera=(self)")
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "same-origin"  # the address is a secret


def test_too_many_codes_within_a_minute_are_held_up(client, agreement):
    for _time in range(60):
        client.post(checking_link(agreement.institution), {"offer": agreement.pk, "code": "x"})
    code = give_codes(ReaderFactory(), steps=1).codes[0]

    assert "Wait a minute" in verdict(client, agreement, code)[1]
    other = make_agreement()
    assert verdict(client, other, code)[0]


def test_institution_without_an_active_agreement_is_told(client, agreement):
    end_agreement(agreement, actor=None)
    page = text_of(client.get(checking_link(agreement.institution), **ENGLISH))

    assert "No agreement with you is active today" in page
    assert client.get(checking_link(make_institution())).status_code == 200


def test_check_asks_as_often_with_three_offers_as_with_one(client, agreement):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get(checking_link(agreement.institution))
        return len(queries)

    asked()
    before = asked()
    make_agreement(institution=agreement.institution)
    make_agreement(institution=agreement.institution)
    assert asked() == before
