"""Refusals of circulation: each names its reason and what to do next, in the reader's language."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from milanolib.errors import DomainError


class ReaderClosed(DomainError):
    """The card has been closed."""

    code = "reader_closed"
    message = _("This card has been closed. Ask at any library to open it again.")


class CardExpired(DomainError):
    """The card is past its date."""

    code = "card_expired"
    is_overridable = True
    message = _("This card has expired. Renew it at any library with a document; it takes a minute.")


class ReaderSuspended(DomainError):
    """Something came back late."""

    code = "reader_suspended"
    is_overridable = True
    message = _(
        "Something was given back late, so nothing can be borrowed or reserved until the end of %(until)s. What you "
        "have can be given back at any point; from the day after, everything works again by itself."
    )


class TooManyOverdue(DomainError):
    """Too much is past its date."""

    code = "too_many_overdue"
    is_overridable = True
    message = ngettext_lazy(
        "%(count)s loan is past its date. Give it back, or renew it if that is still possible: then you can borrow "
        "and reserve at once.",
        "%(count)s loans are past their date. Give them back, or renew what can still be renewed: then you can borrow "
        "and reserve at once.",
        "count",
    )


class NotCollectedBefore(DomainError):
    """Reservations were left lying."""

    code = "not_collected_before"
    is_overridable = True
    message = _(
        "Reservations of yours were not collected in time, so nothing new can be reserved until the end of %(until)s. "
        "You can borrow what stands on the shelves meanwhile."
    )


class TooYoung(DomainError):
    """The age printed on it is above the reader's."""

    code = "too_young"
    is_overridable = True
    message = _("This is meant for readers from %(age)s years on. Ask a librarian for something like it.")


class NotLentYet(DomainError):
    """The law keeps new films and music back."""

    code = "not_lent_yet"
    message = _("This can be borrowed from %(day)s on: the law keeps films and music back until then. Reserve it now.")


class HoldLimitReached(DomainError):
    """As many open reservations as the rules allow."""

    code = "hold_limit_reached"
    is_overridable = True
    message = _("You already have %(limit)s open reservations, the most allowed. Cancel one, or collect what is ready.")


class AlreadyReserved(DomainError):
    """The reader already waits for this."""

    code = "already_reserved"
    message = _("You have already reserved this. You find it, with its place in the queue, on your page.")


class AlreadyBorrowed(DomainError):
    """The reader has it at home."""

    code = "already_borrowed"
    message = _("You have this on loan already. You can renew it on your page.")


class NoCopyCanServe(DomainError):
    """No copy that could ever be lent."""

    code = "no_copy_can_serve"
    message = _("No copy of this can be lent at present. Look for another edition, or ask a librarian.")


class PickupNotPossible(DomainError):
    """That point hands out no reservations."""

    code = "pickup_not_possible"
    message = _("Reservations cannot be collected at this point. Choose another one.")


class PickupNeedsVerification(DomainError):
    """A provisional reader chose a point where nobody can check a document."""

    code = "pickup_needs_verification"
    message = _(
        "Until a librarian has seen your document you can collect at libraries and on the Bibliobus. "
        "Choose one of these; after that every point is open to you."
    )


class PickupNotForCard(DomainError):
    """The rules for this kind of card name other kinds of point."""

    code = "pickup_not_for_card"
    message = _("With this card reservations are not collected at such a point. Choose a library or the Bibliobus.")


class LoanLimitReached(DomainError):
    """As many loans as the rules allow."""

    code = "loan_limit_reached"
    is_overridable = True
    message = _("That would be more than %(limit)s loans at once. Give something back first.")


class CopyNotLendable(DomainError):
    """Only for use in the library."""

    code = "copy_not_lendable"
    is_overridable = True
    message = _("This copy is for use in the library only.")


class CopyOnLoan(DomainError):
    """Somebody has it on loan."""

    code = "copy_on_loan"
    message = _("This copy is still on loan. Check it in first.")


class CopyKeptForAnother(DomainError):
    """Another reader's turn."""

    code = "copy_kept_for_another"
    message = _("This copy is kept for another reader. Reserve the title: the turn is fair for everybody.")


class CopyNotHere(DomainError):
    """The copy's state does not allow lending."""

    code = "copy_not_here"
    message = _("This copy is not ready to be lent: check it in first.")


class CopyNotAssigned(DomainError):
    """No reservation asks for this copy now."""

    code = "copy_not_assigned"
    message = _("No reservation asks for this copy now. Put it back on its shelf, or check it in.")


class CopyElsewhere(DomainError):
    """By our books the copy is at another place."""

    code = "copy_elsewhere"
    message = _("By the records this copy is at another place. Check it in here first.")


