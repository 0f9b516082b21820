"""What a phone keeps for a day without signal, and who gets it."""

import json
import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from branches.devices import WRONG_CODES_ALLOWED, revoke_device
from branches.models import Place, Report
from loans.code_digests import ITERATIONS, digest_codes, digest_of
from loans.crates import load_crate
from loans.holds import cancel_hold
from loans.models import Crate
from tests.factories import CondominiumFactory, LibrarianFactory
from tests.proximity.conftest import connect
from tests.proximity.test_reports import problem
from tests.story import fresh

ADDRESS, CODE = "/partner/giornata/pacchi/", "/partner/giornata/codice/"
WRONG = "Y0Y0Y0Y0"


def parcels(answer):
    assert answer.status_code == 200, answer.content
    return {row["tag"]: row for row in answer.json()["parcels"]}


def test_parcels_are_those_of_the_point_with_digest_only_where_one_waits(partner, other_partner, story, title):
    story.network.newsstand.capacities.update(total=20)
    _hold, _copy, coming = story.packed(title)
    hold, _copy, here = story.at_the_point(title)
    cancelled, _copy, back = story.at_the_point(title)
    digest_codes()
    cancel_hold(cancelled, actor=None)

    answer = partner.get(ADDRESS)

    rows = parcels(answer)
    assert {tag: row["state"] for tag, row in rows.items()} == {
        coming.tag: "coming",
        here.tag: "here",
        back.tag: "back",
    }
    assert rows[coming.tag] == {
        "tag": coming.tag,
        "shelf_number": coming.shelf_number,
        "state": "coming",
        "crate_code": None,
    }
    assert "digest" not in rows[back.tag]
    waits = rows[here.tag]
    assert waits["digest"] == digest_of(hold.pickup_code, waits["salt"])
    assert waits["until"] == hold.keep_until.isoformat()
    assert answer.json()["iterations"] == ITERATIONS
    assert hold.pickup_code not in answer.content.decode()
    assert parcels(other_partner.get(ADDRESS)) == {}


def test_parcels_that_are_gone_are_not_sent_any_more(partner, story, title):
    _hold, copy, parcel = story.at_the_point(title)
    digest_codes()
    assert parcel.tag in parcels(partner.get(ADDRESS))
    story.hand_over(parcel)
    story.take_back(copy)

    told = partner.get(ADDRESS).json()

    assert (told["parcels"], told["returned"]) == ([], [copy.barcode[-4:]])


def test_parcels_name_the_crate_in_which_they_come(partner, story, title):
    story.network.newsstand.capacities.update(total=20)
    packed = [story.packed(title) for _number in range(2)]
    alone = story.packed(title)[2]
    crate = story.sent(*(copy for _hold, copy, _parcel in packed))

    rows = parcels(partner.get(ADDRESS))

    crates = {tag: row["crate_code"] for tag, row in rows.items()}
    assert crates == {alone.tag: None, **{parcel.tag: crate.code for _hold, _copy, parcel in packed}}


def test_what_is_in_a_closed_crate_is_counted_with_that_and_not_again(partner, story, title):
    _hold, copy, parcel = story.at_the_point(title)
    story.hand_over(parcel)
    story.take_back(copy)
    partner.send("/partner/cassa/", what="1")
    crate = Crate.objects.get()
    other = story.at_the_point(story.copies(1)[0].title)
    story.hand_over(other[2])
    story.take_back(other[1])

    told = partner.get(ADDRESS).json()

    assert (told["returned"], told["crates"]) == ([other[1].barcode[-4:]], [{"code": crate.code, "count": 1}])
    load_crate(crate, crate.origin, actor=None)
    assert partner.get(ADDRESS).json()["crates"] == []


def test_the_day_names_the_library_that_helps(partner, phones, story):
    Place.objects.filter(pk=story.network.south.pk).update(phone="02 8846")

    told = partner.get(ADDRESS).json()

    assert (told["help"], told["is_library"]) == ({"name": story.network.south.name, "phone": "02 8846"}, False)
    alone = CondominiumFactory(parent=None)
    told = connect(phones(), story.token(alone)).get(ADDRESS).json()
    assert (told["help"], told["is_library"]) == (None, True)


def test_parcels_are_for_the_phone_of_the_point_alone(partner, phones, story, title):
    story.at_the_point(title)
    assert problem(phones().get(ADDRESS)) == (401, "phone_unknown")
    librarian = phones()
    librarian.force_login(LibrarianFactory())
    assert problem(librarian.get(ADDRESS)) == (401, "phone_unknown")
    assert partner.post(ADDRESS).status_code == 405
    revoke_device(story.phone(story.network.newsstand), actor=None)
    assert problem(partner.get(ADDRESS)) == (401, "phone_unknown")
    assert problem(partner.post(CODE, {"code": WRONG})) == (401, "phone_unknown")


