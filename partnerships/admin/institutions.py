"""The register of institutions."""

from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from milanolib.registers import Kept
from partnerships.links import checking_link
from partnerships.models import Institution


@admin.register(Institution)
class InstitutionAdmin(Kept):
    """A house that offers something to readers. It is never deleted: what was agreed and used stays."""

    list_display = ["name", "kind", "municipio", "is_demo"]
    list_filter = ["kind", "municipio", "is_demo"]
    search_fields = ["name", "address"]
    prepopulated_fields = {"code": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "code", "kind", "is_demo"]}),
        (_("Where"), {"fields": ["address", "municipio", ("latitude", "longitude"), "step_free", "website"]}),
        (_("For staff"), {"fields": ["contact", "links_version", "checking_page"]}),
    ]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj is not None else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request, obj=None):
        return ["code", "checking_page"] if obj is not None else ["checking_page"]

    @admin.display(description=_("checking page"))
    def checking_page(self, obj):
        """Return the address for the bookmark of the institution's counter."""
        if obj.pk is None:
            return "-"
        address = settings.BASE_URL + checking_link(obj)
        return format_html('<a href="{}">{}</a>', address, address)

    def has_delete_permission(self, request, obj=None):
        return False
