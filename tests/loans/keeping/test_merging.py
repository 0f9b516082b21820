"""Two records of one edition become one; nobody loses a turn, nothing is left behind, imports respect it."""

import pytest

from catalog.importing import import_file
from catalog.models import Copy, ListEntry, ReadingList, Review, SearchRow, Title, Work, WorkKey
from catalog.search import refresh, titles_found
from loans.merging import CopyOnItsWay, SameTitle, likely_duplicates, merge_titles
from loans.models import Assignment, Hold
from loans.states import HoldLevel, HoldStatus
from milanolib import clock
from tests.catalog.marc.build import UNIMARC_LEADER, iso2709, simple_unimarc
from tests.factories import CopyFactory, ReaderFactory, TitleFactory, UserFactory

pytestmark = pytest.mark.django_db


def fresh(row):
    return type(row).objects.get(pk=row.pk)


@pytest.fixture
def pair(story):
    """Two titles of two works, each with a copy on the shelf of the north."""
    return story.copies(1)[0].title, story.copies(1)[0].title


def test_copies_and_the_address_follow_and_search_forgets_the_other(pair):
    keep, other = pair
    refresh([keep.pk, other.pk])

    merge_titles(keep, other, actor=None)
    merge_titles(keep, other, actor=None)

    assert set(Copy.objects.values_list("title", flat=True)) == {keep.pk}
    assert fresh(other).merged_into == keep
    assert list(SearchRow.objects.values_list("title", flat=True)) == [keep.pk]
    assert list(titles_found(other.title)) == [] or other.title == keep.title
    assert list(Work.objects.all()) == [keep.work]
    assert WorkKey.objects.get().work == keep.work


def test_a_merged_title_is_merged_no_further(pair):
    keep, other = pair
    merge_titles(keep, other, actor=None)
    with pytest.raises(SameTitle):
        merge_titles(other, keep, actor=None)
    with pytest.raises(SameTitle):
        merge_titles(keep, keep, actor=None)


def test_titles_merged_earlier_follow(pair):
    keep, other = pair
    earlier = TitleFactory(merged_into=other)

    merge_titles(keep, other, actor=None)

    assert fresh(earlier).merged_into == keep


def test_queues_become_one_in_order_and_free_copies_serve_it(story, pair):
    keep, other = pair
    lent = Copy.objects.get(title=keep)
    story.lent(lent)
    first = story.hold(keep)
    served_there = story.hold(other)
    assert story.copy_of(first) is None

    merge_titles(keep, other, actor=None)

    assert story.copy_of(fresh(first)) is not None  # the earlier turn, by the copy of the other
    assert story.copy_of(fresh(served_there)) is None
    assert fresh(served_there).title == keep
    assert fresh(served_there).work == keep.work


def test_a_reader_who_reserved_both_keeps_the_earlier(story, pair):
    keep, other = pair
    for title in pair:
        story.lent(Copy.objects.get(title=title))
    reader = ReaderFactory()
    earlier, later = story.hold(other, reader=reader), story.hold(keep, reader=reader)

    merge_titles(keep, other, actor=None)

    assert (fresh(earlier).status, fresh(earlier).title) == (HoldStatus.QUEUED, keep)
    assert (fresh(later).status, fresh(later).end_reason) == (HoldStatus.CANCELLED, "merged")


def test_the_one_whose_copy_is_on_its_way_is_kept(story, pair):
    keep, other = pair
    reader = ReaderFactory()
    story.lent(Copy.objects.get(title=keep))
    earlier = story.hold(keep, reader=reader)
    ready, copy = story.ready(other, reader=reader)

    merge_titles(keep, other, actor=None)

    assert fresh(ready).status == HoldStatus.READY
    assert fresh(earlier).status == HoldStatus.CANCELLED
    assert Assignment.objects.open().get().copy == copy


def test_two_ready_ones_leave_one_and_the_other_copy_goes_on(story, pair):
    keep, other = pair
    reader = ReaderFactory()
    one, _copy = story.ready(keep, reader=reader)
    two, copy = story.ready(other, reader=reader)

    merge_titles(keep, other, actor=None)

    assert fresh(one).status == HoldStatus.READY
    assert fresh(two).status == HoldStatus.CANCELLED
    assert fresh(copy).status == "available"


def test_reservations_of_any_edition_follow_the_work(story, pair):
    keep, other = pair
    reader = ReaderFactory()
    story.lent(Copy.objects.get(title=keep))
    story.lent(Copy.objects.get(title=other))
    earlier = story.hold(other, reader=reader, level=HoldLevel.WORK)
    twice = story.hold(keep, reader=reader, level=HoldLevel.WORK)

    merge_titles(keep, other, actor=None)

    assert (fresh(earlier).work, fresh(earlier).status) == (keep.work, HoldStatus.QUEUED)
    assert fresh(twice).status == HoldStatus.CANCELLED


