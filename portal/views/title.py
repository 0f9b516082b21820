"""A title's page: the edition, its copies by place, what is free now, the other editions."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import Contribution, Copy, Title
from catalog.states import MAY_SERVE, CopyStatus
from loans.models import Assignment, Hold
from loans.policy import PICKABLE
from loans.states import HoldLevel, HoldStatus

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from branches.models import Place


@dataclass
class PlaceLine:
    """The copies that belong to one place."""

    place: Place
    copies: list[Copy] = field(default_factory=list)

    @property
    def free(self) -> int:
        """How many of them are free now."""
        return sum(is_free(copy) for copy in self.copies)

    @property
    def state(self) -> str:
        """What to say of the first copy where none is free: promised to a reader, or its status."""
        copy = self.copies[0]
        if copy.status == CopyStatus.AVAILABLE and copy.is_meant:  # type: ignore[attr-defined]
            return _("promised to a reader")
        return copy.get_status_display()

    @property
    def shelf_marks(self) -> list[str]:
        """The shelf marks, each once."""
        return list(dict.fromkeys(copy.shelf_mark for copy in self.copies if copy.shelf_mark))


def is_free(copy: Copy) -> bool:
    """Whether a copy is free now; needs `is_meant` annotated."""
    return (
        copy.status == CopyStatus.AVAILABLE
        and copy.is_lendable
        and not copy.is_meant  # type: ignore[attr-defined]
        and copy.place is not None
        and copy.place.kind in PICKABLE
    )


@require_safe
@login_not_required
def title_page(request: HttpRequest, title_id: int, slug: str) -> HttpResponse:  # noqa: ARG001  only for people
    """Show one edition; an address with an old or missing name leads to the right one."""
    title = get_object_or_404(
        Title.objects.defer("record", "search")
        .select_related("work")
        .prefetch_related(Prefetch("contributions", Contribution.objects.select_related("agent")), "subjects"),
        pk=title_id,
    )
    if request.path != title.get_absolute_url():
        return HttpResponsePermanentRedirect(title.get_absolute_url())
    meant = Assignment.objects.open().filter(copy=OuterRef("pk"))
    copies = list(
        Copy.objects.filter(title=title)
        .exclude(status__in=[CopyStatus.WITHDRAWN, CopyStatus.LOST])
        .select_related("home", "place")
        .annotate(is_meant=Exists(meant))
        .order_by("home__name", "shelf_mark", "pk")
    )
    lines = [PlaceLine(place, list(own)) for place, own in groupby(copies, key=lambda copy: copy.home)]
    waiting = (
        Hold.objects.filter(work=title.work_id, status=HoldStatus.QUEUED)
        .filter(level=HoldLevel.WORK)
        .union(Hold.objects.filter(title=title, status=HoldStatus.QUEUED))
        .count()
    )
    editions = (
        Title.objects.filter(work=title.work_id)
        .exclude(pk=title.pk)
        .only("title", "publisher", "year", "material", "language")
        .order_by("-year", "pk")[:20]
    )
    return render(
        request,
        "portal/title.html",
        {
            "title": title,
            "lines": sorted(lines, key=lambda line: (-line.free, line.place.name)),
            "free": sum(line.free for line in lines),
            "copies_count": len(copies),
            "is_reservable": any(copy.is_lendable and copy.status in MAY_SERVE for copy in copies),
            "waiting": waiting,
            "editions": editions,
        },
    )
