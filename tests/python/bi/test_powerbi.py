"""Power BI's project: valid, current, and with no reference that leads nowhere."""

import copy
import itertools
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from powerbi_lint import lint

from streaming_analytics.bi.files import powerbi_files, stale, write
from streaming_analytics.bi.metrics import Metrics
from streaming_analytics.bi.pages import PAGES
from streaming_analytics.bi.powerbi.relationships import filters, relationships
from streaming_analytics.bi.powerbi.tmdl import read_table
from streaming_analytics.bi.server import Server
from streaming_analytics.mart_columns import Additivity
from streaming_analytics.mart_contract import MartContract

Files = dict[str, str]
MODEL = "streaming_analytics.SemanticModel/definition"
REPORT = "streaming_analytics.Report/definition"


@pytest.fixture(scope="module")
def files(marts: MartContract, metrics: Metrics) -> Files:
    return powerbi_files(marts, metrics, Server())


def test_the_committed_files_are_current(files: Files, dashboards: Path) -> None:
    assert stale(files, dashboards / "powerbi") == [], "run: streaming bi powerbi"


@pytest.mark.only_where("BI_SCHEMAS" in os.environ)
def test_the_project_is_valid(
    files: Files, published_schemas: ModuleType, tmp_path: Path
) -> None:
    write(files, tmp_path)
    assert published_schemas.power_bi(tmp_path) == 0


def test_the_server_is_in_the_parameters(marts: MartContract, metrics: Metrics) -> None:
    files = powerbi_files(marts, metrics, Server("db.example.com", 6543, "films"))
    text = files[f"{MODEL}/expressions.tmdl"]
    assert 'expression Server = "db.example.com:6543"' in text
    assert 'expression Database = "films"' in text
    connection = json.loads(files["streaming_analytics.pbids"])["connections"][0]
    assert connection["details"]["address"] == {
        "server": "db.example.com:6543",
        "database": "films",
    }


def test_relationships_are_foreign_keys(marts: MartContract, metrics: Metrics) -> None:
    made = {
        (one.child, one.child_column, one.parent)
        for one in relationships(marts, metrics)
    }
    keys = {
        (mart.name, key.columns[0], key.table)
        for mart in marts
        for key in mart.foreign_keys
    }
    assert made < keys
    assert len(made) > 70


def test_no_relationship_sleeps_for_nothing(
    marts: MartContract, metrics: Metrics
) -> None:
    asleep = [
        (one.child, one.child_column)
        for one in relationships(marts, metrics)
        if not one.is_active
    ]
    assert asleep == [("dim_users", "signup_date")]


def test_a_genre_reaches_what_names_a_title(
    marts: MartContract, metrics: Metrics
) -> None:
    made = relationships(marts, metrics)
    (bridge,) = (one for one in made if one.is_both_ways)
    assert (bridge.child, bridge.parent) == ("bridge_content_genres", "dim_content")
    for table in ("fct_viewing", "fct_ratings", "agg_content_performance"):
        assert filters(made, "dim_genres", table)
    assert not filters(made, "dim_content", "dim_genres")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("dim_regions", "fct_viewing"),
        ("dim_regions", "agg_churn_by_region_month"),
        ("dim_regions", "agg_signups_by_day"),
        ("dim_dates", "fct_viewing"),
        ("dim_dates", "agg_signups_by_day"),
        ("dim_users", "fct_user_months"),
        ("dim_plans", "fct_user_months"),
        ("dim_content", "fct_ratings"),
        ("dim_genres", "bridge_content_genres"),
    ],
)
def test_filters_reach_what_a_reader_expects(
    marts: MartContract, metrics: Metrics, source: str, target: str
) -> None:
    assert filters(relationships(marts, metrics), source, target)


def test_a_date_filters_what_happened_and_not_who_signed_up(
    marts: MartContract, metrics: Metrics
) -> None:
    assert not filters(relationships(marts, metrics), "dim_dates", "dim_users")


