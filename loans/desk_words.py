"""What the desk is told after a scan: in words first, with a colour and an icon beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from branches.calendar import could_not_move
from branches.calendar_rows import calendar_for
from catalog.states import CopyStatus
from loans.lending import CheckIn, NextStep
from loans.states import HoldStatus
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from django.utils.functional import Promise

    from accounts.models import DeskNote, Reader
    from branches.models import Place
    from catalog.models import Copy
    from loans.delegations import Collecting
    from loans.models import Hold, LastAct, Loan
    from loans.renewals import Renewal

TONES = {
    NextStep.SHELF: "shelf",
    NextStep.HOLD_SHELF: "hold",
    NextStep.PACK: "pack",
    NextStep.CRATE: "crate",
    NextStep.ASIDE: "aside",
}
ICONS = {
    NextStep.SHELF: "book",
    NextStep.HOLD_SHELF: "bell",
    NextStep.PACK: "card",
    NextStep.CRATE: "truck",
    NextStep.ASIDE: "error",
}


@dataclass(frozen=True)
class Told:
    """One answer: the step in big words, where, and what else is worth knowing. Its tone is colour and sound."""

    step: str
    where: str = ""
    detail: str = ""
    tone: str = "done"
    icon: str = "check"

    def __str__(self) -> str:
        """Return all of it as one line, for a message on the next page."""
        return " · ".join(part for part in (self.step, self.where, self.detail) if part)


def shelf_label(reader: Reader) -> str:
    """Return how a reader is named on the hold shelf: initials and the last four digits of the card."""
    return f"{reader.initials} {reader.card_number[-4:]}"


def tell(outcome: CheckIn) -> Told:
    """Say where a copy in hand goes."""
    where, detail = "", ""
    match outcome.step:
        case NextStep.SHELF:
            where = outcome.copy.shelf_mark
        case NextStep.HOLD_SHELF:
            where, detail = _on_the_shelf(outcome)
        case NextStep.ASIDE:
            detail = _("Its own page says what can be done with it.")
        case _:
            where, detail = _("for %(place)s") % {"place": outcome.destination}, _crate_here(outcome)
            if outcome.copy.status == CopyStatus.DAMAGED:
                detail = " ".join(filter(None, (_("It is damaged: it goes home, and to nobody."), detail)))
    return Told(
        step=str(NextStep(outcome.step).label),
        where=where,
        detail=detail,
        tone=TONES[NextStep(outcome.step)],
        icon=ICONS[NextStep(outcome.step)],
    )


def _crate_here(outcome: CheckIn) -> str:
    """Say into which crate a copy goes, if one stands open here for its way."""
    return _("Into crate %(crate)s, which stands open.") % {"crate": outcome.crate} if outcome.crate else ""


def _on_the_shelf(outcome: CheckIn) -> tuple[str, str]:
    hold = outcome.hold
    if hold is None or hold.reader is None:
        return "", ""
    if hold.keep_until is None:
        return shelf_label(hold.reader), ""
    until = _("keep it until %(day)s") % {"day": date_format(hold.keep_until, "l j F")}
    return shelf_label(hold.reader), " · ".join(filter(None, (until, note_on_day(hold.pickup_place, hold.keep_until))))


def note_on_day(place: Place, day: dt.date) -> str:
    """Say that a last day could not be moved to an open one; '' when it could, or when nobody knows the hours."""
    if not could_not_move(calendar_for(place, day, day), day):
        return ""
    return _("%(place)s is closed that day and opens on no later one: the date was not moved.") % {"place": place}


def tell_refusal(code: str, params: dict[str, object]) -> str:
    """Return the sentence of the rule that would have refused what a desk reported; '' for a rule that is no more."""
    kind = next((kind for kind in DomainError.__subclasses__() if kind.code == code), None)
    try:
        return str(kind(**params)) if kind is not None else ""
    except (KeyError, ValueError, TypeError):  # its sentence has other parameters by now
        return ""


def tell_end(now_closed: Loan | None, last: Loan | None) -> str:
    """Say when the loan ended, and where, if it was not here and now; '' when there was none."""
    if now_closed is not None:
        return _tell_settled(now_closed) or _("The loan ended now.")
    if last is None or last.closed_at is None:
        return ""
    at = date_format(clock.local(last.closed_at), "j F, H:i")
    return _("The loan had ended on %(at)s at %(place)s.") % {"at": at, "place": last.returned_place}


def _tell_settled(loan: Loan) -> str:
    """Say what else ended with a loan: a claim that was right, a loss that is none; '' when there was neither."""
    if loan.claimed_on is not None:
        day = date_format(loan.claimed_on, "j F")
        return _("Its reader was right: the loan ended on %(day)s, as they said.") % {"day": day}
    return _("It was taken for lost, and is found: the loan ended now.") if loan.lost_on is not None else ""


def tell_loan(loan: Loan, visitor: Reader) -> Told:
    """Say until when a copy is lent, and to whom, if the reader at the desk collects it for somebody else."""
    step = _("Lent until %(day)s") % {"day": date_format(loan.due_on, "l j F")}
    where = ""
    if loan.reader is not None and loan.reader_id != visitor.pk:
        words = _("to %(label)s; hand it to %(name)s")
        where = words % {"label": shelf_label(loan.reader), "name": visitor.full_name}
    return Told(step, where, note_on_day(loan.place, loan.due_on), tone="lent")


def tell_renewal(loan: Loan) -> Told:
    """Say until when a loan was renewed."""
    step = _("Renewed until %(day)s") % {"day": date_format(loan.due_on, "l j F")}
    return Told(step, detail=note_on_day(loan.place, loan.due_on), tone="lent", icon="renew")


def tell_hold(hold: Hold) -> Told:
    """Say what became of a reservation that was just placed or moved; needs `ahead` and the point."""
    where = _("for %(place)s") % {"place": hold.pickup_place}
    if hold.status == HoldStatus.QUEUED:
        waiting = _("place in the queue: %(number)s") % {"number": hold.ahead + 1}  # type: ignore[attr-defined]  # annotated
        return Told(_("Reserved"), where, waiting, tone="done", icon="clock")
    return Told(_("Reserved"), where, str(hold.get_status_display()), tone="done")


def tell_missed(copy: Copy) -> Told:
    """Say what follows when a copy was not found."""
    if copy.status == CopyStatus.MISSING:
        return Told(_("Missing"), detail=_("Scanned anywhere, it is there again."), tone="refused", icon="search")
    detail = _("Its reader keeps the turn and gets the next one. Look for it again another day.")
    return Told(_("Not found"), detail=detail, tone="hold", icon="search")


def tell_visit(reader: Reader, collecting: Sequence[Collecting]) -> Told:
    """Say who is at the desk now, and for how many others they collect."""
    lent = _("What you scan now is lent to this reader.")
    if collecting:
        words = ngettext(
            "Collects for %(count)s person, too: what is ready for them is lent to them.",
            "Collects for %(count)s people, too: what is ready for them is lent to them.",
            len(collecting),
        )
        lent = f"{lent} {words % {'count': len(collecting)}}"
    return Told(reader.full_name, reader.card_number, lent, "reader", "user")


def tell_renewals(outcomes: list[Renewal]) -> Told:
    """Say how many loans were renewed, and of each other one why not."""
    renewed = sum(one.refusal is None for one in outcomes)
    words = ngettext("%(done)s of %(all)s loan renewed", "%(done)s of %(all)s loans renewed", len(outcomes))
    refused = [f"{one.loan.copy.title.title}: {one.refusal}" for one in outcomes if one.refusal is not None]
    tone = "lent" if renewed else "refused"
    return Told(words % {"done": renewed, "all": len(outcomes)}, detail=" ".join(refused), tone=tone, icon="renew")


# What can be undone, and what is said when it was: (the act in words, what to do with the copy in hand)
UNDONE: dict[str, tuple[str | Promise, str | Promise]] = {
    "check_out": (gettext_lazy("lent"), gettext_lazy("It is not lent any more: put the copy back where it was.")),
    "check_in": (gettext_lazy("taken in"), gettext_lazy("It is as it was before it was taken in.")),
    "renew_loan": (gettext_lazy("renewed"), gettext_lazy("It is due on the day on which it was due before.")),
    "renew_all": (
        gettext_lazy("renewed, all"),
        gettext_lazy("They are due on the days on which they were due before."),
    ),
    "place_hold": (gettext_lazy("reserved"), gettext_lazy("It is not reserved any more.")),
    "place_group": (gettext_lazy("reserved together"), gettext_lazy("None of them is reserved any more.")),
    "change_pickup": (gettext_lazy("moved to another point"), gettext_lazy("It is collected where it was before.")),
    "cancel_hold": (
        gettext_lazy("reservation cancelled"),
        gettext_lazy("It has its old turn again, and its copy if it had one."),
    ),
}


def act_in_words(last: LastAct) -> str:
    """Say what a librarian did last."""
    return f"{last.about} ({UNDONE[last.verb][0]})"


def tell_undone(last: LastAct) -> Told:
    """Say what was undone, and what that means for what is on the desk."""
    words, advice = UNDONE[last.verb]
    return Told(_("Undone: %(act)s") % {"act": words}, detail=str(advice), icon="left")


@dataclass(frozen=True)
class Alert:
    """What a librarian must have seen: it stays until a key confirms it."""

    words: str
    detail: str = ""
    tone: str = "hold"
    slip: int | None = None  # the copy whose slip is to be printed


def alerts_on_return(outcome: CheckIn) -> list[Alert]:
    """Say what must not be overlooked when a copy comes in: who it is kept for, where it goes, what belongs to it."""
    alerts = _parts(outcome.copy)
    match outcome.step:
        case NextStep.HOLD_SHELF:
            label, until = _on_the_shelf(outcome)
            alerts.append(
                Alert(_("Reserved: to the hold shelf, %(label)s") % {"label": label}, until, "hold", outcome.copy.pk)
            )
        case NextStep.PACK:
            words = _("Reserved for another point: %(place)s") % {"place": outcome.destination}
            alerts.append(Alert(words, outcome.copy.title.title, "pack"))
        case NextStep.CRATE:
            words = _("Not for here: into the crate for %(place)s") % {"place": outcome.destination}
            if outcome.crate is not None:
                named = {"crate": outcome.crate, "place": outcome.destination}
                words = _("Not for here: into crate %(crate)s for %(place)s") % named
            alerts.append(Alert(words, outcome.copy.title.title, "crate", outcome.copy.pk))
        case NextStep.ASIDE:
            alerts.append(Alert(_("Damaged: it goes to nobody"), outcome.copy.title.title, "refused"))
        case _:
            pass
    return alerts


def alerts_on_loan(loan: Loan) -> list[Alert]:
    """Say what belongs to a copy that goes out."""
    return _parts(loan.copy)


def _parts(copy: Copy) -> list[Alert]:
    if not copy.parts_note:
        return []
    return [Alert(_("Are all its parts there? %(parts)s") % {"parts": copy.parts_note}, copy.title.title, "parts")]


def alerts_on_visit(reader: Reader, blocks: Iterable[DomainError], notes: Iterable[DeskNote]) -> list[Alert]:
    """Say what must be known of a reader before anything is lent: what stands against it, what colleagues wrote."""
    return [
        *(Alert(str(block), reader.full_name, "refused") for block in blocks),
        *(Alert(note.text, reader.full_name, "note") for note in notes),
    ]
