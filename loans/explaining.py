"""Which rule decides a loan and why, in the words of the desk; asks, changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.models import Reader
from loans import custody
from loans.blocks import reader_rule, standing_of
from loans.lending import refuse_material
from loans.models import LoanRule
from loans.overriding import Override
from loans.policy import Judged, due_on, judge_loan_rules, material_class
from loans.terms import terms_of
from milanolib import clock
from milanolib.errors import DomainError

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.functional import Promise

    from branches.models import Place
    from catalog.models import Copy

# What a rule fails by, in words; also the fixed order in which rules are compared.
FAILS_BY: dict[str, str | Promise] = {
    "material": _("another material class"),
    "reader_category": _("another reader's category"),
    "branch": _("another branch"),
    "place_kind": _("another kind of point"),
    "valid_from": _("not in force yet"),
    "valid_to": _("no longer in force"),
}
DECIDES, LESS_SPECIFIC = _("decides"), _("fits, but another one is more specific")


@dataclass(frozen=True)
class Weighed:
    """One rule with what became of it."""

    rule: LoanRule
    verdict: str | Promise
    fits: bool
    decides: bool


@dataclass(frozen=True)
class Explained:
    """The answer to 'which rule and why' for one copy."""

    copy: Copy
    material: str
    due_on: dt.date
    weighed: list[Weighed]
    refusals: list[DomainError]
    loans: int = 0
    max_loans: int = 0
    alike: int = 0

    @property
    def rule(self) -> LoanRule:
        """Return the rule that decides."""
        return self.weighed[0].rule


def explain_loan(copy: Copy, place: Place, on: dt.date, *, reader: Reader | None, category: str) -> Explained:
    """Return every rule with its verdict, the one that decides first, and what would be refused because of it.

    With a reader the limits are counted too; without one `category` says for whom. All rules are shown, also those
    of other places and times: that one does not fit is an answer too.
    """
    copy = custody.fetch_copy(copy.pk)
    material = material_class(copy)
    asked_for = reader if reader is not None else Reader(category=category)
    judged = judge_loan_rules(
        LoanRule.objects.select_related("branch"),
        material=material,
        reader_category=asked_for.category,
        place=place,
        on=on,
    )
    weighed = [_weighed(one, is_first=number == 0) for number, one in enumerate(judged)]
    if not weighed or not weighed[0].decides:
        raise LookupError("no loan rule fits: the general one is missing")
    rule = weighed[0].rule
    refusals = []
    try:
        refuse_material(copy, asked_for, rule, on, Override())
    except DomainError as refusal:
        refusals.append(refusal)
    due = due_on(on, rule.loan_days, terms_of(place, on).calendar)
    if reader is None:
        return Explained(copy, material, due, weighed, refusals)
    standing = standing_of(reader, clock.today())
    try:
        most = reader_rule(reader).max_loans
    except DomainError:
        most = 0
    return Explained(copy, material, due, weighed, refusals, standing.loans, most, standing.by_group[rule.limit_group])


def _weighed(judged: Judged, *, is_first: bool) -> Weighed:
    if judged.fails_by:
        return Weighed(judged.rule, FAILS_BY[judged.fails_by], fits=False, decides=False)
    return Weighed(judged.rule, DECIDES if is_first else LESS_SPECIFIC, fits=True, decides=is_first)