def test_a_metric_that_no_date_filters_says_so(files: Files) -> None:
    told = "Dates of the calendar (dim_dates) do not filter it."
    lines = [line.strip() for line in files[f"{MODEL}/tables/Metrics.tmdl"].split("\n")]
    warned = {
        after.removeprefix("measure ").split(" = ")[0].strip("'")
        for line, after in itertools.pairwise(lines)
        if line.startswith("///") and line.endswith(told)
    }
    assert warned == {
        "Completers",
        "Completion rate",
        "Measured starters",
        "Starters",
        "Titles",
    }


def dax_of(files: Files, table: str) -> dict[str, str]:
    read = read_table(files[f"{MODEL}/tables/{table}.tmdl"])
    return {measure.name: measure.text.strip() for measure in read.measures}


def test_metrics_are_ratios_of_sums(files: Files) -> None:
    dax = dax_of(files, "Metrics")
    assert dax["Gross churn"] == "DIVIDE([Cancels], [Member months])"
    assert dax["Cancels"] == "SUM('agg_churn_by_region_month'[Cancels (stored)])"
    assert dax["Net churn"] == "DIVIDE(([Cancels] - [Resubscribes]), [Member months])"
    assert dax["Active accounts"] == (
        "CALCULATE(DISTINCTCOUNTNOBLANK('fct_viewing'[User ID]), "
        "KEEPFILTERS('fct_viewing'[Is valid view] = TRUE()), "
        "KEEPFILTERS('fct_viewing'[Is bot] = FALSE()))"
    )
    assert dax["Sign-ups"] == (
        "CALCULATE(COUNT('dim_users'[User ID]), "
        "USERELATIONSHIP('dim_users'[Signup date], 'dim_dates'[Date day]))"
    )


def test_a_measure_takes_the_place_of_what_does_not_add_up(files: Files) -> None:
    hours = "'agg_watch_time_distribution'"
    dax = dax_of(files, "agg_watch_time_distribution")
    # The accounts of the month stand in each of its bins.
    assert dax["Users share"] == (
        f"IF(HASONEVALUE({hours}[Bin number]), "
        f"DIVIDE(SUM({hours}[Users (stored)]), SUM({hours}[Month users])))"
    )
    assert dax["P50 hours"] == f"SELECTEDVALUE({hours}[P50 hours (stored)])"
    growth = "'agg_platform_growth_by_month'"
    dax = dax_of(files, "agg_platform_growth_by_month")
    assert dax["Average members"] == (
        f"CALCULATE(SUM({growth}[Average members (stored)]), "
        f"LASTDATE({growth}[Month start date]))"
    )
    # Where a year before is not known, DAX would take it for 0.
    assert dax["Member growth year rate"].startswith(
        f"DIVIDE(SUMX(FILTER({growth}, "
        f"NOT ISBLANK({growth}[Members year before (stored)])), "
    )


def test_no_file_averages(files: Files) -> None:
    for name, text in files.items():
        assert "AVERAGE" not in text, name
        assert "summarizeBy: average" not in text, name
        assert '"Function": 1' not in text, name


def test_what_is_shown_sums_or_is_a_label(files: Files, marts: MartContract) -> None:
    for mart in marts:
        for part in read_table(files[f"{MODEL}/tables/{mart.name}.tmdl"]).columns:
            column = mart.columns[part.properties["sourceColumn"]]
            if part.properties["summarizeBy"] == "sum":
                assert column.additivity is Additivity.ADDITIVE
            elif mart.is_aggregate and column.is_number:
                assert part.is_hidden or column.unit == "label", part.name


def test_keys_that_name_another_table_are_hidden(
    files: Files, marts: MartContract, metrics: Metrics
) -> None:
    links = relationships(marts, metrics)
    for one in links:
        table = read_table(files[f"{MODEL}/tables/{one.child}.tmdl"])
        (key,) = (
            part
            for part in table.columns
            if part.properties["sourceColumn"] == one.child_column
        )
        assert key.is_hidden, f"{one.child}.{one.child_column}"
    assert len(links) > 70


