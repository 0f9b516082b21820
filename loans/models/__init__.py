"""Circulation."""

from loans.models.closing import UNDO_WITHIN, ClosureBatch, ClosureMove, LeftBecause, Moved
from loans.models.custody import Crate, Handover, Parcel, Transit
from loans.models.delegation import Delegation
from loans.models.deposit import Deposit, DepositCopy, DepositStay
from loans.models.digest import CodeDigest
from loans.models.emptying import Emptying
from loans.models.group import HoldGroup
from loans.models.hold import Assignment, Hold, HoldPass
from loans.models.last_act import LastAct
from loans.models.loan import Loan
from loans.models.round_call import RoundCall
from loans.models.rules import KeepingRule, LoanRule, ReaderRule
from loans.models.task import Task, TaskKind

__all__ = [
    "UNDO_WITHIN",
    "Assignment",
    "ClosureBatch",
    "ClosureMove",
    "CodeDigest",
    "Crate",
    "Delegation",
    "Deposit",
    "DepositCopy",
    "DepositStay",
    "Emptying",
    "Handover",
    "Hold",
    "HoldGroup",
    "HoldPass",
    "KeepingRule",
    "LastAct",
    "LeftBecause",
    "Loan",
    "LoanRule",
    "Moved",
    "Parcel",
    "ReaderRule",
    "RoundCall",
    "Task",
    "TaskKind",
    "Transit",
]
