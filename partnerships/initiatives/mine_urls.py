"""Address of one's own places at initiatives, among the reader's own pages."""

from django.urls import URLPattern, path

from partnerships.initiatives import own_views

app_name = "own_initiatives"
urlpatterns: list[URLPattern] = [path("", own_views.mine, name="mine")]
