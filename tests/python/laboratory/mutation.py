"""Who notices a broken model: dbt's tests, the oracle on the sample, or nobody."""

import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from random import Random

import psycopg
from oracle import recommendation
from oracle.raw import Raw, Table
from oracle.tables import ORACLES, differences, primary_keys
from psycopg.rows import dict_row
from sqlglot import exp

from .compiled import Compiled, DataTest, Node, UnitTest
from .mutants import Mutant, mutants, mutated, parse, shape, text_of
from .platforms import REFERENCE, as_raw, tiny_platform
from .tiny import Laboratory, moved

UNIT_TEST = "unit test"
BUILD = "build"
DATA_TEST = "data test"
ORACLE_ON_SAMPLE = "oracle, sample"
ORACLE_ON_PLATFORMS = "oracle, generated platforms"
SURVIVED = "survived"

TODAY_IN_UNIT_TESTS = re.compile(r"cast\('\d{4}-\d\d-\d\d' as date\)")
TODAY_IN_MODELS = re.compile(r"\(select as_of_date from [^)]*util_as_of_date\"?\)")

ORACLE_OF = {name: function for (_, name), function in ORACLES.items()}
OF_WEIGHTS = ("fct_recommendations", "fct_similar_content")


@dataclass(frozen=True)
class Verdict:
    """Who noticed a mutant, and by what."""

    mutant: Mutant
    noticed_by: str
    name: str = ""


def all_mutants(compiled: Compiled) -> list[Mutant]:
    """Return every mutant of the models beyond staging."""
    return [
        mutant
        for node in compiled.models()
        if node.layer != "staging"
        for mutant in mutants(node.name, parse(node.sql))
    ]


def sample(everything: Sequence[Mutant], size: int, seed: int) -> list[Mutant]:
    """Draw mutants, the models in turn so that each is there."""
    draw = Random(seed)
    by_model: dict[str, list[Mutant]] = {}
    for mutant in draw.sample(everything, len(everything)):
        by_model.setdefault(mutant.model, []).append(mutant)
    in_turns = zip_longest(*by_model.values())
    return [mutant for turn in in_turns for mutant in turn if mutant][:size]


