"""What the libraries keep about a person, told area by area. Apps above register their part in `AppConfig.ready`.

Every column that points at a reader or at a user is named by some part: told, or left out for a reason that is written
there. A test looks for the ones that nobody has named.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from allauth.account.models import EmailAddress
from django.core.exceptions import FieldDoesNotExist
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from milanolib import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import Field, Model, QuerySet
    from django.utils.functional import Promise

    from accounts.models import Reader, User

WORK = "What somebody did as staff is the library's record of its work."


@dataclass(frozen=True)
class Person:
    """Whose data: a card, a sign-in, or both."""

    user: User | None
    reader: Reader | None

    @classmethod
    def of_card(cls, reader: Reader) -> Person:
        """Return the person of a card, with the sign-in that it has."""
        return cls(reader.user, reader)

    @cached_property
    def addresses(self) -> list[str]:
        """Return the e-mail addresses that are proved to be theirs, in small letters."""
        found = EmailAddress.objects.filter(user=self.user, verified=True) if self.user is not None else []
        return [one.email.lower() for one in found]

    @property
    def contacts(self) -> list[str]:
        """Return the addresses, and the telephone number that stands on the card."""
        return [*self.addresses, *([self.reader.phone] if self.reader is not None and self.reader.phone else [])]


@dataclass(frozen=True)
class Column:
    """What a row says under a key that programs rely on.

    `read` makes of the kept value what is told; `say` makes of that what people read, in the present language.
    """

    key: str
    path: str = ""
    label: str | Promise = ""
    read: Callable[[Any], Any] | None = None
    say: Callable[[Any], Any] | None = None


class Area:
    """Things of one sort that are kept about somebody: what they are, why and how long, and each of them."""

    def __init__(
        self,
        code: str,
        name: str | Promise,
        about: str | Promise,
        found: QuerySet[Any],
        *columns: str | Column,
    ) -> None:
        self.code = code
        self.name = name
        self.about = about
        self.found = found
        self.columns = [Column(one, one) if isinstance(one, str) else one for one in columns]

    @cached_property
    def count(self) -> int:
        """Return how many there are: one statement."""
        return self.found.count()

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Return each of them as a program reads it: one statement."""
        kept = self.found.order_by("pk").values_list(*(column.path or column.key for column in self.columns))
        return [
            {
                column.key: column.read(value) if column.read is not None and value is not None else value
                for column, value in zip(self.columns, row, strict=True)
            }
            for row in kept
        ]

    @property
    def labels(self) -> list[str]:
        """Return what stands above the columns."""
        return [_sentence(str(column.label or _label(self._fields(column)) or column.key)) for column in self.columns]

    @property
    def lines(self) -> Iterator[list[str]]:
        """Return each of them as people read it."""
        sayers = [column.say or _choices(self._fields(column)).get for column in self.columns]
        for row in self.rows:
            yield [_words(value, say) for value, say in zip(row.values(), sayers, strict=True)]

    def _fields(self, column: Column) -> list[Field[Any, Any]]:
        """Return the fields on the way to a column; none where it is no field."""
        model: type[Model] = self.found.model
        fields: list[Field[Any, Any]] = []
        for step in (column.path or column.key).split("__"):
            try:
                fields.append(model._meta.get_field(step))  # type: ignore[arg-type]  # noqa: SLF001  Django's public way to a field
            except FieldDoesNotExist:
                return []
            model = fields[-1].related_model or model  # type: ignore[assignment]
        return fields


def _label(fields: list[Field[Any, Any]]) -> str:
    """Return what a column is called: a name is called by what it is the name of."""
    if len(fields) > 1 and fields[-1].name == "name":
        return str(fields[-2].verbose_name)
    return str(fields[-1].verbose_name) if fields else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _choices(fields: list[Field[Any, Any]]) -> dict[Any, Any]:
    return dict(fields[-1].flatchoices) if fields else {}


def _words(value: Any, say: Callable[[Any], Any]) -> str:
    """Return a value as it is said in the present language."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return date_format(clock.local(value), "SHORT_DATETIME_FORMAT")
    if isinstance(value, dt.date):
        return date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, list):
        return ", ".join(_words(one, say) for one in value)
    said = say(value)
    return str(value if said is None else said)


class Hindrance(NamedTuple):
    """What must be settled before somebody asks to be erased, and what to do about it: two sentences.

    What `ends_by_itself` is ended by the erasure on its day, should it have come up by then.
    """

    what: str
    what_to_do: str
    ends_by_itself: bool = False

    def __str__(self) -> str:
        return f"{self.what} {self.what_to_do}"


class Part:
    """One app's part of what is kept about somebody; made anew for each person.

    `covers` are labels such as `loans.Loan.reader`; `left_out` are those that are not told, each with the reason.
    """

    covers: ClassVar[tuple[str, ...]] = ()
    left_out: ClassVar[dict[str, str]] = {}

    def __init__(self, person: Person) -> None:
        self.person = person
        # lists, because a filter by None would find the rows of nobody: what was unlinked from its reader
        self.users = [person.user] if person.user is not None else []
        self.readers = [person.reader] if person.reader is not None else []

    def areas(self) -> Iterable[Area]:
        """Return what is told, area by area; of other people nothing, or their initials. Nothing is read yet."""
        return ()

    def hindrances(self) -> Iterable[Hindrance]:
        """Return what must be settled before the person is erased."""
        return ()

    def end_what_is_open(self) -> None:
        """End by its own verbs what ends with the person; each in a transaction of its own, and safe to repeat."""

    def erase(self) -> None:
        """Blank or delete what does not go with the rows of the card and the sign-in; the card is locked."""


_parts: list[type[Part]] = []


def register_part(part: type[Part]) -> None:
    """Add an app's part; registering it twice changes nothing."""
    if part not in _parts:
        _parts.append(part)


def parts_of(person: Person) -> list[Part]:
    """Return each app's part of what is kept about a person, the highest app first, as they are installed."""
    return [part(person) for part in _parts]


def areas_of(person: Person) -> list[Area]:
    """Return all that is kept about a person, area by area: sign-in and card first, then what hangs on them."""
    return [area for part in reversed(parts_of(person)) for area in part.areas()]


def columns_named() -> set[str]:
    """Return every column that some part names, as told or as left out."""
    return {label for part in _parts for label in (*part.covers, *part.left_out)}


def initials_of(name: str) -> str:
    """Return of another person's name what may be told."""
    return "".join(f"{word[0].upper()}." for word in name.split())
