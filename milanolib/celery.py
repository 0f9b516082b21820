"""The Celery application. Tasks are thin: each calls a verb that a person or a command could call too."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milanolib.settings")

app = Celery("milanolib")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
