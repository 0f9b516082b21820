"""The pick list, the parcels and their tags."""

import pytest

from branches.models import PlaceCapacity
from catalog.models import Contribution
from catalog.models.title import Agent, Role
from catalog.states import CopyStatus
from loans.crates import open_crate
from loans.hold_changes import change_pickup
from loans.models import Hold, Parcel
from loans.states import HoldStatus
from tests.factories import CopyFactory, ReaderFactory, TitleFactory
from tests.loans.test_leaving import expire_card


def waiting(story, place, count, **hold):
    """Reserve titles of which one copy each stands on the shelf of a library."""
    copies = [CopyFactory(home=place, shelf_mark=f"N {9 - number}") for number in range(count)]
    for copy in copies:
        agent = Agent.objects.create(name=f"Autore, {copy.barcode}")
        Contribution.objects.create(title=copy.title, agent=agent, role=Role.AUTHOR, position=0)
        story.hold(copy.title, **hold)
    return copies


def test_pick_list_is_the_own_branch_in_shelf_order(desk, other_desk, story, network):
    network.van()
    first, second = waiting(story, network.south, 2, pickup=network.newsstand)
    [foreign] = waiting(story, network.north, 1)

    page = desk.get("desk_pick")

    assert [held.copy for held in page.context["picks"]] == [second, first]
    assert network.newsstand.name in page.content.decode()
    assert "van on Thursday 5 March" in page.content.decode()
    assert foreign.barcode not in page.content.decode()
    assert [held.copy for held in other_desk.get("desk_pick").context["picks"]] == [foreign]


def test_pick_list_says_when_no_van_is_planned(desk, story, network):
    waiting(story, network.south, 1, pickup=network.newsstand)

    assert "no van is planned" in desk.get("desk_pick").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_pick_list_takes_as_many_queries_for_one_row_as_for_three(
    count, desk, story, network, django_assert_num_queries
):
    waiting(story, network.south, count, pickup=network.stop)

    with django_assert_num_queries(12):
        desk.get("desk_pick")


def test_scan_for_the_own_shelf_says_whose_without_the_name(desk, story, network):
    reader = ReaderFactory(given_name="Ada", family_name="Negri")
    [copy] = waiting(story, network.south, 1, pickup=network.south, reader=reader)

    answer = desk.scan("desk_pick", f" {copy.barcode} ").content.decode()

    assert "To the shelf of reservations" in answer
    assert f"A.N. {reader.card_number[-4:]}" in answer
    assert "Negri" not in answer
    assert f'id="pick-{copy.pk}" hx-swap-oob="delete"' in answer


def test_scan_for_another_branch_says_crate(desk, story, network):
    [copy] = waiting(story, network.south, 1, pickup=network.north)

    answer = desk.scan("desk_pick", copy.barcode).content.decode()

    assert "Into the crate" in answer
    assert f"for {network.north}" in answer
    assert "Into the crate" in desk.scan("desk_pick", copy.barcode).content.decode()


def test_scan_for_a_partner_offers_to_pack_and_shows_the_tag(desk, story, network):
    [copy] = waiting(story, network.south, 1, pickup=network.newsstand)

    picked = desk.scan("desk_pick", copy.barcode).content.decode()
    packed = desk.scan("desk_pack", copy.barcode).content.decode()

    parcel = Parcel.objects.get()
    assert "Pack it as a parcel" in picked
    assert f"for {network.newsstand}" in picked
    assert parcel.tag in packed
    assert "<svg" in packed
    assert "style=" not in packed


def test_without_javascript_picking_is_told_and_packing_leads_to_the_tag(desk, story, network):
    [copy] = waiting(story, network.south, 1, pickup=network.newsstand)

    told = desk.told("desk_pick", copy.barcode)
    packed = desk.post("desk_pack", scan=copy.barcode)

    assert told == [f"{copy.title}: Pack it as a parcel · for {network.newsstand}"]
    assert packed["Location"] == f"/gestione/banco/pacchi/{Parcel.objects.get().tag}/"


