"""Verbs on what a reader reserves together: one of several, of which the first wins, and sets that come all at once.

Every member is a hold of its own with its own place in the queue of its work. One of several is an ordinary hold until
one of them is won. A hold of a set takes part in the order only when a copy of each member can be had at once, and
then all of them are served in one transaction, or none (docs/adr/0009).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.services import note_act
from catalog.models import Copy, Title, Work
from catalog.states import MAY_SERVE
from loans import custody, routing
from loans.choosing import copies_to_choose
from loans.errors import GroupCopiesRefused, GroupSizeRefused, GroupTitleRefused
from loans.holds import cancel_hold, refuse_hold, refuse_reader
from loans.models import Assignment, Hold, HoldGroup
from loans.overriding import Override
from loans.policy import GROUP_COPIES_MOST, GROUP_LEAST, GROUP_MOST
from loans.querysets import key_compared
from loans.states import GroupKind, HoldLevel, HoldStatus
from milanolib import clock
from milanolib.db import StartAgain, lock, restartable
from milanolib.errors import DomainError
from outbox.events import emit_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from accounts.models import Reader, User
    from branches.models import Place

ANOTHER_CAME_FIRST = "another_came_first"  # why one of several ended
INCOMPLETE = "set_incomplete"  # why a copy of a set was given up
_IN_VOLUMES = _("It has several volumes: reserve the one you want by itself.")


@restartable
def place_group(
    reader: Reader,
    titles: Sequence[Title],
    pickup: Place,
    kind: GroupKind,
    *,
    actor: User | None,
    override: str = "",
    copies: int = 1,
) -> HoldGroup:
    """Reserve several titles together, to be collected at one point; they count as one reservation.

    All of them or none. Of a set several `copies` of each title can be asked for: then each hold is for one copy, and
    no two for the same. Raises GroupSizeRefused, GroupCopiesRefused, GroupTitleRefused (of which title, and why), and
    what `place_hold` raises about the reader and the point.
    """
    titles = list({title.pk: title for title in titles}.values())
    if len(titles) * copies < GROUP_LEAST or len(titles) > GROUP_MOST:
        raise GroupSizeRefused(least=GROUP_LEAST, most=GROUP_MOST)
    if len(titles) * copies > GROUP_COPIES_MOST:
        raise GroupCopiesRefused(most=GROUP_COPIES_MOST)
    works = _lock_works_of(titles)
    lock(reader)
    now, permit = clock.now(), Override(override)
    refuse_reader(reader, pickup, clock.today(), permit)
    group = HoldGroup(reader=reader, kind=kind, placed_at=now)
    holds = [
        Hold(
            reader=reader,
            work=works[title.pk],
            title=title,
            copy=copy,
            level=HoldLevel.TITLE if copy is None else HoldLevel.COPY,
            pickup_place=pickup,
            placed_at=now,
            group=group,
            waits_for_set=kind == GroupKind.SET,
        )
        for title in titles
        for copy in (_choose_copies(title, copies, pickup) if copies > 1 else [None])
    ]
    _refuse_titles(holds, permit)
    group.save(force_insert=True)
    for hold in holds:
        hold.group = group
        hold.save(force_insert=True)
    emit_all([("loans.hold_placed", f"hold-placed:{hold.pk}", {"hold_id": hold.pk}) for hold in holds])
    if kind == GroupKind.SET:
        serve_at_once(holds)
    else:
        for work in sorted({work.pk: work for work in works.values()}.values(), key=lambda one: one.pk):
            routing.serve_free_copies(work)
    note_act("place_group", f"holdgroup:{group.pk}", actor=actor, reason=permit.kept)
    return group


def _lock_works_of(titles: Iterable[Title]) -> dict[int, Work]:
    """Lock the works of titles, in order, and return them by title. Raises StartAgain when one has moved meanwhile."""
    keys = [title.pk for title in titles]
    planned = dict(Title.objects.filter(pk__in=keys).values_list("pk", "work"))
    works = {one.pk: one for one in routing.lock_works(planned.values())}
    if dict(Title.objects.filter(pk__in=keys).values_list("pk", "work")) != planned:
        raise StartAgain
    return {title: works[work] for title, work in planned.items()}


def _choose_copies(title: Title, number: int, pickup: Place) -> list[Copy]:
    """Return so many copies of a title whose work is locked: free ones first, of these the ones that are there already.

    Raises GroupTitleRefused where there are not so many.
    """
    free = routing.free_copies().filter(pk=OuterRef("pk"))
    choice = copies_to_choose(title).annotate(
        is_free=Exists(free), is_there=ExpressionWrapper(Q(place=pickup), BooleanField())
    )
    found: list[Copy] = list(choice.order_by("-is_free", "-is_there", "pk")[:number])
    if len(found) < number:
        said = ngettext("Only %(number)s copy can be reserved.", "Only %(number)s copies can be reserved.", len(found))
        raise GroupTitleRefused(title=title.title, why=said % {"number": len(found)})
    return found


def _refuse_titles(holds: Iterable[Hold], permit: Override) -> None:
    """Raise GroupTitleRefused for the first title that cannot be reserved, with its reason."""
    for hold in holds:
        assert hold.title is not None  # noqa: S101  for the type checker; each is of a title
        volumes = Copy.objects.filter(title=hold.title, status__in=MAY_SERVE, is_lendable=True).exclude(volume="")
        if volumes.order_by().values("volume").distinct()[:2].count() > 1:
            raise GroupTitleRefused(title=hold.title.title, why=_IN_VOLUMES)
        try:
            refuse_hold(hold, hold.title, permit)
        except DomainError as refusal:
            raise GroupTitleRefused(title=hold.title.title, why=str(refusal)) from refusal


# --- One of several


def wins(hold: Hold) -> bool:
    """Whether a hold whose copy is to be taken may have it: of one of several only the first may, and is it from now.

    The work is locked. An event for each of the others ends it, in a transaction of its own.
    """
    if hold.group_id is None or hold.waits_for_set:
        return True
    one_of = HoldGroup.objects.filter(pk=hold.group_id, kind=GroupKind.ONE_OF)
    if one_of.filter(won_by=None).update(won_by=hold):
        others = Hold.objects.open().filter(group=hold.group_id).exclude(pk=hold.pk).values_list("pk", flat=True)
        emit_all([("loans.hold_outrun", f"hold-outrun:{other}:{hold.pk}", {"hold_id": other}) for other in others])
        return True
    return not one_of.exclude(won_by=hold).exists()


def end_outrun(hold: Hold) -> bool:
    """End a hold of one of several because another one came first; return whether it was open until now."""
    current = Hold.objects.open().filter(pk=hold.pk, group__won_by__isnull=False).exclude(group__won_by=hold.pk).first()
    if current is None:
        return False
    cancel_hold(current, actor=None, reason=ANOTHER_CAME_FIRST)
    return True


# --- Sets


def all_of_its_set(hold: Hold) -> list[Hold]:
    """Return the open holds of a hold's set, itself among them, their works locked in order; else the hold alone.

    Raises StartAgain when the set has changed while we waited.
    """
    if hold.group_id is None or not HoldGroup.objects.filter(pk=hold.group_id, kind=GroupKind.SET).exists():
        return [hold]
    others = {one.pk: one for one in lock_set(hold.group_id)}
    return [hold, *(one for pk, one in others.items() if pk != hold.pk)] if hold.pk in others else [hold]


def lock_set(group_id: int | None) -> list[Hold]:
    """Lock the open holds of a set with their works, and return them in their order. Raises StartAgain."""
    planned = dict(Hold.objects.open().filter(group=group_id).values_list("pk", "work"))
    routing.lock_works(planned.values())
    holds = list(Hold.objects.open().filter(group=group_id).in_order())
    lock(holds)
    if {hold.pk: hold.work_id for hold in holds} != planned:
        raise StartAgain
    return holds


@restartable
def serve_set(group: HoldGroup) -> bool:
    """Give each hold of a waiting set a copy, if that can be done at once; return whether it could."""
    return serve_at_once(lock_set(group.pk))


def serve_at_once(holds: Sequence[Hold]) -> bool:
    """Serve all these holds of a set, later ones making way where their turn has come, or none of them.

    All of them must be waiting; their works are locked.
    """
    if not holds or not all(hold.waits_for_set and hold.suspended_until is None for hold in holds):
        return False
    with transaction.atomic():
        is_served = all(_serve_one(hold) for hold in sorted(holds, key=lambda one: one.order_key))
        if not is_served:
            transaction.set_rollback(True)  # of this block only: what was given to some of them is given back
    for hold in holds:
        hold.refresh_from_db(fields=["waits_for_set", "status"])
    return is_served


def _serve_one(hold: Hold) -> bool:
    hold.waits_for_set = False
    hold.save(update_fields=["waits_for_set"])
    return routing.serve_hold(hold) is not None


@restartable
def give_up_incomplete(group: HoldGroup) -> bool:
    """Give back the copies of a set that fell apart before any was taken from its shelf; it waits as a whole again.

    Return whether it had. Once a copy has been taken the set has begun: then the rest wait as ordinary holds.
    """
    holds = lock_set(group.pk)
    if not _fell_apart(holds):
        return False
    given_up = []
    for hold in holds:
        held = Assignment.objects.open().filter(hold=hold).first()
        if held is not None:
            held.hold, held.copy = hold, custody.fetch_copy(held.copy_id)
            custody.back_to_queue(held, INCOMPLETE)
            given_up.append(held)
        hold.waits_for_set = True
        hold.save(update_fields=["waits_for_set"])
    for held in given_up:
        custody.send_on(held.copy, held)
    return True


def _fell_apart(holds: Sequence[Hold]) -> bool:
    """Whether some of a set have no copy although it does not wait as a whole, and nobody has taken a copy yet."""
    is_short = any(hold.status == HoldStatus.QUEUED and not hold.waits_for_set for hold in holds)
    return is_short and not has_begun(holds[0])


def has_begun(hold: Hold) -> bool:
    """Whether a copy of a hold's set has been taken from its shelf: what is left of it waits as ordinary holds."""
    taken = Assignment.objects.filter(hold__group=hold.group_id, committed_at__isnull=False)
    return hold.group_id is not None and taken.exists()


