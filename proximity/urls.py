"""Addresses of the partner's phone page."""

from django.urls import URLPattern, path

from proximity import day_views, library_views, round_views, views

app_name = "proximity"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("attiva/", views.activate_phone, name="activate"),
    path("arrivi/", views.take_in, name="take_in"),
    path("consegna/", views.hand_out, name="hand_out"),
    path("consegna/fatta/", views.handed_over, name="handed_over"),
    path("resi/", views.take_back, name="take_back"),
    path("cassa/", views.crate_out, name="crate_out"),
    path("chiusura/", views.close_day, name="close_day"),
    path("guasto/", views.fault, name="fault"),
    path("elenco.pdf", views.day_list, name="day_list"),
    path("giro/", round_views.rounds, name="rounds"),
    path("telefono/", views.phone, name="phone"),
    path("rapporti/", views.reports, name="reports"),
    path("biblioteca/", library_views.library, name="library"),
    path("biblioteca/oggi/", library_views.say_today, name="library_today"),
    path("biblioteca/parole/", library_views.describe, name="library_words"),
    path("biblioteca/eventi/", library_views.events, name="library_events"),
    path("biblioteca/eventi/<int:event_id>/togli/", library_views.event_remove, name="library_event_remove"),
    path("biblioteca/depositi/<int:stay_id>/", library_views.deposit, name="library_deposit"),
    path("biblioteca/depositi/<int:stay_id>/pronti/", library_views.deposit_ready, name="library_deposit_ready"),
    path("biblioteca/depositi/<int:stay_id>/guasti/", library_views.deposit_fault, name="library_deposit_fault"),
    path("giornata/", day_views.day, name="day"),
    path("giornata/pacchi/", day_views.parcels, name="parcels"),
    path("giornata/codice/", day_views.find_by_code, name="find_by_code"),
    path("app.webmanifest", day_views.manifest, name="manifest"),
    path("custode.js", day_views.worker, name="worker"),
]
