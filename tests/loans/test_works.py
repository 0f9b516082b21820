"""Works joined and split by staff, with all that waits for them."""

import pytest
from django.urls import reverse

from accounts.models import Act
from catalog.importing import import_file
from catalog.models import Review, SearchRow, Title, Work, WorkKey
from loans.errors import AlreadyReserved
from loans.holds import place_hold
from loans.invariants import disagreements
from loans.models import Hold, HoldPass
from loans.states import HoldLevel, HoldStatus
from loans.works import NothingToSplit, SameWork, WorkGone, join_works, preview_join, preview_split, split_work
from milanolib import clock
from notifications.models import Message
from outbox.events import dispatch
from tests.catalog.marc.build import marcxml, simple
from tests.factories import LibrarianFactory, ReaderFactory, TitleFactory, UserFactory, WorkFactory
from tests.story import Network, fresh

pytestmark = pytest.mark.django_db
ANY = HoldLevel.WORK


@pytest.fixture
def editions(story):
    """Two editions, each a work of its own, with a copy each."""
    one, other = TitleFactory(), TitleFactory()
    story.copies(1, title=one)
    story.copies(1, title=other)
    return one, other


def test_join_makes_two_queues_one_in_the_order_of_their_keys(story, editions):
    one, other = editions
    first = story.hold(one, level=ANY)
    second = story.hold(other, level=ANY)
    third = story.hold(one, level=ANY)
    fourth = story.hold(other, level=ANY)
    keys = [fresh(hold).order_key for hold in (first, second, third, fourth)]

    join_works(one.work, other.work, actor=None)

    assert [fresh(hold).order_key for hold in (first, second, third, fourth)] == keys
    assert {fresh(hold).work_id for hold in (first, second, third, fourth)} == {one.work_id}
    statuses = [fresh(hold).status for hold in (first, second, third, fourth)]
    assert statuses == [HoldStatus.ASSIGNED, HoldStatus.ASSIGNED, HoldStatus.QUEUED, HoldStatus.QUEUED]


def test_join_gives_the_copy_of_a_later_reader_to_the_earlier_one(story):
    bare, other = TitleFactory(), TitleFactory()
    lent = story.copies(1, title=bare)[0]
    story.lent(lent)
    earlier = story.hold(bare, level=ANY)
    story.copies(1, title=other)
    later = story.hold(other, level=ANY)
    assert fresh(later).status == HoldStatus.ASSIGNED

    join_works(bare.work, other.work, actor=None)

    assert fresh(earlier).status == HoldStatus.ASSIGNED
    assert fresh(later).status == HoldStatus.QUEUED


def test_join_leaves_what_was_picked_to_its_reader_and_writes_down_who_was_overtaken(story):
    bare, other = TitleFactory(), TitleFactory()
    story.lent(story.copies(1, title=bare)[0])
    earlier = story.hold(bare, level=ANY)
    story.copies(1, title=other)
    later, copy = story.picked(other, level=ANY)

    join_works(bare.work, other.work, actor=None)

    assert fresh(earlier).status == HoldStatus.QUEUED
    assert fresh(later).status == HoldStatus.READY
    assert HoldPass.objects.get(hold=earlier).copy == copy


def test_join_keeps_title_level_holds_with_their_edition(story, editions):
    one, other = editions
    hold = story.hold(other)
    waits = story.hold(other)

    join_works(one.work, other.work, actor=None)

    assert fresh(hold).title == other
    assert story.copy_of(hold).title == other
    assert fresh(waits).status == HoldStatus.QUEUED


def test_join_keeps_the_earlier_of_two_turns_of_one_reader_and_tells_them(story, editions):
    one, other = editions
    reader = ReaderFactory(signs_in=True)
    late = story.hold(one, reader=ReaderFactory(), level=ANY)
    first = story.hold(other, reader=reader, level=ANY)
    second = story.hold(one, reader=reader, level=ANY)
    assert preview_join(one.work, other.work).doubles == 1

    join_works(one.work, other.work, actor=None)
    dispatch()

    assert fresh(first).status == HoldStatus.ASSIGNED
    assert (fresh(second).status, fresh(second).end_reason) == (HoldStatus.CANCELLED, "works_joined")
    assert fresh(late).status == HoldStatus.ASSIGNED
    assert Message.objects.get(kind="hold_doubled").reader == reader


def test_join_keeps_the_turn_whose_copy_is_ready(story, editions):
    one, other = editions
    reader = ReaderFactory()
    story.hold(one, level=ANY)
    waits = story.hold(one, reader=reader, level=ANY)
    ready, copy = story.ready(other, reader=reader, level=ANY)
    assert ready.status == HoldStatus.READY

    join_works(one.work, other.work, actor=None)

    assert fresh(waits).status == HoldStatus.CANCELLED
    assert fresh(ready).status == HoldStatus.READY
    assert story.copy_of(ready) == copy


