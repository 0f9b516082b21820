"""The catalogue's address: its results show what is free now, which `loans` knows, so the page is the portal's."""

from django.urls import path

from portal.views.search import results

app_name = "catalog"
urlpatterns = [path("", results, name="search")]