def test_a_work_with_other_editions_stays(story, pair):
    keep, other = pair
    sister = story.copies(1, title=TitleFactory(work=other.work))[0].title
    reader = ReaderFactory()
    hold = story.hold(other, reader=reader, level=HoldLevel.WORK)

    merge_titles(keep, other, actor=None)

    assert Work.objects.filter(pk=other.work_id).exists()
    assert fresh(hold).work == other.work
    assert story.copy_of(fresh(hold)).title == sister


def test_a_copy_on_its_way_for_a_work_that_stays_is_waited_for(story, pair):
    keep, other = pair
    TitleFactory(work=other.work)
    story.picked(other, level=HoldLevel.WORK, pickup=story.network.south)

    with pytest.raises(CopyOnItsWay):
        merge_titles(keep, other, actor=None)


def test_lists_and_reviews_follow_without_doubles(pair):
    keep, other = pair
    ada, ugo = UserFactory(), UserFactory()
    now = clock.now()
    for user, titles in ((ada, pair), (ugo, (other,))):
        shelf = ReadingList.objects.create(owner=user, name="Mia", created_at=now, changed_at=now)
        for position, title in enumerate(titles):
            ListEntry.objects.create(list=shelf, title=title, position=position, added_at=now)
        for title in titles:
            Review.objects.create(user=user, work=title.work, stars=4, written_at=now, status="published")

    merge_titles(keep, other, actor=None)

    assert sorted(ListEntry.objects.values_list("list__owner", "title")) == sorted(
        [(ada.pk, keep.pk), (ugo.pk, keep.pk)]
    )
    assert sorted(Review.objects.values_list("user", "work")) == sorted(
        [(ada.pk, keep.work_id), (ugo.pk, keep.work_id)]
    )


def test_an_import_of_the_merged_record_keeps_it_merged_and_shelves_its_copies_with_the_survivor(network, tmp_path):
    path = tmp_path / "records"

    def bring(*holdings, title="Il faro"):
        path.write_bytes(iso2709(simple_unimarc("N1", title, *holdings), UNIMARC_LEADER))
        return import_file(path, source="sbn")

    bring(("995", "  ", "b", "north", "f", "C1"))
    keep, other = TitleFactory(), Title.objects.get(control_number="N1")
    merge_titles(keep, other, actor=None)

    report = bring(
        ("995", "  ", "b", "north", "f", "C1"), ("995", "  ", "b", "south", "f", "C2"), title="Il faro nuovo"
    )

    other = fresh(other)
    assert (report.copies_created, report.copies_refused) == (1, 0)
    assert set(Copy.objects.values_list("barcode", "title")) == {("C1", keep.pk), ("C2", keep.pk)}
    assert (other.merged_into, other.title) == (keep, "Il faro nuovo")
    assert not SearchRow.objects.filter(title=other).exists()


def test_likely_duplicates_share_isbn_or_title_year_publisher_and_material(db):
    one = TitleFactory(isbns=["9788804668237"])
    two = TitleFactory(isbns=["9788804668237"])
    alike = [
        TitleFactory(work__title="Il faro", title="Il faro", year=2001, publisher=publisher) for publisher in ("A", "a")
    ]
    TitleFactory(title="Il faro", year=2002, publisher="A")
    TitleFactory(isbns=["9788804668237"], merged_into=one)
    refresh(list(Title.objects.values_list("pk", flat=True)))

    pairs, further = likely_duplicates()

    assert pairs == [(alike[1].pk, alike[0].pk, False), (two.pk, one.pk, True)]
    assert further is None


# --- pages


def test_a_manager_compares_and_merges_and_a_librarian_may_not(manager, desk, pair):
    keep, other = pair
    url = manager.client.get
    page = url(f"/gestione/catalogo/titolo/{keep.pk}/unisci/", {"with": other.control_number})

    refused = desk.post("title_merge", keep.pk, **{"with": other.pk, "keep": keep.pk})
    done = manager.post("title_merge", keep.pk, **{"with": other.pk, "keep": other.pk})

    assert page.context["other"] == other
    assert refused.status_code == 403
    assert done["Location"].endswith(f"/titolo/{other.pk}/")
    assert fresh(keep).merged_into == other
    assert manager.get("title_edit", keep.pk)["Location"].endswith(f"/titolo/{other.pk}/")
    assert desk.get("duplicates").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_duplicates_takes_as_many_queries_for_one_as_for_three(count, manager, django_assert_num_queries):
    for number in range(count):
        TitleFactory.create_batch(2, isbns=[f"978880466823{number}"])

    with django_assert_num_queries(10):
        assert manager.get("duplicates").status_code == 200


def test_a_hold_that_moved_can_be_collected(story, pair):
    keep, other = pair
    hold = story.hold(other)
    merge_titles(keep, other, actor=None)

    copy = story.copy_of(fresh(hold))
    story.lent(copy, reader=hold.reader)

    assert Hold.objects.get(pk=hold.pk).status == HoldStatus.COLLECTED
    assert CopyFactory().title != keep
