"""Addresses for other programs. They never change; what must change gets a new version."""

from django.urls import URLPattern, path

from interop import partner_views

app_name = "interop"
urlpatterns: list[URLPattern] = [
    path("v1/openapi.json", partner_views.openapi, name="openapi"),
    path("v1/partner/parcels", partner_views.parcels, name="parcels"),
    path("v1/partner/parcels/<str:tag>", partner_views.parcel, name="parcel"),
    path("v1/partner/crates", partner_views.crates, name="crates"),
    path("v1/partner/reports", partner_views.reports, name="reports"),
    path("v1/partner/reports/<str:key>", partner_views.report, name="report"),
    path("v1/partner/day", partner_views.day, name="day"),
    path("v1/partner/tally", partner_views.tally, name="tally"),
    path("", partner_views.nothing_here),
    path("<path:address>", partner_views.nothing_here, name="nothing"),
]
