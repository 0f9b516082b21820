"""The register of places, kept by the branches: each its own and the points it serves."""

import copy
import re

from django.contrib import admin, messages
from django.contrib.messages.storage import default_storage
from django.db import transaction
from django.http import HttpResponseRedirect, QueryDict
from django.urls import resolve, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from branches.admin.closures import stays_moved, tell_what_hangs, warn_of_openings
from branches.admin.forms import (
    CLOSINGS,
    PREVIEW,
    ClosureForm,
    HoursFormSet,
    PhotoForm,
    PlaceForm,
    SpecialFormSet,
    shows_only,
)
from branches.models import (
    NEVER_OPEN_TO_READERS,
    Closure,
    OpeningHours,
    Place,
    PlaceCapacity,
    PlaceKind,
    PlacePhoto,
    SpecialOpening,
)
from branches.permissions import can_keep_place, keeps_all_places, places_kept_by
from branches.photos import PHOTO_WIDTHS
from milanolib import clock
from milanolib.registers import Kept, PlainChoices, Table

# Short lists are plain selects: every browser and screen reader knows them, which Django's search box is not.
SERVED_BY = {"parent": PlaceKind.BRANCH, "vehicle": PlaceKind.VEHICLE}
KINDS_OF_A_BRANCH = (  # what a library may add: points that it serves
    PlaceKind.NEWSSTAND,
    PlaceKind.BOOKSHOP,
    PlaceKind.CONDOMINIUM,
    PlaceKind.LOCKER,
    PlaceKind.RETURN_BOX,
)


class OfAPlaceKept:
    """For rows inside a place's form: written by who keeps the place."""

    def has_add_permission(self, request, obj=None):
        return super().has_add_permission(request, obj) and self._keeps(request, obj)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._keeps(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._keeps(request, obj)

    @staticmethod
    def _keeps(request, obj):
        return obj is None or obj.pk is None or can_keep_place(request.user, obj)


class OpeningHoursInline(OfAPlaceKept, Table):
    model = OpeningHours
    formset = HoursFormSet


class ClosureInline(OfAPlaceKept, PlainChoices, admin.StackedInline):
    model = Closure
    form = ClosureForm
    fk_name = "place"
    extra = 0

    def get_fields(self, request, obj=None):
        fields = [("starts_on", "ends_on"), "substitute", "italian", "english"]
        return [*fields, "nobody_stands_in"] if self.has_change_permission(request, obj) else fields

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


class SpecialOpeningInline(OfAPlaceKept, Table):
    model = SpecialOpening
    formset = SpecialFormSet


class PlaceCapacityInline(OfAPlaceKept, Table):
    model = PlaceCapacity


class PlacePhotoInline(OfAPlaceKept, admin.StackedInline):
    model = PlacePhoto
    form = PhotoForm
    extra = 1
    max_num = 1
    readonly_fields = ["shown"]

    def get_fields(self, request, obj=None):
        fields = ["shown", "picture", "italian", "english", "credit"]
        return fields if self.has_change_permission(request, obj) else [one for one in fields if one != "picture"]

    @admin.display(description=_("As it is now"))
    def shown(self, obj):
        if not obj.image:
            return "-"
        address = reverse("branches:photo", args=[obj.place.code, PHOTO_WIDTHS[0]])
        return format_html('<img src="{}?v={}" alt="{}" width="240">', address, obj.digest, obj.alt.get("it", ""))

    @admin.display(description=_("What it shows, Italian"))
    def italian(self, obj):
        return obj.alt.get("it", "")

    @admin.display(description=_("What it shows, English"))
    def english(self, obj):
        return obj.alt.get("en", "")


class KeptByMe(admin.SimpleListFilter):
    """The places that I keep."""

    title = _("who keeps it")
    parameter_name = "mine"

    def lookups(self, request, model_admin):
        return [("1", _("my libraries"))]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=places_kept_by(request.user).values("pk")) if self.value() == "1" else queryset


WITH_DESKS = (PlaceKind.BRANCH, PlaceKind.VEHICLE)


