"""Lists of titles: for oneself, for whoever has the link, and librarians' shelves and bibliographies for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from catalog.importing.bulk import longest
from catalog.models import ListEntry, ReadingList
from catalog.models.readers import new_token
from catalog.reading.errors import (
    ListFull,
    ListNameTaken,
    ListWithoutName,
    OnlyLibrariansPublish,
    PublicListNeedsKind,
    TooManyLists,
)
from catalog.reading.policy import MOST_LISTS, MOST_ON_A_LIST
from milanolib import clock
from milanolib.db import restartable

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from catalog.models import Title

PERMISSION_TO_PUBLISH = "catalog.add_readinglist"
LONGEST_NAME = longest(ReadingList, "name")
LONGEST_DESCRIPTION = longest(ReadingList, "description")
LONGEST_NOTE = longest(ListEntry, "note")
Kind, Visibility = ReadingList.Kind, ReadingList.Visibility


def may_publish(user: User | AnonymousUser) -> bool:
    """Whether somebody makes shelves and bibliographies, and shows them to everybody."""
    return user.has_perm(PERMISSION_TO_PUBLISH)


def public_lists() -> QuerySet[ReadingList]:
    """Return the librarians' lists that everybody may see, the last changed first."""
    return ReadingList.objects.filter(visibility=Visibility.PUBLIC).order_by("-changed_at", "-pk")


def list_at(token: str, user: User | AnonymousUser) -> ReadingList | None:
    """Return the list with this address if somebody may see it: its owner always, others unless it is private."""
    found = ReadingList.objects.filter(token=token).first()
    if found is None or (found.visibility == Visibility.PRIVATE and found.owner_id != user.pk):
        return None
    return found


@transaction.atomic
def make_list(
    owner: User,
    *,
    name: str,
    description: str = "",
    kind: str = Kind.PERSONAL,
    visibility: str = Visibility.PRIVATE,
) -> ReadingList:
    """Begin a list. Raises ListWithoutName, ListNameTaken, TooManyLists, OnlyLibrariansPublish, PublicListNeedsKind."""
    _lock_owner(owner)
    if owner.reading_lists.count() >= MOST_LISTS:
        raise TooManyLists(most=MOST_LISTS)
    now = clock.now()
    made = ReadingList(owner=owner, created_at=now, changed_at=now)
    return _written(made, name, description, kind, visibility)


@transaction.atomic
def list_named(owner: User, name: str) -> ReadingList:
    """Return the owner's list of this name, begun if there is none; a form sent twice so makes one list."""
    _lock_owner(owner)
    known = owner.reading_lists.filter(name=_tidy(name)).first()
    return known or make_list(owner, name=name)


@transaction.atomic
def change_list(reading_list: ReadingList, *, name: str, description: str, kind: str, visibility: str) -> ReadingList:
    """Rename and describe a list, say what it is and who sees it.

    One that becomes private gets another address: who had the link to it has it no more, even if it is shared again.
    Raises what `make_list` does.
    """
    _lock_owner(reading_list.owner)
    locked = ReadingList.objects.select_for_update(no_key=True).select_related("owner").get(pk=reading_list.pk)
    if visibility == Visibility.PRIVATE and locked.visibility != Visibility.PRIVATE:
        locked.token = new_token()
    locked.changed_at = clock.now()
    return _written(locked, name, description, kind, visibility)


def delete_list(reading_list: ReadingList) -> None:
    """Delete a list with all that was written on it. Safe to repeat."""
    ReadingList.objects.filter(pk=reading_list.pk).delete()


@restartable
def add_title(reading_list: ReadingList, title: Title) -> tuple[ListEntry, bool]:
    """Put a title at the end of a list; return its entry and whether it is new there. Safe to repeat.

    A title that was joined to another stands for that one. Raises ListFull, OnlyLibrariansPublish.
    """
    _lock_to_write(reading_list)
    wanted = title.merged_into or title
    known = ListEntry.objects.filter(list=reading_list, title=wanted).first()
    if known is not None:
        return known, False
    if reading_list.entries.count() >= MOST_ON_A_LIST:
        raise ListFull(most=MOST_ON_A_LIST)
    last = reading_list.entries.aggregate(last=Max("position"))["last"] or 0
    now = clock.now()
    made = ListEntry.objects.create(list=reading_list, title=wanted, position=last + 1, added_at=now)
    _changed(reading_list)
    return made, True


@transaction.atomic
def write_note(entry: ListEntry, note: str) -> None:
    """Write a word about a title on a list; an empty one takes it away. Raises OnlyLibrariansPublish."""
    _lock_to_write(entry.list)
    ListEntry.objects.filter(pk=entry.pk).update(note=_plain(note)[:LONGEST_NOTE])
    _changed(entry.list)


@transaction.atomic
def remove_title(entry: ListEntry) -> None:
    """Take a title off a list, a public one too, whoever its owner is by now. Safe to repeat."""
    _lock(entry.list)
    ListEntry.objects.filter(pk=entry.pk).delete()
    _changed(entry.list)


@transaction.atomic
def move_title(entry: ListEntry, *, up: bool) -> int:
    """Move a title one place up or down its list; return its place, from 1. At the end of the list it stays.

    Raises OnlyLibrariansPublish.
    """
    _lock_to_write(entry.list)
    order = list(entry.list.entries.values_list("pk", flat=True))
    if entry.pk not in order:  # taken off meanwhile
        return 0
    before = order.index(entry.pk)
    after = min(max(before + (-1 if up else 1), 0), len(order) - 1)
    order.insert(after, order.pop(before))
    rows = {row.pk: row for row in entry.list.entries.all()}
    moved = [rows[pk] for place, pk in enumerate(order, 1) if rows[pk].position != place]
    for row in moved:
        row.position = order.index(row.pk) + 1
    ListEntry.objects.bulk_update(moved, ["position"])
    _changed(entry.list)
    return after + 1


def _written(made: ReadingList, name: str, description: str, kind: str, visibility: str) -> ReadingList:
    made.name = _tidy(name)
    made.description = _plain(description)[:LONGEST_DESCRIPTION]
    made.kind = kind if kind in Kind.values else Kind.PERSONAL
    made.visibility = visibility if visibility in Visibility.values else Visibility.PRIVATE
    if not made.name:
        raise ListWithoutName
    is_for_all = made.visibility == Visibility.PUBLIC
    if (is_for_all or made.kind != Kind.PERSONAL) and not may_publish(made.owner):
        raise OnlyLibrariansPublish
    if is_for_all and made.kind == Kind.PERSONAL:
        raise PublicListNeedsKind
    if ReadingList.objects.filter(owner=made.owner, name=made.name).exclude(pk=made.pk).exists():
        raise ListNameTaken
    made.save()
    return made


def _lock_owner(owner: User) -> None:
    """Two clicks at once are counted one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)


def _lock(reading_list: ReadingList) -> ReadingList:
    lists = ReadingList.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
    return lists.get(pk=reading_list.pk)


def _lock_to_write(reading_list: ReadingList) -> None:
    """Lock a list that is about to say something new: one for everybody only as long as its owner may publish."""
    locked = _lock(reading_list)
    if locked.visibility == Visibility.PUBLIC and not may_publish(locked.owner):
        raise OnlyLibrariansPublish


def _changed(reading_list: ReadingList) -> None:
    ReadingList.objects.filter(pk=reading_list.pk).update(changed_at=clock.now())


def _tidy(name: str) -> str:
    return " ".join(_plain(name).split())[:LONGEST_NAME].strip()


def _plain(text: str) -> str:
    return text.replace("\x00", "").strip()
