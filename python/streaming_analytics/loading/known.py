"""What is known before a load: loaded files and keys."""

from collections.abc import Iterable

import numpy as np
from psycopg import sql

from streaming_analytics.loading.cells import Text
from streaming_analytics.loading.checks import FACTS
from streaming_analytics.loading.keys import Keys, hash_text, text_of
from streaming_analytics.loading.parts import RAW, Session, present_columns
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.warehouse.statements import trusted

_KEYS_AT_ONCE = 100_000


def known_files(session: Session) -> dict[tuple[str, str], int]:
    """Return the rows of each file that schema raw holds, by table and SHA-256.

    A load that replaced a table took out what was loaded before it.
    """
    rows = session.execute(
        """
            select table_name, sha256, rows
            from audit.loaded_files
            inner join audit.loads using (load_id)
            where status = 'loaded' and started_at >= coalesce(
                (
                    select max(started_at) from audit.loads
                    where status = 'loaded' and mode = 'replace'
                ),
                '-infinity'
            )
            """
    ).fetchall()
    return {(table, digest): count for table, digest, count in rows}


def known_keys(
    session: Session | None, tables: Iterable[RawTable], *, append: bool
) -> dict[str, Keys]:
    """Return the keys of each table that another refers to.

    They are those of schema raw where rows are appended to it, and none otherwise.
    """
    by_name = {table.name: table for table in tables}
    referred = {
        column.rules.references
        for table in by_name.values()
        for column in table.columns
        if column.rules.references in by_name
    }
    found = {}
    for name in sorted(filter(None, referred)):
        keys = found[name] = Keys(facts=FACTS.get(name, ()))
        if append and session and present_columns(session, by_name[name]):
            _read_keys(session, by_name[name], keys)
    return found


def launch(session: Session, tables: Iterable[RawTable]) -> dict[str, int]:
    """Return the moment of the first sign-up in schema raw, where there is one."""
    for table in tables:
        if table.name == "users" and "signed_up_at" in dict(
            present_columns(session, table)
        ):
            row = session.execute(
                "select (extract(epoch from min(signed_up_at)) * 1000000)::bigint "
                "from raw.users"
            ).fetchone()
            if row is not None and row[0] is not None:
                return {"users": row[0]}
    return {}


# Facts as SQL over the columns of their table.
_FACTS_SQL = {
    "runtime": "coalesce(runtime_seconds, 0)",
    "series": "(lower(content_type) = 'series')::int",
    "title": "content_id",
}


def _read_keys(session: Session, table: RawTable, keys: Keys) -> None:
    names = FACTS.get(table.name, ())
    columns: list[sql.Composable] = [sql.Identifier(table.key[0])]
    columns += [trusted(_FACTS_SQL[name]) for name in names]
    with session.cursor(name="keys") as cursor:
        # The last arrival of a key comes last, so that its facts hold.
        cursor.execute(
            sql.SQL("select {} from {} order by loaded_at nulls first").format(
                sql.SQL(", ").join(columns), sql.Identifier(RAW, table.name)
            )
            if names
            else sql.SQL("select {} from {}").format(
                columns[0], sql.Identifier(RAW, table.name)
            )
        )
        while rows := cursor.fetchmany(_KEYS_AT_ONCE):
            values = list(zip(*rows, strict=True))
            facts = {
                name: hash_text(_strings(column)).view(np.int64)
                if name == "title"
                else np.array(column, np.int64)
                for name, column in zip(names, values[1:], strict=True)
            }
            keys.add(hash_text(_strings(values[0])), **facts)


def _strings(values: Iterable[str | None]) -> Text:
    return text_of([value or "" for value in values])
