"""Addresses of the partner's phone page."""

from django.urls import URLPattern

app_name = "proximity"
urlpatterns: list[URLPattern] = []
