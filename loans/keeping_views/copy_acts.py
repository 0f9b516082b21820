"""What can be done with a copy that is not as it should be, or with its loan: words, form and verb of each act.

Which acts are offered follows from the tables of moves: those with a row from where the copy stands now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.states import CopyStatus
from loans import claims, lending, troubles
from loans.desk_words import tell, tell_end
from loans.keeping_forms import ClaimForm, FinalForm, NoForm, ReasonForm, WhatIsWrongForm
from loans.models import Loan
from loans.moves import COPY, LOAN, origins_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django.utils.functional import Promise

    from accounts.models import User
    from branches.models import Place
    from catalog.models import Copy
    from loans.lending import CheckIn

# What is found again by taking it in: whatever lies on no shelf, as far as we know.
TO_BE_FOUND = (
    CopyStatus.MISSING,
    CopyStatus.LOST,
    CopyStatus.CLAIMED_RETURNED,
    CopyStatus.IN_REPAIR,
    CopyStatus.ON_DISPLAY,
)


@dataclass(frozen=True)
class Act:
    """One thing that can be done: what its button says, what follows, what is asked, what does it."""

    code: str
    label: str | Promise
    words: str | Promise
    form: type[forms.Form]
    run: Callable[..., str]
    verb: str  # as the tables of moves name it
    is_of_loan: bool = False
    is_final: bool = False


def _told(outcome: CheckIn) -> str:
    ended = tell_end(outcome.closed_loan, None)
    return " ".join(part for part in (f"{tell(outcome)}.", ended) if part)


def _take_in(copy: Copy, _loan: Loan | None, place: Place, actor: User) -> str:
    return _told(lending.check_in(copy, place, actor=actor))


def _damage(copy: Copy, _loan: Loan | None, place: Place, actor: User, **said: Any) -> str:
    damaged = troubles.mark_damaged(copy, place, actor=actor, **said)
    told = _("It counts as damaged. Whoever was meant to get it keeps the turn.")
    if damaged.place_id == damaged.home_id:
        return told
    return " ".join((told, _("Put it into the crate for %(place)s: it goes home.") % {"place": damaged.home}))


def _put_back(copy: Copy, _loan: Loan | None, place: Place, actor: User) -> str:
    return _told(troubles.put_back(copy, place, actor=actor))


def _repair(copy: Copy, _loan: Loan | None, place: Place, actor: User, **said: Any) -> str:
    troubles.send_to_repair(copy, place, actor=actor, **said)
    return _("It is in repair. Scanned at the desk it is back.")


def _display(copy: Copy, _loan: Loan | None, place: Place, actor: User, **said: Any) -> str:
    troubles.put_on_display(copy, place, actor=actor, **said)
    return _("It is on display. Scanned at the desk it is back.")


def _miss(copy: Copy, _loan: Loan | None, place: Place, actor: User, **said: Any) -> str:
    troubles.report_missing(copy, place, actor=actor, **said)
    return _("It counts as missing. Scanned anywhere it is there again.")


def _claim(_copy: Copy, loan: Loan, _place: Place, actor: User, **said: Any) -> str:
    claims.claim_returned(loan, actor=actor, **said)
    return _("It is said to be returned: late days have stopped, and the libraries are asked to look for it.")


def _bring_back(_copy: Copy, loan: Loan, place: Place, actor: User, **said: Any) -> str:
    return _told(claims.bring_back(loan, place, actor=actor, **said))


def _withdraw_claim(_copy: Copy, loan: Loan, _place: Place, actor: User, **said: Any) -> str:
    claims.withdraw_claim(loan, actor=actor, **said)
    return _("The loan goes on.")


def _give_up_claim(_copy: Copy, loan: Loan, _place: Place, actor: User, **said: Any) -> str:
    claims.give_up_claim(loan, actor=actor, **said)
    return _("It counts as lost. If it turns up, its reader was right.")


def _lose(_copy: Copy, loan: Loan, _place: Place, actor: User, **said: Any) -> str:
    claims.declare_lost(loan, actor=actor, **said)
    return _("It counts as lost: late days have stopped.")


def _settle(_copy: Copy, loan: Loan, _place: Place, actor: User, **said: Any) -> str:
    claims.settle_lost(loan, actor=actor, **said)
    return _("Settled: the loan has ended, the copy is withdrawn.")


def _disown(_copy: Copy, loan: Loan, _place: Place, actor: User, **said: Any) -> str:
    was_reserved = loan.hold_id is not None
    struck_off = claims.disown_loan(loan, actor=actor, **said)
    told = _("The loan is struck off. The copy is missing until it is scanned.")
    if not was_reserved or struck_off.hold_id is not None:
        return told
    return " ".join((told, _("The reservation that it ended has its old turn again.")))


ACTS = (
    Act(
        "found",
        gettext_lazy("It is here: take it in"),
        gettext_lazy("As a scan at the desk does: the answer says where it goes."),
        NoForm,
        _take_in,
        "lending.check_in",
    ),
    Act(
        "damaged",
        gettext_lazy("Damaged"),
        gettext_lazy(
            "You have it in hand. Its loan or journey ends here, and it is lent to nobody. Whoever was meant to get it "
            "keeps the turn and gets the next copy."
        ),
        WhatIsWrongForm,
        _damage,
        "troubles.mark_damaged",
    ),
    Act(
        "put_back",
        gettext_lazy("It can be lent again"),
        gettext_lazy("Mended, or good enough as it is: the answer says where it goes."),
        NoForm,
        _put_back,
        "troubles.put_back",
    ),
    Act(
        "repair",
        gettext_lazy("To be mended"),
        gettext_lazy("It goes to be mended or bound. Scanned at the desk it is back."),
        ReasonForm,
        _repair,
        "troubles.send_to_repair",
    ),
    Act(
        "display",
        gettext_lazy("On display"),
        gettext_lazy("It is shown in the library and not lent. Scanned at the desk it is back."),
        ReasonForm,
        _display,
        "troubles.put_on_display",
    ),
    Act(
        "missing",
        gettext_lazy("It is not where it should be"),
        gettext_lazy(
            "It counts as missing until it is scanned anywhere. Whoever was meant to get it keeps the turn and gets "
            "the next copy."
        ),
        ReasonForm,
        _miss,
        "troubles.report_missing",
    ),
    Act(
        "brought",
        gettext_lazy("The reader brings it back"),
        gettext_lazy("It was not returned after all: the loan ends now, here."),
        ReasonForm,
        _bring_back,
        "claims.withdraw_claim",
        is_of_loan=True,
    ),
    Act(
        "withdraw",
        gettext_lazy("The reader still has it"),
        gettext_lazy("The claim is taken back: the loan goes on, and late days count again."),
        ReasonForm,
        _withdraw_claim,
        "claims.withdraw_claim",
        is_of_loan=True,
    ),
    Act(
        "given_up",
        gettext_lazy("Found nowhere"),
        gettext_lazy(
            "The search ends and the copy counts as lost. Late days stay stopped on the day the reader named."
        ),
        ReasonForm,
        _give_up_claim,
        "claims.give_up_claim",
        is_of_loan=True,
    ),
    Act(
        "claimed",
        gettext_lazy("The reader says it was given back"),
        gettext_lazy(
            "Late days stop on that day. The library that owns it and the one named are asked to look for it."
        ),
        ClaimForm,
        _claim,
        "claims.claim_returned",
        is_of_loan=True,
    ),
    Act(
        "lost",
        gettext_lazy("The reader has lost it"),
        gettext_lazy("Late days stop today. It serves no reservation until it turns up."),
        ReasonForm,
        _lose,
        "claims.declare_lost",
        is_of_loan=True,
    ),
    Act(
        "made_good",
        gettext_lazy("The reader has made it good"),
        gettext_lazy("Bought anew, or as the library has agreed: the loan ends and this copy is withdrawn."),
        FinalForm,
        _settle,
        "claims.settle_lost",
        is_of_loan=True,
        is_final=True,
    ),
    Act(
        "never",
        gettext_lazy("The reader never had it"),
        gettext_lazy(
            "The loan is struck off the reader's card as if it had not been, and the reader is told. The copy is "
            "missing; its library is asked to look for it."
        ),
        FinalForm,
        _disown,
        "claims.disown_loan",
        is_of_loan=True,
        is_final=True,
    ),
)
BY_CODE = {act.code: act for act in ACTS}


def is_offered(act: Act, copy: Copy, loan: Loan | None) -> bool:
    """Whether an act can be done with a copy as it stands now."""
    if act.code == "found":
        return copy.status in TO_BE_FOUND or copy.missed_at is not None
    if act.is_of_loan:
        return loan is not None and loan.status in origins_of(LOAN, act.verb)
    return copy.status in origins_of(COPY, act.verb)


def standing_loan_of(copy: Copy) -> Loan | None:
    """Return the loan that a copy is out on, with its reader and the place that was named."""
    return Loan.objects.standing().filter(copy=copy).select_related("reader", "place", "claimed_place").first()
