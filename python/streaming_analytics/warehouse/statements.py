"""SQL text that does not come from a user."""

from typing import LiteralString, cast

from psycopg import sql


def trusted(text: str) -> sql.SQL:
    """Mark text from the server's catalogue or the project's contract as SQL.

    Names and values go through `psycopg.sql.Identifier` and parameters instead.
    """
    return sql.SQL(cast("LiteralString", text))
