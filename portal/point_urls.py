"""The network's addresses: the page of one point shows new titles, which `catalog` knows, so it is the portal's."""

from django.urls import include, path

from portal.views.point import point

app_name = "branches"
urlpatterns = [
    path("", include("branches.urls")),
    path("punti/<slug:code>/", point, name="point"),
]