def test_join_sends_the_copy_of_the_turn_that_ends_to_the_next_reader(story, editions):
    one, other = editions
    reader = ReaderFactory()
    kept, _copy = story.ready(one, reader=reader, level=ANY)
    ended, copy = story.ready(other, reader=reader, level=ANY)
    waits = story.hold(other)

    join_works(one.work, other.work, actor=None)

    assert fresh(kept).status == HoldStatus.READY
    assert fresh(ended).status == HoldStatus.CANCELLED
    assert story.copy_of(waits) == copy


def test_join_with_parcels_on_the_road_loses_none(story, editions):
    one, other = editions
    reader = ReaderFactory()
    story.packed(one, reader=reader, level=ANY)
    story.packed(other, reader=reader, level=ANY)
    story.hold(one, pickup=story.network.newsstand, level=ANY)

    join_works(other.work, one.work, actor=None)

    assert Hold.objects.open().filter(reader=reader).count() == 1


def test_join_moves_keys_and_reviews_and_search_follows(story, editions):
    one, other = editions
    user, elsewhere = UserFactory(), UserFactory()
    for number, (who, work) in enumerate([(user, one.work), (user, other.work), (elsewhere, other.work)]):
        Review.objects.create(user=who, work=work, stars=number + 1, written_at=clock.now(), status="published")
        story.later(hours=1)
    WorkKey.objects.create(key="older", work=other.work)
    gone = other.work.key

    join_works(one.work, other.work, actor=None)

    assert not Work.objects.filter(key=gone).exists()
    assert set(WorkKey.objects.filter(work=one.work).values_list("key", flat=True)) == {"older", gone}
    assert sorted(Review.objects.filter(work=one.work).values_list("user", "stars")) == sorted(
        [(user.pk, 2), (elsewhere.pk, 3)]
    )
    assert set(SearchRow.objects.filter(title__in=[one, other]).values_list("work", flat=True)) <= {one.work_id}


def test_join_refuses_a_work_with_itself_or_one_that_is_gone(story, editions):
    one, other = editions
    away = other.work
    join_works(one.work, away, actor=None)

    with pytest.raises(SameWork):
        join_works(one.work, one.work, actor=None)
    with pytest.raises(WorkGone):
        join_works(one.work, away, actor=None)


def test_split_takes_title_level_holds_along_and_leaves_the_others(story, editions):
    one, other = editions
    join_works(one.work, other.work, actor=None)
    of_title = story.hold(other)
    of_any = story.hold(one, level=ANY)
    waits = story.hold(other)
    keys = [fresh(hold).order_key for hold in (of_title, of_any, waits)]
    preview = preview_split(one.work, [other])
    assert (preview.going, preview.staying, preview.going_along) == (2, 1, 0)

    new = split_work([other], actor=None)

    assert fresh(other).work == new
    assert {fresh(of_title).work_id, fresh(waits).work_id} == {new.pk}
    assert fresh(of_any).work_id == one.work_id
    assert [fresh(hold).order_key for hold in (of_title, of_any, waits)] == keys
    assert story.copy_of(of_title).title == other
    assert story.copy_of(of_any).title == one


def test_split_gives_a_hold_of_any_edition_another_copy_of_what_stays(story, editions):
    one, other = editions
    join_works(one.work, other.work, actor=None)
    held = [story.hold(one, level=ANY) for _number in range(2)]

    split_work([other], actor=None)

    assert [fresh(hold).status for hold in held] == [HoldStatus.ASSIGNED, HoldStatus.QUEUED]
    assert story.copy_of(held[0]).title == one


def test_split_takes_along_a_hold_of_any_edition_whose_copy_is_ready(story, editions):
    one, other = editions
    story.lent(one.copies.get())
    join_works(one.work, other.work, actor=None)
    hold, copy = story.ready(other, level=ANY)
    assert copy.title == other
    assert preview_split(one.work, [other]).going_along == 1

    new = split_work([other], actor=None)

    assert (fresh(hold).status, fresh(hold).work) == (HoldStatus.READY, new)


def test_split_refuses_none_or_all_or_editions_of_two_works(story, editions):
    one, other = editions

    for chosen in ([], [one], [one, other]):
        with pytest.raises(NothingToSplit):
            split_work(chosen, actor=None)
    assert fresh(one).work_id == one.work_id


def test_split_and_join_again_ends_where_it_began(story, editions):
    one, other = editions
    join_works(one.work, other.work, actor=None)
    for number in range(4):
        story.hold((one, other)[number % 2], level=(ANY, HoldLevel.TITLE)[number % 2])
    before = sorted(Hold.objects.values_list("pk", "status"))

    new = split_work([other], actor=None)
    join_works(one.work, new, actor=None)
    again = split_work([other], actor=None)
    join_works(one.work, again, actor=None)

    assert sorted(Hold.objects.values_list("pk", "status")) == before


