"""What librarians fill in for an initiative and for one of its dates."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Reader, ReaderCategory
from branches.public_texts import ByLanguageForm
from catalog.models import Title
from milanolib import clock
from milanolib.pictures import digest_of, fitted, opened
from partnerships.initiatives.recurring import Every, Recurrence
from partnerships.models import Initiative, InitiativeDate

PARTS = (_("date"), _("time"))
DIGITS = 10  # of a title's number, which PostgreSQL must be able to compare
LARGEST_SIDE = 1920  # of a picture as it is kept; pages show smaller ones


def _line(**attrs):
    return forms.TextInput(attrs={"class": "vTextField", **attrs})


class InitiativeForm(ByLanguageForm):
    """Texts by language, a picture told in words, and a rule by which new dates are planned."""

    texts = {
        "title": ("title_italian", "title_english"),
        "text": ("text_italian", "text_english"),
        "cover_alt": ("alt_italian", "alt_english"),
    }
    title_italian = forms.CharField(label=_("Title, Italian"), max_length=120, widget=_line())
    title_english = forms.CharField(label=_("Title, English"), max_length=120, required=False, widget=_line())
    text_italian = forms.CharField(
        label=_("Text, Italian"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    text_english = forms.CharField(
        label=_("Text, English"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("JPEG, PNG, WebP or GIF, at most 12 MB."),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    alt_italian = forms.CharField(
        label=_("What the picture shows, Italian"),
        max_length=300,
        required=False,
        widget=_line(),
        help_text=_("For who cannot see it: “Ten chairs in a circle under a tree”."),
    )
    alt_english = forms.CharField(
        label=_("What the picture shows, English"), max_length=300, required=False, widget=_line()
    )
    title_numbers = forms.CharField(
        label=_("Titles that go with it"),
        max_length=600,
        required=False,
        widget=_line(),
        help_text=_("The numbers that stand in their addresses in the catalogue, with spaces between them."),
    )
    card_number = forms.CharField(
        label=_("Card of the reading group"),
        max_length=20,
        required=False,
        widget=_line(),
        help_text=_("A card of an institution: its titles are set aside together, at the library, for that card."),
    )
    cancel_note = forms.CharField(
        label=_("If you cancel it: why"),
        max_length=200,
        required=False,
        widget=_line(),
        help_text=_("Everybody who is booked reads this. Without it nothing is cancelled."),
    )
    every = forms.ChoiceField(label=_("New dates"), required=False, choices=[("", _("none")), *Every.choices])
    first = forms.DateField(label=_("First day"), required=False, widget=admin.widgets.AdminDateWidget)
    last = forms.DateField(label=_("Last day"), required=False, widget=admin.widgets.AdminDateWidget)
    starts = forms.TimeField(label=_("From"), required=False, widget=forms.TimeInput(attrs={"placeholder": "17:00"}))
    ends = forms.TimeField(label=_("To"), required=False, widget=forms.TimeInput(attrs={"placeholder": "18:30"}))
    not_on_holidays = forms.BooleanField(label=_("Not on public holidays"), required=False)

    class Meta:
        model = Initiative
        fields = [
            "place",
            "institution",
            "kind",
            "rhythm",
            "venue",
            "address",
            "latitude",
            "longitude",
            "step_free",
            "sign_language",
            "language",
            "audience",
            "age_from",
            "age_to",
            "cover_credit",
            "places",
            "waiting_places",
            "per_family",
            "bookings_open_at",
            "copies_aside",
        ]
        help_texts = {
            "places": _(
                "Of the dates planned from now on; a planned one has its own below. Empty: nobody needs to book."
            )
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            numbers = self.instance.titles.order_by("pk").values_list("pk", flat=True)
            self.initial.setdefault("title_numbers", " ".join(map(str, numbers)))
            self.initial.setdefault("card_number", self.instance.card.card_number if self.instance.card else "")
        opens_at = self.fields.get("bookings_open_at")
        for widget, part in zip(getattr(opens_at.widget, "widgets", []) if opens_at else [], PARTS, strict=False):
            widget.attrs["aria-label"] = format_lazy("{}, {}", opens_at.label, part)

    def clean_card_number(self):
        """Put the card that was named into the row. Raises ValidationError for a person's, or one nobody knows."""
        number = self.cleaned_data["card_number"].strip()
        self.instance.card = Reader.objects.filter(
            card_number=number, category=ReaderCategory.INSTITUTION, merged_into=None
        ).first()
        if number and self.instance.card is None:
            raise ValidationError(_("No institution has this card: a person's card is never joined with titles here."))
        return number

    def clean_title_numbers(self):
        """Return the titles that were named. Raises ValidationError with the numbers that nobody knows."""
        asked = set(self.cleaned_data["title_numbers"].split())
        found = list(Title.objects.filter(pk__in=[one for one in asked if one.isdecimal() and len(one) < DIGITS]))
        if unknown := asked - {str(one.pk) for one in found}:
            raise ValidationError(_("The catalogue has no such title: %(numbers)s.") % {"numbers": " ".join(unknown)})
        return found

    def clean_picture(self):
        """Return the picture as it will be kept, None when no new one was chosen."""
        upload = self.cleaned_data.get("picture")
        return fitted(opened(upload, upload.size), LARGEST_SIDE, LARGEST_SIDE) if upload else None

    def clean(self):
        cleaned = super().clean()
        has_picture = cleaned.get("picture") or self.instance.cover
        if has_picture and not cleaned.get("alt_italian") and "alt_italian" not in self.errors:
            self.add_error("alt_italian", _("Say what the picture shows, for who cannot see it."))
        ages = [cleaned.get(name) for name in ("age_from", "age_to")]
        if None not in ages and ages[0] > ages[1]:
            self.add_error("age_to", _("This age must not be below the first one."))
        where = [cleaned.get(name) for name in ("latitude", "longitude")]
        if where != [None, None] and (None in where or not cleaned.get("venue")):
            self.add_error("latitude", _("Coordinates are two numbers, of a place that is named. Else none."))
        if cleaned.get("waiting_places") and cleaned.get("places") is None:
            self.add_error("waiting_places", _("Only where places are counted is there a waiting list."))
        self._clean_rule(cleaned)
        return cleaned

    def _clean_rule(self, cleaned):
        """Ask for what the rule of new dates lacks."""
        every = cleaned.get("every")
        if not every:
            return
        needed = ["first", "starts", "ends"] + (["last"] if every != Every.ONCE else [])
        for name in needed:
            if cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, _("The new dates need this."))
        if cleaned.get("first") and cleaned.get("last") and cleaned["last"] < cleaned["first"]:
            self.add_error("last", _("The last day must not come before the first."))

    def rule(self):
        """Return the rule of the new dates; None when none was asked for."""
        asked = self.cleaned_data
        if not asked.get("every"):
            return None
        return Recurrence(
            asked["first"], asked["starts"], asked["ends"], asked["every"], asked["last"], asked["not_on_holidays"]
        )

    def save(self, commit=True):  # noqa: FBT002  Django's signature
        content = self.cleaned_data.get("picture")
        if content:
            initiative = self.instance
            storage, before = initiative.cover.storage, initiative.cover.name
            initiative.cover_digest = digest_of(content)
            initiative.cover.name = f"initiatives/{initiative.cover_digest}.webp"
            transaction.on_commit(lambda: _put(storage, initiative.cover.name, content, before))
        return super().save(commit)


