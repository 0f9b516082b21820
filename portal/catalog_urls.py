"""The catalogue's address: its results show what is free now, which `loans` knows, so the page is the portal's."""

from django.urls import path

from portal.views.feed import feed
from portal.views.search import results, suggestions, values

app_name = "catalog"
urlpatterns = [
    path("", results, name="search"),
    path("suggerimenti/", suggestions, name="suggestions"),
    path("valori/<slug:kind>/", values, name="values"),
    path("rss/", feed, name="feed"),
]
