"""A step's name says what its rows are; the reader need not read it to know."""

from collections.abc import Iterator

import sqlglot
from dbt_sample import Built
from sqlglot import exp

#: Said of any table, or of how it came about.
VAGUE = {
    *("all_rows", "base", "base_data", "combined", "counts", "cte", "data", "dataset"),
    *("changes", "events", "groups", "in_order", "joins", "output"),
    *("platform", "query", "records", "result", "results", "rows", "scores", "series"),
    *("stats", "step", "steps", "summary", "table", "temp", "tmp", "totals", "values"),
}
VAGUE_BEGINNINGS = ("with_", "by_", "from_", "cte_", "step_", "tmp_")
#: What a staging model does to its source, in each of them.
OF_STAGING = {"renamed"}


def is_vague(name: str) -> bool:
    """Tell whether a name lacks the noun: `ranked` is, `titles_ranked` is not."""
    is_lone_participle = "_" not in name and name.endswith("ed")
    return name not in OF_STAGING and (
        name in VAGUE or name.startswith(VAGUE_BEGINNINGS) or is_lone_participle
    )


def steps(built: Built) -> Iterator[tuple[str, str]]:
    """Yield each model's name with that of each of its CTEs."""
    for node in built.manifest["nodes"].values():
        if node["resource_type"] == "model":
            tree = sqlglot.parse_one(node["compiled_code"], read="postgres")
            assert isinstance(tree, exp.Query)
            # Those within a step are a macro's own.
            for cte in tree.ctes:
                yield node["name"], cte.alias


def test_names_without_a_noun_are_vague() -> None:
    vague = ["ranked", "joined", "compared", "with_previous_end", "totals", "by_title"]
    assert [name for name in vague if not is_vague(name)] == []
    assert not any(map(is_vague, ["titles_by_views", "month_totals", "renamed"]))


def test_every_cte_says_what_it_holds(built: Built) -> None:
    found = list(steps(built))
    assert len(found) > 500
    assert [pair for pair in found if is_vague(pair[1])] == []
