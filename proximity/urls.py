"""Addresses of the partner's phone page."""

from django.urls import URLPattern, path

from proximity import views

app_name = "proximity"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("attiva/", views.activate_phone, name="activate"),
    path("arrivi/", views.take_in, name="take_in"),
    path("consegna/", views.hand_out, name="hand_out"),
    path("consegna/fatta/", views.handed_over, name="handed_over"),
    path("resi/", views.take_back, name="take_back"),
    path("telefono/", views.phone, name="phone"),
    path("rapporti/", views.reports, name="reports"),
]
