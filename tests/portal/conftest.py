"""Readers who are signed in."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from tests.factories import ReaderFactory, UserFactory


@pytest.fixture
def signed_in():
    """Return a reader with a sign-in, and a client that is signed in as them: `signed_in(status=...)`."""

    def make(**fields):
        user = UserFactory()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        reader = ReaderFactory(user=user, **fields)
        client = Client()
        client.force_login(user, backend="accounts.backends.CardBackend")
        return reader, client

    return make
