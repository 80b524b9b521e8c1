"""What the checks counted in the candidate, from one publication to the next.

docs/decisions/0075-counts-go-on.md
"""

from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.publishing.changes import (
    change_schema,
    forget_outdated,
    is_there,
)

#: Made by quality/records.py.
COUNTED = "audit.counted_rows"
#: The publication that the logs begin with. Another version of this project may have
#: published since, which counts nothing and forgets the logs.
NEWEST_BUILD = (
    "(select build_id from audit.build_info order by published_at desc limit 1)"
)


def keep_counts(session: psycopg.Connection[Any], target: str) -> None:
    """Take what was counted for what is published, before the logs are forgotten."""
    if is_there(session, COUNTED) and is_there(
        session, f"{change_schema(target)}.models"
    ):
        forget_outdated(session, target, sql.Identifier(*COUNTED.split(".")))
        session.execute(f"update {COUNTED} set published_build = {NEWEST_BUILD}")
