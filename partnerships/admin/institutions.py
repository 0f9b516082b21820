"""The register of institutions."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from milanolib.registers import Kept
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
        (_("For staff"), {"fields": ["contact", "links_version"]}),
    ]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj is not None else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj is not None else []

    def has_delete_permission(self, request, obj=None):
        return False
