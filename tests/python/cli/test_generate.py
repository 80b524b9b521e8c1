"""The command `streaming generate`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streaming_analytics.cli import main


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
