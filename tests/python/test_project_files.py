"""What a newcomer relies on: one version, told changes, an index, the same linters."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from dbt_sample import ROOT, Built

from streaming_analytics.docs_site.contracts import changed, digests, read_text
from streaming_analytics.jobs import docs
from streaming_analytics.mart_contract import read_mart_contract
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
RELEASED = (ROOT / "docs" / "contracts.txt").read_text(encoding="utf-8")
DECISIONS = ROOT / "docs" / "decisions"


def test_package_and_dbt_project_have_the_version_that_was_released_last() -> None:
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    newest = re.findall(r"^## (\d\S*) \(\d{4}-\d\d-\d\d\)$", CHANGELOG, re.MULTILINE)[0]
    versions = {package["project"]["version"], project["version"], newest}
    assert versions == {read_text(RELEASED)[0]}


def test_a_contract_that_changed_is_named_in_the_changelog(built: Built) -> None:
    _, released = read_text(RELEASED)
    now = digests(read_mart_contract(built.manifest))
    told = CHANGELOG.partition("\n## Unreleased\n")[2].partition("\n## ")[0]
    untold = [name for name in changed(released, now) if f"`{name}`" not in told]
    assert untold == [], "name them under Unreleased in CHANGELOG.md, with what changed"


def test_the_command_keeps_what_a_release_promises(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dbt_project.yml").write_text("version: 9.8.7\n")
    monkeypatch.setattr(docs, "run_dbt_parse", lambda *_: built.manifest)
    path = docs.write_contracts(Project(tmp_path), Progress())
    assert path == tmp_path / "docs" / "contracts.txt"
    now = digests(read_mart_contract(built.manifest))
    assert read_text(path.read_text()) == ("9.8.7", now)


def test_every_decision_is_in_the_index_under_a_number_of_its_own() -> None:
    files = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    numbers = [name[:4] for name in files]
    assert [n for n in numbers if numbers.count(n) > 1] == []
    expected = []
    for name in files:
        heading = (DECISIONS / name).read_text(encoding="utf-8").splitlines()[0]
        number, _, title = heading.removeprefix("# ").partition(". ")
        assert int(number) == int(name[:4]), name
        expected.append(f"| {number} | [{title}]({name}) |")
    index = (DECISIONS / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in index if re.match(r"\| \d", line)] == expected


def test_a_commit_is_held_to_what_make_lint_checks() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lint = makefile.partition("\nlint: ")[2].partition("\n\n")[0]
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    (repository,) = yaml.safe_load(text)["repos"]
    hooks = {hook["id"]: hook["entry"] for hook in repository["hooks"]}
    commands = re.findall(r"\$\(BIN\)/(ruff \w+|ty|deptry)", lint)
    assert {name.replace(" ", "-") for name in commands} | {"sqruff"} == set(hooks)
    assert hooks.pop("sqruff") == "make lint-sql"
    assert "$(MAKE) --no-print-directory lint-sql" in lint
    for entry in hooks.values():
        assert entry.startswith(".venv/bin/")


def test_ci_installs_what_tests_use_and_takes_a_skipped_one_for_red() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    (job,) = workflow["jobs"].values()
    assert {"run": ".ci/run"} in job["steps"]
    assert workflow["permissions"] == {"contents": "read"}
    assert "--no-skips" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_a_skipped_test_fails_when_none_may_be(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_a(): pytest.skip('no browser')\n"
        "@pytest.mark.only_where(False)\n"
        "def test_b(): assert False\n"
    )

    # CI gives its own options to every pytest, and so to the inner ones.
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "conftest", "-q", *arguments],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(Path(__file__).parent)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().returncode == 0
    red = run("--no-skips")
    assert red.returncode == 1
    assert "no browser" in red.stdout
    assert "1 failed, 1 deselected" in red.stdout