def test_names_are_unique(files: Files, marts: MartContract) -> None:
    tables = [
        read_table(files[f"{MODEL}/tables/{name}.tmdl"])
        for name in ("Metrics", *marts.tables)
    ]
    measures = [one.name.lower() for table in tables for one in table.measures]
    assert len(set(measures)) == len(measures) > 150
    for table in tables:
        columns = [one.name.lower() for one in table.columns]
        assert len(set(columns)) == len(columns)
        assert not set(columns) & set(measures), table.name


def test_every_metric_is_a_measure(files: Files, metrics: Metrics) -> None:
    table = read_table(files[f"{MODEL}/tables/Metrics.tmdl"])
    names = {measure.name for measure in table.measures}
    assert {metric.label for metric in metrics.by_name.values()} <= names


def test_there_are_the_same_four_pages(files: Files) -> None:
    order = json.loads(files[f"{REPORT}/pages/pages.json"])["pageOrder"]
    assert order == [page.name for page in PAGES]
    for page in PAGES:
        shown = json.loads(files[f"{REPORT}/pages/{page.name}/page.json"])
        assert shown["displayName"] == page.title
        for visual in page.visuals:
            folder = f"{REPORT}/pages/{page.name}/visuals/{page.name}_{visual.name}"
            assert f"{folder}/visual.json" in files


def test_visuals_keep_apart_and_on_the_page(files: Files) -> None:
    for page in PAGES:
        size = json.loads(files[f"{REPORT}/pages/{page.name}/page.json"])
        for kind in ("visual", "mobile"):
            places = [
                json.loads(text)["position"]
                for name, text in files.items()
                if name.startswith(f"{REPORT}/pages/{page.name}/visuals/")
                and name.endswith(f"/{kind}.json")
            ]
            assert len(places) > len(page.visuals)
            keep_apart(places)
            if kind == "visual":
                for one in places:
                    assert one["x"] + one["width"] <= size["width"]
                    assert one["y"] + one["height"] <= size["height"]


def keep_apart(places: list[dict[str, float]]) -> None:
    for one in places:
        for other in places:
            assert one is other or (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )


_JSON_NAMES = {
    "Entity",
    "Property",
    "Source",
    "Name",
    "queryRef",
    "visualType",
    "activePageName",
    "path",
    "name",
}
_TMDL_NAMES = (
    r"(?<=ref table )(?P<n>\w+)$",
    r"(?<=^table )(?P<n>\w+)$",
    r"(?<=fromColumn: )(?P<n>\w+)\.",
    r"(?<=toColumn: )(?P<n>\w+)\.",
    r"Column: \w+\.'?(?P<n>[^'\n]+)'?$",
    r"sourceColumn: (?P<n>\w+)$",
    r"sortByColumn: '?(?P<n>[^'\n]+)'?$",
    r"dataType: (?P<n>\w+)$",
    r"Schema = \"(?P<n>\w+)\"",
    r"Item = \"(?P<n>\w+)\"",
    r"PostgreSQL\.Database\((?P<n>\w+)",
    r"PostgreSQL\.Database\(\w+, (?P<n>\w+)",
    r"^expression (?P<n>\w+)",
    r"^\tmeasure .*'(?P<n>\w+)'\[",
    r"^\tmeasure .*'\w+'\[(?P<n>[^\]]+)\]",
    r"^\tmeasure [^=]+= .*[ (]\[(?P<n>[^\]]+)\]",
    r"^\tpartition (?P<n>\w+) =",
)


def _json_mutants(name: str, text: str) -> Iterator[tuple[str, str]]:
    root = json.loads(text)

    def walk(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in _JSON_NAMES and isinstance(inner, str):
                    yield (*path, key)
                yield from walk(inner, (*path, key))
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                if isinstance(inner, str) and path and path[-1] == "pageOrder":
                    yield (*path, place)
                yield from walk(inner, (*path, place))

    for path in walk(root, ()):
        if path[0] == "filterConfig" and len(path) == 4:
            continue  # A filter's own name, which nothing refers to.
        if "Select" in path and path[-1] == "Name":
            continue  # The name of a subquery's only column.
        if path == ("name",) and "/StaticResources/" in name:
            continue  # The theme's own title.
        broken = copy.deepcopy(root)
        at = broken
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] += "_x"
        yield f"{name} {'/'.join(map(str, path))}", json.dumps(broken)
    for role in root.get("visual", {}).get("query", {}).get("queryState", {}):
        broken = copy.deepcopy(root)
        state = broken["visual"]["query"]["queryState"]
        state[f"{role}_x"] = state.pop(role)
        yield f"{name} role {role}", json.dumps(broken)


