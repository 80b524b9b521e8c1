"""The build beside plain `dbt build` and beside nothing but its statements."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from benchmarks.measuring import Setting, Times, loaded_platform, platform
from streaming_analytics.dbt_run import DbtOutcome
from streaming_analytics.errors import UserError
from streaming_analytics.jobs.build import build
from streaming_analytics.jobs.build_file import build_file
from streaming_analytics.jobs.build_request import BuildRequest
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted

# As in profiles.yml.example.
THREADS = 4


def bench_build(setting: Setting) -> list[Times]:
    """Measure the whole job, plain dbt, the statements that dbt ran, and DuckDB.

    Everything is built whole each time. Seconds of models are those of all threads.

    Raises:
        UserError: A build fails.
    """
    request = BuildRequest(scale=None, full_refresh=True, trains=False)
    with loaded_platform(setting) as (copy, connection, plays):
        own = Selection(connection, False, ())

        def plain_dbt(*arguments: str) -> Callable[[], None]:
            command = ("build", "--full-refresh", *arguments)
            return lambda: run_dbt(copy, connection, *command)

        def on_postgres() -> DbtOutcome:
            return build(copy, own, request, setting.progress).outcome

        def on_duckdb() -> DbtOutcome:
            path = setting.directory / "bench.duckdb"
            files = platform(setting, "parquet")
            return build_file(copy, path, request, setting.progress, files).outcome

        measured = [
            *_dbt_and_models(
                "streaming build", plays, setting.repeats, copy, on_postgres
            ),
            *_dbt_and_models(
                "the same on DuckDB", plays, setting.repeats, copy, on_duckdb
            ),
            setting.times("dbt build, unit tests included", plays, plain_dbt()),
            setting.times(
                "dbt build, without unit tests",
                plays,
                plain_dbt("--exclude-resource-type", "unit_test"),
            ),
        ]
        statements = _statements(copy)
        measured.append(
            setting.times(
                "its statements in the order of the DAG",
                plays,
                lambda: _run_statements(connection, statements),
            )
        )
    return measured


def _dbt_and_models(
    name: str,
    plays: int,
    repeats: int,
    project: Project,
    job: Callable[[], DbtOutcome],
) -> list[Times]:
    """Run a job; return what dbt took with its tests, and its models in all threads."""
    of_dbt, of_models = [], []
    for _ in range(repeats):
        of_dbt.append(job().seconds)
        of_models.append(_seconds_of_models(project))
    return [
        Times(f"{name}: dbt, tests included", plays, tuple(of_dbt)),
        Times(f"{name}: models alone, all threads", plays, tuple(of_models)),
    ]


def _seconds_of_models(project: Project) -> float:
    results = project.root / "target" / "run_results.json"
    return sum(
        result["execution_time"]
        for result in json.loads(results.read_text(encoding="utf-8"))["results"]
        if result["unique_id"].startswith("model.")
    )


def profile_build(setting: Setting) -> list[dict[str, Any]]:
    """Return each model with what its query cost, the dearest first.

    Of each: name, seconds, rows_read (by all scans), rows, and temp_bytes (written to
    disk because a sort or hash did not fit into work_mem).
    """
    with loaded_platform(setting) as (copy, connection, _):
        run_dbt(copy, connection, "run")
        costs = []
        with connection.connect(autocommit=True) as session:
            for node in _models(copy):
                setting.progress.update(f"explaining {node['name']}")
                ((plans,),) = session.execute(
                    trusted(
                        "explain (analyze, buffers, timing off, format json) "
                        + node["compiled_code"]
                    )
                ).fetchall()
                costs.append({"name": node["name"], **_cost(plans[0])})
    return sorted(costs, key=lambda cost: -cost["seconds"])


def profile_as_text(costs: list[dict[str, Any]], most: int = 40) -> str:
    """Return the dearest models as a table."""
    lines = [f"{'':44} {'seconds':>8} {'rows read':>12} {'rows':>10} {'temp MB':>8}"]
    lines += [
        f"{cost['name']:44} {cost['seconds']:8.3f} {cost['rows_read']:12,} "
        f"{cost['rows']:10,} {cost['temp_bytes'] / 1e6:8.1f}"
        for cost in costs[:most]
    ]
    return "\n".join(lines)


def run_dbt(project: Project, connection: Connection, *arguments: str) -> None:
    """Run plain dbt on the loaded data, as a user does, into schemas of its own.

    Raises:
        UserError: It fails.
    """
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            "--no-use-colors",
            *arguments,
            *("--project-dir", str(project.root), "--target", "dev"),
            *("--profiles-dir", str(project.warehouse / "profiles")),
            *("--vars", json.dumps({"raw_data": "loaded"})),
            *("--threads", str(THREADS)),
        ],
        cwd=project.root,
        env=os.environ | connection.environment() | {"DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stdout.strip().splitlines() or ["no message"])[-1]
        raise UserError(f"dbt failed: {last}")


def _manifest(project: Project) -> dict[str, Any]:
    return json.loads(project.manifest.read_text(encoding="utf-8"))


def _models(project: Project) -> list[dict[str, Any]]:
    return [
        node
        for node in _manifest(project)["nodes"].values()
        if node["resource_type"] == "model" and node.get("compiled_code")
    ]


def _statements(project: Project) -> dict[str, tuple[str, list[str]]]:
    """Return what dbt ran for each model and test, and the nodes it came after.

    A table is made under its passing name and dropped, so that the next statement reads
    the one that dbt built; a test counts its rows.
    """
    found = {}
    for name, node in _manifest(project)["nodes"].items():
        if not node.get("compiled_code"):
            continue
        parents = node["depends_on"]["nodes"]
        if node["resource_type"] == "test":
            query = f"select count(*) from ({node['compiled_code']}\n) as broken"
            found[name] = (query, parents)
        elif node["resource_type"] == "model":
            ran = project.root / "target" / "run" / node["package_name"]
            text = (ran / node["original_file_path"]).read_text(encoding="utf-8")
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            passing = f'"{node["schema"]}"."{node["alias"]}__dbt_tmp"'
            drop = f"drop {kind} if exists {passing} cascade"
            found[name] = (f"{text};\n{drop}", parents)
    return found


def _run_statements(
    connection: Connection, statements: dict[str, tuple[str, list[str]]]
) -> None:
    """Run them on as many connections as dbt's threads, parents before children."""
    graph = {
        name: [parent for parent in parents if parent in statements]
        for name, (_, parents) in statements.items()
    }
    order = TopologicalSorter(graph)
    order.prepare()
    sessions = [connection.connect(autocommit=True) for _ in range(THREADS)]

    def run(name: str) -> str:
        session = sessions.pop()
        try:
            session.execute(trusted(statements[name][0]))
        finally:
            sessions.append(session)
        return name

    running: set[Future[str]] = set()
    with ThreadPoolExecutor(THREADS) as pool:
        while order.is_active():
            running |= {pool.submit(run, name) for name in order.get_ready()}
            done, running = wait(running, return_when=FIRST_COMPLETED)
            order.done(*(one.result() for one in done))
    for session in sessions:
        session.close()


def _cost(explained: dict[str, Any]) -> dict[str, Any]:
    plan = explained["Plan"]
    return {
        "seconds": explained["Execution Time"] / 1000,
        "rows_read": _rows_read(plan),
        "rows": round(plan["Actual Rows"]),
        "temp_bytes": plan.get("Temp Written Blocks", 0) * 8192,
    }


def _rows_read(plan: dict[str, Any]) -> int:
    """Return the rows that all scans of tables read, those filtered out included."""
    read = sum(map(_rows_read, plan.get("Plans", ())))
    if "Relation Name" not in plan:
        return read
    each = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return read + round(each * plan["Actual Loops"])
