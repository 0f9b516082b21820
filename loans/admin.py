"""Registers of circulation: written by verbs, read here; the lending rules are kept here."""

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.utils.translation import gettext_lazy as _

from accounts.models import ReaderCategory, ReaderStatus
from accounts.registers import NotesViews
from branches.models import Place, PlaceKind
from branches.registers import AtLibrary
from loans.expectations import expected_for
from loans.models import (
    Assignment,
    Crate,
    Handover,
    Hold,
    HoldPass,
    KeepingRule,
    Loan,
    LoanRule,
    Parcel,
    ReaderRule,
    RoundCall,
    Task,
    Transit,
)
from milanolib import clock
from milanolib.registers import Kept, ReadOnly, Register
from outbox.events import emit


class AssignmentInline(ReadOnly, admin.TabularInline):
    model = Assignment
    fields = ["copy", "made_at", "committed_at", "released_at", "release_reason"]
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("copy").order_by("-made_at")


class HoldPassInline(ReadOnly, admin.TabularInline):
    model = HoldPass
    fields = ["copy", "reason", "at"]
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("copy")


class HoldList(ChangeList):
    """A page of reservations; when they are expected is read for all of them together."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        expected = expected_for(self.result_list)
        for hold in self.result_list:
            hold.told = expected.get(hold.pk)


@admin.register(Hold)
class HoldAdmin(NotesViews, Register):
    """The list names no reader; a reservation's page does, and is written down."""

    list_display = ["id", "work", "level", "pickup_place", "status", "expected", "placed_at", "ready_at", "keep_until"]
    readonly_fields = ["expected"]
    list_filter = ["status", "level", ("pickup_place", AtLibrary)]
    list_select_related = ["work", "pickup_place"]
    search_fields = ["=id", "=work__title"]
    search_help_text = _("The number, or the whole title of the work.")
    ordering = ["-id"]
    exclude = ["pickup_code"]
    inlines = [AssignmentInline, HoldPassInline]

    def get_changelist(self, request, **kwargs):
        return HoldList

    @admin.display(description=_("when it comes"))
    def expected(self, obj):
        told = obj.told if hasattr(obj, "told") else expected_for([obj]).get(obj.pk)
        return str(told) if told is not None else "-"


@admin.register(Loan)
class LoanAdmin(NotesViews, Register):
    """The list names no reader; a loan's page does, and is written down."""

    list_display = ["id", "copy", "status", "place", "lent_at", "due_on", "renewals", "closed_at", "returned_place"]
    list_filter = ["status", ("place", AtLibrary)]
    list_select_related = ["copy", "place", "returned_place"]
    search_fields = ["=copy__barcode", "=id"]
    search_help_text = _("The whole barcode, or the number of the loan.")
    ordering = ["-id"]


@admin.register(Assignment)
class AssignmentAdmin(Register):
    list_display = ["id", "hold", "copy", "made_at", "committed_at", "released_at", "release_reason"]
    list_filter = [("released_at", admin.EmptyFieldListFilter)]
    list_select_related = ["hold", "copy"]
    search_fields = ["=copy__barcode", "=hold__id"]
    ordering = ["-id"]


@admin.register(Transit)
class TransitAdmin(Register):
    list_display = ["copy", "origin", "destination", "reason", "status", "requested_at", "expected_on", "ended_at"]
    list_filter = ["status", "reason", ("origin", AtLibrary), ("destination", AtLibrary)]
    list_select_related = ["copy", "origin", "destination"]
    search_fields = ["=copy__barcode"]
    ordering = ["-id"]


class HandoverInline(ReadOnly, admin.TabularInline):
    model = Handover
    fields = ["at", "status", "place", "device", "staff"]
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("place", "device", "staff")


@admin.register(Parcel)
class ParcelAdmin(Register):
    list_display = ["tag", "shelf_number", "status", "origin", "destination", "place", "crate", "packed_at"]
    list_filter = ["status", ("origin", AtLibrary)]
    list_select_related = ["origin", "destination", "place", "crate"]
    search_fields = ["=tag"]
    ordering = ["-id"]
    inlines = [HandoverInline]


@admin.register(Crate)
class CrateAdmin(Register):
    list_display = [
        "code", "status", "origin", "destination", "sealed_at", "loaded_at", "received_at", "parcels_declared",
        "parcels_found",
    ]  # fmt: skip
    list_filter = ["status", ("origin", AtLibrary)]
    list_select_related = ["origin", "destination"]
    search_fields = ["=code"]
    ordering = ["-id"]


