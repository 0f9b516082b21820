"""Registers of messages, and what people write to us."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.registers import NotesViews
from milanolib.registers import Kept, Register
from notifications.kinds import all_kinds, known_kind
from notifications.ledger import MAY_GO_AGAIN
from notifications.ledger_views import TO_ACT
from notifications.models import AddressMark, Call, Feedback, Message


class KindFilter(admin.SimpleListFilter):
    """The kinds that apps have registered; asking the ledger for them would read all of it."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return [(kind.code, kind.name) for kind in all_kinds()]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(NotesViews, Register):
    """The ledger: kinds and ids, no text. A reader is named on one row's page only."""

    list_display = [
        "kind_name",
        "channel",
        "status",
        "created_at",
        "sent_at",
        "attempts",
        "is_marked",
        "last_error",
    ]
    list_filter = ["status", "channel", KindFilter, "may_be_double", ("created_at", admin.DateFieldListFilter)]
    change_form_template = "admin/notifications/message/change_form.html"
    search_fields = ["=key", "=kind", "=message_id"]
    ordering = ["-id"]

    @admin.display(description=_("kind"), ordering="kind")
    def kind_name(self, row):
        """Return what the kind is called; its code where no app registers it any more."""
        kind = known_kind(row.kind)
        return kind.name if kind is not None else row.kind

    @admin.display(description=_("possible double"), ordering="may_be_double")
    def is_marked(self, row):
        """Return a word where it may be a double, and nothing where all is well: a red cross would say the opposite."""
        return _("yes") if row.may_be_double else ""

    def render_change_form(self, request, context, **form):
        """Offer to send it again, to who may, where it may go again."""
        row = form.get("obj")
        context["may_resend"] = row is not None and row.status in MAY_GO_AGAIN and request.user.has_perm(TO_ACT)
        return super().render_change_form(request, context, **form)


@admin.register(Feedback)
class FeedbackAdmin(Kept):
    """What people wrote; who answers says when."""

    list_display = ["case_number", "topic", "received_at", "answered_at"]
    list_filter = [("answered_at", admin.EmptyFieldListFilter), "topic"]
    search_fields = ["=case_number"]
    readonly_fields = ["case_number", "topic", "text", "page", "email", "received_at"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Call)
class CallAdmin(Register):
    """Calls to readers whom no channel reached."""

    list_display = ["called_at", "outcome", "called_by", "message"]
    list_filter = ["outcome"]


@admin.register(AddressMark)
class AddressMarkAdmin(Register):
    """Addresses that do not work, which nobody can read here."""

    list_display = ["channel", "why", "times", "marked_at", "mended_at"]
    list_filter = ["channel", "why"]
