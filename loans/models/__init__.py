"""Circulation."""

from loans.models.custody import Crate, Handover, Parcel, Task, TaskKind, Transit
from loans.models.emptying import Emptying
from loans.models.hold import Assignment, Hold, HoldPass
from loans.models.loan import Loan
from loans.models.rules import KeepingRule, LoanRule, ReaderRule

__all__ = [
    "Assignment",
    "Crate",
    "Emptying",
    "Handover",
    "Hold",
    "HoldPass",
    "KeepingRule",
    "Loan",
    "LoanRule",
    "Parcel",
    "ReaderRule",
    "Task",
    "TaskKind",
    "Transit",
]
