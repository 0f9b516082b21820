"""A broker that is away costs nothing but time."""

import time

import pytest
from django.db import transaction

from milanolib.celery import app
from outbox import nudge
from outbox.events import emit
from outbox.models import Event


@pytest.fixture
def no_broker():
    """Point Celery to a port on which nobody listens."""
    before = app.conf.broker_url
    app.conf.broker_url = "redis://127.0.0.1:1/0"
    app.amqp._producer_pool = None
    app._pool = None
    yield
    app.conf.broker_url = before
    app.amqp._producer_pool = None
    app._pool = None


@pytest.mark.django_db(transaction=True)
def test_a_nudge_that_cannot_be_sent_is_counted_and_swallowed(no_broker):
    before, began = nudge.failures["dispatch"], time.monotonic()

    with transaction.atomic():
        emit("tests.happened", key="it:1")

    assert Event.objects.count() == 1, "the event is there for the next sweep"
    assert nudge.failures["dispatch"] == before + 1
    assert time.monotonic() - began < 2, "no request waits for it"
