import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from streaming_analytics.cli import main
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection

CHECKOUT = Path(__file__).resolve().parents[3]


def all_commands() -> list[tuple[str, ...]]:
    def below(path: tuple[str, ...], command: click.Command) -> Iterator[tuple]:
        yield path
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None, name
                yield from below((*path, name), found)

    return list(below((), main))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def in_project(warehouse_project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Work in the project whose embedded server the session has running."""
    text = (CHECKOUT / "dbt_project.yml").read_text()
    (warehouse_project.root / "dbt_project.yml").write_text(text)
    contract = warehouse_project.raw_contract
    contract.parent.mkdir(parents=True, exist_ok=True)
    contract.write_text(
        (CHECKOUT / contract.relative_to(warehouse_project.root)).read_text()
    )
    monkeypatch.chdir(warehouse_project.root)
    return warehouse_project


@pytest.mark.parametrize("path", all_commands(), ids=" ".join)
def test_every_level_teaches_by_example(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")

    assert result.exit_code == 0
    assert re.search(r":\n    .*streaming ", result.output)


def test_summaries_are_whole_and_h_is_help() -> None:
    listed = run("-h")

    assert listed.exit_code == 0
    assert "..." not in listed.output.partition("Commands:")[2]
    assert run("bi", "tableau", "-h").output == run("bi", "tableau", "--help").output


def test_a_page_that_was_written_is_found(in_project: Project) -> None:
    page = in_project.site / "dashboard.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text("<!doctype html>")

    found = run("open", "--print")
    page.unlink()

    assert found.output == f"{page}\n"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from streaming_analytics.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'dbt', 'numpy', 'pandas', 'psycopg', 'pyarrow', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("load", "nowhere"), "there is no directory nowhere"),
        (("publish",), "run: streaming build"),
        (("build", "--scale", "tiny"), "'tiny' is not one of"),
        (("warehouse", "start", "--port", "x"), "'x' is not a valid integer"),
        (("nonsense",), "No such command 'nonsense'"),
        (("buidl",), "'build'"),
        (("warehouse", "strat"), "'start'"),
        (("build", "--thread", "2"), "'--threads'"),
        (("open",), "written by: streaming build"),
    ],
)
def test_a_mistake_ends_in_one_line(
    in_project: Project, arguments: tuple[str, ...], expected: str
) -> None:
    result = run(*arguments)

    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit)
    (error,) = [line for line in result.stderr.splitlines() if "Error:" in line]
    assert expected in error


def test_outside_of_a_project_that_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from streaming_analytics import project

    monkeypatch.setattr(project, "__file__", str(tmp_path / "a" / "b" / "project.py"))
    monkeypatch.chdir(tmp_path)

    result = run("warehouse", "status")

    assert result.exit_code == 1
    assert "change into a checkout" in result.stderr


def test_env_and_url_lead_to_the_warehouse(
    in_project: Project, warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = {"PGSSLMODE": "require", "PGHOSTADDR": "192.0.2.1"}
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    script = (
        run("warehouse", "env").stdout + "\npython3 -c 'import os; print(os.environ)'"
    )
    shell = subprocess.run(
        ["sh", "-ec", script],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | foreign,
    )

    assert not any(name in shell.stdout for name in foreign)
    for name, value in warehouse.environment().items():
        assert f"'{name}': '{value}'" in shell.stdout
    assert run("warehouse", "url").stdout.strip() == warehouse.url()


def test_psql_opens_the_warehouse(in_project: Project) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "streaming_analytics"),
            *("warehouse", "psql", "-Atc", "select current_database()"),
        ],
        cwd=in_project.root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "streaming\n"
    assert "using the embedded PostgreSQL" in done.stderr


def test_status_tells_running_from_not_running(
    in_project: Project, warehouse: Connection, tmp_path: Path, monkeypatch
) -> None:
    running = run("warehouse", "status")
    (tmp_path / "dbt_project.yml").write_text("name: streaming_analytics\n")
    monkeypatch.chdir(tmp_path)
    stopped = run("warehouse", "status")

    assert running.exit_code == 0
    assert str(warehouse) in running.output
    assert stopped.exit_code == 3
    assert "not running" in stopped.output
    assert not (tmp_path / ".warehouse").exists()


def test_a_port_in_use_is_one_line(
    tmp_path: Path, monkeypatch, open_folder: Path
) -> None:
    folder = open_folder / "port-in-use"
    folder.mkdir()
    (folder / "dbt_project.yml").write_text("name: streaming_analytics\n")
    monkeypatch.chdir(folder)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        result = run("warehouse", "start", "--port", str(port))

    assert result.exit_code == 1
    assert f"port {port} is taken" in result.stderr
