"""What readers are told about their reservations and loans. Each text re-reads the truth when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from branches.models import Visit
from catalog.models import Copy
from catalog.states import MAY_SERVE
from loans import groups
from loans.arrivals import redate_transits
from loans.embargo import settle_embargoes
from loans.models import Hold, Loan
from loans.states import HoldStatus, LoanStatus
from milanolib import clock
from notifications import kinds
from notifications.services import write
from outbox import events

if TYPE_CHECKING:
    from notifications.models import Message
    from outbox.models import Event


def register_all() -> None:
    """Register kinds and handlers."""
    for code, name, facts in (
        ("hold_ready", _("Ready to be collected"), _ready),
        ("hold_expired", _("Not collected in time"), _expired),
        ("hold_set_back", _("Not to be collected after all"), _set_back),
        ("hold_doubled", _("Two reservations became one"), _doubled),
        ("hold_unfillable", _("No copy can fill a reservation"), _unfillable),
        ("loan_due_soon", _("Due in a few days"), _due_soon),
        ("loan_overdue", _("Past its date"), _overdue),
        ("loan_renewed_by_itself", _("Renewed by itself"), _renewed_by_itself),
        ("loan_not_renewed", _("Could not renew by itself"), _not_renewed),
        ("loan_closed", _("Receipt of your return"), _closed),
        ("loan_claimed", _("We look for what you gave back"), _claimed),
        ("loan_lost", _("Taken for lost"), _lost),
        ("loan_settled", _("Taken off your card"), _settled),
    ):
        kinds.register(kinds.Kind(code, name, facts))
    events.register("loans.hold_ready", _on_hold("hold_ready"))
    events.register("loans.hold_expired", _on_hold("hold_expired"))
    events.register("loans.hold_set_back", _on_hold("hold_set_back"))
    events.register("loans.hold_doubled", _on_hold("hold_doubled"))
    events.register("loans.hold_ready", _on_ready_of_a_set)
    events.register("loans.hold_outrun", _on_outrun)
    events.register("loans.hold_unfillable", _on_hold("hold_unfillable"))
    events.register("loans.due_soon", _on_loan("loan_due_soon"))
    events.register("loans.overdue", _on_loan("loan_overdue"))
    events.register("loans.renewed_by_itself", _on_loan("loan_renewed_by_itself"))
    events.register("loans.not_renewed", _on_loan("loan_not_renewed"))
    for event in ("loan_closed", "loan_claimed", "loan_lost", "loan_settled"):
        events.register(f"loans.{event}", _on_loan(event))
    events.register("loans.rules_changed", _on_changed_rules)
    events.register("branches.rounds_changed", _on_changed_rounds)


def _on_changed_rules(_event: Event) -> None:
    """Other rules may keep other copies back."""
    settle_embargoes()


def _on_changed_rounds(_event: Event) -> None:
    """What is on the road comes on other days."""
    redate_transits()


def _on_ready_of_a_set(event: Event) -> None:
    """What is ready of a set is kept until all of it has been there long enough."""
    hold = Hold.objects.filter(pk=event.payload["hold_id"], group__isnull=False).first()
    if hold is not None:
        groups.keep_set_together(hold)


def _on_outrun(event: Event) -> None:
    """Of one of several another came first."""
    hold = Hold.objects.filter(pk=event.payload["hold_id"]).first()
    if hold is not None:
        groups.end_outrun(hold)


class _on_hold:  # noqa: N801  reads as a function that is given its kind
    """Write a message of one kind to the reader of the event's hold."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __call__(self, event: Event) -> None:
        hold = Hold.objects.select_related("reader").filter(pk=event.payload["hold_id"]).first()
        if hold is not None and hold.reader is not None:
            params = {"hold": hold.pk, "assignment": event.payload.get("assignment_id") or 0}
            write(self.kind, key=event.key, reader=hold.reader, params=params)


