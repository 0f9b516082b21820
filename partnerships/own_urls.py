"""Addresses of the reader's pass, among the reader's own pages."""

from django.urls import URLPattern, path

from partnerships import pass_views

app_name = "own_pass"
urlpatterns: list[URLPattern] = [
    path("", pass_views.own_pass, name="own_pass"),
    path("codici.json", pass_views.codes, name="codes"),
    path("foglio.pdf", pass_views.sheet, name="sheet"),
]
