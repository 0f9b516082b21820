"""Words typed at the counter: readers by name, titles by a search of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import finding
from accounts.cards import normalised
from accounts.encryption import TAX_CODE
from catalog.models import Availability, Contribution, Title
from catalog.search import Query, search, tidy
from loans.blocks import reader_rule
from loans.desk_forms import ReserveForm
from loans.desk_views.answers import answer, offer_choices
from loans.desk_words import Told
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from loans.desk_sessions import Visit
    from milanolib.http import Request

SHORTEST_NAME = 3
MOST_FOUND = 9  # as many as one digit can choose
QUESTION = "/"


class NobodyAtTheDesk(DomainError):
    """A reservation is somebody's."""

    code = "nobody_at_the_desk"
    message = gettext_lazy("Scan the reader's card first: a reservation is made for somebody.")


class NothingFound(DomainError):
    """Neither a reader nor a title is called so."""

    code = "nothing_found"
    message = gettext_lazy("Nothing was found. Try fewer words, or another spelling.")


def means_a_reader(text: str) -> bool:
    """Whether a text can be a reader's name (at least three letters, and no digit) or codice fiscale."""
    is_name = sum(letter.isalpha() for letter in text) >= SHORTEST_NAME and not any(one.isdigit() for one in text)
    return is_name or bool(TAX_CODE.fullmatch(normalised(text)))


def is_question(text: str) -> bool:
    """Whether a text asks the catalogue."""
    return text.startswith(QUESTION)


def find_readers(request: Request, place: Place, visit: Visit | None, text: str) -> HttpResponse:
    """Offer the readers whose names begin so; that somebody searched is written down."""
    try:
        found = finding.find_readers(text, actor=request.user, place_code=place.code)  # type: ignore[arg-type]  # signed in
    except DomainError as refusal:
        return answer(request, place, visit, refusal=refusal, scanned=text)
    if not found.readers:
        return answer(request, place, visit, refusal=NothingFound(), scanned=text)
    count = ngettext("%(count)s reader", "%(count)s readers", len(found.readers)) % {"count": len(found.readers)}
    detail = _("There are more: type more of the name.") if found.has_more else _("Type the number of one.")
    told = Told(count, detail=detail, tone="found", icon="search")
    return offer_choices(request, place, visit, "loans/desk/_readers.html", {"readers": found.readers}, told)


def find_titles(request: Request, place: Place, visit: Visit | None, text: str) -> HttpResponse:
    """Offer the best titles that a search finds, to be reserved for the reader at the desk."""
    words = tidy(text.removeprefix(QUESTION))
    if visit is None:
        return answer(request, place, None, refusal=NobodyAtTheDesk(), scanned=text)
    titles = titles_to_choose(words, place) if words else []
    if not titles:
        return answer(request, place, visit, refusal=NothingFound(), scanned=words)
    form = ReserveForm(kinds=reader_rule(visit.reader).pickup_kinds, initial={"pickup": place.code})
    count = ngettext("%(count)s title", "%(count)s titles", len(titles)) % {"count": len(titles)}
    told = Told(count, detail=_("Type the number of one to reserve it."), tone="found", icon="search")
    context: dict[str, Any] = {"titles": titles, "reserve_form": form, "words": words}
    return offer_choices(request, place, visit, "loans/desk/_titles.html", context, told)


def titles_to_choose(words: str, place: Place) -> list[Title]:
    """Return the titles that a search puts first, with how many copies are free here and anywhere."""
    ids = [line.title_id for line in search(Query(text=words)).lines[:MOST_FOUND]]
    people = Prefetch("contributions", Contribution.objects.select_related("agent"))
    found = Title.objects.defer("record", "summary").prefetch_related(people).in_bulk(ids)
    free = Availability.objects.filter(title__in=ids)
    anywhere = dict(free.order_by().values_list("title").annotate(Sum("free")))
    here = dict(free.filter(place=place).values_list("title", "free"))
    titles = [found[pk] for pk in ids if pk in found]
    for title in titles:
        title.free_here, title.free_anywhere = here.get(title.pk, 0), anywhere.get(title.pk, 0)  # type: ignore[attr-defined]
    return titles
