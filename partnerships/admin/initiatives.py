"""The register of initiatives: texts and picture, dates by a rule, the steps from draft to published and cancelled."""

from django.contrib import admin, messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from branches.models import PlaceKind
from branches.permissions import places_kept_by
from milanolib import clock
from milanolib.errors import DomainError
from milanolib.registers import Kept, Table
from partnerships.admin.initiative_forms import DateForm, InitiativeForm
from partnerships.admin.steps import Step, StepsMixin
from partnerships.initiatives.aside import set_titles_aside
from partnerships.initiatives.covers import COVER_WIDTHS
from partnerships.initiatives.errors import ReasonForCancelling
from partnerships.initiatives.planning import (
    cancel_date,
    cancel_initiative,
    copy_initiative,
    move_date,
    plan_dates,
    publish_initiative,
    set_places,
)
from partnerships.initiatives.states import InitiativeStatus
from partnerships.models import Initiative, InitiativeDate

CHANGE, PUBLISH = "partnerships.change_initiative", "partnerships.publish_initiative"
STEPS = {
    "publish": Step(_("Save and publish: readers see it"), PUBLISH, (InitiativeStatus.DRAFT,), publish_initiative),
    "cancel": Step(_("Cancel it and tell who is booked"), PUBLISH, (InitiativeStatus.PUBLISHED,), cancel_initiative),
    "aside": Step(_("Set the titles aside for the group"), CHANGE, (InitiativeStatus.PUBLISHED,), set_titles_aside),
    "copy": Step(_("Copy for next year"), CHANGE, tuple(InitiativeStatus), copy_initiative),
}


class KeptByMe(admin.SimpleListFilter):
    """Those of the libraries that I keep."""

    title = _("who keeps it")
    parameter_name = "mine"

    def lookups(self, request, model_admin):
        return [("1", _("my libraries"))]

    def queryset(self, request, queryset):
        return queryset.filter(place__in=places_kept_by(request.user)) if self.value() == "1" else queryset


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
class InitiativeAdmin(StepsMixin, Kept):
    """Librarians write those of the libraries they keep; with the right they publish and cancel them."""

    form = InitiativeForm
    steps = STEPS
    list_display = ["title_italian", "kind", "place", "status", "next_date", "accessibility"]
    list_select_related = ["place"]
    list_filter = [
        KeptByMe,
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
        (_("Titles"), {"fields": ["title_numbers", "card_number", "copies_aside", "aside"]}),
        (
            _("Dates"),
            {"fields": ["rhythm", "every", ("first", "last"), ("starts", "ends"), "not_on_holidays", "cancel_note"]},
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

    def words_for(self, name, request):
        """Return why it is cancelled, which everybody who is booked reads."""
        if name != "cancel":
            return {}
        note = request.POST.get("cancel_note", "").strip()[:200]
        if not note:
            raise ReasonForCancelling
        return {"note": note}
