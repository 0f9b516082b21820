"""Which addresses are open without a sign-in: compared with a list written by hand."""

import pytest
from django.urls import URLPattern, get_resolver

OPEN = {
    "biblioteche-condominiali/",
    "biblioteche-condominiali/<slug:code>/libri/",
    "biblioteche-condominiali/aprirne-una/",
    "biblioteche-condominiali/richieste/<str:token>/",  # shows no name: whoever asked keeps the address
    "",
    "accesso/",
    "accesso/conferma/",
    "accesso/esci/",
    "accesso/conferma/(?P<key>[-:\\w]+)/$",
    "accesso/iscrizione/",
    "accesso/non-attivo/",
    "accesso/password/",
    "accesso/password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
    "accesso/password/fatta/",
    "accesso/password/inviata/",
    "accessibilita/",
    "api/",
    "api/<path:address>",
    "api/v1/openapi.json",
    "anagrafe/",
    "anagrafe/<slug:code>/",
    "anagrafe/<slug:code>/attesa/",
    "anagrafe/<slug:code>/schermo/",
    "anagrafe/inviata/",
    "anagrafe/prenotazione/<str:token>/",
    "anagrafe/prenotazione/<str:token>/ricevuta.pdf",
    "anagrafe/prenotazione/<str:token>/sposta/",
    "anagrafe/prenotazione/<str:token>/sposta/<slug:code>/",
    "anagrafe/prenotazione/<str:token>/turno.ics",
    "bibliobus/",
    "catalogo/",
    "catalogo/<int:title_id>/",
    "catalogo/<int:title_id>/<slug:slug>/",
    "catalogo/<int:title_id>/<slug:slug>/recensioni/",
    "catalogo/<int:title_id>/citazione.<slug:style>",
    "catalogo/<int:title_id>/marc/",
    "catalogo/persone/<int:agent_id>/",
    "catalogo/persone/<int:agent_id>/<slug:slug>/",
    "convenzioni/",
    "convenzioni/<int:number>/",
    "convenzioni/<int:number>/immagine.png",
    "convenzioni/convenzioni.geojson",
    "convenzioni/pass/",
    "convenzioni/pass/servizio.js",
    "convenzioni/proposte/<str:token>/",
    "convenzioni/rss/",
    "convenzioni/verifica/<str:token>/",
    "copertine/<int:title_id>-<slug:size>.webp",
    "catalogo/rss/",
    "catalogo/suggerimenti/",
    "catalogo/valori/<slug:kind>/",
    "gestione/login/",
    "healthz",
    "iniziative/",
    "iniziative/<int:number>/",
    "iniziative/<int:number>/copertina-<int:width>.webp",
    "iniziative/<int:number>/date.ics",
    "iniziative/<int:number>/immagine.png",
    "iniziative/<int:number>/prenota/<int:date_id>/",
    "iniziative/calendario/",
    "iniziative/inviata/",
    "iniziative/iniziative.geojson",
    "iniziative/iniziative.ics",
    "iniziative/prenotazione/<str:token>/",
    "iniziative/prenotazione/<str:token>/biglietto.pdf",
    "iniziative/prenotazione/<str:token>/iniziativa.ics",
    "iniziative/rss/",
    "licenza/",
    "messaggi/tornati/",
    "mio/dati/tieni/<str:token>/",  # the way back from being erased, signed, from a letter
    "mio/dispositivi.js",
    "lingua/",
    "liste/",
    "liste/<slug:token>/",
    "messaggi/basta/<str:token>/",
    "novita/",
    "novita/rss/",
    "privacy/",
    "progetti/",
    "progetti/anagrafe/",
    "progetti/autonomia/",
    "progetti/convenzioni/",
    "progetti/prossimita/",
    "punti/",
    "punti/<slug:code>/",
    "punti/<slug:code>/foto-<int:width>.webp",
    "punti/<slug:code>/orari.ics",
    "punti/punti.geojson",
    "readyz",
    "robots.txt",
    "segnala/",
}
# The demo's own pages, there only with DEMO=1.
OPEN_IN_THE_DEMO = {"demo/", "demo/posta/", "demo/posta/<str:name>/", "demo/orologio/", "demo/telefono/<slug:code>/"}
# Open to a phone that was activated, whoever is signed in; proximity's own tests try each from the wrong phone.
PARTNER = ("partner/", "api/v1/partner/")  # by a token; tried with wrong ones in tests/interop


def addresses(patterns, prefix=""):
    for one in patterns:
        route = prefix + str(one.pattern).lstrip("^")
        if isinstance(one, URLPattern):
            yield route, one.callback
        else:
            yield from addresses(one.url_patterns, route)


def test_open_addresses_are_the_written_ones():
    is_open = {
        route
        for route, view in addresses(get_resolver().url_patterns)
        if not getattr(view, "login_required", True) and not route.startswith(PARTNER)
    }

    assert is_open == OPEN | OPEN_IN_THE_DEMO


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/", "/catalogo/", "/punti/", "/accesso/", "/partner/", "/healthz", "/nothing-here/"]
)
def test_answers_carry_the_headers_that_keep_browsers_safe(client, address):
    answer = client.get(address)

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Request-ID"]
    assert answer["Permissions-Policy"] == "camera=(), microphone=()"


@pytest.mark.django_db
def test_request_id_of_a_proxy_is_kept_and_a_strange_one_is_not(client):
    kept = client.get("/healthz", HTTP_X_REQUEST_ID="abcdef-123456")
    made = client.get("/healthz", HTTP_X_REQUEST_ID='"><script>')

    assert kept["X-Request-ID"] == "abcdef-123456"
    assert "script" not in made["X-Request-ID"]
