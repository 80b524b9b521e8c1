"""The load of Parquet beside psql's copy of the same rows in CSV."""

import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.measuring import Setting, Times, own_database, platform
from streaming_analytics.errors import UserError
from streaming_analytics.jobs.load import load_files
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.binaries import bundled_programs
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

PEER = "peer"


def bench_load(setting: Setting) -> list[Times]:
    """Measure both, each into empty tables, in turn.

    The peer checks nothing: its tables have the types and neither keys nor rules.

    Raises:
        UserError: There is no psql, or a load fails.
    """
    project, progress = setting.project, setting.progress
    parquet = platform(setting, "parquet")
    files = _files_by_table(project, platform(setting, "csv"))
    rows = 0

    def load() -> None:
        nonlocal rows
        with work_lock(connection, "load") as lock:
            report = load_files(lock, project, parquet, progress)
        rows = sum(report.rows.values())

    with own_database(setting.selection) as connection:
        _make_peer_tables(project, connection)
        progress.update("loading Parquet")
        ours = setting.times("streaming load, Parquet", 0, load)
        progress.update("copying CSV")
        theirs = setting.times(
            "psql \\copy, CSV", 0, lambda: _copy_in(connection, files)
        )
    progress.clear()
    return [Times(one.name, rows, one.seconds) for one in (ours, theirs)]


def _files_by_table(project: Project, folder: Path) -> list[tuple[str, Path]]:
    """Return each CSV file with its table; a large table has several."""
    found = []
    for table in read_raw_contract(project.raw_contract):
        name = table.name
        paths = [
            *folder.glob(f"{name}.csv"),
            *folder.glob(f"{name}_[0-9]*.csv"),
            *(folder / name).glob("*.csv"),
        ]
        found += [(name, path) for path in sorted(paths)]
    return found


def _make_peer_tables(project: Project, connection: Connection) -> None:
    with connection.connect() as session:
        session.execute(f"create schema {PEER}")
        for table in read_raw_contract(project.raw_contract):
            columns = ", ".join(
                f"{column.name} {column.type.replace('string', 'text')}"
                for column in table.columns
            )
            session.execute(trusted(f"create table {PEER}.{table.name} ({columns})"))


def _copy_in(connection: Connection, files: list[tuple[str, Path]]) -> None:
    bundled = bundled_programs() / "psql"
    program = str(bundled) if bundled.exists() else shutil.which("psql")
    if program is None:
        raise UserError("there is no psql on this machine to measure beside")
    tables = ", ".join(sorted({f"{PEER}.{name}" for name, _ in files}))
    script = [f"truncate {tables};", "begin;"]
    for name, path in files:
        header = path.open(encoding="utf-8").readline().strip()
        script.append(
            f"\\copy {PEER}.{name} ({header}) from '{path}' with (format csv, header)"
        )
    script.append("commit;")
    done = subprocess.run(
        [program, "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1"],
        input="\n".join(script),
        env=os.environ | connection.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UserError(f"psql failed: {last}")
