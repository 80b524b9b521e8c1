"""`streaming advance`, as far as it needs no server."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_analytics.cli import main
from streaming_analytics.project import Project


def test_without_a_platform_it_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "streaming_analytics.project.find_project", lambda: Project(tmp_path)
    )

    result = CliRunner().invoke(main, ["advance", "--days", "3"])

    assert result.exit_code == 1
    assert "there is no platform to go on from" in result.output
    assert "streaming build --scale demo" in result.output
    assert list(tmp_path.iterdir()) == []
