"""Addresses of the portal."""

from django.urls import path

from portal.views import legal, mine, reserve, title

app_name = "portal"
urlpatterns = [
    path("catalogo/<int:title_id>/<slug:slug>/", title.title_page, name="title"),
    path("catalogo/<int:title_id>/", title.title_page, {"slug": ""}, name="title_by_number"),
    path("catalogo/<int:title_id>/<slug:slug>/prenota/", reserve.reserve, name="reserve"),
    path("mio/", mine.mine, name="mine"),
    path("mio/messaggi/", mine.messages_sent, name="messages"),
    path("mio/prestiti/<int:loan_id>/rinnova/", mine.renew, name="renew"),
    path("mio/prenotazioni/<int:hold_id>/annulla/", mine.cancel, name="cancel"),
    path("mio/prenotazioni/<int:hold_id>/punto/", mine.move, name="move"),
    path("mio/ricevute/<int:loan_id>/", mine.receipt, name="receipt"),
    path("accessibilita/", legal.page, {"name": "accessibility"}, name="accessibility"),
    path("privacy/", legal.page, {"name": "privacy"}, name="privacy"),
    path("licenza/", legal.page, {"name": "licence"}, name="licence"),
    path("segnala/", legal.feedback, name="feedback"),
]