@admin.register(Place)
class PlaceAdmin(Kept):
    """A place keeps its code and kind for life; one that closes for good gets a date and keeps its history.

    A librarian writes what she keeps, adds points that her libraries serve, and reads all the rest. `Preview` shows
    the public page as it would be: everything is saved in a transaction that is then taken back.
    """

    form = PlaceForm
    change_form_template = "admin/branches/place/change_form.html"
    list_display = ["name", "kind", "municipio", "parent", "accepts_pickup", "accepts_returns", "closed_on"]
    list_filter = [
        KeptByMe,
        "kind",
        "municipio",
        "accepts_pickup",
        ("closed_on", admin.EmptyFieldListFilter),
        "is_demo",
    ]
    list_select_related = ["parent"]
    search_fields = ["name", "code", "address"]
    inlines = [OpeningHoursInline, ClosureInline, SpecialOpeningInline, PlaceCapacityInline, PlacePhotoInline]
    fieldsets = [
        (None, {"fields": ["name", "code", "kind", "parent", "vehicle"]}),
        (_("Where"), {"fields": ["address", "postcode", "municipio", ("latitude", "longitude"), "step_free"]}),
        (_("How to get there"), {"fields": ["directions_italian", "directions_english"]}),
        (_("Contact"), {"fields": ["phone", "email"]}),
        (
            _("What it does"),
            {"fields": ["accepts_pickup", "accepts_returns", "lends_on_the_spot", "residents_only", "services"]},
        ),
        (_("When"), {"fields": ["hours_known", "always_open", "closed_on_holidays", "opened_on", "closed_on"]}),
        (_("Note for readers"), {"fields": ["italian", "english"]}),
        (_("Desk"), {"fields": ["desk_idle_minutes"]}),
        (_("Origin"), {"fields": ["is_demo", "sources"]}),
    ]

    # --- Who may

    def lookup_allowed(self, lookup, value, request):
        return lookup == KeptByMe.parameter_name or super().lookup_allowed(lookup, value, request)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or can_keep_place(request.user, obj))

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        fixed = ["is_demo"] if obj is None else ["is_demo", "code", "kind"]
        return fixed if keeps_all_places(request.user) or obj is None else [*fixed, "parent", "vehicle"]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or obj.kind not in WITH_DESKS:
            fieldsets = [one for one in fieldsets if one[1]["fields"] != ["desk_idle_minutes"]]
        if obj is not None and not self.has_change_permission(request, obj):
            return fieldsets
        return [*fieldsets, (_("Warnings"), {"fields": ["despite_warnings"]})]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in SERVED_BY:
            places = Place.objects.filter(kind=SERVED_BY[db_field.name]).order_by("name")
            kwargs["queryset"] = places & places_kept_by(request.user)
            kwargs["required"] = db_field.name == "parent" and not keeps_all_places(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "kind" and not keeps_all_places(request.user):
            kwargs["choices"] = [("", "---------"), *((kind.value, kind.label) for kind in KINDS_OF_A_BRANCH)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    # --- Texts by language, where they are only read

    @admin.display(description=_("Note for readers, Italian"))
    def italian(self, obj):
        return obj.note.get("it", "")

    @admin.display(description=_("Note for readers, English"))
    def english(self, obj):
        return obj.note.get("en", "")

    @admin.display(description=_("How to get there, Italian"))
    def directions_italian(self, obj):
        return obj.directions.get("it", "")

    @admin.display(description=_("How to get there, English"))
    def directions_english(self, obj):
        return obj.directions.get("en", "")

    # --- Preview

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and shows_only(request.POST):
            return self._preview(request, object_id, form_url, extra_context)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_formset(self, request, form, formset, change):
        if formset.model is PlacePhoto and shows_only(request.POST):
            # A picture is no part of a transaction: the page shows the one that is there.
            formset.new_objects = formset.changed_objects = formset.deleted_objects = []
            return
        if formset.model is Closure:
            self._save_closures(request, form, formset, change)
            return
        super().save_formset(request, form, formset, change)

    def _save_closures(self, request, form, formset, change):
        """Save the closures; a change never moves a date by itself, so it is said what hangs on it or stays moved."""
        changing = {one.instance.pk: one.instance for one in formset.initial_forms if one not in formset.deleted_forms}
        before = Closure.objects.filter(pk__in=[one.instance.pk for one in formset.initial_forms if one.has_changed()])
        staying = [words for closure in before if (words := stays_moved(closure, changing.get(closure.pk)))]
        super().save_formset(request, form, formset, change)
        if shows_only(request.POST):
            return
        for words in staying:
            messages.warning(request, words)
        for closure in [*formset.new_objects, *(changed for changed, _fields in formset.changed_objects)]:
            tell_what_hangs(request, closure)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not shows_only(request.POST):
            warn_of_openings(request, form.instance)

    def response_add(self, request, obj, post_url_continue=None):
        return self._shown(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._shown(request, obj) or super().response_change(request, obj)

    @staticmethod
    def _shown(request, obj):
        """Return the way to what a preview shows: the public page, or what hangs on the closures."""
        if CLOSINGS in request.POST:
            return HttpResponseRedirect(reverse("admin:desk_closures_of", args=[obj.pk]))
        return HttpResponseRedirect(obj.get_absolute_url()) if PREVIEW in request.POST else None

    def _preview(self, request, object_id, form_url, extra_context):
        """Answer with the page as it would be; nothing of it stays. A form with faults comes back as itself."""
        with transaction.atomic():
            response = super().changeform_view(request, object_id, form_url, extra_context)
            if response.status_code != HttpResponseRedirect.status_code:
                transaction.set_rollback(True)
                return response
            shown = resolve(response["Location"])
            page = copy.copy(request)
            page.method, page.GET, page.POST = "GET", QueryDict(), QueryDict()
            page.path = page.path_info = response["Location"]
            page.htmx = False
            page.is_preview = True
            page._messages = default_storage(page)  # noqa: SLF001  what is told here belongs to this page alone
            messages.warning(
                page, gettext("Preview: this page shows what you have written. Nothing is saved; close this window.")
            )
            answer = shown.func(page, *shown.args, **shown.kwargs)
            transaction.set_rollback(True)
        title = gettext("PREVIEW")
        answer.content = re.sub(rb"<title>\s*", f"<title>{title} - ".encode(), answer.content, count=1)
        answer["Cache-Control"] = "private, no-store"
        return answer

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002  Django's signature
        has_page = obj is None or obj.kind not in NEVER_OPEN_TO_READERS
        context["can_preview"] = has_page and (add or self.has_change_permission(request, obj))
        context["preview_name"], context["closings_name"] = PREVIEW, CLOSINGS
        return super().render_change_form(request, context, add, change, form_url, obj)
