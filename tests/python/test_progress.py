"""Progress where there is no terminal: a line now and then, and none of short work."""

import io
import sys
import time

import pytest

from streaming_analytics.progress import Progress


def test_long_work_says_now_and_then_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    progress = Progress()
    for second in range(40):
        clock[0] = 100.0 + second
        progress.update("rendering")
    progress.clear()
    assert said.getvalue().splitlines() == [
        "rendering  (0:15 so far)",
        "rendering  (0:30 so far)",
    ]


def test_short_work_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    Progress().update("reading")
    assert said.getvalue() == ""
