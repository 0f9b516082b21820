"""Postings, visits, devices and reports."""

from django.contrib import admin

from branches.models import Device, Place, PlaceKind, Posting, Report, Visit
from branches.permissions import places_kept_by
from branches.registers import AtLibrary
from milanolib.registers import Kept, Register

DESKS = (PlaceKind.BRANCH, PlaceKind.VEHICLE, PlaceKind.HUB)


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
    """The Bibliobus at a stop; only what becomes of a visit is written here, by who is posted to the vehicle."""

    list_display = ["on", "arrives", "leaves", "stop", "status"]
    list_filter = ["status", "stop"]
    list_select_related = ["stop"]
    date_hierarchy = "on"
    ordering = ["-on", "arrives"]
    readonly_fields = ["stop", "on", "arrives", "leaves"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        may = super().has_change_permission(request, obj)
        return may and (obj is None or places_kept_by(request.user).filter(pk=obj.stop_id).exists())

    def has_delete_permission(self, request, obj=None):
        return False


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