def look_at_groups() -> int:
    """Serve the sets that can be had at once, and settle what a killed process left; return how many sets were served.

    Every five minutes. Each in a transaction of its own, earlier ones first.
    """
    for hold in list(Hold.objects.open().filter(group__won_by__isnull=False).order_by("pk")):
        end_outrun(hold)
    short = Hold.objects.filter(status=HoldStatus.QUEUED, waits_for_set=False, suspended_until=None)
    for group in HoldGroup.objects.filter(kind=GroupKind.SET, pk__in=short.values("group")):
        give_up_incomplete(group)
    return sum(serve_set(group) for group in list(_sets_worth_a_look()))


def _sets_worth_a_look() -> QuerySet[HoldGroup]:
    """Return the waiting sets of which each work has a copy that is free or meant for a later hold."""
    free = routing.free_copies().filter(title__work=OuterRef("work"))
    later = Assignment.objects.open().filter(
        key_compared("gt", "hold__"), committed_at=None, hold__work=OuterRef("work")
    )
    waiting = Hold.objects.filter(group=OuterRef("pk"), status=HoldStatus.QUEUED, waits_for_set=True)
    in_vain = waiting.filter(~(Exists(free) | Exists(later)) | Q(suspended_until__isnull=False))
    return HoldGroup.objects.filter(Exists(waiting), ~Exists(in_vain), kind=GroupKind.SET).order_by("placed_at", "pk")


@transaction.atomic
def keep_set_together(hold: Hold) -> None:
    """Keep all that is ready of a set until the last day of the one that is kept longest. Safe to repeat."""
    ready = list(
        Hold.objects.filter(group=hold.group_id, group__kind=GroupKind.SET, status=HoldStatus.READY).order_by("pk")
    )
    if len(ready) < GROUP_LEAST:
        return
    lock(ready)
    days = [one.keep_until for one in ready if one.status == HoldStatus.READY and one.keep_until is not None]
    for one in ready:
        if one.status == HoldStatus.READY and one.keep_until is not None and one.keep_until < max(days):
            one.keep_until = max(days)
            one.save(update_fields=["keep_until"])
