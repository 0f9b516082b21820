"""Addresses of the network's pages."""

from django.urls import path

from branches import views

app_name = "branches"
urlpatterns = [
    path("punti/", views.points, name="points"),
    path("punti/<slug:code>/", views.point, name="point"),
    path("bibliobus/", views.bibliobus, name="bibliobus"),
]
