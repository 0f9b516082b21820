"""Reserve for the reader at the desk or on the telephone: an edition or any, a volume, one copy, several together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loans.blocks import reader_rule
from loans.choosing import copies_to_choose, volumes_to_choose
from loans.desk_forms import ReserveForm, TogetherForm
from loans.desk_views.answers import answer, can_be_undone, offer_choices, override, staff
from loans.desk_views.visit import PointNotChosen, for_visit, told_of
from loans.desk_words import Told
from loans.groups import place_group
from loans.holds import place_hold
from loans.states import GroupKind, HoldLevel

if TYPE_CHECKING:
    from django.http import HttpResponse

    from branches.models import Place
    from catalog.models import Title
    from loans.desk_sessions import Visit
    from milanolib.http import Request

MOST_COPIES = 60


@for_visit
def reserve(request: Request, place: Place, visit: Visit) -> HttpResponse:
    """Reserve a title, any edition of it, a volume or a copy; ask first which one, where that is not said."""
    if "kind" in request.POST:
        return _reserve_together(request, place, visit)
    form = ReserveForm(request.POST, kinds=reader_rule(visit.reader).pickup_kinds)
    if not form.is_valid():
        raise PointNotChosen
    chosen = form.cleaned_data
    title, level = chosen["title"], chosen["level"]
    volumes = volumes_to_choose(title) if level in (HoldLevel.TITLE, HoldLevel.VOLUME) else []
    if (level == HoldLevel.VOLUME and volumes and not chosen["volume"]) or (level == HoldLevel.TITLE and volumes[1:]):
        return _ask_which(request, place, visit, chosen, volumes=volumes)
    copies = list(copies_to_choose(title)[:MOST_COPIES]) if level == HoldLevel.COPY and not chosen["copy"] else []
    if copies:
        return _ask_which(request, place, visit, chosen, copies=copies)
    if (level == HoldLevel.VOLUME and not chosen["volume"]) or (level == HoldLevel.COPY and not chosen["copy"]):
        level = HoldLevel.TITLE  # there is nothing to choose: the verb says whether the title itself can be reserved
    hold = can_be_undone(
        request,
        place,
        ("place_hold", f"title:{title.pk}", str(title)),
        lambda: place_hold(
            visit.reader,
            title,
            chosen["pickup"],
            actor=staff(request),
            level=level,
            copy=chosen["copy"] if level == HoldLevel.COPY else None,
            volume=chosen["volume"] if level == HoldLevel.VOLUME else "",
            override=override(request),
        ),
    )
    return told_of(request, place, visit, hold)


def _ask_which(request: Request, place: Place, visit: Visit, chosen: dict[str, Any], **which: Any) -> HttpResponse:
    """Offer the `volumes` or the `copies` of a title; of one in several volumes a reader wants one."""
    told = Told(_("Choose which one"), detail=str(chosen["title"]), tone="found", icon="book")
    context = {"chosen": chosen, **which}
    return offer_choices(request, place, visit, "loans/desk/_which.html", context, told)


def _reserve_together(request: Request, place: Place, visit: Visit) -> HttpResponse:
    form = TogetherForm(request.POST, kinds=reader_rule(visit.reader).pickup_kinds)
    if not form.is_valid():
        raise PointNotChosen
    titles: list[Title] = list(form.cleaned_data["together"])
    pickup, kind = form.cleaned_data["pickup"], GroupKind(form.cleaned_data["kind"])
    words = "; ".join(title.title for title in titles)
    subject = "titles:" + ",".join(str(title.pk) for title in titles)
    can_be_undone(
        request,
        place,
        ("place_group", subject[:60], words),
        lambda: place_group(visit.reader, titles, pickup, kind, actor=staff(request), override=override(request)),
    )
    count = ngettext("%(count)s title reserved together", "%(count)s titles reserved together", len(titles))
    where = _("for %(place)s") % {"place": pickup}
    told = Told(count % {"count": len(titles)}, where, str(kind.label))
    return answer(request, place, visit, told, about=words)