def test_choice_of_staff_is_kept_when_records_are_imported_again(story, tmp_path):
    path = tmp_path / "two.xml"

    def bring(*more):
        path.write_bytes(marcxml(simple("A1", "Il barone rampante"), simple("B1", "Der Baron"), *more))
        import_file(path, source="here")

    bring()
    one, other = Title.objects.get(control_number="A1"), Title.objects.get(control_number="B1")
    join_works(one.work, other.work, actor=None)
    Title.objects.update(record_hash="")
    bring()
    assert {title.work_id for title in Title.objects.all()} == {one.work_id}

    new = split_work([fresh(other)], actor=None)
    Title.objects.update(record_hash="")
    bring()

    assert fresh(one).work_id == one.work_id
    assert fresh(other).work_id == new.pk


def test_reserving_with_a_title_read_before_the_join_lands_in_the_joined_queue(transactional_db, monday):
    network = Network.build()
    one, other = TitleFactory(), TitleFactory()
    stale = Title.objects.get(pk=other.pk)
    from tests.factories import CopyFactory

    CopyFactory(title=other, home=network.north)
    join_works(one.work, other.work, actor=None)

    hold = place_hold(ReaderFactory(), stale, network.north, actor=None)

    assert hold.work_id == one.work_id
    assert disagreements() == []


def test_join_and_reserve_at_once_agree(rivals, monday):
    network = Network.build()
    from tests.factories import CopyFactory

    for _round in range(3):
        one, other = TitleFactory(), TitleFactory()
        for title in (one, other):
            CopyFactory(title=title, home=network.north)
        reader = ReaderFactory()
        outcomes = rivals(
            lambda one=one, other=other: join_works(one.work, other.work, actor=None),
            lambda other=other, reader=reader: place_hold(reader, other, network.north, actor=None, level=ANY),
            lambda one=one, reader=reader: place_hold(reader, one, network.north, actor=None, level=ANY),
        )
        assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, AlreadyReserved)]
        assert Hold.objects.open().filter(reader=reader).count() == 1
        assert disagreements() == []


# --- The page


@pytest.fixture
def librarian(client):
    user = LibrarianFactory()
    client.force_login(user, backend="accounts.backends.CardBackend")
    return user


def test_page_shows_what_joining_does_and_does_it(story, editions, client, librarian):
    one, other = editions
    story.hold(other, level=ANY)
    address = reverse("admin:work_editions", args=[one.work_id])

    seen = client.get(address, {"join": other.work_id}, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    answer = client.post(address, {"act": "join", "other": other.work_id})

    assert "1 open reservation comes along" in seen
    assert answer["Location"] == address
    assert fresh(other).work_id == one.work_id
    assert Act.objects.get().verb == "join_works"


def test_page_shows_what_splitting_does_and_does_it(story, editions, client, librarian):
    one, other = editions
    join_works(one.work, other.work, actor=None)
    address = reverse("admin:work_editions", args=[one.work_id])

    seen = client.get(address, {"split": "1", "title": other.pk}, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    answer = client.post(address, {"act": "split", "title": other.pk})

    assert "Set 1 edition apart" in seen
    assert answer["Location"] == reverse("admin:work_editions", args=[fresh(other).work_id])
    assert fresh(other).work_id != one.work_id


def test_page_finds_works_by_words_and_by_the_number_of_a_title(story, client, librarian):
    from catalog.search import refresh

    one, other = TitleFactory(), TitleFactory(work=WorkFactory(title="Der Baron auf den Bäumen"))
    refresh([one.pk, other.pk])
    address = reverse("admin:work_editions", args=[one.work_id])

    for words in ("baron baumen", str(other.pk)):
        assert "Der Baron auf den" in client.get(address, {"q": words}).content.decode()


@pytest.mark.parametrize(
    "data", [{"join": "x"}, {"join": "9" * 40}, {"split": "1"}, {"q": "\x00"}, {"split": "1", "title": "x"}]
)
def test_page_bears_nonsense(data, story, editions, client, librarian):
    assert client.get(reverse("admin:work_editions", args=[editions[0].work_id]), data).status_code == 200


def test_page_is_for_who_may_change_works(story, editions, client):
    user = UserFactory(is_staff=True)
    client.force_login(user, backend="accounts.backends.CardBackend")
    address = reverse("admin:work_editions", args=[editions[0].work_id])

    assert client.get(address).status_code == 403
    assert client.post(address, {"act": "join", "other": editions[1].work_id}).status_code == 403
    assert fresh(editions[1]).work_id != editions[0].work_id