@pytest.mark.parametrize("count", [1, 3])
def test_parcels_ask_the_database_as_often_for_three_as_for_one(
    partner, story, title, count, django_assert_num_queries
):
    story.network.newsstand.capacities.update(total=20)
    for _number in range(count):
        story.packed(story.copies(1)[0].title)
        story.at_the_point(story.copies(1)[0].title)
        cancel_hold(story.at_the_point(story.copies(1)[0].title)[0], actor=None)
    digest_codes()
    with django_assert_num_queries(10):
        assert len(parcels(partner.get(ADDRESS))) == 3 * count


def test_the_token_that_comes_with_the_parcels_lets_the_queue_in(phones, story):
    phone = connect(phones(enforce_csrf_checks=True), story.token(story.network.newsstand))
    token = phone.get(ADDRESS).json()["csrf"]
    assert phone.report(headers={"X-CSRFToken": token}).status_code == 200
    assert phone.post(CODE, {"code": WRONG}).status_code == 403


def test_find_by_code_names_the_parcel_and_hands_nothing_over(partner, other_partner, story, title):
    hold, _copy, parcel = story.at_the_point(title)
    answer = partner.post(CODE, {"code": f" {hold.pickup_code[:4].lower()}-{hold.pickup_code[4:]}"})
    assert answer.json() == {"tag": parcel.tag, "shelf_number": parcel.shelf_number}
    assert not Report.objects.filter(act="hand_over").exists()
    assert problem(other_partner.post(CODE, {"code": hold.pickup_code})) == (422, "wrong_code")


def test_find_by_code_counts_wrong_codes_and_the_list_says_that_codes_rest(partner, story):
    phone = story.phone(story.network.newsstand)
    assert problem(partner.post(CODE, {"code": "K7"})) == (422, "not_a_code")
    assert fresh(phone).wrong_codes == 0
    assert partner.get(ADDRESS).json()["codes_rest"] is False
    for _guess in range(WRONG_CODES_ALLOWED - 1):
        assert problem(partner.post(CODE, {"code": WRONG})) == (422, "wrong_code")
    assert problem(partner.post(CODE, {"code": WRONG})) == (422, "codes_locked")
    assert partner.get(ADDRESS).json()["codes_rest"] is True


def test_the_page_of_the_day_is_empty_for_everybody(partner, phones, story, title):
    _hold, _copy, parcel = story.at_the_point(title)
    page = partner.get("/partner/giornata/").content.decode()
    assert page == phones().get("/partner/giornata/").content.decode()
    assert parcel.tag not in page
    assert story.network.newsstand.name not in page
    assert "csrf" not in page.lower()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)


def test_the_worker_keeps_the_page_and_its_parts_and_is_the_same_each_time(partner, phones):
    answer = partner.get("/partner/custode.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer.content == phones().get("/partner/custode.js").content
    kept = json.loads(re.search(r"const KEPT = (\{.*\});", answer.content.decode())[1])
    assert kept["pages_in"] == {
        "it": "/partner/giornata/?lingua=it",
        "en": "/partner/giornata/?lingua=en",
    }
    assert kept["language"] == "en"
    assert kept["pages"] == [
        "/partner/",
        "/partner/arrivi/",
        "/partner/consegna/",
        "/partner/resi/",
        "/partner/cassa/",
        "/partner/chiusura/",
        "/partner/guasto/",
    ]
    speaks_italian = phones()
    speaks_italian.defaults["HTTP_ACCEPT_LANGUAGE"] = "it"
    assert answer.content != speaks_italian.get("/partner/custode.js").content


def test_the_camera_is_for_the_page_of_the_day_alone(partner):
    assert partner.get("/partner/giornata/")["Permissions-Policy"] == "camera=(self), microphone=()"
    for address in ("/partner/", "/partner/arrivi/", "/partner/custode.js", ADDRESS):
        assert partner.get(address)["Permissions-Policy"] == "camera=(), microphone=()"


def test_the_decoder_of_the_camera_is_kept_apart_from_what_the_page_needs_at_once(partner):
    answer = partner.get("/partner/custode.js").content.decode()
    kept = json.loads(re.search(r"const KEPT = (\{.*\});", answer)[1])
    assert kept["decoder"] not in kept["parts"]
    assert "/zxing.min.js" in kept["decoder"]
    assert finders.find(kept["decoder"].removeprefix(settings.STATIC_URL))


def test_the_manifest_makes_the_page_an_app(phones):
    said = phones().get("/partner/app.webmanifest")
    assert said["Content-Type"] == "application/manifest+json"
    assert (said.json()["start_url"], said.json()["display"]) == ("/partner/", "standalone")
    assert {icon["sizes"] for icon in said.json()["icons"]} == {"192x192", "512x512"}


def test_take_in_takes_the_code_of_a_crate_for_no_slip(partner):
    answer = partner.send("/partner/arrivi/", what="c7m2q9")
    assert answer.status_code == 200
    assert "No parcel has the tag C7M2Q9" in answer.content.decode()
    assert partner.send("/partner/arrivi/", what="C7M2Q").status_code == 422
