"""A librarian and a manager of the south library, signed in, before the pages about copies."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from tests.factories import LibrarianFactory, ManagerFactory, UserFactory
from tests.loans.desk.conftest import Desk


@pytest.fixture(autouse=True)
def english():
    """Compare words in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Keep what is uploaded apart."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def desk(network):
    return Desk(LibrarianFactory(desk=network.south), network.south)


@pytest.fixture
def other_desk(network):
    return Desk(LibrarianFactory(desk=network.north), network.north)


@pytest.fixture
def manager(network):
    return Desk(ManagerFactory(desk=network.south), network.south)


@pytest.fixture
def clerk(db):
    """Somebody of the staff who has no role."""
    return Desk(UserFactory(is_staff=True), None)


@pytest.fixture
def upload():
    """A file as a browser sends it."""

    def made(data, name="records.mrc"):
        return SimpleUploadedFile(name, data)

    return made