def _tmdl_mutants(name: str, text: str) -> Iterator[tuple[str, str]]:
    for pattern in _TMDL_NAMES:
        found = re.search(pattern, text, re.MULTILINE)
        if found is not None:
            end = found.end("n")
            yield f"{name} {found[0]!r}", f"{text[:end]}_x{text[end:]}"


def test_every_broken_reference_is_caught(files: Files, marts: MartContract) -> None:
    assert lint(files, marts) == []
    mutants: list[tuple[str, str, str]] = []
    for name, text in files.items():
        if name.endswith((".json", ".pbip", ".pbir")):
            mutants += [(name, *one) for one in _json_mutants(name, text)]
        if name.endswith(".tmdl") and any(
            part in name
            for part in (
                "/Metrics.",
                "/agg_watch_time",
                "/dim_regions.",
                "s.tmdl",
                "/model.",
            )
        ):
            mutants += [(name, *one) for one in _tmdl_mutants(name, text)]
    # Every one is caught; every fourth keeps the suite fast.
    chosen = mutants[::4]
    assert len([one for one in chosen if one[0].endswith(".json")]) >= 30
    assert len([one for one in chosen if one[0].endswith(".tmdl")]) >= 30
    missed = [
        what for name, what, text in chosen if not lint(files | {name: text}, marts)
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("table", "declared"),
    [
        ("dim_regions", "column 'Region code'"),
        ("dim_regions", "column 'Region name'"),
        ("agg_content_performance", "column 'Watched hours'"),
        ("Metrics", "measure Cancels"),
        ("Metrics", "measure 'Gross churn'"),
    ],
)
def test_a_new_name_is_noticed_where_the_old_one_is_used(
    files: Files, marts: MartContract, table: str, declared: str
) -> None:
    name = f"{MODEL}/tables/{table}.tmdl"
    other = f"{declared[:-1]}_x'" if declared.endswith("'") else f"{declared}_x"
    text = re.sub(rf"{declared}(?=\n| =)", other, files[name], count=1)
    assert text != files[name]
    assert lint(files | {name: text}, marts)


def test_a_file_that_is_gone_is_missed(files: Files, marts: MartContract) -> None:
    for gone in (
        f"{MODEL}/tables/dim_regions.tmdl",
        f"{MODEL}/tables/Metrics.tmdl",
        f"{MODEL}/relationships.tmdl",
        f"{MODEL}/expressions.tmdl",
        f"{REPORT}/pages/signups/page.json",
        f"{REPORT}/report.json",
        "streaming_analytics.SemanticModel/definition.pbism",
        "streaming_analytics.Report/definition.pbir",
        "streaming_analytics.pbip",
    ):
        rest = {name: text for name, text in files.items() if name != gone}
        assert lint(rest, marts), gone


def test_two_ways_between_tables_are_noticed(files: Files, marts: MartContract) -> None:
    name = f"{MODEL}/relationships.tmdl"
    text = files[name].replace("\tisActive: false\n", "")
    assert any("active ways" in line for line in lint(files | {name: text}, marts))


def test_a_mart_that_changes_is_noticed(files: Files, marts: MartContract) -> None:
    mart = marts["agg_churn_by_region_month"]
    columns = dict(mart.columns)
    columns["cancels"] = replace(columns["cancels"], data_type="string")
    other = MartContract(
        dict(marts.tables) | {mart.name: replace(mart, columns=columns)}
    )
    assert any("Cancels" in line for line in lint(files, other))
    del columns["cancels"]
    fewer = MartContract(
        dict(marts.tables) | {mart.name: replace(mart, columns=columns)}
    )
    assert any("cancels" in line for line in lint(files, fewer))
