"""Forms of the portal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Place, PlaceKind
from loans.policy import GROUP_LEAST, GROUP_MOST
from loans.states import GroupKind
from milanolib import clock
from notifications.models import Feedback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from branches.querysets import PlaceQuerySet
    from catalog.models import Title
    from portal.reserving import Target


class GroupedPlaces(forms.models.ModelChoiceIterator):
    """Points under the heading of their kind."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the empty choice, then a group for each kind."""
        yield ("", self.field.empty_label)
        for kind, places in groupby(self.queryset, key=lambda place: place.kind):
            yield (str(PlaceKind(kind).label).capitalize(), [self.choice(place) for place in places])


class PickupField(forms.ModelChoiceField):
    """One of the points where this reader may collect."""

    iterator = GroupedPlaces

    def label_from_instance(self, obj: Place) -> str:  # type: ignore[override]
        """Return name, address and Municipio."""
        parts = [obj.name, obj.address] + ([f"Municipio {obj.municipio}"] if obj.municipio else [])
        parts += [str(_("residents of the building only"))] if obj.residents_only else []
        return ", ".join(part for part in parts if part)


class PickupForm(forms.Form):
    """Where to collect; `request_key` makes a double click one request."""

    pickup = PickupField(
        label=_("Where do you want to collect it?"),
        queryset=Place.objects.none(),
        empty_label=_("Choose a point"),
        to_field_name="code",
    )
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pickup"].queryset = pickup_points(kinds)  # type: ignore[attr-defined]


class ReserveForm(PickupForm):
    """What to reserve, where there is something to choose, and where to collect it."""

    what = forms.ChoiceField(label=_("What do you want?"), widget=forms.RadioSelect)
    field_order = ["what", "pickup"]

    def __init__(self, *args: Any, targets: list[Target], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(targets) == 1:
            del self.fields["what"]
            return
        self.fields["what"].choices = [(target.value, target.label) for target in targets]  # type: ignore[attr-defined]


class GroupForm(PickupForm):
    """Which titles of a list to reserve together, how they belong together, and where to collect them."""

    titles = forms.MultipleChoiceField(label=_("Which titles?"), widget=forms.CheckboxSelectMultiple)
    kind = forms.ChoiceField(
        label=_("How do they belong together?"),
        choices=(
            (GroupKind.ONE_OF, _("One is enough: whichever comes first. The others are then cancelled.")),
            (GroupKind.SET, _("All together: they come when all of them can be had at once. That may take longer.")),
        ),
        widget=forms.RadioSelect,
    )
    field_order = ["titles", "kind", "pickup"]

    def __init__(self, *args: Any, offered: list[Title], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pickup"].label = _("Where do you want to collect them?")
        self.fields["titles"].help_text = _("From %(least)s to %(most)s.") % {"least": GROUP_LEAST, "most": GROUP_MOST}
        self.fields["titles"].choices = [  # type: ignore[attr-defined]
            (title.pk, _name_of(title)) for title in offered
        ]


def _name_of(title: Title) -> str:
    """Return a title as one line of a form names it: two editions of one work must not look alike."""
    facts = ", ".join(str(fact) for fact in (title.publisher, title.year) if fact)
    return f"{title.title} ({facts})" if facts else title.title


def pickup_points(kinds: list[str]) -> PlaceQuerySet:
    """Return the points to choose among, by kind and name; an empty list of kinds means all."""
    places = Place.objects.pickup_points(clock.today())
    return (places.filter(kind__in=kinds) if kinds else places).order_by("kind", "name")


class FeedbackForm(forms.ModelForm):
    """Tell us what does not work."""

    class Meta:
        model = Feedback
        fields = ["topic", "text", "email", "page"]
        widgets = {"page": forms.HiddenInput, "text": forms.Textarea(attrs={"rows": 6})}
        labels = {"topic": _("What is it about?"), "text": _("What happened, and what did you expect?")}
        help_texts = {"email": _("Only if you want an answer.")}
