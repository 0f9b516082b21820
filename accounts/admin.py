"""Registers of people. Looking at a reader is written down; readers are found by card, never by name."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    Act,
    Consent,
    DataExport,
    Erasure,
    Guardianship,
    OldCard,
    Reader,
    ReaderSearch,
    StaffView,
    User,
)
from accounts.registers import NotesViews
from milanolib.registers import OwnFilters, Register


@admin.register(Reader)
class ReaderAdmin(NotesViews, Register):
    """The list shows cards without names; a reader's page opens with the name and is written down.

    What is known of a reader is written by the desk's pages only.
    """

    list_display = ["card_number", "status", "category", "card_expires_on", "registered_at"]
    list_filter = ["status", "category"]
    search_fields = ["=card_number"]
    search_help_text = _("The whole card number.")
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": ["card_number", "status", "card_expires_on", "registered_at", "merged_into"]}),
        (_("Verified"), {"fields": ["verified_at", "verified_by", "document_kind", "document_country"]}),
        (_("Person"), {"fields": ["given_name", "family_name", "born_on", "category", "municipio", "phone"]}),
        (_("Sign-in"), {"fields": ["user", "keeps_history", "renews_by_itself"]}),
    ]

    def reader_of(self, row):
        return row


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(OwnFilters, DjangoUserAdmin):
    """Who signs in, and as what; found by the whole e-mail address."""

    add_form = NewUserForm
    list_display = ["__str__", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["=email"]
    search_help_text = _("The whole e-mail address.")
    ordering = ["-id"]
    show_full_result_count = False
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "password", "name", "language"]}),
        (_("Work"), {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name", "usable_password", "password1", "password2"]})]
    filter_horizontal = ["groups"]


@admin.register(Act)
class ActAdmin(Register):
    list_display = ["at", "staff", "verb", "subject", "place_code", "reason"]
    list_select_related = ["staff"]
    search_fields = ["=subject", "=verb", "=place_code"]
    search_help_text = _("What was changed (such as loan:12), the act, or the code of the place.")
    ordering = ["-id"]


@admin.register(StaffView)
class StaffViewAdmin(Register):
    list_display = ["at", "staff", "reader", "page"]
    list_select_related = ["staff", "reader"]
    search_fields = ["=reader__card_number"]
    search_help_text = _("The whole card number.")
    ordering = ["-id"]


@admin.register(ReaderSearch)
class ReaderSearchAdmin(Register):
    list_display = ["at", "staff", "by", "found", "place_code"]
    list_filter = ["by"]
    list_select_related = ["staff"]
    search_fields = ["=place_code"]
    search_help_text = _("The code of the place.")
    ordering = ["-id"]


@admin.register(OldCard)
class OldCardAdmin(Register):
    list_display = ["number", "reader", "reason", "replaced_at"]
    list_filter = ["reason"]
    list_select_related = ["reader"]
    search_fields = ["=number", "=reader__card_number"]
    search_help_text = _("The whole card number.")
    ordering = ["-id"]


@admin.register(Guardianship)
class GuardianshipAdmin(Register):
    list_display = ["child", "since", "ended_at", "shows_titles"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["child"]
    search_fields = ["=child__card_number"]
    search_help_text = _("The whole card number.")
    ordering = ["-id"]


@admin.register(Consent)
class ConsentAdmin(Register):
    list_display = ["reader", "kind", "wording", "given_at", "withdrawn_at"]
    list_filter = [("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["reader"]
    search_fields = ["=reader__card_number"]
    search_help_text = _("The whole card number.")
    ordering = ["-id"]


@admin.register(DataExport)
class DataExportAdmin(NotesViews, Register):
    """That a copy was asked for and made; what is in it only its reader opens."""

    list_display = ["asked_at", "reader", "made_at", "kept_until"]
    list_filter = [("made_at", admin.EmptyFieldListFilter)]
    list_select_related = ["reader"]
    search_fields = ["=reader__card_number"]
    search_help_text = _("The whole card number.")
    fields = ["reader", "language", "asked_at", "made_at", "kept_until"]
    ordering = ["-id"]

    def get_queryset(self, request):
        """Leave what is in the copies where it is."""
        return super().get_queryset(request).closed()


@admin.register(Erasure)
class ErasureAdmin(Register):
    """That somebody asked to be erased, and when it was done. It says of nobody who."""

    list_display = ["asked_at", "is_on_paper", "cancelled_at", "done_at"]  # a fifth date is cut off in Italian
    list_filter = ["is_on_paper", ("cancelled_at", admin.EmptyFieldListFilter), ("done_at", admin.EmptyFieldListFilter)]
    fields = ["asked_at", "due_at", "is_on_paper", "cancelled_at", "done_at"]
    ordering = ["-id"]
