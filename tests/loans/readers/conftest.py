"""A librarian at her desk, and what each test about readers' pages needs."""

import pytest

from tests.factories import LibrarianFactory
from tests.loans.desk.conftest import Desk


@pytest.fixture
def desk(network):
    return Desk(LibrarianFactory(desk=network.south), network.south)


@pytest.fixture
def clerk(network):
    """Somebody of the staff who serves no readers."""
    user = LibrarianFactory(desk=network.south)
    user.groups.clear()
    return Desk(user, network.south)
