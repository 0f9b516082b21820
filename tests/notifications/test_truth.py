"""In whatever order causes, changes, cancels and the worker come: nothing false goes out, nothing twice."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from loans.models import Assignment, Hold, Loan
from loans.reminders import tell_ended_suspensions, tell_moved_days
from loans.states import OPEN_HOLD
from milanolib import clock
from notifications.delivery import deliver
from notifications.models import Message, MessageStatus
from outbox.events import dispatch
from tests.factories import UserFactory
from tests.loans.test_state_machine import SmallLibrary

REMINDERS = {"loan_overdue": (1, 7), "loan_overdue_2": (8, 21), "loan_overdue_3": (22, 9999)}


def is_true(message):  # noqa: C901, PLR0911, PLR0912  a line for each kind
    """Whether a message is true now: said again in plain words, apart from the code that sends."""
    about, today = message.params, clock.today()
    hold = Hold.objects.filter(pk=about.get("hold")).first()
    loan = Loan.objects.filter(pk=about.get("loan")).first()
    match message.kind:
        case "hold_ready":
            held = Assignment.objects.filter(pk=about["assignment"], hold=hold, released_at=None)
            return hold.status == "ready" and hold.keep_until >= today and held.exists()
        case "hold_last_day":
            return hold.status == "ready" and hold.keep_until == today
        case "hold_expired":
            return hold.status == "expired"
        case "hold_set_back":
            return hold.status in OPEN_HOLD and hold.status != "ready"
        case "hold_date_moved":
            return hold.status in OPEN_HOLD and hold.status != "ready"
        case "hold_held_back":
            return hold.status in OPEN_HOLD
        case "loan_due_soon":
            return loan.status == "open" and loan.due_on.isoformat() == about["due_on"] and loan.due_on > today
        case "loan_due_today":
            return loan.status == "open" and loan.due_on == today
        case "loan_overdue" | "loan_overdue_2" | "loan_overdue_3":
            least, most = REMINDERS[message.kind]
            return loan.status == "open" and least <= (today - loan.due_on).days <= most
        case "loan_renewed":
            return loan.status == "open" and loan.due_on.isoformat() == about["due_on"]
        case "loan_closed" | "loan_settled":
            return loan.status == "closed"
        case "loan_claimed":
            return loan.status == "claimed"
        case "loan_lost":
            return loan.status == "lost"
        case "suspension_begun":
            return loan.suspended_until.isoformat() == about["until"] and loan.suspended_until >= today
        case "suspension_ended":
            return not Loan.objects.filter(reader=message.reader, suspended_until__gte=today).exists()
        case "closure_moved" | "closure_undone" | "hold_doubled" | "hold_unfillable":
            return True
    return pytest.fail(f"nobody has said when {message.kind} is true")


class TellingLibrary(SmallLibrary):
    """The small library, whose readers have addresses and whose worker comes when it likes."""

    @initialize()
    def furnish(self):
        super().furnish()
        self.told = set()
        for reader in self.readers:
            reader.user = UserFactory()
            reader.save()

    @rule()
    def worker_reads_events(self):
        dispatch()

    @rule()
    def worker_sends(self):
        dispatch()
        waiting = set(Message.objects.filter(status=MessageStatus.WAITING).values_list("pk", flat=True))
        deliver()
        for message in Message.objects.filter(pk__in=waiting, status=MessageStatus.SENT):
            assert is_true(message), f"{message.kind} {message.params}"
            thing = (message.kind, message.key)
            assert thing not in self.told
            self.told.add(thing)

    @rule()
    def jobs_of_the_ledger_run(self):
        tell_moved_days()
        tell_ended_suspensions()

    @rule()
    def minutes_pass(self):
        self.story.later(minutes=6)
        if clock.local(clock.now()).hour >= 20:  # keep to the day: what waits for the morning is tested elsewhere
            self.story.later(hours=13)

    @invariant()
    def everything_agrees(self):
        """The small library's own test looks after that, with fewer rules to choose from."""


def live(monday, *, lives, steps):
    TellingLibrary.clock_in_hand = monday
    run_state_machine_as_test(
        TellingLibrary,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_whatever_the_order_nothing_false_is_sent_and_nothing_twice(monday):
    live(monday, lives=6, steps=40)


@pytest.mark.soak
@pytest.mark.django_db
def test_over_thousands_of_steps_nothing_false_is_sent(monday):
    live(monday, lives=100, steps=60)
