"""Addresses of the agreements, for everybody."""

from django.urls import URLPattern, path

from partnerships import views

app_name = "partnerships"
urlpatterns: list[URLPattern] = [
    path("", views.agreements, name="agreements"),
    path("convenzioni.geojson", views.agreements_file, name="geojson"),
    path("rss/", views.feed, name="feed"),
    path("<int:number>/", views.agreement, name="agreement"),
    path("<int:number>/immagine.png", views.picture, name="picture"),
]
