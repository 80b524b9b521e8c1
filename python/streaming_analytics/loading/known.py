"""What is known before a load: loaded files, keys, and those that were set aside."""

from collections.abc import Iterable

import numpy as np
from psycopg import sql

from streaming_analytics.loading import audit
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
    found = {}
    for table in _referred(tables):
        keys = found[table.name] = Keys(facts=FACTS.get(table.name, ()))
        if append and session and present_columns(session, table):
            _read_keys(session, table, keys)
    return found


def waiting_keys(session: Session, tables: Iterable[RawTable]) -> dict[str, Keys]:
    """Return the keys that lie in the quarantine, of tables that others refer to."""
    found = {}
    for table in _referred(tables):
        key = table.by_name[table.key[0]]
        # As it was delivered; keys that are looked for are written alike.
        written = sql.SQL("row ->> {}").format(sql.Literal(key.name))
        if key.rules.case:
            alike = trusted(key.rules.case)
            written = sql.SQL("{}(btrim({}))").format(alike, written)
        rows = session.execute(
            sql.SQL(
                "select distinct {} from {} where readmitted_by is null and {}"
            ).format(
                written,
                sql.Identifier(audit.QUARANTINE, table.name),
                trusted(audit.NOT_REPLACED),
            )
        ).fetchall()
        names = [name for (name,) in rows if name]
        if names:
            found[table.name] = Keys(names)
    return found


def _referred(tables: Iterable[RawTable]) -> list[RawTable]:
    by_name = {table.name: table for table in tables}
    referred = {
        column.rules.references
        for table in by_name.values()
        for column in table.columns
        if column.rules.references in by_name
    }
    return [by_name[name] for name in sorted(filter(None, referred))]


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
