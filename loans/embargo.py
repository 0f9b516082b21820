"""New films and music that the law keeps back: which copies wait until when, so that none is promised before.

Whether a copy may be lent is decided by the rule at the desk; the date on the copy tells routing and search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from catalog.models import Copy, LoanClass
from catalog.states import MAY_SERVE
from loans.holds import serve_queue_of
from loans.models import LoanRule
from loans.policy import first_lent_on, loan_rule_for, material_class
from milanolib import clock

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from django.db.models import QuerySet

AT_ONCE = 1000
A_YEAR_MAY_LAST = 1  # of a title only the year is known: its last day counts
MONTHS = 12


def first_day_of(copy: Copy, rules: list[LoanRule], today: dt.date) -> dt.date | None:
    """Return from when a copy may be lent, None when it may now; needs `title` and `home` fetched."""
    rule = loan_rule_for(rules, material=material_class(copy), reader_category="", place=copy.home, on=today)
    first = first_lent_on(rule, year=copy.title.year, added_on=copy.added_on)
    return first if first is not None and first > today else None


def settle_embargoes() -> int:
    """Write on each copy from when it may be lent, and serve who waits for those that may be from today.

    Looks only at copies that a rule keeps back, or that were kept back. Returns how many copies changed. Safe to
    repeat; each work is served in a transaction of its own.
    """
    today = clock.today()
    rules = list(LoanRule.objects.all())
    changed, freed = [], set()
    for copy in _in_question(rules, today):
        first = first_day_of(copy, rules, today)
        if first != copy.not_lent_before:
            if first is None:
                freed.add(copy.title.work_id)
            copy.not_lent_before = first
            changed.append(copy)
    Copy.objects.bulk_update(changed, ["not_lent_before"], batch_size=AT_ONCE)
    for work_id in sorted(freed):
        serve_queue_of(work_id)
    return len(changed)


def _in_question(rules: list[LoanRule], today: dt.date) -> Iterator[Copy]:
    most = max((rule.not_lent_months for rule in rules), default=0)
    named = {rule.material for rule in rules if rule.not_lent_months}
    materials = Q() if "" in named else Q(title__material__in=named) | Q(loan_class__in=named & set(LoanClass.values))
    recent = Q(title__year__gte=today.year - most // MONTHS - A_YEAR_MAY_LAST)
    wanted = Q(not_lent_before__isnull=False) | (materials & recent if named else Q(pk__in=[]))
    copies: QuerySet[Copy] = Copy.objects.filter(wanted, status__in=MAY_SERVE).select_related("title", "home")
    yield from copies.defer("title__record", "title__summary").order_by("pk").iterator(chunk_size=AT_ONCE)
