"""What a loan and a reservation are in words that a child understands. Pure: gets rows and dates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loans.states import HoldStatus, LoanStatus
from milanolib import clock

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.functional import Promise

    from loans.models import Hold, Loan


@dataclass(frozen=True)
class Words:
    """A short word for a mark, its tone (parts.css), and a sentence beside it where there is more to say."""

    mark: str
    tone: str
    sentence: str = ""


# What is said of a loan that is not simply due some day: mark, tone, sentence.
_LOAN_SAID: dict[str, tuple[Promise, str, Promise | str]] = {
    LoanStatus.CLAIMED: (
        gettext_lazy("You say it was given back"),
        "info",
        gettext_lazy("A librarian is looking for it. You need do nothing."),
    ),
    LoanStatus.LOST: (
        gettext_lazy("Lost"),
        "bad",
        gettext_lazy("Ask at any library what to do. If you find it, just give it back."),
    ),
    LoanStatus.CLOSED: (gettext_lazy("Given back"), "quiet", ""),
}


def loan_words(loan: Loan, today: dt.date) -> Words:
    """Return when a loan is due, as one says it; or what is the matter with it."""
    if loan.status in _LOAN_SAID:
        mark, tone, sentence = _LOAN_SAID[loan.status]
        return Words(str(mark), tone, str(sentence))
    days = (loan.due_on - today).days
    if days < 0:
        late = ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}
        return Words(late, "bad", _("Give it back at any point, or renew it."))
    if days == 0:
        return Words(_("Due today"), "warn")
    if days == 1:
        return Words(_("Due tomorrow"), "warn")
    return Words(ngettext("Due in %(days)s day", "Due in %(days)s days", days) % {"days": days}, "quiet")


# What is said of a reservation that does not simply wait: mark, tone, sentence.
_HOLD_SAID: dict[str, tuple[Promise, str, Promise | str]] = {
    HoldStatus.ASSIGNED: (
        gettext_lazy("A copy has been found"),
        "info",
        gettext_lazy("A librarian takes it from its shelf for you. We write to you when you can come."),
    ),
    HoldStatus.PICKED: (
        gettext_lazy("Being prepared"),
        "info",
        gettext_lazy("It has been taken from its shelf for you."),
    ),
    HoldStatus.IN_TRANSIT: (
        gettext_lazy("On its way"),
        "info",
        gettext_lazy("It is travelling to the point where you collect it."),
    ),
    HoldStatus.ARRIVED: (
        gettext_lazy("Arrived"),
        "info",
        gettext_lazy("It has reached its point, but cannot be collected yet. We write to you when you can come."),
    ),
    HoldStatus.READY: (
        gettext_lazy("Come and collect it"),
        "good",
        gettext_lazy("It waits for you. Say the code, or show it."),
    ),
    HoldStatus.COLLECTED: (gettext_lazy("You have collected it"), "quiet", ""),
    HoldStatus.EXPIRED: (
        gettext_lazy("Not collected in time"),
        "quiet",
        gettext_lazy("It went to the next reader. You can reserve it again."),
    ),
    HoldStatus.CANCELLED: (
        gettext_lazy("Cancelled"),
        "quiet",
        gettext_lazy("If that was a mistake, ask a librarian soon: your turn can be given back to you."),
    ),
    HoldStatus.LAPSED: (gettext_lazy("No longer needed"), "quiet", ""),
}


def hold_words(hold: Hold) -> Words:
    """Return where a reservation stands; it comes with its place in the queue."""
    if hold.status != HoldStatus.QUEUED:
        mark, tone, sentence = _HOLD_SAID[hold.status]
        return Words(str(mark), tone, str(sentence))
    if hold.suspended_until is not None:
        until = _("Paused until %(day)s") % {"day": date_format(hold.suspended_until, "j F")}
        return Words(until, "quiet", _("Others go before you, and you keep your turn."))
    if hold.unfillable_since is not None:
        return Words(
            _("No copy can come now"),
            "bad",
            _("No copy of this can be lent any more. Your turn stays in case one is found, mended or bought."),
        )
    if hold.waits_for_set:
        return Words(
            _("Waits for the whole set"),
            "warn",
            _("All of the set comes together, when a copy of each can be had at once. Meanwhile others may go first."),
        )
    words = _queue_words(hold.ahead)  # type: ignore[attr-defined]  # annotated, as below
    passed = _passed_words(hold)
    return replace(words, sentence=f"{passed} {words.sentence}") if passed else words


def _passed_words(hold: Hold) -> str:
    """Return why a copy that came was not for this reader, in a sentence; '' when none was."""
    if hold.held_up_at is not None:  # type: ignore[attr-defined]
        words = _(
            "A copy came on %(day)s, but %(point)s had no room for it, so it went to the next reader. Choose another "
            "point if you do not want to wait for room there."
        )
        day = clock.local(hold.held_up_at).date()  # type: ignore[attr-defined]
        return words % {"day": date_format(day, "j F"), "point": hold.pickup_place.name}
    if hold.made_way_at is not None:  # type: ignore[attr-defined]
        return _("A copy had been found for you, but a reader who was before you waits again, so it went there.")
    return ""


def _queue_words(ahead: int) -> Words:
    if ahead == 0:
        return Words(_("You are next"), "warn", _("The next copy that comes back is for you."))
    before = ngettext(
        "%(count)s person is before you. Everybody gets a turn in order.",
        "%(count)s people are before you. Everybody gets a turn in order.",
        ahead,
    )
    return Words(_("Number %(place)s in the queue") % {"place": ahead + 1}, "warn", before % {"count": ahead})
