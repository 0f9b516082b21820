"""The register of contracts with partners."""

from django.contrib import admin

from branches.models import Place
from loans.desk_reads import NEWSSTANDS_FIRST, PARTNER_KINDS
from milanolib.registers import Kept
from proximity.models import Contract


@admin.register(Contract)
class ContractAdmin(Kept):
    """A contract is never deleted: it gets a last day. Who changed what stands in its history."""

    list_display = ["place", "partner", "starts_on", "ends_on", "parcels_a_day", "owner"]
    list_select_related = ["place", "owner"]
    list_filter = ["place__kind", ("owner", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["partner", "place__name"]

    def has_delete_permission(self, request, obj=None):
        return False

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "place":
            kwargs["queryset"] = Place.objects.filter(kind__in=PARTNER_KINDS).order_by(NEWSSTANDS_FIRST, "name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
