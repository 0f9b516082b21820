"""Registers of the network: places and all that hangs on them are kept here, rounds and reports are only read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from branches.models import (
    Closure,
    Device,
    OpeningHours,
    Place,
    PlaceCapacity,
    PlaceKind,
    Posting,
    Report,
    Round,
    RoundStop,
    SpecialOpening,
    Visit,
)
from branches.public_texts import NoteForm, ReasonForm
from branches.registers import AtLibrary
from milanolib import clock
from milanolib.registers import Kept, PlainChoices, ReadOnly, Register, Table

# Short lists are plain selects: every browser and screen reader knows them, which Django's search box is not.
SERVED_BY = {"parent": PlaceKind.BRANCH, "vehicle": PlaceKind.VEHICLE}
DESKS = (PlaceKind.BRANCH, PlaceKind.VEHICLE, PlaceKind.HUB)


class OpeningHoursInline(Table):
    model = OpeningHours


class ClosureInline(PlainChoices, admin.StackedInline):
    model = Closure
    form = ReasonForm
    fk_name = "place"
    fields = [("starts_on", "ends_on"), "substitute", "italian", "english"]
    extra = 0

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "substitute":
            kwargs["queryset"] = Place.objects.open_to_readers(clock.today()).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("Reason, Italian"))
    def italian(self, obj):
        return obj.reason.get("it", "")

    @admin.display(description=_("Reason, English"))
    def english(self, obj):
        return obj.reason.get("en", "")


class SpecialOpeningInline(Table):
    model = SpecialOpening


class PlaceCapacityInline(Table):
    model = PlaceCapacity


@admin.register(Place)
class PlaceAdmin(Kept):
    """A place keeps its code and kind for life; one that closes for good gets a date and keeps its history."""

    form = NoteForm
    list_display = ["name", "kind", "municipio", "parent", "accepts_pickup", "accepts_returns", "closed_on"]
    list_filter = ["kind", "municipio", "accepts_pickup", ("closed_on", admin.EmptyFieldListFilter), "is_demo"]
    list_select_related = ["parent"]
    search_fields = ["name", "code", "address"]
    inlines = [OpeningHoursInline, ClosureInline, SpecialOpeningInline, PlaceCapacityInline]
    fieldsets = [
        (None, {"fields": ["name", "code", "kind", "parent", "vehicle"]}),
        (_("Where"), {"fields": ["address", "postcode", "municipio", ("latitude", "longitude"), "step_free"]}),
        (_("Contact"), {"fields": ["phone", "email"]}),
        (_("What it does"), {"fields": ["accepts_pickup", "accepts_returns", "lends_on_the_spot"]}),
        (_("When"), {"fields": ["hours_known", "always_open", "closed_on_holidays", "opened_on", "closed_on"]}),
        (_("Note for readers"), {"fields": ["italian", "english"]}),
        (_("Origin"), {"fields": ["is_demo", "sources"]}),
    ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in SERVED_BY:
            kwargs["queryset"] = Place.objects.filter(kind=SERVED_BY[db_field.name]).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        return ["is_demo"] if obj is None else ["is_demo", "code", "kind"]

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("Note for readers, Italian"))
    def italian(self, obj):
        return obj.note.get("it", "")

    @admin.display(description=_("Note for readers, English"))
    def english(self, obj):
        return obj.note.get("en", "")


@admin.register(Posting)
class PostingAdmin(Kept):
    """Who works at which library; where somebody is now, she says at the desk."""

    list_display = ["user", "place", "is_active_desk"]
    list_filter = [("place", AtLibrary)]
    list_select_related = ["user", "place"]
    ordering = ["user__name", "place__name"]
    readonly_fields = ["is_active_desk"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "user":  # a choice of the staff: who may keep postings may not search everybody
            kwargs["queryset"] = db_field.related_model.objects.filter(is_staff=True, is_active=True).order_by("name")
        else:
            kwargs["queryset"] = Place.objects.filter(kind__in=DESKS, closed_on=None).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Visit)
class VisitAdmin(Kept):
    """The Bibliobus at a stop; only what becomes of a visit is written here."""

    list_display = ["on", "arrives", "leaves", "stop", "status"]
    list_filter = ["status", "stop"]
    list_select_related = ["stop"]
    date_hierarchy = "on"
    ordering = ["-on", "arrives"]
    readonly_fields = ["stop", "on", "arrives", "leaves"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class RoundStopInline(ReadOnly, admin.TabularInline):
    model = RoundStop
    fields = ["position", "place", "arrives"]
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("place")


@admin.register(Round)
class RoundAdmin(Register):
    list_display = ["on", "name", "cancelled_at"]
    list_filter = ["name"]
    ordering = ["-on", "name"]
    inlines = [RoundStopInline]


@admin.register(Device)
class DeviceAdmin(Register):
    """Phones and machines; they are invited and revoked at the desk of the library that serves the point."""

    list_display = ["name", "place", "kind", "activated_at", "last_seen_at", "revoked_at"]
    list_filter = ["kind", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["place"]
    search_fields = ["place__name", "name"]
    ordering = ["place__name", "name"]


@admin.register(Report)
class ReportAdmin(Register):
    """What devices said, as it came."""

    list_display = ["received_at", "occurred_at", "device", "act", "outcome", "detail"]
    list_filter = ["outcome"]
    list_select_related = ["device"]
    search_fields = ["=request_key"]
    ordering = ["-id"]
