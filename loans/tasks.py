"""Periodic work of circulation; beat asks often, a `JobRun` row makes each due time happen once."""

from __future__ import annotations

from accounts.cards_of_readers import remind_of_cards
from branches.bibliobus import plan_visits
from branches.rounds import plan_rounds
from loans import (
    arrivals,
    availability,
    claims,
    closings,
    code_digests,
    delegations,
    deposit_leaving,
    deposit_wants,
    embargo,
    groups,
    hold_changes,
    holds,
    journeys,
    records,
    reminders,
    renewals,
    round_calls,
    turning,
    undoing,
    unfillable,
)
from milanolib import clock
from milanolib.celery import app
from outbox.jobs import due_every, run_once


@app.task(name="loans.daily", ignore_result=True)
def daily() -> None:
    """Once a civil day: plan visits and rounds, let holds expire, renew, look for what is lost, remind, unlink."""
    today = clock.today()
    day = clock.start_of(today)
    run_once("branches.plan", day, lambda: (plan_visits(today), plan_rounds(today)))
    run_once("loans.redate_transits", day, arrivals.redate_transits)
    run_once("loans.settle_embargoes", day, embargo.settle_embargoes)
    run_once("loans.expire_holds", day, holds.expire_holds)
    run_once("loans.lapse_holds", day, holds.lapse_holds)
    run_once("loans.digest_codes", day, code_digests.digest_codes)  # after what has ended with the day
    run_once("loans.resume_holds", day, hold_changes.resume_holds)
    run_once("loans.renew_by_themselves", day, renewals.renew_by_themselves)  # before who has to be reminded
    run_once("loans.age_to_lost", day, claims.age_to_lost)
    run_once("loans.look_for_late_journeys", day, journeys.look_for_late_journeys)
    run_once("loans.let_deposits_go", day, deposit_leaving.let_ready_go)
    run_once("loans.settle_calls", day, round_calls.settle_calls)
    run_once("loans.remind", day, reminders.remind)
    run_once("loans.tell_ended_suspensions", day, reminders.tell_ended_suspensions)
    run_once("loans.tell_moved_days", day, reminders.tell_moved_days)
    run_once("accounts.remind_of_cards", day, remind_of_cards)
    run_once("loans.unlink_ended", day, reminders.unlink_ended)
    run_once("loans.forget_old_delegations", day, delegations.forget_old_delegations)
    run_once("loans.count_demand", day, availability.count_demand)


@app.task(name="loans.follow_copies", ignore_result=True)
def follow_copies() -> None:
    """Every two seconds: let search know which copies are free where."""
    availability.follow_copies()


@app.task(name="loans.retry_passed", ignore_result=True)
def retry_passed() -> None:
    """Every five minutes: look again at reservations that were passed over for a full point, at sets, at deposits."""
    run_once("loans.retry_passed", due_every(5), holds.retry_passed)
    run_once("loans.look_at_groups", due_every(5), groups.look_at_groups)
    run_once("loans.look_at_wants", due_every(5), deposit_wants.look_at_wants)


@app.task(name="loans.look_at_unfillable", ignore_result=True)
def look_at_unfillable() -> None:
    """Every hour: find the reservations that no copy can fill any more, and those that one can again."""
    run_once("loans.look_at_unfillable", due_every(60), unfillable.look_at_unfillable)


@app.task(name="loans.apply_reports", ignore_result=True)
def apply_reports() -> None:
    """Every minute: apply what points reported and nobody applied (a process killed half-way)."""
    run_once("loans.apply_reports", due_every(1), records.apply_waiting)


@app.task(name="loans.carry_on_closures", ignore_result=True)
def carry_on_closures() -> None:
    """Every minute, and when one is applied: move what hangs on closures, and turn back crates for what is shut."""
    closings.carry_on_all()
    turning.turn_back_crates()


@app.task(name="loans.empty_last_acts", ignore_result=True)
def empty_last_acts() -> None:
    """Every minute: forget what desks can undo no more."""
    run_once("loans.empty_last_acts", due_every(1), undoing.empty_last_acts)