class _on_loan:  # noqa: N801  as above
    """Write a message of one kind to the reader of the event's loan."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __call__(self, event: Event) -> None:
        loan = Loan.objects.select_related("reader").filter(pk=event.payload["loan_id"]).first()
        if loan is not None and loan.reader is not None:
            params = {"loan": loan.pk, "due_on": event.payload.get("due_on") or ""}
            if "why" in event.payload:
                params["why"] = event.payload["why"]
            write(self.kind, key=event.key, reader=loan.reader, params=params)


def _hold(message: Message) -> Hold | None:
    return (
        Hold.objects.select_related("pickup_place", "title", "work", "reader")
        .defer("title__record")
        .filter(pk=message.params.get("hold"))
        .first()
    )


def _loan(message: Message) -> Loan | None:
    return (
        Loan.objects.select_related("copy__title", "returned_place", "reader")
        .defer("copy__title__record")
        .filter(pk=message.params.get("loan"))
        .first()
    )


def _ready(message: Message) -> kinds.Facts | None:
    hold = _hold(message)
    if hold is None or hold.status != HoldStatus.READY:
        return None
    if not hold.assignments.filter(pk=message.params.get("assignment"), released_at=None).exists():
        return None
    visits = Visit.objects.filter(stop=hold.pickup_place, on__lte=hold.keep_until).coming(clock.today())
    return {"hold": hold, "title": hold.title or hold.work, "place": hold.pickup_place, "visits": visits}


def _expired(message: Message) -> kinds.Facts | None:
    hold = _hold(message)
    if hold is None or hold.status != HoldStatus.EXPIRED:
        return None
    return {"hold": hold, "title": hold.title or hold.work, "place": hold.pickup_place}


def _set_back(message: Message) -> kinds.Facts | None:
    """Told to come, and now told to wait; not to who has been told of another copy meanwhile."""
    hold = _hold(message)
    if hold is None or hold.status == HoldStatus.READY or not hold.is_open:
        return None
    return {"title": hold.title or hold.work, "place": hold.pickup_place}


def _doubled(message: Message) -> kinds.Facts | None:
    hold = _hold(message)
    if hold is None or hold.status != HoldStatus.CANCELLED or hold.reader is None:
        return None
    kept = Hold.objects.open().filter(reader=hold.reader, work=hold.work, level=hold.level)
    other = kept.select_related("pickup_place").first()
    return {"title": hold.work, "place": other.pickup_place} if other is not None else None


def _unfillable(message: Message) -> kinds.Facts | None:
    hold = _hold(message)
    if hold is None or hold.status != HoldStatus.QUEUED or hold.unfillable_since is None:
        return None
    others = Copy.objects.filter(title__work=hold.work, status__in=MAY_SERVE, is_lendable=True)
    return {"hold": hold, "title": hold.title or hold.work, "has_other_editions": others.exists()}


def _due_soon(message: Message) -> kinds.Facts | None:
    loan = _loan(message)
    if loan is None or loan.status != LoanStatus.OPEN or loan.due_on.isoformat() != message.params.get("due_on"):
        return None
    if loan.due_on < clock.today():
        return None
    return {"loan": loan, "title": loan.copy.title}


def _overdue(message: Message) -> kinds.Facts | None:
    loan = _loan(message)
    if loan is None or loan.status != LoanStatus.OPEN or loan.due_on.isoformat() != message.params.get("due_on"):
        return None
    if loan.due_on >= clock.today():
        return None
    return {"loan": loan, "title": loan.copy.title}


def _renewed_by_itself(message: Message) -> kinds.Facts | None:
    loan = _loan(message)
    if loan is None or loan.status != LoanStatus.OPEN or loan.due_on.isoformat() != message.params.get("due_on"):
        return None
    return {"loan": loan, "title": loan.copy.title, "left": loan.max_renewals - loan.renewals}


def _not_renewed(message: Message) -> kinds.Facts | None:
    facts = _due_soon(message)
    return facts and {**facts, "why": message.params.get("why")}


def _closed(message: Message) -> kinds.Facts | None:
    loan = _loan(message)
    if loan is None or loan.status != LoanStatus.CLOSED or loan.closed_at is None or loan.returned_place is None:
        return None
    return {"loan": loan, "title": loan.copy.title, "place": loan.returned_place}


def _claimed(message: Message) -> kinds.Facts | None:
    return _in_state(message, LoanStatus.CLAIMED)


def _lost(message: Message) -> kinds.Facts | None:
    return _in_state(message, LoanStatus.LOST)


def _settled(message: Message) -> kinds.Facts | None:
    facts = _in_state(message, LoanStatus.CLOSED)
    return facts if facts and facts["loan"].end_reason else None


def _in_state(message: Message, status: LoanStatus) -> kinds.Facts | None:
    loan = _loan(message)
    return {"loan": loan, "title": loan.copy.title} if loan is not None and loan.status == status else None
