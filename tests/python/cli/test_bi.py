"""The commands `streaming bi` and `streaming docs`: what a user gets wrong."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streaming_analytics.bi.files import write
from streaming_analytics.cli import main
from streaming_analytics.errors import UserError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bi", "powerbi", "--port", "0"), "'--port'"),
        (("bi", "excel"), "'excel'"),
        (("bi", "tableau", "--engine", "oracle"), "'oracle'"),
        (("bi", "superset", "--engine", "databricks"), "--engine"),
        (("docs", "--check"), "--check goes with --erd"),
    ],
)
def test_a_mistake_is_one_line_and_no_traceback(
    arguments: tuple[str, ...], message: str
) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("command", [("bi",), ("bi", "tableau"), ("docs",)])
def test_help_teaches_by_example(command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert done.exit_code == 0
    assert "Example" in done.output


def test_what_databricks_needs_is_named() -> None:
    done = run("bi", "powerbi", "--engine", "databricks", "--host", "adb-1.example.com")
    assert done.exit_code == 1
    assert "needs --http-path, --database" in str(done.output)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match=r"cannot write to .*file"):
        write({"a.twb": ""}, tmp_path / "file")


def test_files_of_a_mart_that_is_gone_are_removed(tmp_path: Path) -> None:
    (tmp_path / "mart_gone.tds").write_text("")
    (tmp_path / "notes.txt").write_text("mine")
    write({"a.tds": "new"}, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"a.tds", "notes.txt"}
