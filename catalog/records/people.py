"""Who did what, in either dialect: a row a field, so that what a row does not show stays in its field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.importing.fields import clean
from catalog.models import Role
from catalog.records.editing import remove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from catalog.importing.fields import DataField, Draft, MarcRecord

PERSON, BODY = "person", "body"
Person = tuple[str, str, str]  # name, role, person or body


@dataclass(frozen=True)
class People:
    """The fields of names of one dialect."""

    tags: tuple[str, ...]
    corporate: tuple[str, ...]
    name_of: Callable[[DataField, str], str]
    role_of: Callable[[DataField], Role | None]
    set_role: Callable[[DataField, Role], None]

    def shown(self, record: MarcRecord, draft: Draft) -> list[Person]:
        """Return a row for each field that names somebody, with the role that readers see first."""
        roles: dict[str, str] = {}
        for name, _identifier, role in draft.people:
            roles.setdefault(name, str(role))
        return [
            (name, str(self.role_of(field) or roles.get(name, Role.OTHER)), BODY if tag in self.corporate else PERSON)
            for name, tag, field in self._named(record)
        ]

    def write(
        self,
        record: MarcRecord,
        wanted: list[Person],
        old: list[Person],
        add: Callable[[MarcRecord, Person], None],
    ) -> None:
        """Leave the fields of those who stay, take out those who go, add those who come.

        Who only has another role keeps the field, and with it the identifier that it may bear.
        """
        left = list(wanted)
        for person, (name, _tag, field) in zip(old, list(self._named(record)), strict=True):
            again = next((one for one in left if (one[0], one[2]) == (name, person[2])), None)
            if person in left:
                left.remove(person)
            elif again is not None and again not in old:
                self.set_role(field, Role(again[1]))
                left.remove(again)
            else:
                remove(record, field)
        for person in left:
            add(record, person)

    def _named(self, record: MarcRecord) -> Iterator[tuple[str, str, DataField]]:
        """Yield name, tag and field of everybody, in the order in which readers see them."""
        for wanted in self.tags:
            for one in record["fields"]:
                for tag, field in one.items():
                    if tag == wanted and not isinstance(field, str) and (name := clean(self.name_of(field, tag))):
                        yield name, tag, field
