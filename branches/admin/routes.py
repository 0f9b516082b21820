"""The registers of the van: its routes, its days off, and its dated rounds."""

from django.contrib import admin
from django.db import transaction
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from branches.admin.forms import PREVIEW
from branches.admin.route_forms import RoundForm, RouteCallForm, RouteCallFormSet, RouteForm
from branches.models import NEVER_CALLED_AT, Place, PlaceKind, Round, RoundStop, Route, RouteCall, RouteDayOff
from branches.network_routes import SORTING
from branches.rounds import cancel_round, coming_rounds, move_round, plan_rounds, restore_round
from milanolib import clock
from milanolib.registers import Kept, PlainChoices, ReadOnly, Table


class RouteCallInline(PlainChoices, Table):
    model = RouteCall
    form = RouteCallForm
    formset = RouteCallFormSet

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = Place.objects.exclude(kind__in=NEVER_CALLED_AT).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class RouteDayOffInline(Table):
    model = RouteDayOff
    verbose_name_plural = _("days off of this route alone")


@admin.register(Route)
class RouteAdmin(Kept):
    """A route is never deleted, since rounds were made of it: it gets a last day, or rests.

    Whatever is saved is planned at once. `Preview` shows the rounds of the next two weeks as they would be: everything
    is saved and planned in a transaction that is then taken back.
    """

    form = RouteForm
    change_form_template = "admin/branches/route/change_form.html"
    list_display = ["name", "days", "hub", "valid_from", "valid_to", "is_active", "is_demo"]
    list_filter = ["is_active", "is_demo"]
    list_select_related = ["hub"]
    search_fields = ["name", "calls__place__name"]
    readonly_fields = ["is_demo"]
    inlines = [RouteCallInline, RouteDayOffInline]

    def has_delete_permission(self, request, obj=None):
        return False

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kinds = (PlaceKind.VEHICLE,) if db_field.name == "vehicle" else SORTING
        kwargs["queryset"] = Place.objects.filter(kind__in=kinds).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("weekdays"))
    def days(self, obj):
        labels = dict(Route._meta.get_field("weekdays").base_field.choices)  # noqa: SLF001  Django's own door
        return ", ".join(str(labels[day]) for day in obj.weekdays)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        plan_rounds(clock.today())

    # --- The next two weeks, as they are and as they would be

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002  Django's signature
        context["coming"] = coming_rounds(obj, clock.today()) if obj is not None else []
        context["can_preview"] = self.has_change_permission(request, obj)
        context["preview_name"] = PREVIEW
        return super().render_change_form(request, context, add, change, form_url, obj)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method != "POST" or PREVIEW not in request.POST:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            response = super().changeform_view(request, object_id, form_url, extra_context)
            transaction.set_rollback(True)
        return response

    def response_add(self, request, obj, post_url_continue=None):
        return self._previewed(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._previewed(request, obj) or super().response_change(request, obj)

    def _previewed(self, request, obj):
        """Return the page of the coming rounds while a preview is made; it is rendered before all is taken back."""
        if PREVIEW not in request.POST:
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Preview: %(route)s") % {"route": obj.name},
            "coming": coming_rounds(obj, clock.today()),
        }
        return render(request, "admin/branches/route/preview.html", context)


@admin.register(RouteDayOff)
class RouteDayOffAdmin(Kept):
    """Days on which the van rests; those of all routes are kept here. Planned at once."""

    list_display = ["on", "route", "reason"]
    list_filter = ["route"]
    list_select_related = ["route"]
    date_hierarchy = "on"
    ordering = ["-on"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        plan_rounds(clock.today())

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        plan_rounds(clock.today())


class RoundStopInline(ReadOnly, admin.TabularInline):
    model = RoundStop
    fields = ["place", "arrives", "departs"]
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("place")


class WhenItRuns(admin.SimpleListFilter):
    """The rounds to come; those that are over when they are asked for."""

    title = _("when")
    parameter_name = "when"

    def lookups(self, request, model_admin):
        return [("over", _("over"))]

    def choices(self, changelist):
        to_come, over = super().choices(changelist)
        return [to_come | {"display": _("today and later")}, over]

    def queryset(self, request, queryset):
        is_over = self.value() == "over"
        return queryset.filter(on__lt=clock.today()) if is_over else queryset.filter(on__gte=clock.today())


@admin.register(Round)
class RoundAdmin(Kept):
    """Dated rounds come from their routes; here one of them is cancelled, or runs on another day."""

    form = RoundForm
    list_display = ["on", "name", "instead_of", "cancelled_at", "changed_at"]
    list_filter = [WhenItRuns, "name", ("cancelled_at", admin.EmptyFieldListFilter)]
    date_hierarchy = "on"
    ordering = ["on", "name"]
    readonly_fields = ["name", "planned_on", "cancelled_at", "changed_at"]
    fields = ["name", "planned_on", "on", "is_cancelled", "reason", "cancelled_at", "changed_at"]
    inlines = [RoundStopInline]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        is_over = obj is not None and obj.on < clock.today()
        return super().has_change_permission(request, obj) and not is_over

    def lookup_allowed(self, lookup, value, request):
        return lookup == WhenItRuns.parameter_name or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("instead of"), empty_value="-")
    def instead_of(self, obj):
        return obj.planned_on if obj.planned_on != obj.on else None

    def get_fields(self, request, obj=None):
        fields = super().get_fields(request, obj)
        if self.has_change_permission(request, obj):
            return fields
        return [one for one in fields if one not in ("is_cancelled", "reason")]

    def save_model(self, request, obj, form, change):
        reason = form.cleaned_data["reason"]
        if "on" in form.changed_data:
            move_round(Round.objects.get(pk=obj.pk), form.cleaned_data["on"], reason=reason, actor=request.user)
        if "is_cancelled" in form.changed_data and form.cleaned_data["is_cancelled"]:
            cancel_round(obj, reason=reason, actor=request.user)
        elif "is_cancelled" in form.changed_data:
            restore_round(obj, actor=request.user)
