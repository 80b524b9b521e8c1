"""The command `streaming generate`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streaming_analytics.cli import main
from streaming_analytics.generator.faults.request import FAULTS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["generate", *arguments])


def test_writes_a_platform(tmp_path: Path) -> None:
    done = run("--users", "20", "--days", "20", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "manifest.json").exists()
    assert (tmp_path / "out" / "viewing_2024.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--users", "0"), "--users 0 is too small"),
        (("--days", "-1"), "--days -1 is too small"),
        (("--seed", "-5"), "--seed -5 is too small"),
        (("--processes", "0"), "--processes 0 is too small"),
    ],
)
def test_numbers_too_small_are_named(
    tmp_path: Path, arguments: tuple[str, str], message: str
) -> None:
    done = run(*arguments, "--out", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert message in done.output
    assert len(done.output.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_unknown_scale_lists_the_choices() -> None:
    done = run("--scale", "huge")
    assert done.exit_code != 0
    for scale in ("sample", "demo", "large"):
        assert scale in done.output


def test_out_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for out in (file, file / "below"):
        done = run("--users", "5", "--days", "5", "--out", str(out))
        assert done.exit_code == 1
        assert str(out) in done.output
        assert len(done.output.splitlines()) == 1
    assert file.read_text() == "mine"


def test_faults_are_listed_with_what_they_do(tmp_path: Path) -> None:
    done = run("--faults", "help", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0
    assert len(done.output.splitlines()) == len(FAULTS)
    (line,) = [one for one in done.output.splitlines() if " stale_source " in one]
    assert line.split()[:3] == ["59", "stale_source", "viewing"]
    assert "last two loads are missing" in line
    assert not list(tmp_path.iterdir())


def test_a_day_of_another_form_is_told_the_form() -> None:
    done = run("--start", "1.1.2024")
    assert done.exit_code == 2
    assert "'1.1.2024' is no day; write YYYY-MM-DD, as 2024-01-01" in done.output