class Bench:
    """A session on a built sample in which models are broken and nothing is kept."""

    def __init__(
        self, session: psycopg.Connection, compiled: Compiled, raw: Raw
    ) -> None:
        """Prepare to break the models of a built sample.

        Args:
            session: On the database of the build; nothing is committed.
            compiled: What the build compiled.
            raw: The sample as the oracle reads it.
        """
        self.session = session
        self.compiled = compiled
        self.raw = raw
        # Planning for statements that run once is not worth compiling them.
        session.execute("set jit = off")
        session.execute("set statement_timeout = '60s'")
        self.schema = f"mutant_{session.info.backend_pid}"
        session.execute(f"create schema {self.schema}".encode())
        self.trees = {
            node.name: parse(node.sql)
            for node in compiled.models()
            if node.layer != "staging"
        }
        self.unit_test_trees: dict[str, tuple[exp.Expr | None, str]] = {}
        self.expected_rows: dict[str, list[tuple[object, ...]]] = {}
        self.fingerprints: dict[str, tuple[int, int]] = {}
        self.oracle_tables: dict[str, Table | None] = {}

    @cached_property
    def keys(self) -> dict[str, list[str]]:
        """Primary keys of the marts."""
        return {name: key for (_, name), key in primary_keys(self.session).items()}

    def statement(self, mutant: Mutant) -> str:
        """Return the statement of a broken model."""
        node = self.compiled.nodes[mutant.model]
        today = TODAY_IN_MODELS.search(node.sql)
        tree, _ = mutated(self.trees[mutant.model], mutant.place)
        return text_of(tree, today.group(0) if today else "")

    def judge(self, mutant: Mutant) -> Verdict:
        """Find out who notices a mutant, asking dbt's own tests first."""
        for test in self.compiled.unit_tests[mutant.model]:
            if not self.passes_unit_test(mutant, test):
                return Verdict(mutant, UNIT_TEST, test.name)
        with self.undone():
            return self.judge_on_sample(mutant)

    @contextmanager
    def undone(self) -> Generator[None]:
        """Undo whatever is done within."""
        with self.session.transaction(force_rollback=True):
            yield

    def passes_unit_test(self, mutant: Mutant, test: UnitTest) -> bool:
        """Tell whether the broken model still gives what a unit test expects."""
        tree, expression = self.unit_test_tree(test)
        if tree is None:
            return True
        if test.name not in self.expected_rows:
            rows = self.selected(text_of(tree, expression), test.columns)
            assert rows is not None, test.name
            self.expected_rows[test.name] = rows
        changed, _ = mutated(tree, mutant.place)
        return (
            self.selected(text_of(changed, expression), test.columns)
            == self.expected_rows[test.name]
        )

    def unit_test_tree(self, test: UnitTest) -> tuple[exp.Expr | None, str]:
        """Return a unit test's statement with today put aside, and its expression."""
        if test.name not in self.unit_test_trees:
            written = TODAY_IN_UNIT_TESTS.search(test.sql)
            model = self.compiled.nodes[test.model]
            reads_today = TODAY_IN_MODELS.search(model.sql) is not None
            today = written.group(0) if written and reads_today else None
            tree: exp.Expr | None = parse(test.sql, today)
            if shape(tree) != shape(self.trees[test.model]):
                # A variable of the test's own changed the form of the statement, so
                # that the place is not found in it: it counts as noticing nothing.
                tree = None
            found = TODAY_IN_MODELS.search(test.sql)
            expression = today or (found.group(0) if found else "")
            self.unit_test_trees[test.name] = tree, expression
        return self.unit_test_trees[test.name]

    def selected(
        self, statement: str, columns: Iterable[str]
    ) -> list[tuple[object, ...]] | None:
        """Return the sorted rows of a statement, or None when it fails."""
        names = ", ".join(f'"{name}"' for name in columns)
        try:
            with self.undone():
                rows = self.session.execute(
                    f"select {names} from ({statement}) as answer".encode()
                ).fetchall()
        except psycopg.Error:
            return None
        return sorted(rows, key=repr)

    def fill(self, node: Node, statement: str, changed: Iterable[Node]) -> None:
        """Fill the scratch copy of a model, reading the changed ones there."""
        copy = f'"{self.schema}"."{node.name}"'
        self.session.execute(
            f"create unlogged table {copy}"
            f" (like {node.relation} including indexes)".encode()
        )
        self.session.execute(
            f"insert into {copy} {moved(statement, changed, self.schema)}".encode()
        )
        self.session.execute(f"analyze {copy}".encode())

    def fingerprint(self, relation: str) -> tuple[int, int]:
        """Return the number of rows of a table and a sum of their hashes."""
        found = self.session.execute(
            f"""
            select count(*), coalesce(sum(hashtextextended(cast(r as text), 0)), 0)
            from {relation} as r
            """.encode()
        ).fetchone()
        assert found is not None
        return int(found[0]), int(found[1])

    def is_changed(self, node: Node) -> bool:
        """Tell whether the scratch copy of a model holds other rows."""
        if node.name not in self.fingerprints:
            self.fingerprints[node.name] = self.fingerprint(node.relation)
        return (
            self.fingerprint(f'"{self.schema}"."{node.name}"')
            != (self.fingerprints[node.name])
        )

    def failing(self, test: DataTest, changed: Iterable[Node]) -> bool:
        """Tell whether a data test finds a failure in the changed tables."""
        statement = moved(test.sql, changed, self.schema)
        found = self.session.execute(
            f"select count(*) from ({statement}\n) as failures".encode()
        ).fetchone()
        return found is not None and found[0] > 0

    def judge_on_sample(self, mutant: Mutant) -> Verdict:
        """Build a broken model and what depends on it, testing as dbt does."""
        changed: dict[str, Node] = {}
        same: set[str] = set()
        for node in self.compiled.models():
            if node.name == mutant.model:
                statement = self.statement(mutant)
            elif changed.keys() & set(node.parents):
                statement = node.sql
            else:
                continue
            try:
                with self.session.transaction():
                    self.fill(node, statement, changed.values())
            except psycopg.Error as error:
                return Verdict(mutant, BUILD, str(error).splitlines()[0])
            if not self.is_changed(node):
                same.add(node.name)
                continue
            changed[node.name] = node
            for test in self.compiled.data_tests:
                if node.name in test.parents and not self.waits(test, node, changed):
                    try:
                        with self.session.transaction():
                            is_failing = self.failing(test, changed.values())
                    except psycopg.Error:
                        is_failing = True
                    if is_failing:
                        return Verdict(mutant, DATA_TEST, test.name)
        for name in changed:
            if name in ORACLE_OF and self.differs_from_oracle(name):
                return Verdict(mutant, ORACLE_ON_SAMPLE, name)
        return Verdict(mutant, SURVIVED, ", ".join(changed))

    def waits(self, test: DataTest, node: Node, changed: dict[str, Node]) -> bool:
        """Tell whether a test reads a model that is still to be built anew."""
        names = list(self.compiled.nodes)
        later = names[names.index(node.name) + 1 :]
        affected = set(changed)
        for name in later:
            if affected & set(self.compiled.nodes[name].parents):
                affected.add(name)
        return bool((affected - changed.keys()) & test.parents)

    def differs_from_oracle(self, name: str) -> bool:
        """Compare the scratch copy of a mart with the oracle's table."""
        if name not in self.oracle_tables:
            sound = self.rows(self.compiled.nodes[name].relation)
            expected = self.expected(name)
            # Of what was fitted the oracle knows the weights of titles alone. A sound
            # mart that it takes for broken is none of which it can tell.
            knows = not differences(expected, sound, self.keys[name])
            self.oracle_tables[name] = expected if knows else None
        table = self.oracle_tables[name]
        return table is not None and bool(
            differences(table, self.rows(f'"{self.schema}"."{name}"'), self.keys[name])
        )

    def expected(self, name: str) -> Table:
        """Return the oracle's table of a mart, with the weights that the build read."""
        if name not in OF_WEIGHTS:
            return ORACLE_OF[name](self.raw)
        weights = {
            (row["content_id"], row["neighbour_content_id"]): row["weight_billionths"]
            for row in self.rows(
                self.compiled.nodes["stg_ml__content_weights"].relation
            )
        }
        if name == "fct_similar_content":
            return recommendation.similar(self.raw, weights)
        settings = self.rows(
            self.compiled.nodes["stg_ml__recommender_settings"].relation
        )
        # Untrained there is neither, and no list is made of tastes.
        taste_titles = settings[0]["taste_titles"] if settings else 1
        regions = {
            (row["region_code"], row["content_id"]): row["weight_billionths"]
            for row in self.rows(self.compiled.nodes["stg_ml__region_weights"].relation)
        }
        return recommendation.lists(self.raw, weights, regions, taste_titles)

    def rows(self, relation: str) -> Table:
        """Return the rows of a table."""
        with self.session.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(f"select * from {relation}".encode()).fetchall()


