"""Addresses of the registry's pages for everybody; the desk's are in `registry.desk`."""

from django.urls import URLPattern, path

from registry import own_views, views

app_name = "registry"
urlpatterns: list[URLPattern] = [
    path("", views.kiosks, name="kiosks"),
    path("inviata/", views.sent, name="sent"),
    path("prenotazione/<str:token>/", own_views.booking, name="booking"),
    path("prenotazione/<str:token>/sposta/", own_views.move, name="move"),
    path("prenotazione/<str:token>/sposta/<slug:code>/", own_views.move, name="move_to"),
    path("prenotazione/<str:token>/turno.ics", own_views.calendar_file, name="ics"),
    path("prenotazione/<str:token>/ricevuta.pdf", own_views.receipt, name="receipt"),
    path("<slug:code>/", views.slots, name="slots"),
    path("<slug:code>/attesa/", views.wait, name="wait"),
    path("<slug:code>/schermo/", views.screen, name="screen"),
]