@admin.register(RoundCall)
class RoundCallAdmin(Register):
    list_display = [
        "on", "place", "vehicle", "left_counted", "left_confirmed", "taken_counted", "taken_confirmed", "settled_at",
    ]  # fmt: skip
    list_filter = [("place", AtLibrary), ("settled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["place", "vehicle"]
    ordering = ["-on", "-pk"]


@admin.register(Handover)
class HandoverAdmin(Register):
    list_display = ["at", "parcel", "status", "place", "device", "staff"]
    list_filter = ["status"]
    list_select_related = ["parcel", "place", "device", "staff"]
    search_fields = ["=parcel__tag"]
    ordering = ["-id"]


@admin.register(Task)
class TaskAdmin(Register):
    """Tasks of all libraries; they are closed at the desk of their own."""

    list_display = ["kind", "place", "copy", "parcel", "opened_at", "closed_at", "closed_by", "what_was_done"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter), "kind", ("place", AtLibrary)]
    list_select_related = ["place", "copy", "parcel", "closed_by"]
    search_fields = ["=copy__barcode", "=parcel__tag"]
    ordering = ["-id"]

    @admin.display(description=_("what was done"))
    def what_was_done(self, task):
        return task.answer_in_words


class LoanRuleForm(forms.ModelForm):
    reader_category = forms.ChoiceField(
        label=_("Reader's category"), required=False, choices=[("", _("any")), *ReaderCategory.choices]
    )


class TellsOfRules:
    """What is saved may keep other copies back or set them free: that follows from an event, not in the request."""

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        self._tell()

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        self._tell()

    def delete_queryset(self, request, queryset):
        super().delete_queryset(request, queryset)
        self._tell()

    def _tell(self):
        emit("loans.rules_changed", key=f"rules-changed:{clock.now():%Y%m%d%H%M%S%f}")


@admin.register(LoanRule)
class LoanRuleAdmin(TellsOfRules, Kept):
    """An empty field means any; the most specific rule wins. The general one cannot be deleted: no loan without it."""

    form = LoanRuleForm
    list_display = [
        "__str__",
        "reader_category",
        "branch",
        "place_kind",
        "valid_from",
        "valid_to",
        "is_lent",
        "max_renewals",
        "max_loans",
        "limit_group",
    ]
    list_filter = ["material", "is_lent"]
    list_select_related = ["branch"]
    fieldsets = [
        (
            _("For what, for whom, where, when"),
            {
                "description": _(
                    "Empty means any. Of all rules that fit the most specific decides, compared in this order: "
                    "material class, reader's category, branch, kind of point, dates. Two that tie are refused."
                ),
                "fields": ["material", "reader_category", "branch", "place_kind", "valid_from", "valid_to"],
            },
        ),
        (_("Whether"), {"fields": ["is_lent", "not_lent_months", "min_age"]}),
        (
            _("How long and how many"),
            {"fields": ["loan_days", "max_renewals", "max_loans", "limit_group", "counts_in_total"]},
        ),
        (_("What follows lateness"), {"fields": ["grace_days", "suspension_per_day", "suspension_most"]}),
    ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = Place.objects.filter(kind=PlaceKind.BRANCH).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request, obj=None):
        is_general = obj is not None and not (
            obj.material or obj.reader_category or obj.branch_id or obj.place_kind or obj.is_dated
        )
        return not is_general and super().has_delete_permission(request, obj)


@admin.register(KeepingRule)
class KeepingRuleAdmin(Kept):
    list_display = ["place_kind", "days", "visits"]

    def get_readonly_fields(self, request, obj=None):
        return ["place_kind"] if obj else []

    def has_delete_permission(self, request, obj=None):
        return False


class ReaderRuleForm(forms.ModelForm):
    reader_status = forms.ChoiceField(
        label=_("Reader's status"),
        choices=[one for one in ReaderStatus.choices if one[0] != ReaderStatus.CLOSED],
    )
    reader_category = forms.ChoiceField(label=_("Reader's category"), choices=ReaderCategory.choices)
    pickup_kinds = forms.MultipleChoiceField(
        label=_("Kinds of point for collecting"),
        required=False,
        choices=PlaceKind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means all."),
    )


@admin.register(ReaderRule)
class ReaderRuleAdmin(Kept):
    """How much at once and what blocks; a rule for a category beats the one for any, which cannot be deleted."""

    form = ReaderRuleForm
    list_display = ["reader_status", "reader_category", "max_holds", "max_loans", "max_overdue", "not_collected_days"]
    fields = [
        "reader_status",
        "reader_category",
        "max_holds",
        "max_loans",
        "pickup_kinds",
        "max_overdue",
        "max_not_collected",
        "not_collected_days",
    ]

    def get_readonly_fields(self, request, obj=None):
        return ["reader_status", "reader_category"] if obj else []

    def has_delete_permission(self, request, obj=None):
        is_general = obj is not None and not obj.reader_category
        return not is_general and super().has_delete_permission(request, obj)
