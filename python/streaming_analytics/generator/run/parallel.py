"""Parts of a platform simulated in several processes."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from streaming_analytics.errors import UserError
from streaming_analytics.generator.numeric.compiled import is_new
from streaming_analytics.generator.output.contract import Schemas
from streaming_analytics.generator.output.writing import Format, ShardFiles
from streaming_analytics.generator.run.saved_state import load_shard, save_shard
from streaming_analytics.generator.run.walk import simulate as simulate_in_memory
from streaming_analytics.generator.run.walk import walk_shard
from streaming_analytics.generator.simulation.platform import Platform
from streaming_analytics.generator.world.span import Span
from streaming_analytics.generator.world.world import World

Report = Callable[[int, int, int], None]
# Seconds between two looks at how far the processes are.
_LOOK_EVERY = 0.2


@dataclass(frozen=True)
class Job:
    """What a process needs to know to simulate any shard.

    Attributes:
        world: The world.
        schemas: The raw contract that the rows are written by.
        span: The loads wanted.
        form: Format of the files.
        directory: Where the shards are written.
        state: Saved state to go on from; None to begin at the start.
        keeps_state: Whether to save the state that a later span goes on from.
    """

    world: World
    schemas: Schemas
    span: Span
    form: Format
    directory: Path
    state: Path | None = None
    keeps_state: bool = True


def simulate(job: Job, processes: int, report: Report) -> Platform:
    """Simulate every shard of a job and write its rows.

    Args:
        job: What to simulate.
        processes: Processes to use; the rows do not depend on it.
        report: Called with the months of shards done, their number, and the plays.

    Raises:
        UserError: A process was killed.
    """
    platform = Platform(job.world, job.span.end_day)
    shards = len(platform.shards)
    total = shards * len(platform.months)
    done = plays = 0

    def count(months: int, rows: int) -> None:
        nonlocal done, plays
        done, plays = done + months, plays + rows
        report(min(done, total), total, plays)

    if min(processes, shards) <= 1:
        for shard in range(shards):
            _simulate_shard(job, platform, shard, count)
        return platform

    compile_loops()
    # A forked process would share the locks of Arrow's threads.
    context = multiprocessing.get_context("spawn")
    # Months done, plays made, and whether to stop.
    counters = context.Array("q", 3)
    with ProcessPoolExecutor(
        min(processes, shards), context, _start_worker, (job, counters)
    ) as pool:
        running = {pool.submit(_work, shard) for shard in range(shards)}
        try:
            while running:
                finished, running = wait(running, timeout=_LOOK_EVERY)
                report(min(counters[0], total), total, counters[1])
                for future in finished:
                    future.result()
        except BrokenProcessPool as error:
            raise UserError(
                "a process of the generator was killed, perhaps for want of memory; "
                "try --processes 1"
            ) from error
        finally:
            # After an error or Ctrl-C, nobody waits for whole shards.
            counters[2] = 1
            pool.shutdown(wait=True, cancel_futures=True)
    return platform


def compile_loops() -> None:
    """Compile the loops of a new version, once for all processes.

    A few users of a small catalogue call every one of them.
    """
    if is_new():
        simulate_in_memory(
            World(seed=1, start_day=19_723, users=64, titles=40), days=40
        )


class _CountingFiles(ShardFiles):
    """Part files that also count plays."""

    plays = 0

    def add(self, table: str, rows: pa.Table, month: Any = None) -> None:
        super().add(table, rows, month)
        if table == "viewing":
            self.plays += rows.num_rows


def _simulate_shard(
    job: Job, platform: Platform, shard: int, count: Callable[[int, int], None]
) -> None:
    before = None
    if job.state is not None:
        before = load_shard(job.state, shard, platform.catalogue.size)

    def keep(snapshot: Any) -> None:
        save_shard(job.directory / "state", shard, snapshot)

    with _CountingFiles(job.directory, shard, job.form, job.schemas) as files:
        walk = walk_shard(
            platform,
            platform.shards[shard],
            job.span,
            files,
            before,
            keep if job.keeps_state else None,
        )
        counted = 0
        for _ in walk:
            count(1, files.plays - counted)
            counted = files.plays


# What the processes of a pool share, set when each of them starts.
_worker: dict[str, Any] = {}


def _start_worker(job: Job, counters: Any) -> None:
    # The parent alone answers Ctrl-C; it stops the pool.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # One thread each: the processes already fill the cores.
    pa.set_cpu_count(1)
    _worker.update(
        job=job,
        counters=counters,
        platform=Platform(job.world, job.span.end_day),
        parent=os.getppid(),
    )


def _work(shard: int) -> None:
    counters = _worker["counters"]

    def count(months: int, rows: int) -> None:
        if os.getppid() != _worker["parent"]:
            # The parent was killed: nobody wants the files any more.
            os._exit(1)
        if counters[2]:
            raise InterruptedError("the run was stopped")
        with counters.get_lock():
            counters[0] += months
            counters[1] += rows

    _simulate_shard(_worker["job"], _worker["platform"], shard, count)
