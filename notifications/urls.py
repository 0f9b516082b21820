"""Addresses that stand in messages."""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [path("basta/<str:token>/", views.unsubscribe, name="unsubscribe")]
