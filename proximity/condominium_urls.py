"""Addresses of the network of condominium libraries, for everybody."""

from django.urls import path

from proximity import condominium_views

app_name = "condominium"
urlpatterns = [
    path("", condominium_views.network, name="network"),
    path("aprirne-una/", condominium_views.start, name="start"),
    path("richieste/<str:token>/", condominium_views.follow, name="request"),
    path("<slug:code>/libri/", condominium_views.books, name="books"),
]
