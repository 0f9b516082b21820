"""Where a damaged copy goes: it stays at its own library, and from anywhere else travels home as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.states import CopyStatus
from loans import custody
from loans.states import TransitReason

if TYPE_CHECKING:
    from branches.models import Place
    from catalog.models import Copy
    from loans.models import Transit


def lay_damaged(copy: Copy, place: Place) -> Transit | None:
    """Write that a damaged copy lies here; away from its own library it goes home as it is, and this is its journey.

    The copy is locked.
    """
    custody.set_copy(copy, CopyStatus.DAMAGED, place)
    here = place.holding_place
    if here.pk == copy.home_id:
        return None
    return custody.open_transit(copy, here, copy.home, TransitReason.HOME, None)
