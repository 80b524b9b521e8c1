"""The sample, read once."""

import pytest

from .raw import Raw, sample


@pytest.fixture(scope="session")
def raw() -> Raw:
    """Return the committed sample."""
    return sample()
