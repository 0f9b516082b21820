"""What is coming, what is here, what goes back."""

import re

import pytest
from django.test.utils import override_settings

from loans.holds import cancel_hold, expire_holds
from loans.models import Crate
from loans.reminders import unlink_ended
from proximity import views
from tests.factories import LibrarianFactory, ReaderFactory
from tests.proximity.conftest import connect

ROWS = re.compile(r"<li>(.*?)</li>", re.DOTALL)


def part(page, name):
    """Return one list of the home page as text without tags."""
    section = page.content.decode().split(f'<section id="{name}"')[1].split("</section>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in ROWS.findall(section)]


def counts(page):
    return [int(number) for number in re.findall(r"<strong>(\d+)</strong>", page.content.decode())]


def spaced(tag):
    return f"{tag[:4]} {tag[4:]}"


def test_home_lists_what_is_coming_here_and_for_the_driver(partner, story, title):
    _hold, _copy, coming = story.packed(title)
    _hold, lent, here = story.at_the_point(title)
    page = partner.get("/partner/")
    assert counts(page) == [1, 1, 0]
    assert part(page, "expected") == [f"Number 1 {spaced(coming.tag)}"]
    assert part(page, "here") == [f"Number 2 {spaced(here.tag)} until 9 Mar"]
    story.hand_over(here)
    story.take_back(lent)
    page = partner.get("/partner/")
    assert counts(page) == [1, 0, 1]
    assert part(page, "for-driver") == [f"ends in {lent.barcode[-4:]}"]
    story.given_back(lent, story.network.south)
    assert counts(partner.get("/partner/")) == [1, 0, 0]


def test_home_moves_what_is_not_collected_to_the_driver(partner, story, title):
    cancelled, _copy, first = story.at_the_point(title)
    _expired, _copy, second = story.at_the_point(title)
    cancel_hold(cancelled, actor=None)
    story.later(days=8)
    expire_holds()
    unlink_ended()  # the night's work: the cancelled one ended more than a week ago
    page = partner.get("/partner/")
    assert counts(page) == [0, 0, 2]
    assert part(page, "for-driver") == [f"Number 1 {spaced(first.tag)}", f"Number 2 {spaced(second.tag)}"]


def test_home_shows_a_misrouted_parcel_for_the_driver_here_and_coming_there(partner, other_partner, story, title):
    _hold, _copy, parcel = story.packed(title)
    story.receive(parcel, place=story.network.small_newsstand)
    assert part(other_partner.get("/partner/"), "for-driver") == [f"Number 1 {spaced(parcel.tag)}"]
    assert part(partner.get("/partner/"), "expected") == [f"Number 1 {spaced(parcel.tag)}"]


def test_home_knows_nothing_of_another_point(other_partner, story, title):
    _hold, copy, parcel = story.at_the_point(title)
    story.packed(title)
    page = other_partner.get("/partner/")
    assert counts(page) == [0, 0, 0]
    assert spaced(parcel.tag) not in page.content.decode()
    story.hand_over(parcel)
    story.take_back(copy)
    assert counts(other_partner.get("/partner/")) == [0, 0, 0]


@pytest.mark.parametrize("parcels", [1, 3])
def test_home_asks_the_database_as_often_for_three_parcels_as_for_one(
    partner, story, title, parcels, django_assert_num_queries
):
    story.network.newsstand.capacities.update(total=20)
    for _number in range(parcels):
        story.packed(story.copies(1)[0].title)
        story.at_the_point(story.copies(1)[0].title)
        cancel_hold(story.at_the_point(story.copies(1)[0].title)[0], actor=None)
        _hold, copy, parcel = story.at_the_point(story.copies(1)[0].title)
        story.hand_over(parcel)
        story.take_back(copy)
    with django_assert_num_queries(7):
        page = partner.get("/partner/")
    assert counts(page) == [parcels, parcels, 2 * parcels]


def test_home_counts_what_it_does_not_list(partner, story, title, monkeypatch):
    monkeypatch.setattr(views, "LISTED", 1)
    story.packed(title)
    story.packed(title)
    page = partner.get("/partner/")
    assert counts(page) == [2, 0, 0]
    assert len(part(page, "expected")) == 1
    assert "The first 1 of 2." in page.content.decode()


def test_home_names_the_library_that_helps(partner, story):
    story.network.south.phone = "02 8846 5000"
    story.network.south.save()
    page = partner.get("/partner/").content.decode()
    assert story.network.south.name in page
    assert 'href="tel:0288465000"' in page


def test_home_is_the_same_for_a_phone_on_which_somebody_is_signed_in(phones, story, title):
    story.at_the_point(title)
    for user in (ReaderFactory(signs_in=True).user, LibrarianFactory()):
        phone = connect(phones(), story.token(story.network.newsstand))
        phone.force_login(user)
        assert counts(phone.get("/partner/")) == [0, 1, 0]


def test_home_speaks_the_language_of_the_phone(partner):
    partner.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert '<html lang="en">' in partner.get("/partner/").content.decode()
    partner.defaults["HTTP_ACCEPT_LANGUAGE"] = "it"
    assert '<html lang="it">' in partner.get("/partner/").content.decode()


@override_settings(DEMO=False)
def test_pages_hold_no_script_and_no_style_of_their_own(partner):
    for page in ("/partner/", "/partner/arrivi/", "/partner/consegna/", "/partner/resi/", "/partner/telefono/"):
        response = partner.get(page)
        html = response.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", html), page
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert html.count("<h1") == 1


def test_home_shows_a_closed_crate_in_the_place_of_what_is_in_it(partner, story, title):
    _hold, copy, parcel = story.at_the_point(title)
    story.hand_over(parcel)
    story.take_back(copy)
    partner.send("/partner/cassa/", what="1")

    page = partner.get("/partner/")

    assert counts(page) == [0, 0, 1]
    assert part(page, "for-driver") == [f"Crate {Crate.objects.get().code}, 1 inside"]
