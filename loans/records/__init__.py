"""What has already happened at a point: reports are kept as they came and applied as far as they can. None is refused.

A partner's phone and a desk without network send their acts, perhaps late, twice or out of order. Each is stored
first; then it is applied in a transaction of its own. Where it contradicts what we know, the world is right: the loan
is closed or begun at the reported instant and a librarian gets a task.
"""

from loans.records.acts import (
    ACTS,
    COUNT,
    CRATE_OUT,
    DAMAGED,
    DESK_ACTS,
    HAND_OVER,
    KEY_LENGTH,
    LEND,
    MISSING,
    PICK,
    RECEIVE,
    RENEW,
    TAKE_BACK,
    TAKE_IN,
    WRONG,
    Act,
    Applied,
    acts_of,
)
from loans.records.reports import apply_report, apply_waiting, cards_to_forget, forget_cards, record, told_before

__all__ = [
    "ACTS",
    "COUNT",
    "CRATE_OUT",
    "DAMAGED",
    "DESK_ACTS",
    "HAND_OVER",
    "KEY_LENGTH",
    "LEND",
    "MISSING",
    "PICK",
    "RECEIVE",
    "RENEW",
    "TAKE_BACK",
    "TAKE_IN",
    "WRONG",
    "Act",
    "Applied",
    "acts_of",
    "apply_report",
    "apply_waiting",
    "cards_to_forget",
    "forget_cards",
    "record",
    "told_before",
]
