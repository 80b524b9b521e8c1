"""Which of dbt's nodes a build can leave as they are, since nothing they read changed.

dbt's own `state:modified` compares code. Here a node also runs when data changed that
it reads, however far up: docs/decisions/0076-what-a-build-leaves-out.md
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.publishing.changes import change_schema
from streaming_analytics.publishing.fingerprint import row_stamps

Session = psycopg.Connection[Any]

_BUILT = frozenset({"model", "seed", "snapshot", "test"})
# What dbt notes of a node that says nothing of what it computes.
_PASSING = frozenset(
    {
        "build_path",
        "compiled",
        "compiled_code",
        "compiled_path",
        "created_at",
        "extra_ctes",
        "extra_ctes_injected",
        "root_path",
    }
)


@dataclass(frozen=True)
class Node:
    """A node of dbt's graph that is built, or a source.

    Attributes:
        kind: dbt's resource type.
        code: Changes with all that decides what the node computes from its parents.
        parents: The ids of what it reads.
        table: Schema and name of its table or view; None of a test.
    """

    kind: str
    code: str
    parents: tuple[str, ...]
    table: tuple[str, str] | None

    @property
    def holds_data(self) -> bool:
        """Whether its rows come from outside of the graph."""
        return self.kind in ("source", "seed")


def nodes_of(
    manifest: Any, root: Path, variables: Mapping[str, Any]
) -> dict[str, Node]:
    """Return what a build of a project reads and makes, by dbt's ids.

    Args:
        manifest: dbt's, read and not yet built from.
        root: The project's folder.
        variables: dbt's `--vars`.
    """
    everywhere = _hash(
        manifest.metadata.dbt_version,
        (root / "dbt_project.yml").read_text(encoding="utf-8"),
        dict(variables),
        sorted((name, macro.macro_sql) for name, macro in manifest.macros.items()),
    )
    nodes = {
        name: Node(
            "source", source.relation_name, (), (source.schema, source.identifier)
        )
        for name, source in manifest.sources.items()
    }
    for name, node in manifest.nodes.items():
        kind = str(node.resource_type)
        if kind in _BUILT:
            # Of a large seed dbt notes the path alone.
            rows = root / node.original_file_path if kind == "seed" else None
            text = {k: v for k, v in node.to_dict().items() if k not in _PASSING}
            nodes[name] = Node(
                kind,
                _hash(everywhere, text, rows.read_bytes().hex() if rows else ""),
                tuple(node.depends_on_nodes),
                (node.schema, node.alias) if kind != "test" else None,
            )
    return nodes


def _hash(*parts: Any) -> str:
    # dbt reads the keys of a mapping in another order with each parse.
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def downstream(nodes: Mapping[str, Node], beginning: Iterable[str]) -> set[str]:
    """Return the nodes of `beginning`, and all that read them, however far down."""
    children: dict[str, list[str]] = {}
    for name, node in nodes.items():
        for parent in node.parents:
            children.setdefault(parent, []).append(name)
    found = set(beginning)
    waiting = list(found)
    while waiting:
        new = set(children.get(waiting.pop(), ())) - found
        found |= new
        waiting.extend(new)
    return found


class BuiltNodes:
    """What earlier builds of a target left finished, kept beside its logs of changes.

    A node is forgotten before it runs, and known again once it succeeded: after a build
    that failed or was killed, all runs that it did not finish.
    """

    def __init__(self, nodes: Mapping[str, Node], target: str) -> None:
        """State what there is to build; nothing is read yet."""
        self._nodes = nodes
        self._schema = sql.Identifier(change_schema(target))
        self._table = sql.Identifier(change_schema(target), "built_nodes")
        # Of a source or seed, what changes with any of its rows; None if nothing does.
        self._stamps: dict[str, str | None] = {}

    def leave(self, session: Session, written: str = "") -> dict[str, str]:
        """Return what needs no run, with its compiled SQL, and forget all else.

        Args:
            session: A connection; dbt is to run once its transaction has ended.
            written: A part of the ids of the sources that were written since the job
                asked before; the others are taken for what they were.
        """
        self._make(session)
        known = {
            name: (code, stamp, compiled)
            for name, code, stamp, compiled in session.execute(
                sql.SQL("select id, code, stamp, compiled_code from {}").format(
                    self._table
                )
            )
        }
        there = _relations(session)
        self._stamps |= {
            name: _stamp(session, node, there)
            for name, node in self._nodes.items()
            if node.holds_data and (name not in self._stamps or written in name)
        }
        changed = {
            name
            for name, node in self._nodes.items()
            if name not in known
            or known[name][0] != node.code
            or (node.table and node.table not in there and node.kind != "source")
            or (node.holds_data and not _is_same(self._stamps[name], known[name][1]))
        }
        left = known.keys() & self._nodes.keys() - downstream(self._nodes, changed)
        session.execute(
            sql.SQL("delete from {} where not id = any(%s)").format(self._table),
            [list(left)],
        )
        return {
            name: known[name][2] for name in left if self._nodes[name].kind != "source"
        }

    def forget(self, session: Session) -> None:
        """Forget everything, so that all runs."""
        self._make(session)
        session.execute(sql.SQL("delete from {}").format(self._table))

    def keep(self, session: Session, finished: Mapping[str, str]) -> None:
        """Know what a run has finished, and the rows that there were to read before it.

        Args:
            session: A connection.
            finished: The compiled SQL of what succeeded, by dbt's ids; hooks as well.
        """
        finished = {
            name: code for name, code in finished.items() if name in self._nodes
        }
        there = _relations(session)
        self._stamps |= {
            name: _stamp(session, self._nodes[name], there)
            for name in finished
            if self._nodes[name].kind == "seed"
        }
        read = {name: "" for name, node in self._nodes.items() if node.kind == "source"}
        with session.cursor() as cursor:
            cursor.executemany(
                sql.SQL(_KEEP).format(self._table),
                [
                    (name, self._nodes[name].code, self._stamps.get(name), compiled)
                    for name, compiled in {**read, **finished}.items()
                ],
            )

    def _make(self, session: Session) -> None:
        session.execute(
            sql.SQL(_MAKE).format(schema=self._schema, built_nodes=self._table)
        )


def _relations(session: Session) -> dict[tuple[str, str], str]:
    """Return PostgreSQL's kind of each table and view, by schema and name."""
    return {
        (schema, name): kind
        for schema, name, kind in session.execute(
            """
            select nspname, relname, relkind
            from pg_class
            inner join pg_namespace on pg_namespace.oid = relnamespace
            """
        )
    }


def _stamp(
    session: Session, node: Node, there: Mapping[tuple[str, str], str]
) -> str | None:
    assert node.table is not None
    kind = there.get(node.table)
    if kind is None:
        return "not there"
    # Only of tables PostgreSQL says which transaction wrote a row.
    return row_stamps(session, *node.table) if kind in "rpm" else None


def _is_same(stamp: str | None, known: str | None) -> bool:
    return stamp is not None and stamp == known


_MAKE = """
create schema if not exists {schema};
create table if not exists {built_nodes} (
    id text primary key,
    code text not null,
    stamp text,
    compiled_code text not null
)
"""

_KEEP = """
insert into {} values (%s, %s, %s, %s)
on conflict (id) do update
set
    code = excluded.code,
    stamp = excluded.stamp,
    compiled_code = excluded.compiled_code
"""
