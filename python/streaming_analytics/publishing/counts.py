"""What the checks counted in the candidate, from one publication to the next.

docs/decisions/0075-counts-go-on.md
"""

from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.publishing.changes import change_schema, is_there

#: Made by quality/records.py.
COUNTED = "audit.counted_rows"
#: The publication that the logs begin with. Another version of this project may have
#: published since, which counts nothing and forgets the logs.
NEWEST_BUILD = (
    "(select build_id from audit.build_info order by published_at desc limit 1)"
)


def keep_counts(session: psycopg.Connection[Any], target: str) -> None:
    """Take what was counted for what is published, before the logs are forgotten.

    Where rows came after they were counted, no log will say which: the next check
    counts all of the table.
    """
    models = f"{change_schema(target)}.models"
    if is_there(session, COUNTED) and is_there(session, models):
        name = sql.Identifier(change_schema(target), "models")
        session.execute(sql.SQL(_KEEP).format(models=name))


_KEEP = f"""
delete from {COUNTED} as counted
using {{models}} as models
where
    models.model_name = counted.model_name
    and models.changed_rows <> counted.changed_rows;
update {COUNTED} set changed_rows = 0, published_build = {NEWEST_BUILD}
"""
