"""The page of a person or body: their names, and what there is of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from branches.linked_data import absolute, script_of
from catalog.models import Agent, FacetKind, Role, Title
from catalog.people import works_by_role
from portal.title_around import search_by
from portal.title_data import person_data

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import Promise


@dataclass(frozen=True)
class RoleGroup:
    """What somebody did in one role: the works most asked for, and how many there are."""

    name: str | Promise
    works: int
    titles: list[Title]

    @property
    def more(self) -> int:
        """How many works are not shown."""
        return self.works - len(self.titles)


@require_safe
@login_not_required
def person(request: HttpRequest, agent_id: int, slug: str) -> HttpResponse:  # noqa: ARG001  only for people
    """Show a person's works by what they did; an address with an old or missing name leads to the right one."""
    agent = get_object_or_404(Agent.objects.prefetch_related("variants", "see_also"), pk=agent_id)
    if request.path != agent.get_absolute_url():
        return HttpResponsePermanentRedirect(agent.get_absolute_url())
    groups = _groups(agent)
    titles = [title for group in groups for title in group.titles]
    data = person_data(agent) | {
        "@context": "https://schema.org",
        "alternateName": [one.name for one in agent.variants.all()],
        "subjectOf": [
            {"@type": "CreativeWork", "name": one.title, "url": absolute(one.get_absolute_url())} for one in titles
        ],
    }
    return render(
        request,
        "portal/person.html",
        {
            "agent": agent,
            "groups": groups,
            "all_of_them": search_by(FacetKind.AUTHOR, str(agent.pk)),
            "linked_data": script_of({name: value for name, value in data.items() if value}),
        },
    )


def _groups(agent: Agent) -> list[RoleGroup]:
    """Return a person's works by role, in the order of the roles: three statements."""
    found = works_by_role(agent)
    ids = {pk for _works, titles in found.values() for pk in titles}
    titles = Title.objects.defer("record", "summary").with_cover().in_bulk(list(ids))
    return [
        RoleGroup(role.label, found[role][0], [titles[pk] for pk in found[role][1] if pk in titles])
        for role in Role
        if role in found
    ]
