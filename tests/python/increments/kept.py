"""The macros that keep tables, run on tables of a few rows without dbt around them.

dbt compiles the models once. What its context gives to the macros is stood in for here,
so that a build of all kept models takes a fraction of a second.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import md5
from json import dumps
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
from dbt_common.clients.jinja import get_environment
from dbt_common.exceptions.macros import MacroReturn
from laboratory.compiled import in_order
from psycopg import sql

from streaming_analytics.publishing.changes import forget_changes

ROOT = Path(__file__).parents[3]
#: Where the kept tables are, and the name of the target whose logs these are.
SCHEMA = "kept"
_TYPES = {"string": "text"}
_MACRO = re.compile(r"{%-?\s*macro\s+(\w+)")


_DIFFERENCES = """
(select 'kept', * from (select * from {kept} except all select * from {fresh}) as a)
union all
(select 'fresh', * from (select * from {fresh} except all select * from {kept}) as b)
limit 5
"""


class Relation(str):
    """A relation's name as dbt renders it."""

    is_table = True

    def incorporate(self, **_: Any) -> "Relation":
        """Return the same relation, as a table."""
        return self


@dataclass
class Model:
    """What a model, seed or source is to the macros, and how it is filled."""

    unique_id: str
    name: str
    resource_type: str
    relation_name: Relation
    compiled_code: str
    config: Mapping[str, Any]
    depends_on: Mapping[str, Any]
    columns: Mapping[str, Any]
    constraints: list[Mapping[str, Any]]
    parents: tuple[str, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether its table stays between builds."""
        return bool(self.config.get("part") or self.config.get("kept"))


class Killed(Exception):
    """The build ends here, in the middle of a model."""


class Kept:
    """Kept models, the tables they read, and builds from nothing beside them."""

    def __init__(
        self, session: psycopg.Connection, nodes: Mapping[str, Any], macros: str
    ) -> None:
        """Make the models that read parts of others, and what these are made from.

        Args:
            session: Of an empty database; it must not commit by itself.
            nodes: dbt's compiled nodes and sources, by their ids.
            macros: The text of the project's macros.
        """
        self.session = session
        self.nodes = {
            unique_id: _model(unique_id, node) for unique_id, node in nodes.items()
        }
        self.models = self._closure()
        self.macros = macros
        self.template = get_environment().from_string(macros)
        self.variables = {"whole_rebuild_percent": 40}
        self.statements = 0
        self.killed_after: int | None = None
        self.session.execute(f"create schema {SCHEMA}".encode())
        self.seeds: dict[str, list[str]] = {}
        for node in self.models.values():
            if not node.compiled_code:
                self._make_seed(node)
        self.session.execute(self._call("postgres__make_change_tables", None).encode())
        self.session.commit()

    def _closure(self) -> dict[str, Model]:
        """Return the models, each after those that its SQL reads."""
        wanted: dict[str, Model] = {}

        def add(node: Model) -> None:
            if node.name in wanted:
                return
            parents = [
                self.nodes[parent]
                for parent in node.depends_on.get("nodes", [])
                if parent in self.nodes
                and self.nodes[parent].relation_name in node.compiled_code
            ]
            node.parents = tuple(parent.name for parent in parents)
            wanted[node.name] = node
            for parent in parents:
                add(parent)

        for node in self.nodes.values():
            if node.config.get("reads"):
                add(node)
        ordered: dict[str, Model] = dict(in_order(wanted))  # ty: ignore
        for node in ordered.values():
            old = node.relation_name
            node.relation_name = Relation(f'"{SCHEMA}"."{node.name}"')
            for other in ordered.values():
                other.compiled_code = other.compiled_code.replace(
                    old, node.relation_name
                )
        return ordered

    def _make_seed(self, node: Model) -> None:
        # A source says in its columns what a seed says in its config.
        types = node.config.get("column_types") or {
            name: column["data_type"] for name, column in node.columns.items()
        }
        columns = ", ".join(f"{c} {_TYPES.get(t, t)}" for c, t in types.items())
        self.session.execute(f"create table {node.relation_name} ({columns})".encode())
        self.seeds[node.name] = list(types)

    def put(self, tables: Mapping[str, list[dict[str, Any]]]) -> None:
        """Append rows to the seeds that the models read; columns they lack are NULL."""
        for table, rows in tables.items():
            name = "viewing_2024" if table == "viewing" else table
            if name not in self.seeds or not rows:
                continue
            names = self.seeds[name]
            statement = sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(SCHEMA, name),
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join([sql.Placeholder()] * len(names)),
            )
            with self.session.cursor() as cursor:
                cursor.executemany(
                    statement, [[row.get(column) for column in names] for row in rows]
                )
        self.session.commit()

    def change(self, statement: str) -> None:
        """Change what was loaded; `{table}` stands for a raw table."""
        tables = {name: f'"{SCHEMA}"."{name}"' for name in self.seeds}
        tables["viewing"] = tables["viewing_2024"]
        self.session.execute(statement.format(**tables).encode())
        self.session.commit()

    def empty(self) -> None:
        """Empty the seeds, and forget that anything was built.

        What a sequence finds must not rest on the one before it, which may have ended
        in an error.
        """
        self.session.rollback()
        self.session.execute(f"delete from {SCHEMA}_changes.models".encode())
        for name in self.seeds:
            self.session.execute(f'truncate "{SCHEMA}"."{name}"'.encode())
        self.session.commit()

    def build(
        self, changed_sql: Callable[[str, str], str], killed_after: int | None = None
    ) -> bool:
        """Build the models in order; a kill after so many statements rolls one back.

        `changed_sql` gives a model's SQL under the variables of the day. Returns
        whether the build came to its end.
        """
        self.statements, self.killed_after = 0, killed_after
        try:
            for name, node in self.models.items():
                text = changed_sql(name, node.compiled_code)
                if node.is_kept:
                    self._call("materialization_table_postgres", node, text)
                elif text:
                    self._replace("view", node, text)
                    self.session.commit()
        except Killed:
            self.session.rollback()
            return False
        finally:
            self.killed_after = None
        return True

    def forget(self) -> None:
        """Do what a published build does."""
        forget_changes(self.session, SCHEMA)
        self.session.commit()

    def differences(self, changed_sql: Callable[[str, str], str]) -> dict[str, Any]:
        """Return each model's rows that a build from nothing has not, or lacks."""
        found: dict[str, Any] = {}
        with self.session.transaction(force_rollback=True):
            for name, node in self.models.items():
                text = changed_sql(name, node.compiled_code)
                if not text:
                    continue
                for parent in self.models.values():
                    if parent.compiled_code:
                        text = text.replace(
                            parent.relation_name, f'pg_temp."{parent.name}"'
                        )
                fresh = f'pg_temp."{name}"'
                self.session.execute(
                    f"create temp table {fresh} (like {node.relation_name})".encode()
                )
                self.session.execute(f"insert into {fresh} {text}".encode())
                rows = self.session.execute(
                    _DIFFERENCES.format(kept=node.relation_name, fresh=fresh).encode()
                ).fetchall()
                if rows:
                    found[name] = rows
        self.session.commit()
        return found

    def reasons(self) -> dict[str, str | None]:
        """Return why each kept model was built whole; None where it was not."""
        rows = self.session.execute(
            f"select model_name, reason from {SCHEMA}_changes.models".encode()
        ).fetchall()
        return dict(rows)

    # What dbt's context gives to the macros.

    def _run(self, statement: str) -> psycopg.Cursor:
        self.statements += 1
        if self.killed_after is not None and self.statements > self.killed_after:
            raise Killed
        return self.session.execute(statement.encode())

    def _replace(self, kind: str, node: Model, text: str) -> None:
        if kind == "view":
            self._run(f"create or replace view {node.relation_name} as {text}")
            return
        self._run(f"drop table if exists {node.relation_name} cascade")
        selected = text
        if node.config.get("contract", {}).get("enforced"):
            columns = ", ".join(
                f"cast({c} as {v['data_type']}) as {c}" for c, v in node.columns.items()
            )
            selected = f"select {columns} from ({text}) as computed"
        self._run(f"create table {node.relation_name} as {selected}")
        for constraint in node.constraints:
            if constraint["type"] == "primary_key":
                key = ", ".join(constraint["columns"])
                self._run(f"alter table {node.relation_name} add primary key ({key})")

    def _call(self, macro: str, node: Model | None, text: str = "") -> Any:
        """Call a macro for a model, in a context of its own."""
        context: dict[str, Any] = {}
        module: Any = None

        def wrapped(name: str) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                try:
                    return getattr(module, f"dbt_macro__{name}")(*arguments, **named)
                except MacroReturn as returned:
                    return returned.value

            return call

        def returns(value: Any) -> None:
            raise MacroReturn(value)

        def refuse(message: str) -> None:
            raise AssertionError(message)

        def statement(_: str, caller: Callable[[], str]) -> str:
            self._run(caller())
            return ""

        def run_query(query: str) -> Any:
            cursor = self._run(query)
            return SimpleNamespace(
                rows=cursor.fetchall(),
                column_names=[column.name for column in cursor.description or ()],
            )

        def table_as_ever(text: str) -> dict[str, Any]:
            assert node is not None
            self._replace("table", node, text)
            self.session.commit()
            return {}

        def columns_of(relation: str) -> list[Any]:
            rows = self._run(f"select * from {relation} limit 0").description or []
            return [SimpleNamespace(quoted=f'"{c.name}"', name=c.name) for c in rows]

        def dispatch(name: str, _: str) -> Callable[..., Any]:
            found = [f"{kind}__{name}" for kind in ("postgres", "default")]
            return next(context[each] for each in found if each in context)

        def load_relation(relation: Relation) -> Relation | None:
            found = self._run(f"select to_regclass('{relation}')").fetchone()
            return relation if found and found[0] else None

        context |= {name: wrapped(name) for name in _MACRO.findall(self.macros)}
        context |= {
            "return": returns,
            "table_as_ever": table_as_ever,
            "statement": statement,
            "run_query": run_query,
            "run_hooks": lambda *_, **__: "",
            "persist_docs": lambda *_: "",
            "should_full_refresh": lambda: False,
            "load_relation": load_relation,
            "local_md5": lambda value: md5(value.encode()).hexdigest(),
            "tojson": lambda value, sort_keys=False: dumps(
                value, sort_keys=sort_keys, default=str
            ),
            "log": lambda *_: "",
            "integer_var": lambda name, *_: self.variables[name],
            "generate_schema_name": lambda name, _: f"{SCHEMA}_{name}",
            "raw": self._raw,
            "dbt_version": "1",
            "execute": True,
            "exceptions": SimpleNamespace(raise_compiler_error=refuse),
            "modules": SimpleNamespace(re=re),
            "flags": SimpleNamespace(WHICH="build"),
            "target": SimpleNamespace(schema=SCHEMA, name="dev"),
            "graph": {
                "nodes": {n.unique_id: n for n in self.models.values()},
                "sources": {},
            },
            "adapter": SimpleNamespace(
                quote=lambda name: f'"{name}"',
                commit=lambda: self.session.commit() or "",
                get_columns_in_relation=columns_of,
                type=lambda: "postgres",
                dispatch=dispatch,
            ),
        }
        if node is not None:
            config = dict(node.config)
            context |= {
                "this": node.relation_name,
                "config": SimpleNamespace(
                    get=lambda name, default=None: config.get(name) or default
                ),
                "sql": text,
            }
            context["model"] = replace(node, compiled_code=text)
        module = self.template.make_module(context)
        return wrapped(macro)()

    def _raw(self, table: str) -> str:
        assert table == "viewing"
        parts = [
            n.relation_name for n in self.models.values() if "viewing_20" in n.name
        ]
        return (
            "("
            + " union all ".join(f"select * from {part}" for part in parts)
            + ") as viewing"
        )


def _model(unique_id: str, node: Mapping[str, Any]) -> Model:
    return Model(
        unique_id=unique_id,
        name=node["name"],
        resource_type=node["resource_type"],
        relation_name=Relation(node.get("relation_name") or f"({unique_id})"),
        compiled_code=node.get("compiled_code") or "",
        config=node["config"],
        depends_on=node.get("depends_on", {}),
        columns={
            name: column
            | {"data_type": _TYPES.get(column["data_type"], column["data_type"])}
            for name, column in node.get("columns", {}).items()
        },
        constraints=node.get("constraints", []),
    )


def macros_of_project() -> str:
    """Return the text of the macros that kept models need."""
    return "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "macros" / "by_part").glob("*.sql"))
    )
