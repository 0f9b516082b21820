"""Forms of the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Place
from loans.policy import GROUP_LEAST, GROUP_MOST
from loans.states import GroupKind
from milanolib import clock
from notifications.models import Feedback
from portal.pickups import pickup_groups

if TYPE_CHECKING:
    from branches.geography import Landmark
    from branches.querysets import PlaceQuerySet
    from catalog.models import Title
    from loans.models import Hold
    from portal.pickups import PickupGroup
    from portal.reserving import Target


class PickupField(forms.ModelChoiceField):
    """One of the points where this reader may collect, each shown with what helps to choose.

    `start` is where distances are counted from, `hold` what the expected days are of; both may be missing.
    """

    part = "portal/_pickup_field.html"
    widget = forms.RadioSelect
    start: Landmark | None = None
    hold: Hold | None = None

    def shown(self, chosen: str) -> list[PickupGroup]:
        """Return the points in the order and under the headings in which the page shows them."""
        return pickup_groups(self.queryset, chosen=chosen, start=self.start, hold=self.hold)  # type: ignore[arg-type]


class PickupForm(forms.Form):
    """Where to collect; `request_key` makes a double click one request."""

    pickup = PickupField(
        label=_("Where do you want to collect it?"),
        queryset=Place.objects.none(),
        empty_label=None,
        to_field_name="code",
        error_messages={"required": _("Choose a point.")},
    )
    request_key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self, *args: Any, kinds: list[str], start: Landmark | None = None, hold: Hold | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["pickup"]
        field.queryset, field.start, field.hold = pickup_points(kinds), start, hold  # type: ignore[attr-defined]

    def points(self) -> list[PickupGroup]:
        """Return the points to show."""
        return self.fields["pickup"].shown(str(self["pickup"].value() or ""))  # type: ignore[attr-defined]


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
