"""Each command leaves a log with the time of its steps, and the newest are kept."""

import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_analytics import run_log
from streaming_analytics.cli import main
from streaming_analytics.progress import Progress
from streaming_analytics.run_log import KEPT, current_log, last_run, logged_run

PROJECT = "name: streaming_analytics\n"


def test_steps_are_logged_with_their_seconds_also_when_they_fail(
    tmp_path: Path,
) -> None:
    with logged_run(tmp_path, ["build", "--loaded"]) as log:
        progress = Progress(io.StringIO())
        progress.say("two\nlines")
        with pytest.raises(ValueError, match="no"), progress.step("publishing"):
            raise ValueError("no")
        log.end("well")

    (path,) = tmp_path.iterdir()
    lines = [line.strip().split("  ", 1) for line in path.read_text().splitlines()]
    texts = [text for _, text in lines]
    seconds = [float(second) for second, _ in lines]
    assert texts[:2] == ["streaming build --loaded", "two lines"]
    assert texts[2].startswith("publishing: 0.0")
    assert texts[3] == "ended: well"
    assert seconds == sorted(seconds)
    assert current_log() is None


def test_only_the_newest_logs_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "KEPT", 3)
    for day in range(6):
        (tmp_path / f"2025010{day}-000000-load-1.log").write_text("")
    with logged_run(tmp_path, ["load"]):
        pass

    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 3 < KEPT
    assert names[0] == "20250104-000000-load-1.log"


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")

    with logged_run(tmp_path / "logs", ["load"]) as log:
        Progress(io.StringIO()).say("goes on")
        log.end("well")

    assert last_run(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("arguments", "ended"),
    [
        (["publish", "--status", "--rollback"], "UserError: use --status"),
        (["build", "--scale", "tiny"], "BadParameter: 'tiny'"),
        (["load", "nowhere"], "UserError: there is no directory nowhere"),
    ],
)
def test_how_a_command_ended_is_in_its_log(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    ended: str,
) -> None:
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)

    CliRunner().invoke(main, arguments)

    run = last_run(tmp_path / ".warehouse" / "logs")
    assert run is not None
    assert run.command == f"streaming {' '.join(arguments)}"
    assert (run.ended or "").startswith(ended)


@pytest.mark.parametrize("arguments", [["status"], ["build", "--help"], ["doctor"]])
def test_who_only_looks_leaves_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)

    CliRunner().invoke(main, arguments)

    assert not (tmp_path / ".warehouse").exists()
