"""People and bodies: what there is of them, and two entries that are one person made one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import note_act
from catalog.models import Agent, AgentVariant, Contribution, Suggestion, Title
from catalog.search import refresh
from milanolib.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User

WORKS_OF_A_ROLE = 8
LONGEST_NAME = 300
# Of each role the works most asked for, each with its edition most asked for; how many works there are of the role.
_WORKS = """
WITH own AS (
    SELECT DISTINCT ON (c.role, row.work_id) c.role, row.work_id, row.title_id, row.popularity
    FROM catalog_contribution AS c JOIN catalog_searchrow AS row USING (title_id)
    WHERE c.agent_id = %s ORDER BY c.role, row.work_id, row.popularity DESC, row.title_id
),
ranked AS (
    SELECT role, title_id, count(*) OVER (PARTITION BY role) AS works,
           row_number() OVER (PARTITION BY role ORDER BY popularity DESC, title_id) AS place
    FROM own
)
SELECT role, works, title_id FROM ranked WHERE place <= %s ORDER BY role, place
"""


class SamePerson(DomainError):
    """An entry cannot be merged with itself."""

    code = "same_person"
    message = _("Choose two different entries to make one of.")


class PersonGone(DomainError):
    """A colleague was quicker."""

    code = "person_gone"
    message = _("One of the two entries is no longer there: a colleague may have merged it. Look for the name again.")


def works_by_role(agent: Agent) -> dict[str, tuple[int, list[int]]]:
    """Return, for each role that a person had, the number of works and the ids of the titles most asked for."""
    found: dict[str, tuple[int, list[int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WORKS, [agent.pk, WORKS_OF_A_ROLE])
        for role, works, title_id in cursor.fetchall():
            found.setdefault(role, (works, []))[1].append(title_id)
    return found


@transaction.atomic
def merge_people(into: Agent, other: Agent, *, actor: User | None) -> Agent:
    """Make two entries for one person one: what `other` did is now `into`'s, the other name leads to it.

    Records that come in later under the other name without an identifier of its own follow. Raises SamePerson,
    PersonGone.
    """
    if into.pk == other.pk:
        raise SamePerson
    found = {one.pk: one for one in Agent.objects.select_for_update().filter(pk__in=[into.pk, other.pk]).order_by("pk")}
    if len(found) < 2:  # noqa: PLR2004  the two
        raise PersonGone
    into, other = found[into.pk], found[other.pk]
    titles = list(Title.objects.filter(contributions__agent=other).distinct().values_list("pk", flat=True))
    _move_contributions(into, other)
    _move_names(into, other)
    into.see_also.add(*other.see_also.exclude(pk=into.pk))
    into.see_also.remove(other)
    if other.identifier and not into.identifier:
        identifier, other.identifier = other.identifier, ""
        taken = Agent.objects.filter(name=into.name, identifier=identifier).exclude(pk__in=found).exists()
        into.identifier = "" if taken else identifier
    Suggestion.objects.filter(kind="author", target=other.pk).delete()
    number = other.pk
    other.delete()
    into.save(update_fields=["identifier"])
    refresh_people([into], and_titles=titles)
    note_act("merge_people", f"agent:{into.pk}", actor=actor, reason=f"agent:{number}")
    return into


@transaction.atomic
def name_otherwise(agent: Agent, names: list[str], see_also: list[Agent]) -> None:
    """Let these be the other forms of a person's name, and these the entries to see also; search knows them at once."""
    agent.variants.exclude(name__in=names).delete()
    AgentVariant.objects.bulk_create(
        [AgentVariant(agent=agent, name=name) for name in names if name != agent.name], ignore_conflicts=True
    )
    agent.see_also.set(see_also)
    refresh_people([agent])


def refresh_people(agents: list[Agent], *, and_titles: list[int] | None = None) -> None:
    """Let search know people's names anew, through their titles; in the caller's transaction."""
    own = Title.objects.filter(contributions__agent__in=agents).distinct().values_list("pk", flat=True)
    refresh([*own, *(and_titles or [])])


def _move_contributions(into: Agent, other: Agent) -> None:
    """Give `into` what `other` did; what both did in the same role for the same title stays once."""
    own = set(Contribution.objects.filter(agent=into).values_list("title", "role"))
    moved = []
    for one in Contribution.objects.filter(agent=other).order_by("title", "position"):
        if (one.title_id, one.role) in own:
            one.delete()
        else:
            own.add((one.title_id, one.role))
            moved.append(one.pk)
    Contribution.objects.filter(pk__in=moved).update(agent=into)


def _move_names(into: Agent, other: Agent) -> None:
    names = [other.name, *other.variants.values_list("name", flat=True)]
    known = {into.name, *into.variants.values_list("name", flat=True)}
    AgentVariant.objects.bulk_create(
        AgentVariant(agent=into, name=name[:LONGEST_NAME]) for name in dict.fromkeys(names) if name not in known
    )
