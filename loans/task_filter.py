"""Which tasks of a branch are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Place
from loans.desk_reads import partner_points
from loans.models import TaskKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from loans.models import Task


class TaskFilter(forms.Form):
    """Which tasks of a branch to show: of which sort, of which point. What makes no sense filters nothing."""

    PARCELS, CRATES, DEPOSITS, COUNTS, OTHERS = "pacchi", "casse", "depositi", "conti", "altro"
    SORTS: ClassVar[dict[str, tuple[TaskKind, ...]]] = {
        PARCELS: (
            TaskKind.UNKNOWN_TAG,
            TaskKind.WRONG_POINT,
            TaskKind.PARCEL_GONE,
            TaskKind.PARCEL_MISSING,
            TaskKind.PARCEL_WRONG,
            TaskKind.PARCEL_DAMAGED,
        ),
        CRATES: (
            TaskKind.NOT_IN_CRATE,
            TaskKind.NOT_ON_LIST,
            TaskKind.WRONG_CRATE,
            TaskKind.CRATE_TURNED,
            TaskKind.CRATE_STOPPED,
        ),
        DEPOSITS: (
            TaskKind.DEPOSIT_WANTED,
            TaskKind.DEPOSIT_READY,
            TaskKind.DEPOSIT_MISSING,
            TaskKind.DEPOSIT_DAMAGED,
        ),
        COUNTS: (
            TaskKind.CRATE_DIFFERS,
            TaskKind.CRATE_MISCOUNTED,
            TaskKind.SHELF_DIFFERS,
            TaskKind.HANDOVER_DIFFERS,
            TaskKind.DEPOSIT_DIFFERS,
        ),
    }

    genere = forms.ChoiceField(
        label=_("What it is about"),
        required=False,
        choices=[
            ("", _("everything")),
            (PARCELS, _("parcels")),
            (CRATES, _("crates")),
            (DEPOSITS, _("deposits")),
            (COUNTS, _("counts that differ")),
            (OTHERS, _("everything else")),
        ],
    )
    punto = forms.ModelChoiceField(
        label=_("Point"),
        required=False,
        queryset=Place.objects.none(),
        to_field_name="code",
        empty_label=_("all points"),
    )

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["punto"].queryset = partner_points(place)  # type: ignore[attr-defined]

    def chosen(self, tasks: QuerySet[Task]) -> QuerySet[Task]:
        """Return those of some tasks that are asked for."""
        self.is_valid()
        sort, point = self.cleaned_data.get("genere"), self.cleaned_data.get("punto")
        if sort == self.OTHERS:
            tasks = tasks.exclude(kind__in=[kind for kinds in self.SORTS.values() for kind in kinds])
        elif sort:
            tasks = tasks.filter(kind__in=self.SORTS[sort])
        if point is not None:
            of_crate = Q(crate__turned_from=point) | Q(crate__destination=point)
            tasks = tasks.filter(
                Q(report__device__place=point) | Q(parcel__destination=point) | Q(point=point) | of_crate
            )
        return tasks
