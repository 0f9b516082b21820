"""What has already happened at a point: reports are kept as they came and applied as far as they can. None is refused.

A partner's phone sends its acts, perhaps late, twice or out of order. Each is stored first; then it is applied in
a transaction of its own. Where it contradicts what we know, the world is right: the loan is closed or begun at the
reported instant and a librarian gets a task.
"""

from loans.records.acts import ACTS, HAND_OVER, KEY_LENGTH, RECEIVE, TAKE_BACK, Act, Applied
from loans.records.reports import apply_report, apply_waiting, record

__all__ = [
    "ACTS",
    "HAND_OVER",
    "KEY_LENGTH",
    "RECEIVE",
    "TAKE_BACK",
    "Act",
    "Applied",
    "apply_report",
    "apply_waiting",
    "record",
]
