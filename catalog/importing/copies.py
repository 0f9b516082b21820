"""Copies that records name: new ones come to the catalogue, known ones keep their place and status.

Where a copy is and what it is doing belongs to circulation; an import only says whose it is and where it stands on
the shelf.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from branches.models import Place, PlaceKind
from catalog.importing.bulk import insert_rows, longest, rows_with
from catalog.importing.report import Fault, Level
from catalog.models import Copy, Title
from catalog.states import CopyStatus
from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from catalog.importing.drafts import Prepared
    from catalog.importing.fields import Holding

# Places that own copies; the others only pass them on.
OWNERS = (PlaceKind.BRANCH, PlaceKind.VEHICLE, PlaceKind.METRO_LIBRARY)
_LONGEST_BARCODE = longest(Copy, "barcode")
_LONGEST_SHELF_MARK = longest(Copy, "shelf_mark")
_LONGEST_VOLUME = longest(Copy, "volume")


class CopyCounts(NamedTuple):
    """What became of the copies of a batch."""

    created: int
    updated: int
    unchanged: int


Said = tuple["Prepared", Level, Fault]


def owners_by_code() -> dict[str, int]:
    """Return the places that own copies: code, in small letters, to primary key."""
    return {code.casefold(): pk for code, pk in Place.objects.filter(kind__in=OWNERS).values_list("code", "pk")}


def write_copies(
    batch: Iterable[Prepared],
    title_ids: dict[tuple[str, str], int],
    owners: dict[str, int],
    default: str,
    said: list[Said],
    *,
    corrected: Collection[tuple[str, str]],
) -> CopyCounts:
    """Create and correct the copies that a batch names, in the caller's transaction, in a few statements.

    `default` is the code of the place for copies whose own is not known, or ''. What cannot be taken is added to
    `said`. Copies that are there are corrected only by the records in `corrected`, those that say something new:
    what a librarian has put right since stays when an old file comes again.
    """
    wanted = _wanted(batch, owners, default, said)
    if not wanted:
        return CopyCounts(0, 0, 0)
    rows = rows_with(Copy, ("barcode", "id", "title", "home", "shelf_mark", "volume"), barcode=wanted)
    found = {barcode: known for barcode, *known in rows}
    created: list[tuple[str, int, int, str, str]] = []
    changed: dict[int, tuple[int, str, str]] = {}
    elsewhere: list[tuple[Prepared, str, int]] = []
    for barcode, (one, holding, home) in sorted(wanted.items()):
        title_id = title_ids[one.key]
        shelf_mark = _fitted(one, holding.shelf_mark, "shelf_mark", _LONGEST_SHELF_MARK, said)
        volume = _fitted(one, holding.volume, "volume", _LONGEST_VOLUME, said)
        if barcode not in found:
            created.append((barcode, title_id, home, shelf_mark, volume))
            continue
        pk, known_title, known_home, known_mark, known_volume = found[barcode]
        volume = known_volume or volume  # a reader may wait for that volume: another one is a librarian's to write
        if known_title != title_id:
            elsewhere.append((one, barcode, known_title))
        elif (known_home, known_mark, known_volume) != (home, shelf_mark, volume) and one.key in corrected:
            changed[pk] = (home, shelf_mark, volume)
    _create(created)
    _correct(changed)
    _tell_conflicts(elsewhere, said)
    return CopyCounts(len(created), len(changed), len(wanted) - len(created) - len(changed) - len(elsewhere))


def _create(created: list[tuple[str, int, int, str, str]]) -> None:
    """Put new copies (barcode, title, home, shelf mark, volume) on the shelf of their home."""
    if not created:
        return
    barcodes, titles, homes, marks, volumes = zip(*created, strict=True)
    columns = {"barcode": barcodes, "title": titles, "home": homes, "place": homes, "shelf_mark": marks}
    columns["volume"] = volumes
    columns["status"] = (CopyStatus.AVAILABLE.value,) * len(created)
    columns["added_on"] = (clock.today(),) * len(created)
    columns["status_since"] = (clock.now(),) * len(created)
    insert_rows(Copy, columns)


def _correct(changed: dict[int, tuple[int, str, str]]) -> None:
    """Write whose known copies are and what stands on their backs; locked in the order all verbs keep."""
    if not changed:
        return
    copies = list(Copy.objects.filter(pk__in=changed).order_by("pk").select_for_update(no_key=True))
    for copy in copies:
        copy.home_id, copy.shelf_mark, copy.volume = changed[copy.pk]
    Copy.objects.bulk_update(copies, ["home", "shelf_mark", "volume"])


def _tell_conflicts(elsewhere: list[tuple[Prepared, str, int]], said: list[Said]) -> None:
    numbers = dict(
        Title.objects.filter(pk__in={pk for _one, _barcode, pk in elsewhere}).values_list("pk", "control_number")
        if elsewhere
        else ()
    )
    for one, barcode, pk in elsewhere:
        said.append((one, Level.COPY, Fault("copy_elsewhere", barcode=barcode, title=numbers[pk])))


def _wanted(
    batch: Iterable[Prepared], owners: dict[str, int], default: str, said: list[Said]
) -> dict[str, tuple[Prepared, Holding, int]]:
    """Return what the batch says of each barcode, and whose the copy is to be."""
    wanted: dict[str, tuple[Prepared, Holding, int]] = {}
    for one in batch:
        for holding in one.holdings:
            home = _home(one, holding, owners, default, said)
            if home is None:
                continue
            known = wanted.get(holding.barcode)
            if known is None or known[0] is one:
                wanted[holding.barcode] = (one, holding, home)
            else:
                fault = Fault("copy_twice", barcode=holding.barcode, title=known[0].control_number)
                said.append((one, Level.COPY, fault))
    return wanted


def _home(one: Prepared, holding: Holding, owners: dict[str, int], default: str, said: list[Said]) -> int | None:
    """Return the place a copy belongs to; None, said with its reason, when the copy cannot be taken."""
    if len(holding.barcode) > _LONGEST_BARCODE:
        said.append((one, Level.COPY, Fault("copy_barcode_long", barcode=holding.barcode, limit=_LONGEST_BARCODE)))
        return None
    home = owners.get(holding.branch.casefold())
    if home is not None:
        return home
    params: dict[str, object] = {"barcode": holding.barcode, "code": holding.branch}
    if default:
        if holding.branch:
            said.append((one, Level.WARNING, Fault("copy_branch_default", default=default, **params)))
        return owners[default.casefold()]
    code = "copy_branch_unknown" if holding.branch else "copy_branch_missing"
    said.append((one, Level.COPY, Fault(code, **params)))
    return None


def _fitted(one: Prepared, text: str, name: str, most: int, said: list[Said]) -> str:
    if len(text) <= most:
        return text
    said.append((one, Level.WARNING, Fault("value_long", name=name, limit=most)))
    return text[: most - 1].rstrip() + "…"
