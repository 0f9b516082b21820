"""The copies that are there now, in the record's own dialect: 995 in UNIMARC, 852 in MARC21."""

from __future__ import annotations

import copy as copying
from typing import TYPE_CHECKING

from catalog.importing.fields import Fields, clean, values
from catalog.importing.marc21 import _holdings as marc21_holdings
from catalog.importing.readers import MARC21
from catalog.importing.unimarc import _holdings as unimarc_holdings
from catalog.records.editing import data_fields, insert, new_field, remove

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog.importing.fields import DataField, MarcRecord
    from catalog.models import Copy

# tag, subfields of library, barcode, shelf mark, volume
PLACES = {"unimarc": ("995", "b", "f", "k", "v"), MARC21: ("852", "b", "p", "j", "3")}


def with_copies(record: MarcRecord, dialect: str, material: str, copies: Iterable[Copy], gone: set[str]) -> MarcRecord:
    """Return a record that names the copies that are there now (home fetched).

    A field that says the same of a copy already stays as it is; one that says something else is corrected; the
    fields of copies in `gone` (withdrawn, or of another title by now) are left out; others, of which we know nothing,
    stay. The record that came in is left as it is.
    """
    new: MarcRecord = copying.deepcopy(record)
    tag, library, barcode, mark, volume = PLACES[dialect]
    said = (marc21_holdings if dialect == MARC21 else unimarc_holdings)(Fields(record))
    named = {one.barcode: one for one in said}
    for field in list(data_fields(new, tag)):
        if (own := values(field, barcode)) and all(one in gone for one in own):
            remove(new, field)
    for one in copies:
        known = named.get(one.barcode)
        says = known is not None and (known.branch.casefold(), known.shelf_mark, known.volume)
        if says == (one.home.code.casefold(), one.shelf_mark, one.volume):
            continue
        own_field = next((each for each in data_fields(new, tag) if values(each, barcode) == [one.barcode]), None)
        if own_field is not None:
            _correct(own_field, library, one.home.code)
            _write(own_field, mark, one.shelf_mark, instead_of="jkhim" if dialect == MARC21 else mark)
            _write(own_field, volume, one.volume, instead_of=volume)
            continue
        if known is not None:  # named by a field of another kind, which stays: ours comes first when it is read
            continue
        subfields = [(library, one.home.code), (barcode, one.barcode)]
        subfields += [(code, text) for code, text in ((mark, one.shelf_mark), (volume, one.volume)) if text]
        subfields += [("r", material)] if dialect != MARC21 and material else []
        insert(new, tag, new_field("  ", *subfields))
    return new


def _correct(field: DataField, code: str, text: str) -> None:
    for subfield in field["subfields"]:
        if clean(subfield.get(code, "")):
            if clean(subfield[code]).casefold() != text.casefold():
                subfield[code] = text
            return
    field["subfields"].insert(0, {code: text})


def _write(field: DataField, code: str, text: str, *, instead_of: str) -> None:
    """Write a text in one subfield, in the place of all (the codes `instead_of`) that made it up."""
    place = next(
        (number for number, one in enumerate(field["subfields"]) if next(iter(one), "") in instead_of),
        len(field["subfields"]),
    )
    kept = [one for one in field["subfields"] if next(iter(one), "") not in instead_of]
    field["subfields"] = kept if not text else [*kept[:place], {code: text}, *kept[place:]]