def judge_on_platforms(
    session: psycopg.Connection,
    compiled: Compiled,
    bench: Bench,
    survivors: list[Mutant],
    seeds: Iterable[int],
) -> list[Verdict]:
    """Hold mutants that the sample does not show to the oracle on tiny platforms."""
    laboratory = Laboratory(session, compiled, f"tiny_{session.info.backend_pid}")
    keys = bench.keys
    marts = [node.name for node in compiled.marts() if node.name in ORACLE_OF]
    noticed: dict[Mutant, Verdict] = {}
    for seed in seeds:
        tables = tiny_platform(Random(seed))
        with laboratory.platform(REFERENCE | tables):
            laboratory.build()
            raw = as_raw(tables)
            for name in marts:
                lines = differences(
                    ORACLE_OF[name](raw), laboratory.rows(name), keys[name]
                )
                assert lines == [], (seed, name, lines[:3])
            sound = {name: laboratory.fingerprint(name) for name in compiled.nodes}
            for mutant in survivors:
                if mutant in noticed:
                    continue
                name = changed_mart(session, laboratory, bench, mutant, sound)
                if name:
                    noticed[mutant] = Verdict(
                        mutant, ORACLE_ON_PLATFORMS, f"{name}, platform {seed}"
                    )
    return [noticed.get(m, Verdict(m, SURVIVED)) for m in survivors]


def changed_mart(
    session: psycopg.Connection,
    laboratory: Laboratory,
    bench: Bench,
    mutant: Mutant,
    sound: dict[str, tuple[int, int]],
) -> str:
    """Return the first mart that a mutant changes on the platform that is in."""
    compiled = laboratory.compiled
    changed: set[str] = set()
    with session.transaction(force_rollback=True):
        for node in compiled.models():
            if node.name == mutant.model:
                statement = laboratory.statement(node, bench.statement(mutant))
            elif changed & set(node.parents):
                statement = laboratory.statements[node.name]
            else:
                continue
            try:
                with session.transaction():
                    session.execute(
                        f'delete from "{laboratory.schema}"."{node.name}"'.encode()
                    )
                    session.execute(statement.encode())
            except psycopg.Error as error:
                return f"{node.name}: {str(error).splitlines()[0]}"
            if laboratory.fingerprint(node.name) != sound[node.name]:
                if node.is_mart:
                    return node.name
                changed.add(node.name)
    return ""
