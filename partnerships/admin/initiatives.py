"""The register of initiatives: texts and picture, dates by a rule, the steps from draft to published and cancelled."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Reader, ReaderCategory
from branches.models import PlaceKind
from branches.permissions import places_kept_by
from branches.public_texts import ByLanguageForm
from catalog.models import Title
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.pictures import digest_of, fitted, opened
from milanolib.registers import Kept, Table
from partnerships.initiatives.aside import set_titles_aside
from partnerships.initiatives.covers import COVER_WIDTHS
from partnerships.initiatives.planning import (
    cancel_date,
    cancel_initiative,
    copy_initiative,
    move_date,
    plan_dates,
    publish_initiative,
    set_places,
)
from partnerships.initiatives.recurring import Every, Recurrence
from partnerships.initiatives.states import InitiativeStatus
from partnerships.models import Initiative, InitiativeDate

PARTS = (_("date"), _("time"))
DIGITS = 10  # of a title's number, which PostgreSQL must be able to compare
LARGEST_SIDE = 1920  # of a picture as it is kept; pages show smaller ones
CHANGE, PUBLISH = "partnerships.change_initiative", "partnerships.publish_initiative"
# step: what is written on its button, the right it needs, the states in which it is offered, its verb
STEPS = {
    "publish": (_("Save and publish: readers see it"), PUBLISH, (InitiativeStatus.DRAFT,), publish_initiative),
    "cancel": (_("Cancel it and tell who is booked"), PUBLISH, (InitiativeStatus.PUBLISHED,), cancel_initiative),
    "aside": (_("Set the titles aside for the group"), CHANGE, (InitiativeStatus.PUBLISHED,), set_titles_aside),
    "copy": (_("Copy for next year"), CHANGE, tuple(InitiativeStatus), copy_initiative),
}


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
        ]

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


class DateInline(Table):
    model = InitiativeDate
    form = DateForm
    fields = ["starts_at", "ends_at", "places", "waiting_places", "note", "booked", "status", "is_off"]
    readonly_fields = ["booked", "status"]
    can_delete = False
    ordering = ["starts_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(ends_at__gt=clock.now())

    @admin.display(description=_("taken, waiting"))
    def booked(self, obj):
        return f"{obj.taken}, {obj.waiting}"

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Initiative)
class InitiativeAdmin(Kept):
    """Librarians write those of the libraries they keep; with the right they publish and cancel them."""

    form = InitiativeForm
    change_form_template = "admin/partnerships/initiative/change_form.html"
    list_display = ["title_italian", "kind", "place", "status", "next_date", "accessibility"]
    list_select_related = ["place"]
    list_filter = [
        "status",
        "kind",
        "audience",
        "language",
        "sign_language",
        ("place", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["title__it", "title__en", "place__name", "venue"]
    ordering = ["-pk"]
    inlines = [DateInline]
    readonly_fields = ["status", "shown", "aside"]
    fieldsets = [
        (None, {"fields": ["status", "kind", "place", "institution"]}),
        (_("In words"), {"fields": ["title_italian", "title_english", "text_italian", "text_english"]}),
        (_("Picture"), {"fields": ["shown", "picture", "alt_italian", "alt_english", "cover_credit"]}),
        (_("For whom"), {"fields": ["audience", ("age_from", "age_to"), "language", "sign_language", "step_free"]}),
        (_("Held elsewhere"), {"fields": ["venue", "address", ("latitude", "longitude")]}),
        (_("Places"), {"fields": ["places", "waiting_places", "per_family", "bookings_open_at"]}),
        (_("Titles"), {"fields": ["title_numbers", "card_number", "aside"]}),
        (
            _("Dates"),
            {"fields": ["rhythm", "every", ("first", "last"), ("starts", "ends"), "not_on_holidays"]},
        ),
    ]

    # --- Who may

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("dates")

    def has_change_permission(self, request, obj=None):
        is_allowed = super().has_change_permission(request, obj)
        return is_allowed and (obj is None or places_kept_by(request.user).filter(pk=obj.place_id).exists())

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        is_seen = obj is not None and obj.status != InitiativeStatus.DRAFT
        return [*self.readonly_fields, "rhythm"] if is_seen else self.readonly_fields

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "place":
            kwargs["queryset"] = places_kept_by(request.user).filter(kind=PlaceKind.BRANCH).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_inline_instances(self, request, obj=None):
        return super().get_inline_instances(request, obj) if obj is not None else []

    # --- What is only read

    @admin.display(description=_("title"), ordering="title__it")
    def title_italian(self, obj):
        return obj.title.get("it", "")

    @admin.display(description=_("next date"))
    def next_date(self, obj):
        now = clock.now()
        coming = [one for one in obj.dates.all() if one.ends_at > now and not one.is_cancelled]
        return clock.local(coming[0].starts_at).strftime("%d/%m/%Y %H:%M") if coming else "-"

    @admin.display(description=_("accessibility"))
    def accessibility(self, obj):
        parts = [_("step-free")] if obj.is_step_free else []
        parts += [_("sign language")] if obj.sign_language else []
        return format_lazy("{}", ", ".join(map(str, parts))) if parts else "-"

    @admin.display(description=_("As it is now"))
    def shown(self, obj):
        if obj is None or not obj.cover or obj.status == InitiativeStatus.DRAFT:
            return obj.cover_alt.get("it", "-") if obj is not None and obj.cover else "-"
        address = reverse("initiatives:cover", args=[obj.pk, COVER_WIDTHS[0]])
        alt = obj.cover_alt.get("it", "")
        return format_html('<img src="{}?v={}" alt="{}" width="240">', address, obj.cover_digest, alt)

    @admin.display(description=_("set aside"))
    def aside(self, obj):
        holds = obj.hold_group.holds.all() if obj is not None and obj.hold_group else []
        return ", ".join(str(one.get_status_display()) for one in holds) or "-"

    # --- Saving: rows of dates are written by verbs

    def save_formset(self, request, form, formset, change):
        for row in formset.forms:
            if row.has_changed():
                try:
                    self._change_date(request, row)
                except DomainError as refusal:
                    messages.error(request, str(refusal))
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    def _change_date(self, request, row):
        asked, date = row.cleaned_data, InitiativeDate.objects.get(pk=row.instance.pk)
        if asked.get("is_off"):
            cancel_date(date, note=asked["note"], actor=request.user)
            return
        if {"starts_at", "ends_at"} & set(row.changed_data):
            move_date(date, asked["starts_at"], asked["ends_at"], note=asked["note"], actor=request.user)
        if {"places", "waiting_places"} & set(row.changed_data):
            set_places(date, asked["places"], asked["waiting_places"], actor=request.user)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if "title_numbers" in form.cleaned_data:
            form.instance.titles.set(form.cleaned_data["title_numbers"])
        rule = form.rule() if hasattr(form, "rule") else None
        if rule is None:
            return
        try:
            new = plan_dates(form.instance, rule, actor=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            said = ngettext("%(number)s date was planned.", "%(number)s dates were planned.", new)
            messages.success(request, said % {"number": new})

    # --- Steps

    def render_change_form(self, request, context, **form):
        initiative = form.get("obj")
        context["steps"] = [
            (name, label)
            for name, (label, right, states, _verb) in STEPS.items()
            if initiative is not None and initiative.status in states and request.user.has_perm(right)
        ]
        return super().render_change_form(request, context, **form)

    def response_change(self, request, obj):
        """After saving take the step whose button was pressed; a refusal keeps what was saved and says what to do."""
        step = next((name for name in STEPS if f"_step_{name}" in request.POST), None)
        if step is None:
            return super().response_change(request, obj)
        label, right, _states, verb = STEPS[step]
        if not request.user.has_perm(right):
            raise Http404
        moved = obj
        try:
            moved = verb(obj, actor=request.user)
            messages.success(request, _("Done: %(step)s.") % {"step": label})
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:partnerships_initiative_change", args=[moved.pk]))