def test_tag_names_point_and_number_but_neither_reader_nor_title(desk, story, network):
    title = TitleFactory(work__title="Canti orfici")
    CopyFactory(title=title, home=network.south)
    hold, _copy, parcel = story.packed(title)

    page = desk.get("desk_tag", parcel.tag).content.decode()

    assert parcel.tag in page
    assert str(parcel.shelf_number) in page
    assert network.newsstand.name in page
    assert "Canti orfici" not in page
    assert hold.reader.card_number not in page


def test_tag_of_another_branch_is_not_found(other_desk, story, network):
    _hold, _copy, parcel = story.packed(CopyFactory(home=network.south).title)

    assert other_desk.get("desk_tag", parcel.tag).status_code == 404


@pytest.mark.parametrize("code", ["", "000", "x" * 500, "a\x00b", "'; --"])
def test_scan_of_an_unknown_barcode_is_refused_in_words(code, desk):
    answer = desk.scan("desk_pick", code)

    assert answer.status_code == 422
    assert "No copy has this barcode" in answer.content.decode()


def test_scan_of_a_copy_nobody_asked_for_changes_nothing(desk, network):
    copy = CopyFactory(home=network.south)

    answer = desk.scan("desk_pick", copy.barcode)

    copy.refresh_from_db()
    assert answer.status_code == 422
    assert "No reservation asks for this copy" in answer.content.decode()
    assert copy.status == CopyStatus.AVAILABLE


def test_packing_what_was_not_picked_is_refused(desk, story, network):
    [copy] = waiting(story, network.south, 1, pickup=network.newsstand)

    assert desk.scan("desk_pack", copy.barcode).status_code == 422
    assert desk.told("desk_pack", copy.barcode) == ["Scan the copy on the pick list first, then pack it."]


def test_picked_copies_wait_to_be_packed(desk, story, network):
    _hold, copy = story.picked(CopyFactory(home=network.south).title, pickup=network.newsstand)

    assert [held.copy for held in desk.get("desk_pick").context["to_pack"]] == [copy]


def test_parcels_whose_point_has_changed_wait_for_a_new_label(desk, other_desk, story, network):
    hold, _copy, parcel = story.packed(CopyFactory(home=network.south).title)
    change_pickup(hold, network.small_newsstand, actor=None)
    assert list(desk.get("desk_pick").context["to_label"]) == [parcel]
    assert not other_desk.get("desk_pick").context["to_label"]

    assert other_desk.post("desk_label", parcel.tag).status_code == 404
    answer = desk.post("desk_label", parcel.tag)

    assert desk.said(answer) == ["Print the new label and stick it over the old one."]
    assert network.small_newsstand.name in desk.get("desk_tag", parcel.tag).content.decode()
    assert not desk.get("desk_pick").context["to_label"]


def test_a_picked_copy_that_needs_no_parcel_any_more_says_so(desk, story, network):
    hold, copy = story.picked(CopyFactory(home=network.south).title, pickup=network.newsstand)
    change_pickup(hold, network.south, actor=None)

    assert "Needs no parcel any more" in desk.get("desk_pick").content.decode()
    assert desk.told("desk_pack", copy.barcode) == [
        "This copy needs no parcel. Scan it on the pick list, which says where it goes."
    ]


def test_packing_what_must_not_leave_offers_another_way(desk, story, network):
    hold, copy = story.picked(CopyFactory(home=network.south).title, pickup=network.newsstand)
    expire_card(hold.reader)

    refused = desk.scan("desk_pack", copy.barcode)
    assert refused.status_code == 422
    assert 'hx-post="/gestione/banco/altra-strada/"' in refused.content.decode()

    answer = desk.scan("desk_another_way", copy.barcode).content.decode()
    assert "To the shelf of reservations" in answer
    assert desk.scan("desk_another_way", "no such code").status_code == 422


