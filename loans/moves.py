"""Every move of a copy, a reservation, a loan, a journey and a crate, in numbered rows; tests are named by them.

A row says from where to where, when it is allowed, what else happens, and by which verb. What is not in a row does
not happen: `custody.set_copy` and each `move_to` look here. Numbers are never given anew. `manage.py document_states`
prints the tables into docs/states.md.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.states import CopyStatus as C
from loans.states import CrateStatus as K
from loans.states import HoldStatus as H
from loans.states import LoanStatus as L
from loans.states import TransitStatus as T

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Move:
    """One row: a number, one or several states it starts from (none: it begins here), and where it leads.

    `verb` is a function below `loans`; empty while no verb makes the move yet.
    """

    row: str
    origins: tuple[str, ...]
    target: str
    verb: str
    guard: str
    effect: str


TO_COME = ""  # a move that a verb of another chapter will make: it is allowed, and no verb makes it yet

COPY = (
    Move("C1", (), C.AVAILABLE, "keeping.add_copy", "ready for the shelf", "serves who waits"),
    Move("C2", (), C.IN_PROCESS, "keeping.add_copy", "still to be prepared", "none"),
    Move(
        "C3",
        (C.ON_ORDER, C.IN_PROCESS, C.IN_REPAIR, C.ON_DISPLAY, C.MISSING, C.WITHDRAWN),
        C.AVAILABLE,
        "lending.check_in",
        "in a librarian's hand",
        "serves who waits, else back to its shelf or home",
    ),
    Move(
        "C4",
        (C.ON_LOAN, C.CLAIMED_RETURNED, C.LOST),
        C.AVAILABLE,
        "lending.check_in",
        "in a librarian's hand",
        "its loan is closed (L2)",
    ),
    Move("C5", (C.AVAILABLE,), C.AVAILABLE, "lending.check_in", "no reader is meant", "found again, if it was missed"),
    Move("C6", (C.AVAILABLE,), C.PICKED, "picking.pick_copy", "meant for a reader, on a shelf here", "committed"),
    Move("C7", (C.AVAILABLE,), C.SET_ASIDE, "picking.pick_copy", "its reader collects it here", "the hold is ready"),
    Move(
        "C8",
        (C.AVAILABLE,),
        C.AVAILABLE,
        "troubles.miss_copy",
        "meant for a reader, not found on its shelf",
        "not offered until it is found; the hold is served anew at once; a task asks for a second search",
    ),
    Move("C9", (C.AVAILABLE,), C.MISSING, "troubles.miss_again", "missed once already", "its search ends"),
    Move(
        "C10",
        (C.AVAILABLE,),
        C.MISSING,
        "keeping.mark_missing",
        "not found in a stocktake, not seen since it began",
        "who was meant to get it has the next one",
    ),
    Move("C11", (C.AVAILABLE,), C.ON_LOAN, "lending.check_out", "meant for nobody else", "a loan begins (L1)"),
    Move("C12", (C.AVAILABLE,), C.IN_TRANSIT, "keeping.relocate_copy", "nobody waits", "a journey home begins (T1)"),
    Move(
        "C13",
        (C.IN_PROCESS, C.AVAILABLE, C.PICKED, C.SET_ASIDE, C.DAMAGED, C.IN_REPAIR, C.ON_DISPLAY),
        C.MISSING,
        "troubles.report_missing",
        "not where it should lie",
        "who was meant to get it keeps the turn and has the next one",
    ),
    Move("C14", (C.PICKED,), C.PICKED, "picking.pick_copy", "scanned again", "the same is said again"),
    Move("C15", (C.PICKED,), C.IN_TRANSIT, "picking.pack_parcel", "its reader collects it elsewhere", "a journey (T1)"),
    Move("C16", (C.PICKED,), C.AVAILABLE, "holds.cancel_hold", "its hold has ended", "serves who comes next"),
    Move("C17", (C.PICKED,), C.ON_LOAN, "lending.check_out", "to its own reader", "a loan begins (L1)"),
    Move("C18", (C.IN_TRANSIT,), C.AVAILABLE, "lending.check_in", "nobody is meant", "its journey ends (T2)"),
    Move("C19", (C.IN_TRANSIT,), C.SET_ASIDE, "lending.check_in", "its reader collects it here", "the hold is ready"),
    Move("C20", (C.IN_TRANSIT,), C.IN_TRANSIT, "lending.check_in", "at the wrong place", "a new leg (T4)"),
    Move(
        "C21",
        (C.IN_TRANSIT,),
        C.ON_LOAN,
        "lending.check_out",
        "on the desk; its own reader, or nobody waits",
        "a loan begins (L1), its journey ends (T2, T4)",
    ),
    Move(
        "C22",
        (C.IN_TRANSIT,),
        C.ON_LOAN,
        "records.record",
        "handed out at a point that had not scanned it in",
        "a loan begins (L1), a task is opened",
    ),
    Move(
        "C23",
        (C.IN_TRANSIT,),
        C.MISSING,
        "journeys.give_up_journey",
        "looked for at both ends",
        "its journey ends (T7), its reader waits for another one",
    ),
    Move(
        "C24",
        (C.IN_TRANSIT,),
        C.MISSING,
        "records.record",
        "handed out after its hold was forgotten",
        "a task is opened: nobody knows who has it",
    ),
    Move("C25", (C.SET_ASIDE,), C.ON_LOAN, "lending.check_out", "to its own reader", "a loan begins (L1)"),
    Move("C26", (C.SET_ASIDE,), C.AVAILABLE, "holds.expire_hold", "its hold has ended", "serves who comes next"),
    Move("C27", (C.SET_ASIDE,), C.IN_TRANSIT, "holds.cancel_hold", "at a partner's or in a machine", "goes back (T1)"),
    Move("C28", (C.SET_ASIDE,), C.PICKED, "lending.check_in", "turned up elsewhere", "to be packed anew"),
    Move(
        "C30",
        (C.ON_LOAN, C.CLAIMED_RETURNED, C.LOST),
        C.IN_TRANSIT,
        "records.record",
        "given back at a point",
        "its loan is closed (L3), a journey begins (T1)",
    ),
    Move("C31", (C.ON_LOAN, C.LOST), C.CLAIMED_RETURNED, "claims.claim_returned", "its reader says so", "L4"),
    Move("C32", (C.ON_LOAN, C.CLAIMED_RETURNED), C.LOST, "claims.declare_lost", "its reader says so", "L5"),
    Move("C33", (C.ON_LOAN,), C.LOST, "claims.age_loan", "late by more days than the rule allows", "L6"),
    Move("C34", (C.CLAIMED_RETURNED,), C.LOST, "claims.give_up_claim", "found nowhere", "L7"),
    Move("C35", (C.CLAIMED_RETURNED,), C.ON_LOAN, "claims.withdraw_claim", "its reader has it after all", "L8"),
    Move(
        "C36",
        (C.ON_LOAN, C.CLAIMED_RETURNED, C.LOST),
        C.MISSING,
        "claims.disown_loan",
        "its reader never had it",
        "L9; its library looks for it",
    ),
    Move("C37", (C.LOST,), C.WITHDRAWN, "claims.settle_lost", "its reader has made it good", "L10"),
    Move(
        "C40",
        (C.MISSING,),
        C.IN_TRANSIT,
        "records.record",
        "its lost parcel is scanned at a point",
        "a journey begins (T1)",
    ),
    Move(
        "C41",
        (
            C.IN_PROCESS,
            C.AVAILABLE,
            C.PICKED,
            C.IN_TRANSIT,
            C.SET_ASIDE,
            C.ON_LOAN,
            C.CLAIMED_RETURNED,
            C.MISSING,
            C.LOST,
            C.IN_REPAIR,
            C.ON_DISPLAY,
        ),
        C.DAMAGED,
        "troubles.mark_damaged",
        "in a librarian's hand",
        "its loan or journey ends; who was meant to get it keeps the turn and has the next one; away from its library "
        "its journey home begins (T1)",
    ),
    Move(
        "C42",
        (C.DAMAGED,),
        C.DAMAGED,
        "lending.check_in",
        "scanned anywhere",
        "at its own library it stays; elsewhere it goes home, damaged as it is (T1)",
    ),
    Move("C43", (C.DAMAGED,), C.AVAILABLE, "troubles.put_back", "mended, or good enough", "as C3"),
    Move("C44", (C.DAMAGED, C.AVAILABLE), C.IN_REPAIR, "troubles.send_to_repair", "no reader is meant", "none"),
    Move("C45", (C.AVAILABLE,), C.ON_DISPLAY, "troubles.put_on_display", "no reader is meant", "none"),
    Move(
        "C48",
        (C.ON_ORDER, C.IN_PROCESS, C.AVAILABLE, C.MISSING, C.DAMAGED, C.IN_REPAIR, C.ON_DISPLAY),
        C.WITHDRAWN,
        "keeping.withdraw_copy",
        "no reader has it or has reserved this very copy",
        "who was meant to get it has the next one",
    ),
    Move(
        "C49",
        (C.ON_LOAN, C.CLAIMED_RETURNED, C.LOST),
        C.ON_LOAN,
        "records.record",
        "lent at a desk without network while it was on loan",
        "the other loan is closed (L3), a loan begins (L1), a task is opened",
    ),
    Move(
        "C50",
        (C.ON_ORDER, C.IN_PROCESS, C.DAMAGED, C.IN_REPAIR, C.ON_DISPLAY, C.MISSING, C.WITHDRAWN),
        C.ON_LOAN,
        "records.record",
        "lent at a desk without network",
        "a loan begins (L1), a task is opened",
    ),
    Move(
        "C51",
        (C.AVAILABLE, C.PICKED, C.SET_ASIDE, C.IN_TRANSIT, C.ON_LOAN, C.CLAIMED_RETURNED, C.LOST),
        C.MISSING,
        "records.record",
        "lent at a desk without network to a card that nobody knows",
        "its loan is closed (L3), who was meant to get it has the next one, a task is opened",
    ),
    Move(
        "C60",
        (C.IN_TRANSIT,),
        C.PICKED,
        "hold_changes.change_pickup",
        "waits for the van, and is there already or has to be wrapped first",
        "its journey ends (T4), its parcel is opened",
    ),
    Move("C62", (C.PICKED,), C.SET_ASIDE, "picking.pick_copy", "to be collected here after all", "the hold is ready"),
    Move(
        "C61",
        (C.SET_ASIDE,),
        C.IN_TRANSIT,
        "hold_changes.change_pickup",
        "at a point that can hand out no more",
        "a journey (T1)",
    ),
    Move("C63", (C.IN_TRANSIT,), C.IN_TRANSIT, "crates.put_in_crate", "waits for the van here", "at no place any more"),
    Move("C64", (C.IN_TRANSIT,), C.IN_TRANSIT, "crates.take_out_of_crate", "its crate is open", "waits here as before"),
    Move("C65", (C.DAMAGED,), C.DAMAGED, "crates.put_in_crate", "waits for the van home", "at no place any more"),
    Move("C66", (C.DAMAGED,), C.DAMAGED, "crates.take_out_of_crate", "its crate is open", "waits here as before"),
    Move("C70", (C.AVAILABLE,), C.ON_DISPLAY, "deposits.add_to_deposit", "no reader is meant", "in a set that leaves"),
    Move(
        "C71",
        (C.ON_DISPLAY,),
        C.AVAILABLE,
        "deposits.take_out_of_deposit",
        "its set has not left its library",
        "serves who waits, else back to its shelf",
    ),
    Move(
        "C72",
        (C.ON_DISPLAY,),
        C.IN_TRANSIT,
        "deposit_moves.send_deposit",
        "its set leaves for a condominium library",
        "a journey with all of its set, in one crate (T1)",
    ),
    Move(
        "C73",
        (C.IN_TRANSIT,),
        C.ON_DISPLAY,
        "deposit_moves.receive_deposit",
        "its set has come to its condominium library",
        "its journey ends (T2)",
    ),
    Move(
        "C74",
        (C.ON_DISPLAY,),
        C.IN_TRANSIT,
        "deposit_moves.bring_home",
        "its set goes home",
        "in no set any more, a journey home (T1)",
    ),
    Move(
        "C75",
        (C.ON_DISPLAY,),
        C.IN_TRANSIT,
        "deposit_moves.call_back_copy",
        "in a deposit at a condominium library",
        "in no set any more, waits there for the van (T1)",
    ),
)

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

TRANSIT = (
    Move("T1", (), T.REQUESTED, "picking.pack_parcel", "the copy has no other journey", "waits for the van"),
    Move("T2", (T.REQUESTED, T.LOADED), T.ARRIVED, "lending.check_in", "scanned where it goes", "C18, C19"),
    Move(
        "T4", (T.REQUESTED, T.LOADED), T.CANCELLED, "lending.check_in", "scanned elsewhere", "a new leg if it goes on"
    ),
    Move("T5", (T.REQUESTED,), T.LOADED, "crates.load_crate", "its crate is given to the van", "none"),
    Move("T6", (T.REQUESTED, T.LOADED), T.CANCELLED, "lending.check_out", "lent on its way", "C21"),
    Move(
        "T7",
        (T.REQUESTED, T.LOADED),
        T.CANCELLED,
        "journeys.give_up_journey",
        "on the road for too long, looked for at both ends",
        "C23",
    ),
    Move(
        "T8",
        (T.LOADED,),
        T.CANCELLED,
        "turning.turn_back_crate",
        "its crate is turned back: its point is shut",
        "a new leg to the library, in the same crate",
    ),
    Move("T9", (T.REQUESTED,), T.LOADED, "turning.turn_back_crate", "the new leg begins on the van", "none"),
)

CRATE = (  # K: the C is the copy's
    Move("K1", (), K.OPEN, "crates.open_crate", "no other stands open for that way", "none"),
    Move("K2", (K.OPEN,), K.SEALED, "crates.seal_crate", "something is in it", "what is in it is counted"),
    Move("K3", (K.SEALED,), K.OPEN, "crates.reopen_crate", "it has not left", "the count is forgotten"),
    Move("K4", (K.SEALED,), K.ON_ROAD, "crates.load_crate", "given to the van", "its journeys are on the van (T5)"),
    Move(
        "K7",
        (K.ON_ROAD,),
        K.ON_ROAD,
        "turning.turn_back_crate",
        "its point is shut for days",
        "goes to the library that serves the point (T8, T9)",
    ),
    Move(
        "K8",
        (K.SEALED,),
        K.OPEN,
        "turning.empty_crate",
        "its point is closed for long, no other stands open for that way",
        "what is in it waits where it stands (C64)",
    ),
    Move(
        "K5",
        (K.OPEN, K.SEALED, K.ON_ROAD),
        K.RECEIVED,
        "crates.receive_crate",
        "scanned where it goes",
        "what is in it can be taken in (C18, C19), one by one or all at once",
    ),
    Move(
        "K6",
        (K.RECEIVED,),
        K.UNPACKED,
        "crates.finish_crate",
        "a librarian says that it is empty",
        "what was not found is looked for at both ends",
    ),
)

TABLES = {"Copy": COPY, "Hold": HOLD, "Loan": LOAN, "Transit": TRANSIT, "Crate": CRATE}


def _leading(rows: Iterable[Move], *, stays: bool) -> dict[str, tuple[str, ...]]:
    """Return where each state may lead; a move that stays where it is counts only with `stays`."""
    leads: dict[str, dict[str, None]] = defaultdict(dict)  # keeps the order of the rows
    for move in rows:
        for origin in move.origins:
            if stays or origin != move.target:
                leads[origin][move.target] = None
    return {origin: tuple(targets) for origin, targets in leads.items()}


def origins_of(rows: Iterable[Move], verb: str) -> set[str]:
    """Return the states from which a verb makes a move."""
    return {origin for move in rows if move.verb == verb for origin in move.origins}


COPY_MOVES = _leading(COPY, stays=True)  # a copy may be found again where it was
HOLD_MOVES = _leading(HOLD, stays=False)
LOAN_MOVES = _leading(LOAN, stays=False)
TRANSIT_MOVES = _leading(TRANSIT, stays=False)
CRATE_MOVES = _leading(CRATE, stays=False)
