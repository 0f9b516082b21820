"""Addresses of the agreements, for everybody."""

from django.urls import URLPattern, path

from partnerships import check_views, pass_views, propose_views, views

app_name = "partnerships"
urlpatterns: list[URLPattern] = [
    path("", views.agreements, name="agreements"),
    path("convenzioni.geojson", views.agreements_file, name="geojson"),
    path("rss/", views.feed, name="feed"),
    path("pass/", pass_views.kept_pass, name="kept_pass"),
    path("pass/servizio.js", pass_views.worker, name="pass_worker"),
    path("proposte/<str:token>/", propose_views.propose, name="propose"),
    path("verifica/<str:token>/", check_views.check, name="check"),
    path("<int:number>/", views.agreement, name="agreement"),
    path("<int:number>/immagine.png", views.picture, name="picture"),
]