class BarcodeUnknown(DomainError):
    """No copy has this barcode."""

    code = "barcode_unknown"
    message = _("No copy has this barcode. Scan it again, or type the number below it.")


class NotPicked(DomainError):
    """Only a copy taken from the shelf is packed."""

    code = "not_picked"
    message = _("Scan the copy on the pick list first, then pack it.")


class PointTakesNoParcels(DomainError):
    """Copies for that point travel without a parcel."""

    code = "point_takes_no_parcels"
    message = _("This copy needs no parcel. Scan it on the pick list, which says where it goes.")


class NotHandedOutThere(DomainError):
    """A desk would not lend it to its reader, and at the point nobody can look into that."""

    code = "not_handed_out_there"
    message = _(
        "It must not go to %(place)s, where nobody can see to this. To its reader a desk would say: “%(why)s” "
        "Send it another way: the turn is kept, and the reader is told."
    )


class LoanNotOpen(DomainError):
    """The loan is over, or in dispute."""

    code = "loan_not_open"
    message = _("This loan cannot be renewed: it is no longer open. If that surprises you, ask a librarian.")


class RenewalLimitReached(DomainError):
    """Renewed as often as allowed."""

    code = "renewal_limit_reached"
    is_overridable = True
    message = _(
        "You have renewed this %(limit)s times, the most allowed. Give it back by the due date, then reserve it again."
    )


class AnotherReaderWaits(DomainError):
    """Somebody waits for it."""

    code = "another_reader_waits"
    is_overridable = True
    message = _("Another reader waits for this. Give it back by the due date at any point; you may reserve it again.")


class RenewalWouldNotHelp(DomainError):
    """The new date would not be later."""

    code = "renewal_would_not_help"
    message = _("Renewing today would not give you more days: they count from today. Try again nearer to the due date.")


class NotDueToday(DomainError):
    """One day more is for the due day alone."""

    code = "not_due_today"
    message = _("One more day can be asked for only on the day on which a loan is due.")


class PutOffBefore(DomainError):
    """One day more was given already."""

    code = "put_off_before"
    message = _("This loan has had its one more day already. Give it back today at any point, or renew it.")


class WrongCode(DomainError):
    """No parcel here waits for this code."""

    code = "wrong_code"
    message = _("No parcel here has this code. Check it with the reader, letter by letter.")


class TagIsNoCode(DomainError):
    """What was given as a reader's code is printed on a parcel."""

    code = "tag_is_no_code"
    message = _("This is the tag of a parcel. Ask its reader for the code: it stands in the message and on their page.")


class CodesLocked(DomainError):
    """Too many wrong codes on this phone."""

    code = "codes_locked"
    message = _("Too many wrong codes. From %(until)s on you can hand out by code again on this phone.")


class HoldNotChangeable(DomainError):
    """Too late for this change."""

    code = "hold_not_changeable"
    message = _("The copy is already on its way, so this can no longer be changed. You can still cancel.")


class PointFull(DomainError):
    """No room for one more copy."""

    code = "point_full"
    message = _("There is no room left at this point now. Choose another one; your reservation stays as it was.")


class DayTooEarly(DomainError):
    """A day that cannot be meant."""

    code = "day_too_early"
    message = _("This day is too early. Choose a later one.")


class DayTooLate(DomainError):
    """A day so far ahead that nobody can mean it yet."""

    code = "day_too_late"
    message = _("This day is too far ahead. Choose an earlier one, or say it nearer to the day.")


class SuspendedTooLong(DomainError):
    """More days of rest than a reservation may have."""

    code = "suspended_too_long"
    message = _(
        "A reservation can be suspended for %(limit)s days in all; this one until %(day)s at most. Choose an earlier "
        "day, or cancel it and reserve it again when you want it."
    )


class HoldForgotten(DomainError):
    """Cut from its reader, as all that ended a week ago."""

    code = "hold_forgotten"
    message = _("This was cancelled more than a week ago, so nobody knows any more whose it was. Place a new one.")


class GroupSizeRefused(DomainError):
    """Too few or too many to be reserved together."""

    code = "group_size_refused"
    message = _("Choose from %(least)s to %(most)s different titles to reserve together.")


class GroupCopiesRefused(DomainError):
    """Too many copies to be reserved together."""

    code = "group_copies_refused"
    message = _("At most %(most)s copies can be reserved together: choose fewer of each title, or fewer titles.")


class GroupTitleRefused(DomainError):
    """One of several titles cannot be reserved."""

    code = "group_title_refused"
    message = _("“%(title)s”: %(why)s Nothing was reserved: leave it out and try again.")
