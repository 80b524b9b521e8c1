"""Readers never see a build that is half there, wrong, empty or gone.

They read while builds are published, a third of which are poisoned, while dbt, the
publisher and its session are killed, and while tables change their shape.
`LABORATORY=whole` does so some thousand times as often as the tests do.
"""

import os
import random
import sys
import time
from pathlib import Path

import pytest
from disturbances import (
    SHAPES,
    Kills,
    as_dbt_left_it,
    dbt_project,
    dbt_run,
    green,
    poisoned_after_it,
    poisoned_in_the_audit,
    refusal,
)
from mart_readers import Marts, Readings, reading

from streaming_analytics.warehouse.connection import Connection

IS_WHOLE = os.environ.get("LABORATORY") == "whole"
READERS = 4
PUBLICATIONS = 60 if IS_WHOLE else 6
KILLS = 16 if IS_WHOLE else 1
READS = 100_000 if IS_WHOLE else 500


def tell(what: str, found: Readings) -> None:
    """Print the figures, which pytest shows with -s."""
    sys.stdout.write(
        f"\n{what}: {found.reads:,} reads of {len(found.builds)} builds, "
        f"p99 {found.p99:.1f} ms, bad {found.bad or 'none'} {dict(found.errors)}\n"
    )


def test_readers_see_one_whole_build_whatever_happens(
    database: Connection, tmp_path: Path
) -> None:
    draw = random.Random(14)
    kills = Kills(database, dbt_project(tmp_path), draw)
    marts = Marts(database)
    number = 1
    green(database, number, 0)
    assert refusal(database) == ""
    with reading(marts, READERS) as quiet:
        time.sleep(20 if IS_WHOLE else 1)
    refused = made = 0
    with reading(marts, READERS) as found:
        while (
            made < PUBLICATIONS
            or min(kills.counts.values()) < KILLS
            or found.reads < READS
        ):
            number += 1
            kind = min(kills.counts, key=kills.counts.__getitem__)
            if kills.counts[kind] < KILLS:
                if kind == "dbt":
                    kills.dbt(number)
                    assert refusal(database)
                else:
                    green(database, number, number)
                    getattr(kills, kind)()
            if number % 3 == 0:
                poison = draw.choice([poisoned_in_the_audit, poisoned_after_it])
                poison(database, number)
                assert refusal(database)
                refused += 1
            number += 1
            green(database, number, number)
            assert refusal(database) == ""
            made += 1
    tell("without publications", quiet)
    tell(f"{made} publications, {refused} poisoned, kills {kills.counts}", found)
    assert found.bad == quiet.bad == {}
    assert len(found.builds) >= len(SHAPES)
    assert refused >= made / 4
    assert min(kills.counts.values()) >= KILLS
    if IS_WHOLE:
        assert found.p99 - quiet.p99 <= 50


def test_the_same_readers_see_errors_where_dbt_writes_what_they_read(
    database: Connection, tmp_path: Path
) -> None:
    """Or they would notice nothing at all."""
    folder = dbt_project(tmp_path)
    as_dbt_left_it(database, "dev", 1)
    with reading(Marts(database, "dev_"), READERS) as found:
        for build in range(2, 6 if IS_WHOLE else 3):
            assert dbt_run(database, folder, "dev", build).wait() == 0
    tell("plain dbt", found)
    assert found.bad


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([(1, 2, 2), (5, 2, 2), (5, 2, 2)], "good"),
        ([(1, 2, 2), (5, 2, 2), (4, 2, 2)], "inconsistent"),
        ([(1, 2, 2), (5, 1, 2), (5, 2, 2)], "inconsistent"),
        ([(1, 2, 2), (0, None, None), (None, None, None)], "empty"),
        ([(1, -2, -2), (5, -2, -2), (5, -2, -2)], "poisoned"),
    ],
)
def test_a_read_is_judged_by_what_it_saw(rows: list[tuple], kind: str) -> None:
    found = Readings()
    found.judge(rows)
    assert found.counts == {kind: 1}