def test_without_javascript_packing_what_must_not_leave_leads_to_another_way(desk, story, network):
    hold, copy = story.picked(CopyFactory(home=network.south).title, pickup=network.newsstand)
    expire_card(hold.reader)

    refused = desk.post("desk_pack", scan=copy.barcode)
    assert refused["Location"] == f"/gestione/banco/altra-strada/?scan={copy.barcode}"
    assert f'value="{copy.barcode}"' in desk.client.get(refused["Location"]).content.decode()

    assert "To the shelf of reservations" in desk.told("desk_another_way", copy.barcode)[0]


def test_another_way_is_for_the_desk(client, desk):
    assert desk.get("desk_another_way").status_code == 200
    assert client.get("/gestione/banco/altra-strada/").status_code == 302


def test_a_crate_refuses_a_parcel_that_must_not_leave_and_offers_another_way(desk, story, network):
    hold, _copy, parcel = story.packed(CopyFactory(home=network.south).title)
    crate = open_crate(network.south, network.newsstand, actor=None)
    expire_card(hold.reader)

    refused = desk.scan("desk_crate", parcel.tag, crate.code)
    assert refused.status_code == 422
    assert "Send another way" in refused.content.decode()
    back = desk.post("desk_crate", crate.code, scan=parcel.tag)["Location"]
    assert back == f"/gestione/banco/altra-strada/?scan={parcel.tag}"


@pytest.mark.parametrize("rows", [1, 3])
def test_pick_list_asks_as_often_for_many_labels_as_for_one(desk, story, network, django_assert_num_queries, rows):
    PlaceCapacity.objects.all().delete()
    for _number in range(rows):
        hold, _copy, _parcel = story.packed(CopyFactory(home=network.south).title)
        change_pickup(hold, network.small_newsstand, actor=None)
    desk.get("desk_pick")

    with django_assert_num_queries(11):
        desk.get("desk_pick")


def test_not_found_takes_the_copy_off_the_list_and_asks_for_a_second_search(desk, story, network):
    [copy] = waiting(story, network.south, 1, pickup=network.south)
    hold = Hold.objects.get()
    held = hold.assignments.get()

    answer = desk.post("desk_miss", held.pk, htmx=True).content.decode()
    page = desk.get("desk_pick")

    assert "Not found" in answer
    assert f'id="pick-{copy.pk}" hx-swap-oob="delete"' in answer
    assert not page.context["picks"]
    assert list(page.context["to_search"]) == [copy]
    hold.refresh_from_db()
    assert hold.status == HoldStatus.QUEUED


def test_missed_copy_is_missing_or_found_after_the_second_search(desk, story, network):
    gone, found = waiting(story, network.south, 2, pickup=network.south)
    for hold in Hold.objects.all():
        desk.post("desk_miss", hold.assignments.get().pk, htmx=True)

    told = desk.said(desk.post("desk_miss_again", gone.pk))
    answer = desk.scan("desk_pick", found.barcode).content.decode()

    gone.refresh_from_db()
    assert told == [f"{gone.title}: Missing · Scanned anywhere, it is there again."]
    assert gone.status == CopyStatus.MISSING
    assert "To the shelf of reservations" in answer
    assert not desk.get("desk_pick").context["to_search"]


def test_not_found_is_refused_at_another_desk_and_twice_says_the_same(desk, other_desk, story, network):
    waiting(story, network.south, 1, pickup=network.south)
    held = Hold.objects.get().assignments.get()

    assert other_desk.post("desk_miss", held.pk, htmx=True).status_code == 422
    assert desk.post("desk_miss", held.pk, htmx=True).status_code == 200
    assert desk.post("desk_miss", held.pk, htmx=True).status_code == 200
    assert desk.post("desk_miss", 0, htmx=True).status_code == 404
