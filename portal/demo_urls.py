"""Addresses that exist in the demo only."""

from django.urls import path

from portal.views import demo

app_name = "demo"
urlpatterns = [
    path("", demo.index, name="index"),
    path("posta/", demo.mailbox, name="mailbox"),
    path("posta/<str:name>/", demo.message, name="message"),
    path("orologio/", demo.clock_forward, name="clock"),
    path("telefono/<slug:code>/", demo.activation_code, name="activation_code"),
]
