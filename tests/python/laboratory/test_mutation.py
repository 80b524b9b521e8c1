"""A few broken models: the tests that are there must notice nearly all of them.

The whole measurement is `python -m laboratory`; docs/mutation.md has its figures.
"""

import os
from collections.abc import Iterator

import pytest
from dbt_sample import Built
from oracle.raw import Raw

from .compiled import load
from .mutants import parse, text_of
from .mutation import SURVIVED, TODAY_IN_MODELS, Bench, all_mutants, sample

# Of a dozen, four that change nothing at all are chance.
SIZE = 200 if os.environ.get("LABORATORY") == "whole" else 60


@pytest.fixture(scope="module")
def bench(built: Built, raw: Raw) -> Iterator[Bench]:
    """Yield the built sample, to break models in."""
    with built.connection.connect() as session:
        yield Bench(session, load(built.manifest, built.results), raw)
        session.rollback()


def test_most_of_a_sample_of_mutants_are_noticed(bench: Bench) -> None:
    everything = all_mutants(bench.compiled)
    assert len(everything) > 2_000
    verdicts = [bench.judge(mutant) for mutant in sample(everything, SIZE, seed=3)]
    survivors = [v.mutant for v in verdicts if v.noticed_by == SURVIVED]
    assert len(survivors) <= SIZE / 4, survivors


@pytest.mark.parametrize(
    "name", ["agg_content_performance", "fct_user_months", "int_subscription_spells"]
)
def test_a_statement_that_was_only_written_anew_changes_nothing(
    bench: Bench, name: str
) -> None:
    node = bench.compiled.nodes[name]
    today = TODAY_IN_MODELS.search(node.sql)
    statement = text_of(parse(node.sql), today.group(0) if today else "")
    with bench.undone():
        bench.fill(node, statement, [])
        assert not bench.is_changed(node)
