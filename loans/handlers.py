"""What follows events of circulation: readers are told of their reservations and loans, and other rows move on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import Reader
from loans import groups
from loans.arrivals import redate_transits
from loans.code_digests import digest_code
from loans.embargo import settle_embargoes
from loans.models import Hold, Loan
from loans.states import WITH_COPY, HoldStatus
from loans.told import KINDS, OVERDUE_KINDS
from milanolib import clock
from notifications import kinds
from notifications.policy import GATHER_WITHIN
from notifications.services import NO_WAIT, write
from outbox import events

if TYPE_CHECKING:
    from outbox.models import Event


def register_all() -> None:
    """Register kinds and handlers."""
    for kind in KINDS:
        kinds.register(kind)
    events.register("loans.hold_ready", _on_ready)
    events.register("loans.hold_expired", _on_hold("hold_expired"))
    events.register("loans.hold_set_back", _on_hold("hold_set_back"))
    events.register("loans.hold_held_back", _on_hold("hold_held_back"))
    events.register("loans.hold_doubled", _on_hold("hold_doubled"))
    events.register("loans.hold_ready", _on_ready_of_a_set)
    events.register("loans.hold_ready", _on_ready_at_a_point)
    events.register("loans.hold_outrun", _on_outrun)
    events.register("loans.hold_unfillable", _on_hold("hold_unfillable"))
    events.register("loans.hold_last_day", _on_hold("hold_last_day"))
    events.register("loans.hold_date_moved", _on_hold("hold_date_moved"))
    events.register("loans.due_soon", _on_loan("loan_due_soon"))
    events.register("loans.due_today", _on_loan("loan_due_today"))
    events.register("loans.overdue", _on_overdue)
    events.register("loans.loan_closed", _on_late_return)
    events.register("loans.suspension_ended", _on_suspension_ended)
    events.register("loans.renewed_by_itself", _on_loan("loan_renewed_by_itself"))
    events.register("loans.renewed_for_reader", _on_renewed_for_reader)
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


def _on_ready_at_a_point(event: Event) -> None:
    """The phones of the point are to know its code without signal."""
    digest_code(event.payload["hold_id"])


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
            write(self.kind, key=event.key, reader=hold.reader, params=_about_hold(hold, event))


def _about_hold(hold: Hold, event: Event) -> dict[str, int | str]:
    params = {"hold": hold.pk, "assignment": event.payload.get("assignment_id") or 0}
    return params | {name: event.payload[name] for name in ("day", "why", "place") if name in event.payload}


def _on_ready(event: Event) -> None:
    """Write that it is ready; while more is coming for the same reader at the same point, wait for it a little."""
    hold = Hold.objects.select_related("reader").filter(pk=event.payload["hold_id"]).first()
    if hold is None or hold.reader is None:
        return
    coming = Hold.objects.filter(reader=hold.reader, pickup_place=hold.pickup_place_id, status__in=WITH_COPY)
    more = coming.exclude(status=HoldStatus.READY).exists()
    write(
        "hold_ready",
        key=event.key,
        reader=hold.reader,
        params=_about_hold(hold, event),
        bundle=str(hold.pickup_place_id),
        wait=GATHER_WITHIN if more else NO_WAIT,
    )


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


def _on_renewed_for_reader(event: Event) -> None:
    """Write what the library has renewed for a reader; all loans at once are told in one message."""
    loan = Loan.objects.select_related("reader").filter(pk=event.payload["loan_id"]).first()
    if loan is not None and loan.reader is not None:
        write(
            "loan_renewed",
            key=event.key,
            reader=loan.reader,
            params={"loan": loan.pk, "due_on": event.payload["due_on"]},
            bundle="renewed",
            wait=GATHER_WITHIN,
        )


def _on_overdue(event: Event) -> None:
    """Write the reminder whose turn it is."""
    _on_loan(OVERDUE_KINDS[event.payload.get("stage") or 1])(event)


def _on_late_return(event: Event) -> None:
    """Write that a late return suspends its reader; several that come back together are told in one message."""
    loan = Loan.objects.select_related("reader").filter(pk=event.payload["loan_id"]).first()
    if loan is None or loan.reader is None or loan.suspended_until is None or loan.suspended_until < clock.today():
        return
    until = loan.suspended_until.isoformat()
    write(
        "suspension_begun",
        key=f"suspension-begun:{loan.pk}:{until}",
        reader=loan.reader,
        params={"loan": loan.pk, "until": until},
        bundle="late",
        wait=GATHER_WITHIN,
    )


def _on_suspension_ended(event: Event) -> None:
    reader = Reader.objects.filter(pk=event.payload["reader_id"]).first()
    if reader is not None:
        write("suspension_ended", key=event.key, reader=reader, params={})
