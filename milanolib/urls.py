"""Addresses. Pages live under these Italian paths in every language."""

from allauth.account import views as account
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.i18n import set_language

from milanolib.health import healthz, readyz
from milanolib.views import robots
from notifications.bounce_views import bounced
from portal.views.home import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("", include("portal.urls")),
    path("catalogo/", include("portal.catalog_urls")),
    path("", include("portal.point_urls")),
    path("messaggi/", include("notifications.urls")),
    path("partner/", include("proximity.urls")),
    path("api/", include("interop.urls")),
    path("anagrafe/", include("registry.urls")),
    path("convenzioni/", include("partnerships.urls")),
    path("iniziative/", include("partnerships.initiatives.urls")),
    path("mio/pass/", include("partnerships.own_urls")),
    path("mio/iniziative/", include("partnerships.initiatives.mine_urls")),
    path("biblioteche-condominiali/", include("proximity.condominium_urls")),
    path("accesso/", login_not_required(account.login), name="account_login"),
    path("accesso/esci/", account.logout, name="account_logout"),
    path("accesso/iscrizione/", login_not_required(account.signup), name="account_signup"),
    path("accesso/non-attivo/", login_not_required(account.account_inactive), name="account_inactive"),
    path(
        "accesso/conferma/", login_not_required(account.email_verification_sent), name="account_email_verification_sent"
    ),
    re_path(
        r"^accesso/conferma/(?P<key>[-:\w]+)/$", login_not_required(account.confirm_email), name="account_confirm_email"
    ),
    path("accesso/password/", login_not_required(account.password_reset), name="account_reset_password"),
    path(
        "accesso/password/inviata/", login_not_required(account.password_reset_done), name="account_reset_password_done"
    ),
    re_path(
        r"^accesso/password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        login_not_required(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "accesso/password/fatta/",
        login_not_required(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("accesso/riconferma/", account.reauthenticate, name="account_reauthenticate"),
    path("accesso/email/", account.email, name="account_email"),
    path("accesso/password/cambia/", account.password_change, name="account_change_password"),
    path("accesso/password/scegli/", account.password_set, name="account_set_password"),
    path("lingua/", login_not_required(set_language), name="set_language"),
    path("gestione/", admin.site.urls),
    path("messaggi/tornati/", bounced, name="bounced"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("robots.txt", robots, name="robots"),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("portal.demo_urls")))
handler400 = "milanolib.views.bad_request"
handler500 = "milanolib.views.server_error"
