"""Two cards of one person become one: all that hangs on the one that goes moves to the one that is kept.

What stands against it is settled by rules, and told: of two things that may be there only once the earlier stays, the
kept card's data win where both have some, and how far somebody is known is the better of the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.utils.translation import gettext as _

from accounts.errors import CardIsClosed, DifferentPeople, GuardianAndChild, ReaderMerged, SameReader, SignInOfStaff
from accounts.models import Consent, DeskNote, Erasure, Guardianship, OldCard, Reader, ReaderStatus, StaffView
from accounts.movers import Mover, Moving, movers_of
from accounts.services import note_act
from milanolib import clock
from milanolib.db import lock, restartable
from outbox.events import emit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from accounts.models import User

FILLED = ("born_on", "municipio", "phone", "renews_by_itself")  # taken over where the kept card says nothing


@dataclass(frozen=True)
class Merge:
    """The reader that was kept, and what came to it."""

    reader: Reader
    moved: list[Moving]


def preview_merge(keep: Reader, other: Reader) -> list[Moving]:
    """Return what would move from `other` to `keep`; nothing is changed.

    Raises SameReader, ReaderMerged, CardIsClosed, DifferentPeople, GuardianAndChild, SignInOfStaff.
    """
    _refuse(keep, other)
    return _what_moves(movers_of(keep, other))


@restartable
def merge_readers(keep: Reader, other: Reader, *, actor: User | None, place_code: str = "") -> Merge:
    """Make one reader of two: `keep` stays, `other` is closed and its card leads to the kept one.

    Of two sign-ins the kept card's stays and the other one is closed. Safe to repeat. Raises SameReader, ReaderMerged,
    CardIsClosed (the card to be kept), DifferentPeople, GuardianAndChild, SignInOfStaff.
    """
    movers = movers_of(keep, other)
    for mover in movers:
        mover.lock_above()
    lock(*{one.pk: one for one in (keep, other)}.values())
    if other.merged_into_id == keep.pk:
        return Merge(keep, [])
    _refuse(keep, other)
    moved = _what_moves(movers)
    for mover in movers:
        mover.move()
    _close(keep, other)
    emit("accounts.readers_merged", key=f"readers-merged:{other.pk}", reader_id=keep.pk)
    note_act("merge_readers", f"reader:{keep.pk}", actor=actor, reason=f"reader:{other.pk}", place_code=place_code)
    return Merge(keep, moved)


def _what_moves(movers: list[Mover]) -> list[Moving]:
    return [one for mover in movers for one in mover.what_moves() if one.number]


def _refuse(keep: Reader, other: Reader) -> None:
    if keep.pk == other.pk:
        raise SameReader
    if keep.merged_into_id is not None or other.merged_into_id is not None:
        raise ReaderMerged
    codes = {keep.tax_code_hash, other.tax_code_hash}
    if None not in codes and len(codes) > 1:
        raise DifferentPeople
    if keep.status == ReaderStatus.CLOSED:
        raise CardIsClosed
    users = [one.user_id for one in (keep, other) if one.user_id is not None]
    if Guardianship.objects.filter(child__in=[keep, other], guardian__in=users, ended_at=None).exists():
        raise GuardianAndChild
    if keep.user is not None and other.user is not None and other.user.is_staff:
        raise SignInOfStaff


def _close(keep: Reader, other: Reader) -> None:
    """Put the data together and close the card that goes; what may stand once is taken from it first."""
    taken = {name: getattr(other, name) for name in (*FILLED, "pin_hash", "tax_code_hash", "tax_code_encrypted")}
    user, keeps_history = other.user, other.keeps_history
    OldCard.objects.create(reader=keep, number=other.card_number, reason=OldCard.Reason.MERGED, replaced_at=clock.now())
    if user is not None and keep.user is not None:
        _close_sign_in(user)
    other.status, other.merged_into, other.user = ReaderStatus.CLOSED, keep, None
    other.tax_code_hash = other.tax_code_encrypted = None
    other.pin_hash, other.phone, other.keeps_history = "", "", False
    other.save()
    keep.user = keep.user or user
    for name, value in taken.items():
        setattr(keep, name, getattr(keep, name) or value)
    if keep.verified_at is None and other.verified_at is not None:
        keep.status, keep.verified_at, keep.verified_by = ReaderStatus.VERIFIED, other.verified_at, other.verified_by
        keep.document_kind, keep.document_country = other.document_kind, other.document_country
    keep.keeps_history = keep.keeps_history or keeps_history
    if keep.card_expires_on is not None and other.card_expires_on is not None:
        keep.card_expires_on = max(keep.card_expires_on, other.card_expires_on)
    keep.registered_at = min(keep.registered_at, other.registered_at)
    keep.save()


def _close_sign_in(user: User) -> None:
    """Close the sign-in that goes; its address is free, and the reader may add it to the one that stays."""
    EmailAddress.objects.filter(user=user).delete()
    user.is_active, user.email = False, None
    user.set_unusable_password()
    user.save(update_fields=["is_active", "email", "password"])


class PeopleMover(Mover):
    """Guardians, consents, notes, old cards, and who looked at the card."""

    moves = (
        "accounts.Guardianship.child",
        "accounts.Guardianship.guardian",
        "accounts.Consent.reader",
        "accounts.DeskNote.reader",
        "accounts.OldCard.reader",
        "accounts.StaffView.reader",
        "accounts.Reader.merged_into",
        "accounts.Erasure.reader",
    )
    # what somebody did as staff stays theirs; the addresses of a sign-in that closes are free
    stays = (
        "accounts.StaffView.staff",
        "accounts.ReaderSearch.staff",
        "accounts.DeskBadge.user",
        "admin.LogEntry.user",
        "account.EmailAddress.user",
        # a copy of data tells of the card as it was, and is deleted within days
        "accounts.DataExport.asked_by",
        "accounts.DataExport.reader",
    )

    def what_moves(self) -> Iterable[Moving]:
        """Say how many; a sign-in that closes and a history that goes on are told."""
        other = self.other
        yield Moving(_("guardians"), other.guardianships.filter(ended_at=None).count())
        yield Moving(_("notes for the desk"), other.desk_notes.count())
        yield Moving(_("old cards"), other.old_cards.count())
        yield Moving(_("consents"), other.consents.filter(withdrawn_at=None).count())
        if other.user is not None:
            yield Moving(_("children looked after"), other.user.guardianships.filter(ended_at=None).count())
            yield Moving(_("sign-in"), 1, (self._about_sign_in(),))
        if other.keeps_history and not self.keep.keeps_history:
            note = _(
                "The reading history was turned on on the card that goes, so it goes on; the reader can turn it off."
            )
            yield Moving(_("reading history"), 1, (note,))

    def _about_sign_in(self) -> str:
        if self.users is None:
            return _("It opens the card that is kept, with the same password.")
        return _(
            "Both cards have a sign-in. The one of the card that is kept stays; the other one is closed, and its "
            "e-mail address is free again. What was kept with it moves."
        )

    def move(self) -> None:
        """Move rows; of two that may be open once, the earlier stays open."""
        keep, other = self.keep, self.other
        both = [keep, other]
        now = clock.now()
        _end_doubled(Guardianship.objects.filter(child__in=both, ended_at=None).order_by("since", "pk"), "guardian_id")
        Guardianship.objects.filter(child=other).update(child=keep)
        for consent in _doubled(
            Consent.objects.filter(reader__in=both, withdrawn_at=None).order_by("given_at", "pk"), "kind"
        ):
            consent.withdrawn_at = max(now, consent.given_at)
            consent.save(update_fields=["withdrawn_at"])
        Consent.objects.filter(reader=other).update(reader=keep)
        DeskNote.objects.filter(reader=other, text__in=DeskNote.objects.filter(reader=keep).values("text")).delete()
        for rows in (DeskNote.objects, OldCard.objects, StaffView.objects):
            rows.filter(reader=other).update(reader=keep)
        Reader.objects.filter(merged_into=other).update(merged_into=keep)
        if Erasure.objects.open().filter(reader=keep).exists():
            Erasure.objects.open().filter(reader=other).update(cancelled_at=now)
        Erasure.objects.filter(reader=other).update(reader=keep)
        if self.users is not None:
            kept, gone = self.users
            looked_after = Guardianship.objects.filter(guardian__in=self.users, ended_at=None).order_by("since", "pk")
            _end_doubled(looked_after, "child_id")
            Guardianship.objects.filter(guardian=gone).update(guardian=kept)


def _end_doubled(guardianships: QuerySet[Guardianship], same: str) -> None:
    for one in _doubled(guardianships, same):
        one.ended_at = max(clock.now(), one.since)
        one.save(update_fields=["ended_at"])


def _doubled(rows: QuerySet[Any], same: str) -> list[Any]:
    """Return the rows that repeat an earlier one's value."""
    seen: set[object] = set()
    found = []
    for row in rows:
        value = getattr(row, same)
        if value in seen:
            found.append(row)
        seen.add(value)
    return found
