"""The models on platforms of a few rows, a fraction of a second each."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from .compiled import Compiled, Node

Rows = list[dict[str, Any]]

#: Where the tables for tiny platforms are.
SCHEMA = "tiny"


def moved(statement: str, nodes: Iterable[Node], schema: str) -> str:
    """Return a statement that reads these nodes in another schema."""
    for node in nodes:
        statement = statement.replace(node.relation, f'"{schema}"."{node.name}"')
    return statement


class Laboratory:
    """Empty copies of all tables, filled for one platform at a time.

    The copies keep their keys, so that a model which repeats a key fails as it would in
    a build. Statements are prepared once: planning them costs more than running them.
    """

    def __init__(
        self, session: psycopg.Connection, compiled: Compiled, schema: str = SCHEMA
    ) -> None:
        """Make the copies in `schema`, which must not exist; nothing is committed."""
        self.session = session
        self.compiled = compiled
        self.schema = schema
        session.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
        self.statements: dict[str, str] = {}
        for node in compiled.nodes.values():
            copy = f'"{schema}"."{node.name}"'
            session.execute(
                f"create unlogged table {copy}"
                f" (like {node.relation} including indexes)".encode()
            )
            if node.layer != "seeds":
                self.statements[node.name] = self.statement(node, node.sql)
        self.columns: dict[str, list[str]] = {}
        for table, column in session.execute(
            """
            select table_name, column_name from information_schema.columns
            where table_schema = %s order by ordinal_position
            """,
            [schema],
        ):
            self.columns.setdefault(table, []).append(column)

    def statement(self, node: Node, text: str) -> str:
        """Return what fills the copy of a model with what `text` selects."""
        return f'insert into "{self.schema}"."{node.name}"\n' + moved(
            text, self.compiled.nodes.values(), self.schema
        )

    def put(self, table: str, rows: Rows) -> None:
        """Insert rows into the copy of a seed; columns they lack are NULL."""
        if not rows:
            return
        names = self.columns[table]
        query = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(self.schema, table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join([sql.Placeholder()] * len(names)),
        )
        with self.session.cursor() as cursor:
            cursor.executemany(
                query, [[row.get(name) for name in names] for row in rows]
            )

    @contextmanager
    def platform(self, tables: Mapping[str, Rows]) -> Generator[None]:
        """Put a platform's raw rows in; they are gone afterwards."""
        with self.session.transaction(force_rollback=True):
            for table, rows in tables.items():
                self.put("viewing_2024" if table == "viewing" else table, rows)
            yield

    def build(self, replaced: Mapping[str, str] | None = None) -> None:
        """Fill every model in order; `replaced` gives some another statement."""
        for name, statement in self.statements.items():
            if replaced and name in replaced:
                self.session.execute(replaced[name].encode())
            else:
                self.session.execute(statement.encode(), prepare=True)

    def rows(self, name: str) -> Rows:
        """Return the rows of a model."""
        with self.session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(
                f'select * from "{self.schema}"."{name}"'.encode(), prepare=True
            ).fetchall()

    def fingerprint(self, name: str) -> tuple[int, int]:
        """Return the number of rows of a model and a sum of their hashes."""
        found = self.session.execute(
            f"""
            select count(*), coalesce(sum(hashtextextended(cast(r as text), 0)), 0)
            from "{self.schema}"."{name}" as r
            """.encode(),
            prepare=True,
        ).fetchone()
        assert found is not None
        return int(found[0]), int(found[1])
