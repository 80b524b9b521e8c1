"""The generator's speed beside public generators, in one run."""

import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from streaming_analytics.errors import UserError
from streaming_analytics.generator.output.writing import Format
from streaming_analytics.generator.run.parallel import compile_loops
from streaming_analytics.progress import Progress

# Versions of the peers; they are installed in an environment of their own.
PEERS = ("jafgen==0.4.14", "tpchgen-cli==4.0.0")
# Faker one row at a time makes a few thousand rows a second: this many suffice.
_FAKER_ROWS = 20_000

_FAKER = """
import csv, sys
from faker import Faker
fake = Faker()
Faker.seed(1)
with open(sys.argv[1], "w", newline="") as file:
    writer = csv.writer(file)
    for number in range(int(sys.argv[2])):
        writer.writerow([
            number, fake.random_int(1, 1000), fake.random_int(1, 500),
            fake.random_element(["tv", "mobile", "computer", "tablet"]),
            fake.date_time_between("-2y").isoformat(), fake.random_int(1, 7200),
            fake.random_int(0, 600), fake.random_int(0, 7200), fake.boolean(),
            fake.date_time_between("-2y").isoformat(),
        ])
"""


@dataclass(frozen=True)
class Measurement:
    """What one generator did.

    Attributes:
        name: Generator and format.
        rows: Rows counted: plays for this one, all rows for the others.
        bytes: Size of all files.
        wall_seconds: From start to end of the process, imports included.
        cpu_seconds: Of the process and its children, over all cores.
        peak_bytes: Largest memory of one process.
    """

    name: str
    rows: int
    bytes: int
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int

    @property
    def rows_per_second(self) -> float:
        """Rows per second by the clock, on as many cores as the generator uses."""
        return self.rows / self.wall_seconds

    @property
    def rows_per_core_second(self) -> float:
        """Rows per second of processor time."""
        return self.rows / self.cpu_seconds

    @property
    def megabytes_per_core_second(self) -> float:
        """Megabytes of files per second of processor time."""
        return self.bytes / 1e6 / self.cpu_seconds


def bench_generate(
    directory: Path, users: int, progress: Progress
) -> list[Measurement]:
    """Measure this generator and its peers one after the other.

    Args:
        directory: Where the peers' environment is kept and files come and go.
        users: Users of the platform that is generated, with all of the realism on.
        progress: Says what is going on.

    Raises:
        UserError: A peer cannot be installed, or a generator fails.
    """
    tools = _install_peers(directory, progress)
    compile_loops()
    work = directory / "work"
    cores = os.cpu_count() or 1
    streaming = [sys.executable, str(Path(__file__))]
    done = []
    try:
        for name, command, count in (
            (
                "streaming generate, Parquet, one core",
                [*streaming, str(users), "parquet", "1"],
                _plays,
            ),
            (
                "streaming generate, Parquet, all cores",
                [*streaming, str(users), "parquet", str(cores)],
                _plays,
            ),
            (
                "streaming generate, CSV, one core",
                [*streaming, str(max(users // 8, 1)), "csv", "1"],
                _plays,
            ),
            (
                "tpchgen-cli, Parquet, one thread",
                [
                    str(tools / "tpchgen-cli"),
                    "parquet",
                    "--scale-factor",
                    "1",
                    "--num-threads",
                    "1",
                    "--output-dir",
                    ".",
                ],
                _all_rows,
            ),
            ("jafgen, CSV, one year", [str(tools / "jafgen"), "1"], _all_rows),
            (
                "Faker row by row, CSV",
                [sys.executable, "-c", _FAKER, "rows.csv", str(_FAKER_ROWS)],
                _all_rows,
            ),
        ):
            progress.update(f"measuring {name}")
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            done.append(_measure(name, command, work, count))
    finally:
        progress.clear()
        shutil.rmtree(work, ignore_errors=True)
    return done


def _install_peers(directory: Path, progress: Progress) -> Path:
    home = directory / "peers"
    tools = home / "bin"
    wanted = "\n".join(PEERS)
    note = home / "installed.txt"
    if not note.exists() or note.read_text() != wanted:
        progress.say(f"installing {', '.join(PEERS)} into {home}")
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        command = [str(tools / "python"), "-m", "pip", "install", "--quiet", *PEERS]
        installed = subprocess.run(command, capture_output=True, text=True, check=False)
        if installed.returncode:
            last = (installed.stderr.strip().splitlines() or ["no message"])[-1]
            raise UserError(f"cannot install {', '.join(PEERS)}: {last}")
        note.write_text(wanted)
    return tools


def _measure(
    name: str, command: list[str], work: Path, count: Callable[[Path], int]
) -> Measurement:
    log = work.parent / "log.txt"
    with log.open("wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=work, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            process.wait()
            raise
        seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        text = log.read_text(errors="replace").strip().splitlines() or ["no message"]
        raise UserError(f"{name} failed: {text[-1]}")
    files = [path for path in work.rglob("*") if path.is_file()]
    return Measurement(
        name=name,
        rows=sum(count(path) for path in files),
        bytes=sum(path.stat().st_size for path in files),
        wall_seconds=seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        # Linux counts kilobytes.
        peak_bytes=usage.ru_maxrss * 1024,
    )


def _all_rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return pq.read_metadata(path).num_rows
    if path.suffix != ".csv":
        return 0
    with path.open("rb") as file:
        return sum(
            block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")
        )


def _plays(path: Path) -> int:
    parts = path.parts
    is_play = "viewing" in parts or path.name.startswith("viewing_")
    return _all_rows(path) if is_play else 0


def as_text(measurements: list[Measurement]) -> str:
    """Return the measurements as a table, the first ones as multiples of each.

    The last two columns say how many times as many rows the first line makes in a
    second of one core, and the fastest of this generator in a second by the clock.
    """
    first = measurements[0]
    fastest = max(one.rows_per_second for one in measurements[:2])
    lines = [
        f"{'':39} {'rows':>12} {'rows/s':>11} {'rows/s/core':>11} {'MB/s/core':>9} "
        f"{'peak MB':>7} {'per core':>9} {'by clock':>9}"
    ]
    for one in measurements:
        per_core = first.rows_per_core_second / one.rows_per_core_second
        by_clock = fastest / one.rows_per_second
        lines.append(
            f"{one.name:39} {one.rows:12,} {one.rows_per_second:11,.0f} "
            f"{one.rows_per_core_second:11,.0f} "
            f"{one.megabytes_per_core_second:9.1f} {one.peak_bytes / 1e6:7.0f} "
            f"{per_core:8.1f}x {by_clock:8.1f}x"
        )
    return "\n".join(lines)


def _generate_here(users: int, form: str, processes: int) -> None:
    from streaming_analytics.generator.run.run import (
        SCALES,
        Request,
        generate_files,
        make_world,
    )
    from streaming_analytics.project import own_checkout

    project = own_checkout()
    world = make_world(project, SCALES["large"], users, 19_723, seed=1)
    out = Path("out")
    plain: Format = "csv" if form == "csv" else "parquet"
    generate_files(Request(project, world, 731, plain, out, processes))
    # Neither belongs to the rows that are compared.
    for name in ("state", "truth"):
        shutil.rmtree(out / name)


def as_json(measurements: list[Measurement]) -> str:
    """Return the measurements for machines."""
    return json.dumps(
        [
            one.__dict__
            | {
                "rows_per_second": one.rows_per_second,
                "rows_per_core_second": one.rows_per_core_second,
            }
            for one in measurements
        ],
        indent=2,
    )


if __name__ == "__main__":
    _generate_here(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
