"""What the candidate has of models that the project no longer has."""

from collections.abc import Collection
from typing import Any, LiteralString

import psycopg
from psycopg import sql

# Of views and tables: how PostgreSQL drops them.
_KINDS: dict[str, LiteralString] = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized view",
}


def drop_leftovers(
    session: psycopg.Connection[Any], target: str, made: Collection[tuple[str, str]]
) -> list[str]:
    """Drop what is in a target's marts and no model makes, and return the names.

    dbt leaves the table of a model that was removed or renamed where it is: it would be
    published for ever as it once was.

    Args:
        session: A connection.
        target: The dbt target.
        made: Schema and name of all that the project makes.
    """
    left = [
        (schema, name, kind)
        for schema, name, kind in session.execute(
            """
            select nspname, relname, relkind
            from pg_class
            inner join pg_namespace on pg_namespace.oid = relnamespace
            where nspname ~ %s and relkind = any(%s)
            order by nspname, relname
            """,
            [f"^{target}_mart_", list(_KINDS)],
        )
        if (schema, name) not in made
    ]
    for schema, name, kind in left:
        session.execute(
            # Another that is left over may read it.
            sql.SQL("drop {} if exists {} cascade").format(
                sql.SQL(_KINDS[kind]), sql.Identifier(schema, name)
            )
        )
    return [f"{schema}.{name}" for schema, name, _ in left]
