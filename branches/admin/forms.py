"""What may be written about a place: refused with words, and warned about before it is kept all the same."""

import datetime as dt
from itertools import combinations

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from branches.hanging import what_hangs_on
from branches.models import Closure, PlaceKind, PlacePhoto, Service, Weekday
from branches.public_texts import ByLanguageForm
from milanolib import clock
from milanolib.pictures import digest_of, fitted, opened
from milanolib.registers import NamedRows

LONG_CLOSURE = dt.timedelta(days=31)
LARGEST_SIDE = 1920  # of a photograph as it is kept; pages show smaller ones
PREVIEW, CLOSINGS = "_preview", "_closings"  # the names of the buttons that show a page and save nothing


def shows_only(data):
    """Whether what was sent is to be shown and not to be kept."""
    return PREVIEW in data or CLOSINGS in data


def _line():
    return forms.TextInput(attrs={"class": "vTextField"})


class PlaceForm(ByLanguageForm):
    """A place: its services as boxes to tick, its texts by language, and warnings that can be overruled."""

    texts = {"note": ("italian", "english"), "directions": ("directions_italian", "directions_english")}
    italian = forms.CharField(
        label=_("Note for readers, Italian"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    english = forms.CharField(
        label=_("Note for readers, English"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    directions_italian = forms.CharField(
        label=_("How to get there, Italian"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    directions_english = forms.CharField(
        label=_("How to get there, English"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    services = forms.MultipleChoiceField(
        label=_("Services"), choices=Service.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    despite_warnings = forms.BooleanField(
        label=_("Save in spite of the warnings"),
        required=False,
        help_text=_("Only after a warning: it says that what it told is meant."),
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("always_open"):
            cleaned["hours_known"] = True  # day and night is an answer
        opened_on, closed_on = cleaned.get("opened_on"), cleaned.get("closed_on")
        if opened_on and closed_on and closed_on < opened_on:
            self.add_error("closed_on", _("A place cannot close before it has become part of the network."))
        is_told = cleaned.get("despite_warnings") or shows_only(self.data)
        if not self.errors and not is_told and (warnings := self.warnings(cleaned)):
            raise ValidationError([*warnings, _("To save it all the same, tick “Save in spite of the warnings”.")])
        return cleaned

    def warnings(self, cleaned):
        """Return in words what the branch should know before it saves."""
        found = []
        kind = cleaned.get("kind") or self.instance.kind
        if kind == PlaceKind.RETURN_BOX and not cleaned.get("hours_known"):
            found.append(gettext("A return box is usually open day and night: tick “open day and night” if it is."))
        if "closed_on" in self.changed_data and cleaned.get("closed_on") and self.instance.pk:
            hanging = what_hangs_on(self.instance)
            if hanging:
                told = ", ".join(f"{one.what}: {one.number}" for one in hanging)
                found.append(gettext("Something hangs on this place, closing for good: %(told)s.") % {"told": told})
        return found


class HoursFormSet(NamedRows):
    """Opening hours: two of one kind may not overlap, and a place open day and night has none."""

    def clean(self):
        super().clean()
        rows = [form for form in self.forms if _stands(form, "weekday", "opens", "closes", "purpose")]
        if self.instance.always_open and any(form.cleaned_data["purpose"] == "open" for form in rows):
            raise ValidationError(
                _("This place is open day and night: delete its opening hours, or untick “open day and night”.")
            )
        for one, other in combinations(rows, 2):
            first, second = one.cleaned_data, other.cleaned_data
            if _hours_overlap(first, second):
                raise ValidationError(
                    _("%(weekday)s: %(first)s and %(second)s overlap. Join them, or change one.")
                    % {
                        "weekday": Weekday(first["weekday"]).label,
                        "first": _span(first),
                        "second": _span(second),
                    }
                )


class SpecialFormSet(NamedRows):
    """Special openings of one day may not overlap."""

    def clean(self):
        super().clean()
        rows = [form.cleaned_data for form in self.forms if _stands(form, "on", "opens", "closes")]
        for first, second in combinations(rows, 2):
            if first["on"] == second["on"] and _times_overlap(first, second):
                raise ValidationError(
                    _("%(day)s: %(first)s and %(second)s overlap. Join them, or change one.")
                    % {"day": f"{first['on']:%d/%m/%Y}", "first": _span(first), "second": _span(second)}
                )


class ClosureForm(ByLanguageForm):
    """A closure with its reason; a long one without a place that stands in must be meant."""

    text_field = "reason"
    italian = forms.CharField(label=_("Reason, Italian"), required=False, max_length=300, widget=_line())
    english = forms.CharField(label=_("Reason, English"), required=False, max_length=300, widget=_line())
    nobody_stands_in = forms.BooleanField(label=_("No place stands in: it is meant so"), required=False)

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("A closure cannot end before it begins."))
        elif starts_on and cleaned.get("substitute") is None and not self._is_meant(cleaned):
            is_long = ends_on is None or ends_on - starts_on > LONG_CLOSURE
            if is_long and (ends_on is None or ends_on >= clock.today()):
                self.add_error(
                    "substitute",
                    _(
                        "Longer than a month, and nobody stands in: choose where readers shall go, or tick"
                        " “No place stands in”."
                    ),
                )
        return cleaned

    def _is_meant(self, cleaned):
        return cleaned.get("nobody_stands_in") or shows_only(self.data) or not self.has_changed()

    class Meta:
        model = Closure
        fields = ["starts_on", "ends_on", "substitute"]


class PhotoForm(ByLanguageForm):
    """The photograph: any common picture, kept as WebP without the camera's data, told in words in Italian."""

    text_field = "alt"
    picture = forms.FileField(
        label=_("Photograph"),
        required=False,
        help_text=_("JPEG, PNG, WebP or GIF, at most 12 MB. Show the entrance; avoid people who can be recognised."),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    italian = forms.CharField(
        label=_("What it shows, Italian"),
        max_length=300,
        widget=_line(),
        help_text=_("For who cannot see it: “The entrance on the square, with a ramp on the left”."),
    )
    english = forms.CharField(label=_("What it shows, English"), required=False, max_length=300, widget=_line())

    def clean_picture(self):
        """Return the picture as it will be kept, None when no new one was chosen."""
        upload = self.cleaned_data.get("picture")
        if not upload:
            if not self.instance.image:
                raise ValidationError(_("Choose a photograph."))
            return None
        return fitted(opened(upload, upload.size), LARGEST_SIDE, LARGEST_SIDE)

    def save(self, commit=True):  # noqa: FBT002  Django's signature
        content = self.cleaned_data.get("picture")
        if content:
            photo = self.instance
            storage, before = photo.image.storage, photo.image.name
            photo.digest = digest_of(content)
            photo.image.name = f"places/{photo.place.code}-{photo.digest}.webp"
            transaction.on_commit(lambda: _put(storage, photo.image.name, content, before))
        return super().save(commit)

    class Meta:
        model = PlacePhoto
        fields = ["credit"]


def _put(storage, name, content, before):
    """Write a photograph whose row stands, and drop the one before it."""
    if not storage.exists(name):
        storage.save(name, ContentFile(content))
    if before and before != name:
        storage.delete(before)


def _stands(form, *names):
    """Whether a row is filled in, without fault, and not about to be deleted."""
    data = getattr(form, "cleaned_data", None) or {}
    return not data.get("DELETE") and all(data.get(name) is not None for name in names)


def _hours_overlap(first, second):
    same = first["weekday"] == second["weekday"] and first["purpose"] == second["purpose"]
    return same and _validities_meet(first, second) and _times_overlap(first, second)


def _validities_meet(first, second):
    first_from, second_from = first.get("valid_from") or dt.date.min, second.get("valid_from") or dt.date.min
    first_to, second_to = first.get("valid_to") or dt.date.max, second.get("valid_to") or dt.date.max
    return first_from <= second_to and second_from <= first_to


def _times_overlap(first, second):
    (first_start, first_end), (second_start, second_end) = _minutes(first), _minutes(second)
    return first_start < second_end and second_start < first_end


def _minutes(row):
    start, end = row["opens"].hour * 60 + row["opens"].minute, row["closes"].hour * 60 + row["closes"].minute
    return start, end if end > start else end + 24 * 60


def _span(row):
    return format_lazy("{}–{}", f"{row['opens']:%H:%M}", f"{row['closes']:%H:%M}")
