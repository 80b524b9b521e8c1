"""What dbt runs when a user names a part of the project."""

import json
import shutil
from pathlib import Path

from dbt_sample import Built, Dbt


def selected(dbt: Dbt, built: Built, folder: Path, *arguments: str) -> set[str]:
    """Return the unique ids of what a selection runs, unit tests aside."""
    parsed = folder / "partial_parse.msgpack"
    if not parsed.exists():
        shutil.copy(built.target / parsed.name, parsed)
    done = dbt(
        "--quiet",
        "ls",
        "--exclude-resource-type=unit_test",
        "--output=json",
        "--output-keys=unique_id",
        *arguments,
        connection=built.connection,
        target=folder,
    )
    assert done.returncode == 0, done.stdout
    return {json.loads(line)["unique_id"] for line in done.stdout.splitlines()}


def test_a_part_runs_the_tests_whose_tables_it_builds(
    dbt: Dbt, built: Built, tmp_path: Path
) -> None:
    part = selected(dbt, built, tmp_path, "--select", "+fct_user_months")

    tests = {name for name in part if name.startswith("test.")}
    parents = built.manifest["parent_map"]
    others = {
        (test, parent)
        for test in tests
        for parent in parents[test]
        if not parent.startswith(("macro.", "source.")) and parent not in part
    }
    assert len(tests) > 40
    assert others == set()


def test_both_halves_of_a_build_that_trains_run_every_test(
    dbt: Dbt, built: Built, tmp_path: Path
) -> None:
    everything = selected(dbt, built, tmp_path)

    before = selected(dbt, built, tmp_path, "--exclude", "source:ml+")
    after = selected(dbt, built, tmp_path, "--select", "source:ml+")

    assert before | after == everything
    assert before & after == set()
