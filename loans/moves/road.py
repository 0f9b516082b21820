"""The moves of what is on the road: a copy's journey, and the crate that it may be in."""

from __future__ import annotations

from loans.moves.row import Move
from loans.states import CrateStatus as K
from loans.states import TransitStatus as T

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
