"""The moves of what a reader has: a reservation and a loan."""

from __future__ import annotations

from loans.moves.row import TO_COME, Move
from loans.states import HoldStatus as H
from loans.states import LoanStatus as L

HOLD = (
    Move("H1", (), H.QUEUED, "holds.place_hold", "reader, point and limits allow it", "a copy is looked for at once"),
    Move("H2", (H.QUEUED,), H.ASSIGNED, "holds.place_hold", "its turn, a free copy, room at the point", "tentative"),
    Move("H3", (H.QUEUED,), H.CANCELLED, "holds.cancel_hold", "the reader, or staff for a reason", "none"),
    Move("H4", (H.QUEUED, H.ASSIGNED), H.LAPSED, "holds.lapse_hold", "past the reader's own last day", "C16"),
    Move("H5", (H.ASSIGNED,), H.QUEUED, "troubles.miss_copy", "not found on its shelf", "keeps its turn"),
    Move("H6", (H.ASSIGNED,), H.QUEUED, "hold_changes.change_pickup", "another point is chosen", "keeps its turn"),
    Move("H7", (H.ASSIGNED,), H.PICKED, "picking.pick_copy", "its copy is in a librarian's hand", "committed"),
    Move("H8", (H.ASSIGNED,), H.COLLECTED, "lending.check_out", "the reader brings such a copy", "L1"),
    Move("H9", (H.ASSIGNED,), H.CANCELLED, "holds.cancel_hold", "before it was picked", "the next one is served"),
    Move("H10", (H.PICKED,), H.IN_TRANSIT, "picking.pack_parcel", "its point is elsewhere", "a journey begins (T1)"),
    Move("H11", (H.PICKED,), H.READY, "lending.check_in", "its point is here", "the reader is told"),
    Move("H12", (H.PICKED,), H.COLLECTED, "lending.check_out", "the reader is here", "L1"),
    Move("H13", (H.PICKED, H.IN_TRANSIT, H.READY), H.CANCELLED, "holds.cancel_hold", "until it is collected", "C16"),
    Move("H15", (H.IN_TRANSIT,), H.READY, "records.record", "scanned in at its point", "the reader is told"),
    Move("H16", (H.IN_TRANSIT,), H.COLLECTED, "records.record", "handed out before its arrival was told", "L1"),
    Move("H17", (H.READY,), H.COLLECTED, "lending.check_out", "by its own reader", "L1"),
    Move("H18", (H.READY,), H.EXPIRED, "holds.expire_hold", "its last day has passed", "the next one is served"),
    Move("H19", (H.READY,), H.QUEUED, "lending.check_in", "its copy turned up elsewhere", "a copy is meant anew"),
    Move("H20", (H.IN_TRANSIT,), H.ARRIVED, TO_COME, "at its point, being prepared", "none"),
    Move("H21", (H.ARRIVED,), H.READY, TO_COME, "it can be taken", "the reader is told"),
    Move("H22", (H.ARRIVED,), H.QUEUED, TO_COME, "its copy cannot be had", "keeps its turn"),
    Move("H23", (H.ARRIVED,), H.COLLECTED, TO_COME, "the reader is here", "L1"),
    Move("H24", (H.ARRIVED,), H.CANCELLED, TO_COME, "until it is collected", "its copy goes on"),
    Move("H25", (H.PICKED, H.IN_TRANSIT), H.QUEUED, "records.record", "its copy was lent offline", "keeps its turn"),
    Move("H26", (H.CANCELLED,), H.QUEUED, "hold_changes.undo_cancel", "staff undo it", "its old turn (H41)"),
    Move("H40", (H.ASSIGNED,), H.QUEUED, "hold_changes.suspend_hold", "the reader wants it to rest", "keeps its turn"),
    Move("H41", (H.ASSIGNED,), H.QUEUED, "hold_changes.resume_hold", "an earlier one needs its copy", "keeps its turn"),
    Move(
        "H42",
        (H.IN_TRANSIT,),
        H.PICKED,
        "hold_changes.change_pickup",
        "waits for the van, and is there already or has to be wrapped first",
        "the next scan says where it goes",
    ),
    Move(
        "H29",
        (H.ASSIGNED, H.PICKED, H.IN_TRANSIT, H.READY),
        H.QUEUED,
        "troubles.mark_damaged",
        "its copy is damaged",
        "keeps its turn; told to wait, if told to come",
    ),
    Move(
        "H27",
        (H.ASSIGNED, H.PICKED, H.READY),
        H.QUEUED,
        "troubles.report_missing",
        "its copy is not there",
        "keeps its turn; told to wait, if told to come",
    ),
    Move(
        "H43",
        (H.PICKED, H.IN_TRANSIT),
        H.QUEUED,
        "another_way.send_another_way",
        "its reader is suspended and its point cannot see to that",
        "it rests until the day after, keeps its turn; the next one is served",
    ),
    Move("H30", (H.COLLECTED,), H.QUEUED, "claims.disown_loan", "its reader never had the copy", "its old turn (L9)"),
    Move("H28", (H.IN_TRANSIT,), H.QUEUED, "journeys.give_up_journey", "its copy has not arrived", "keeps its turn"),
)

LOAN = (
    Move("L1", (), L.OPEN, "lending.check_out", "the rules allow it, the copy is nobody else's", "rules frozen"),
    Move("L2", (L.OPEN, L.CLAIMED, L.LOST), L.CLOSED, "lending.check_in", "the copy is in a librarian's hand", "C4"),
    Move("L3", (L.OPEN, L.CLAIMED, L.LOST), L.CLOSED, "records.record", "given back at a point, at that minute", "C30"),
    Move("L4", (L.OPEN, L.LOST), L.CLAIMED, "claims.claim_returned", "the reader says so", "late days stop that day"),
    Move("L5", (L.OPEN, L.CLAIMED), L.LOST, "claims.declare_lost", "the reader says so", "late days stop today"),
    Move("L6", (L.OPEN,), L.LOST, "claims.age_loan", "late by more days than its rule allows", "late days stop today"),
    Move("L7", (L.CLAIMED,), L.LOST, "claims.give_up_claim", "the copy was found nowhere", "late days stay stopped"),
    Move("L8", (L.CLAIMED,), L.OPEN, "claims.withdraw_claim", "the reader has it after all", "late days run on"),
    Move("L9", (L.OPEN, L.CLAIMED, L.LOST), L.CLOSED, "claims.disown_loan", "the reader never had it", "C36, H30"),
    Move("L10", (L.LOST,), L.CLOSED, "claims.settle_lost", "the reader has made the copy good", "C37"),
)
