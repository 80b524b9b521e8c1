"""A synthetic platform, generated into files."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.generator.faults.request import parse
from streaming_analytics.generator.numeric.compiled import is_new
from streaming_analytics.generator.run.run import (
    SCALES,
    Request,
    generate_files,
    make_world,
)
from streaming_analytics.generator.world.calendar import day_number
from streaming_analytics.progress import Progress, duration
from streaming_analytics.project import Project

FIRST_DAY = date(2024, 1, 1)
DAYS = 731


@dataclass(frozen=True)
class GenerateRequest:
    """What to generate; None leaves a choice to the scale.

    Attributes:
        scale: sample, demo or large.
        users: Accounts that sign up in the first 731 days.
        start: First day of the platform.
        days: Days to simulate.
        seed: Another one gives another platform of the same kind.
        form: csv or parquet.
        processes: One per core by default; the files do not depend on it.
        faults: Names and rates as `--faults` takes them.
        dirty: Inject what real exports show.
        out: Folder to write; by default `.data/<scale>` of the checkout.
    """

    scale: str
    users: int | None = None
    start: date = FIRST_DAY
    days: int = DAYS
    seed: int | None = None
    form: str | None = None
    processes: int | None = None
    faults: str | None = None
    dirty: bool = False
    out: Path | None = None


def generate(project: Project, wanted: GenerateRequest, progress: Progress) -> Path:
    """Generate a platform by the project's raw contract and return its folder.

    Raises:
        UserError: A number is too small, faults and format do not go together, or
            the place cannot be written to.
    """
    request = _request(project, wanted)
    if is_new():
        progress.update("compiling the generator, once for this version")
    try:
        generate_files(request, told_by(progress))
    finally:
        progress.clear()
    return request.out


def _request(project: Project, wanted: GenerateRequest) -> Request:
    for name, value, least in (
        ("users", wanted.users, 1),
        ("days", wanted.days, 1),
        ("seed", wanted.seed, 0),
        ("processes", wanted.processes, 1),
    ):
        if value is not None and value < least:
            raise UserError(f"--{name} {value} is too small; give {least} or more")
    scale = SCALES[wanted.scale]
    out = (wanted.out or project.data / wanted.scale).absolute()
    form = wanted.form or scale.form
    request = Request(
        project,
        world=make_world(
            project,
            scale,
            wanted.users,
            day_number(wanted.start),
            scale.seed if wanted.seed is None else wanted.seed,
        ),
        days=wanted.days,
        form="csv" if form == "csv" else "parquet",
        out=out,
        processes=wanted.processes or os.cpu_count() or 1,
        is_bare=out == project.raw_contract.parent,
        faults=parse(wanted.faults, wanted.dirty),
    )
    if request.faults and request.form != "csv":
        raise UserError("faults are injected into CSV alone; add --format csv")
    if request.faults and request.is_bare:
        raise UserError(f"{out} is the committed sample; give another --out")
    return request


def told_by(progress: Progress) -> Callable[[int, int, int], None]:
    """Return a report that shows share, plays, rate and time left."""
    began = time.monotonic()

    def report(done: int, total: int, plays: int) -> None:
        seconds = max(time.monotonic() - began, 1e-3)
        left = duration(seconds / done * (total - done)) if done else "?"
        progress.update(
            f"generating  {done / total:4.0%}  {plays:,} plays  "
            f"{plays / seconds:,.0f}/s  {left} left"
        )

    return report
