"""Addresses of the initiatives, for everybody."""

from django.urls import URLPattern, path

from partnerships.initiatives import own_views, views

app_name = "initiatives"
urlpatterns: list[URLPattern] = [
    path("", views.initiatives, name="initiatives"),
    path("calendario/", views.month, name="month"),
    path("iniziative.ics", views.calendar_file, name="ics"),
    path("iniziative.geojson", views.map_file, name="geojson"),
    path("rss/", views.feed, name="feed"),
    path("<int:number>/", views.initiative, name="initiative"),
    path("<int:number>/date.ics", views.own_calendar_file, name="dates_ics"),
    path("<int:number>/immagine.png", views.picture, name="picture"),
    path("<int:number>/copertina-<int:width>.webp", views.cover, name="cover"),
    path("<int:number>/prenota/<int:date_id>/", own_views.book, name="book"),
    path("inviata/", own_views.sent, name="sent"),
    path("prenotazione/<str:token>/", own_views.booking, name="booking"),
    path("prenotazione/<str:token>/iniziativa.ics", own_views.calendar_file, name="booking_ics"),
    path("prenotazione/<str:token>/biglietto.pdf", own_views.ticket, name="ticket"),
]
