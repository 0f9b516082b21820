"""What the desk reserves for a reader who is there or on the telephone: on every level, and several together."""

import datetime as dt

import pytest

from loans.desk_forms import PointForm
from loans.models import Hold, HoldGroup
from loans.states import GroupKind, HoldStatus
from tests.factories import CopyFactory, NewsstandFactory, ReaderFactory, TitleFactory
from tests.story import fresh


def in_volumes(place, *volumes):
    """A title of which a library has these volumes, a copy of each."""
    title = TitleFactory()
    for volume in volumes:
        CopyFactory(title=title, home=place, volume=volume)
    return title


def asks(desk, key, title, level, **fields):
    """Reserve as the form of the counter does, to be collected at the desk's own library."""
    fields = {"title": title.pk, "pickup": desk.place.code, "level": level, **fields}
    return desk.post("desk_reserve", key, htmx=True, **fields)


def test_points_to_collect_at_begin_with_the_libraries(network):
    NewsstandFactory(kind="bookshop", name="A bookshop", parent=network.south)
    kinds = [place.kind for place in PointForm(kinds=[]).fields["pickup"].queryset]
    assert kinds == ["branch", "branch", "bookshop", "newsstand", "newsstand", "stop"]


@pytest.mark.parametrize("level", ["volume", "title"])
def test_volume_is_asked_and_reserved(level, desk, story, network):
    title = in_volumes(network.north, "10", "2", "1")
    key = desk.greets(ReaderFactory())

    asked = asks(desk, key, title, level).content.decode()
    reserved = asks(desk, key, title, "volume", volume="10")

    assert asked.index("Volume 1\n") < asked.index("Volume 2\n") < asked.index("Volume 10\n")
    assert "Reserved" in reserved.content.decode()
    hold = Hold.objects.get()
    assert (hold.level, hold.title, hold.volume) == ("volume", title, "10")
    assert "Volume 10" in desk.get("desk_visit", key).content.decode()


def test_copy_is_asked_and_reserved(desk, story, network):
    title = TitleFactory()
    first, wanted = CopyFactory.create_batch(2, title=title, home=network.north)
    key = desk.greets(ReaderFactory())

    asked = asks(desk, key, title, "copy").content.decode()
    asks(desk, key, title, "copy", copy=wanted.pk)

    assert first.barcode in asked
    assert wanted.barcode in asked
    hold = Hold.objects.get()
    assert (hold.level, hold.copy) == ("copy", wanted)
    assert wanted.barcode in desk.get("desk_visit", key).content.decode()


@pytest.mark.parametrize("level", ["volume", "copy"])
def test_title_without_copies_is_refused_and_nothing_is_asked(level, desk, story):
    answer = asks(desk, desk.greets(ReaderFactory()), TitleFactory(), level)

    assert answer.status_code == 422
    assert not Hold.objects.exists()


def test_copy_of_another_title_is_refused(desk, story, network):
    other = CopyFactory(home=network.north)
    title = CopyFactory(home=network.north).title

    answer = asks(desk, desk.greets(ReaderFactory()), title, "copy", copy=other.pk)

    assert answer.status_code == 422
    assert not Hold.objects.exists()


def test_question_is_shown_without_javascript_and_leads_on(desk, story, network):
    title = in_volumes(network.north, "1", "2")
    key = desk.greets(ReaderFactory())
    asked = {"title": title.pk, "pickup": network.south.code, "level": "volume"}

    page = desk.post("desk_reserve", key, **asked)
    said = desk.said(desk.post("desk_reserve", key, **asked, volume="2"))

    assert b"Which volume?" in page.content
    assert "Reserved" in said[0]


