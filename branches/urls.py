"""Addresses of the network's pages; the portal adds the page of one point and names them all `branches:`."""

from django.urls import path

from branches import bibliobus_views, views

urlpatterns = [
    path("punti/", views.points, name="points"),
    path("punti/punti.geojson", views.points_file, name="points_geojson"),
    path("punti/<slug:code>/orari.ics", views.hours_file, name="hours_ics"),
    path("punti/<slug:code>/foto-<int:width>.webp", views.photo, name="photo"),
    path("punti/<slug:code>/preferito/", views.favourite, name="favourite"),
    path("bibliobus/", bibliobus_views.bibliobus, name="bibliobus"),
]
