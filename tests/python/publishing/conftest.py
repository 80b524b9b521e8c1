"""The candidate, in a database of its own."""

import pytest
from candidates import CANDIDATE, run

from streaming_analytics.warehouse.connection import Connection


@pytest.fixture
def candidate(database: Connection) -> Connection:
    run(database, CANDIDATE)
    return database
