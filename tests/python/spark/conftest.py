"""Who ends these tests ends the cluster and the builds that they started."""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest


@pytest.fixture(scope="session", autouse=True)
def _is_interrupted_by_sigterm() -> Iterator[None]:
    """Leave every block when pytest is told to end; by itself it would just be gone."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    yield
    signal.signal(signal.SIGTERM, before)