def _put(storage, name, content, before):
    """Write a picture whose row stands, and drop the one before it unless another initiative shows it."""
    if not storage.exists(name):
        storage.save(name, ContentFile(content))
    if before and before != name and not Initiative.objects.filter(cover=before).exists():
        storage.delete(before)


class DateForm(forms.ModelForm):
    """One date: another time, or cancelled; what is written is told to who is booked."""

    is_off = forms.BooleanField(
        label=_("cancel"), required=False, widget=forms.CheckboxInput(attrs={"aria-label": _("cancel")})
    )

    class Meta:
        model = InitiativeDate
        fields = ["starts_at", "ends_at", "places", "waiting_places", "note"]

    def clean(self):
        """Refuse here what the verbs would refuse later, beside its field."""
        cleaned = super().clean()
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("The end must come after the beginning."))
        if "starts_at" in self.changed_data and starts and starts <= clock.now():
            self.add_error("starts_at", _("This time is past already."))
        places, waiting = cleaned.get("places"), cleaned.get("waiting_places")
        if self.instance.taken > (places or 0):
            self.add_error("places", _("%(taken)s places are taken.") % {"taken": self.instance.taken})
        if waiting is not None and self.instance.waiting > waiting:
            self.add_error("waiting_places", _("%(waiting)s people wait.") % {"waiting": self.instance.waiting})
        return cleaned
