"""A generated platform lives on: new days, generated and loaded."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.generator.run.run import STATE
from streaming_analytics.generator.run.run import advance as advance_platform
from streaming_analytics.generator.run.saved_state import put_back_state
from streaming_analytics.jobs.generate import told_by
from streaming_analytics.jobs.load import load_files
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import WorkLock, work_lock


@dataclass(frozen=True)
class Advanced:
    """What an advance brought.

    Attributes:
        last_day: The platform's new last day.
        rows: Rows loaded from there, over all tables.
        folder: Where the new files lie.
    """

    last_day: date
    rows: int
    folder: Path


def advance(
    project: Project, selection: Selection, scale: str, days: int, progress: Progress
) -> Advanced:
    """Generate the next days of the platform in `.data/<scale>` and load them.

    Raises:
        UserError: There is no such platform, or another job is running.
    """
    platform = project.data / scale
    arrivals = project.arrivals(scale)
    with work_lock(selection.connection, "advance") as lock:
        put_back_state(platform / STATE)
        if not (platform / STATE).is_dir():
            raise UserError(
                f"there is no platform to go on from in {platform}; "
                f"make one with: streaming build --scale {scale}"
            )
        arrivals.mkdir(exist_ok=True)
        before = project.arrived(scale)
        # Numbered, because their last day is known only when they are there. One that
        # was removed leaves its number free, and the new days still come last.
        number = int(before[-1].name) + 1 if before else 1
        out = arrivals / f"{number:06}"
        try:
            last_day = advance_platform(
                project,
                platform / STATE,
                days,
                out,
                os.cpu_count() or 1,
                told_by(progress),
            )
        finally:
            progress.clear()
        # The platform has moved on even where a load of its days did not end, and
        # nothing generates them again. What was loaded before adds nothing.
        for place in before:
            rows = _loaded(lock, project, place, progress)
            if rows:
                progress.say(f"{rows:,} rows loaded from {place}, left by a run before")
        return Advanced(last_day, _loaded(lock, project, out, progress), out)


def _loaded(lock: WorkLock, project: Project, place: Path, progress: Progress) -> int:
    report = load_files(lock, project, place, progress, append=True)
    return sum(report.rows.values())