@pytest.mark.parametrize("kind", GroupKind.values)
def test_ticked_titles_are_reserved_together_and_undone(kind, desk, story, network):
    titles = [CopyFactory(home=network.north, title__work__title="Il barone").title for _number in range(2)]
    desk.indexes(*titles)
    key = desk.greets(ReaderFactory())
    ticked = [one.pk for one in titles]

    found = desk.post("desk_find", key, htmx=True, q="barone").content.decode()
    reserved = desk.post("desk_reserve", key, htmx=True, pickup=network.south.code, kind=kind, together=ticked)
    page = desk.get("desk_visit", key)

    assert found.count('name="together"') == 2
    assert "2 titles reserved together" in reserved.content.decode()
    assert HoldGroup.objects.get().kind == kind
    assert Hold.objects.filter(group__kind=kind, status=HoldStatus.ASSIGNED).count() == 2
    assert page.content.decode().count(f"with others: {GroupKind(kind).label}") == 2

    desk.post("desk_undo", visit=key, number=page.context["last_act"].number)
    assert not Hold.objects.exists()
    assert not HoldGroup.objects.exists()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"kind": "set"}, "Choose from 2 to 10 different titles"),
        ({"kind": "both"}, "Choose one of the points"),
        ({"kind": "set", "together": ["x", "y"]}, "Choose one of the points"),
    ],
)
def test_too_few_or_strange_titles_are_refused(sent, words, desk, story):
    answer = desk.post("desk_reserve", desk.greets(ReaderFactory()), htmx=True, pickup=desk.place.code, **sent)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Hold.objects.exists()


def test_ticked_titles_are_sent_again_all_of_them_with_a_reason(manager, story, network):
    titles = [copy.title.pk for copy in CopyFactory.create_batch(2, home=network.north)]
    key = manager.greets(ReaderFactory(card_expires_on=dt.date(2026, 3, 1)))
    sent = {"pickup": network.south.code, "kind": "set", "together": titles}

    refused = manager.post("desk_reserve", key, htmx=True, **sent).content.decode()
    reserved = manager.post("desk_reserve", key, htmx=True, **sent, override="The new card is being printed.")

    for title in titles:
        assert f'name="together" value="{title}"' in refused
    assert reserved.status_code == 200
    assert Hold.objects.count() == 2


def test_set_moves_as_a_whole_and_one_of_it_is_cancelled_by_itself(desk, story, network):
    reader = ReaderFactory()
    titles = [copy.title for copy in CopyFactory.create_batch(3, home=network.north)]
    _group, holds = story.group(titles, GroupKind.SET, reader=reader, pickup=network.south)
    key = desk.greets(reader)

    asked = desk.post("desk_move", key, holds[0].pk, htmx=True).content.decode()
    desk.post("desk_move", key, holds[0].pk, htmx=True, pickup=network.north.code)
    desk.post("desk_cancel", key, holds[1].pk, htmx=True)

    assert "all of them move" in asked
    assert {fresh(hold).pickup_place for hold in holds} == {network.north}
    assert [fresh(hold).status for hold in holds] == [HoldStatus.ASSIGNED, HoldStatus.CANCELLED, HoldStatus.ASSIGNED]


def test_one_of_several_moves_and_is_cancelled_by_itself(desk, story, network):
    reader = ReaderFactory()
    titles = [copy.title for copy in CopyFactory.create_batch(2, home=network.north)]
    _group, holds = story.group(titles, GroupKind.ONE_OF, reader=reader, pickup=network.south)
    key = desk.greets(reader)

    asked = desk.post("desk_move", key, holds[0].pk, htmx=True).content.decode()
    desk.post("desk_move", key, holds[0].pk, htmx=True, pickup=network.newsstand.code)
    desk.post("desk_cancel", key, holds[1].pk, htmx=True)

    assert "all of them move" not in asked
    assert fresh(holds[0]).pickup_place == network.newsstand
    assert [fresh(hold).status for hold in holds] == [HoldStatus.ASSIGNED, HoldStatus.CANCELLED]


@pytest.mark.parametrize("count", [1, 2])
def test_reservations_take_as_many_queries_for_two_as_for_four(count, desk, story, network, django_assert_num_queries):
    reader = ReaderFactory()
    for _number in range(count):
        story.hold(in_volumes(network.north, "1"), reader=reader, level="volume", volume="1")
        copy = CopyFactory(home=network.north)
        story.hold(copy.title, reader=reader, level="copy", copy=copy)
    key = desk.greets(reader)

    with django_assert_num_queries(19):
        desk.get("desk_visit", key)
