"""A whole run: simulate, write, move into place."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from streaming_analytics.generator.names import name_pool
from streaming_analytics.generator.platform import (
    Platform,
    Span,
    shared_tables,
    walk_part,
)
from streaming_analytics.generator.timeline import day_number
from streaming_analytics.generator.truth import summary
from streaming_analytics.generator.world import Rating, World
from streaming_analytics.generator.writing import (
    Format,
    PartFiles,
    join_csv_parts,
    move_into_place,
    staging_directory,
    write_empty_tables,
    write_manifest,
    write_shared,
)

DEFAULT_SEED = 20_240_101
DEFAULT_START = date(2024, 1, 1)
DEFAULT_DAYS = 731


@dataclass(frozen=True)
class Scale:
    """A size of platform that has a name."""

    users: int
    titles: int
    intensity: float
    rating_share: float
    form: Format


SCALES = {
    # Small enough to commit: viewing is thinned, and a larger share of what is
    # watched to the end is rated, so that genres have enough ratings to compare.
    "sample": Scale(1_100, 480, 0.0415, 0.45, "csv"),
    "demo": Scale(2_500, 2_000, 1.0, 0.03, "csv"),
    "large": Scale(100_000, 6_000, 1.0, 0.03, "parquet"),
}


@dataclass(frozen=True)
class Request:
    """What to generate."""

    world: World
    days: int
    form: Format
    out: Path
    # The committed sample lies among files that are not generated.
    has_manifest: bool = True


def make_world(scale: Scale, users: int | None, start: date, seed: int) -> World:
    """Return the world of a scale, with its own number of users if given."""
    return World(
        seed=seed,
        start_day=day_number(start),
        users=scale.users if users is None else users,
        titles=scale.titles,
        intensity=scale.intensity,
        rating=replace(Rating(), share=scale.rating_share),
    )


def generate_files(
    request: Request, report: Callable[[int, int], None] = lambda done, total: None
) -> dict:
    """Generate a platform into files; return its truth in short.

    Args:
        request: What to generate.
        report: Called with the block-months done and their number.

    Raises:
        UserError: The place cannot be written to, or the disk is full.
    """
    world = request.world
    span = Span(world.start_day + request.days)
    platform = Platform(world, span.end_day)
    with staging_directory(request.out) as staging:
        total = len(platform.parts) * len(platform.months)
        done = 0
        for number, units in enumerate(platform.parts):
            with PartFiles(staging, number, request.form) as files:
                for _ in walk_part(platform, units, span, files):
                    done += 1
                    report(done, total)
        write_shared(staging, shared_tables(platform, span), request.form)
        if request.form == "csv":
            first, last = platform.months[0].number, platform.months[-1].number
            join_csv_parts(staging, range(first // 12, last // 12 + 1))
        else:
            write_empty_tables(staging)
        truth = summary(platform)
        (staging / "truth").mkdir()
        (staging / "truth" / "summary.json").write_text(
            json.dumps(truth, indent=2) + "\n", encoding="utf-8"
        )
        if request.has_manifest:
            write_manifest(staging, {"world": asdict(world), "days": request.days})
        move_into_place(staging, request.out)
    return truth


__all__ = ["SCALES", "Request", "Scale", "generate_files", "make_world", "name_pool"]
