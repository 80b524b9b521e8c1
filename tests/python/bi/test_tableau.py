"""Tableau's files: valid, current, and with no reference that leads nowhere."""

import os
import re
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from dbt_sample import Built
from tableau_lint import lint

from streaming_analytics.bi.files import stale, tableau_files
from streaming_analytics.bi.metrics import Metrics
from streaming_analytics.bi.pages import PAGES, knows_regions
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.tableau.extract import write_package
from streaming_analytics.bi.tableau.source import (
    Source,
    page_sources,
    schema_sources,
)
from streaming_analytics.bi.tableau.workbook import workbook
from streaming_analytics.errors import UserError
from streaming_analytics.mart_columns import Additivity
from streaming_analytics.mart_contract import Mart, MartContract
from streaming_analytics.progress import Progress


@pytest.fixture(scope="module")
def files(marts: MartContract, metrics: Metrics) -> dict[str, str]:
    return tableau_files(marts, metrics, Server())


@pytest.fixture(scope="module")
def twb(files: dict[str, str]) -> str:
    return files["streaming_analytics.twb"]


def test_the_committed_files_are_current(
    files: dict[str, str], dashboards: Path
) -> None:
    assert stale(files, dashboards / "tableau") == [], "run: streaming bi tableau"


@pytest.mark.only_where("BI_SCHEMAS" in os.environ)
def test_the_workbook_is_valid(
    twb: str,
    marts: MartContract,
    metrics: Metrics,
    published_schemas: ModuleType,
    tmp_path,
) -> None:
    live = tmp_path / "live.twb"
    live.write_text(twb, encoding="utf-8")
    extract = tmp_path / "extract.twb"
    extract.write_text(
        workbook(page_sources(marts, metrics), Server(), has_extract=True),
        encoding="utf-8",
    )
    assert published_schemas.tableau(live) == 0
    assert published_schemas.tableau(extract) == 0


def test_every_mart_is_in_a_source_of_its_schema_once(
    marts: MartContract, metrics: Metrics
) -> None:
    for schema in marts.schemas:
        sources = schema_sources(marts, metrics, schema)
        own = [
            mart.name
            for source in sources
            for mart in source.tables
            if mart.schema == schema
        ]
        assert sorted(own) == sorted(mart.name for mart in marts.of_schema(schema))


def test_tables_at_one_grain_are_related_by_all_of_it(
    marts: MartContract, metrics: Metrics
) -> None:
    source = schema_sources(marts, metrics, "mart_churn")[0]
    pairs = {
        frozenset((link.first, link.second)): set(link.pairs)
        for link in source.relations
    }
    monthly = frozenset(("agg_churn_by_region_month", "agg_mrr_movements_by_month"))
    assert pairs[monthly] == {
        ("month_start_date", "month_start_date"),
        ("region_code", "region_code"),
    }


def test_repeated_columns_carry_their_table(
    marts: MartContract, metrics: Metrics
) -> None:
    source = Source("x", "X", (marts["dim_countries"], marts["dim_regions"]), (), ())
    assert source.locals["dim_countries", "region_code"] == "[region_code]"
    assert source.locals["dim_regions", "region_code"] == "[region_code (dim_regions)]"


def test_captions_and_descriptions_come_from_the_yaml(
    twb: str, marts: MartContract
) -> None:
    root = ElementTree.fromstring(twb)
    column = root.find(
        "datasources/datasource[@name='federated.agg_churn_by_region_month']"
        "/column[@name='[new_members]']"
    )
    assert column is not None
    assert column.get("caption") == "New members"
    described = marts["agg_churn_by_region_month"].columns["new_members"].description
    assert column.findtext("desc/formatted-text/run") == described


def sources_of(files: dict[str, str]) -> list[Element]:
    found = []
    for text in files.values():
        root = ElementTree.fromstring(text)
        found += [root] if root.tag == "datasource" else root.findall(".//datasource")
    return [source for source in found if source.find("connection") is not None]


def test_a_caption_names_one_field(files: dict[str, str]) -> None:
    seen = 0
    for source in sources_of(files):
        # Tableau itself adds to a table's name that its rows are counted.
        captions = [
            str(one.get("caption")).lower()
            for one in source.findall("column")
            if one.get("datatype") != "table"
        ]
        repeated = {one for one in captions if captions.count(one) > 1}
        assert repeated == set(), source.get("name")
        seen += len(captions)
    assert seen > 1000


def test_nothing_is_averaged(files: dict[str, str]) -> None:
    for name, text in files.items():
        assert "AVG(" not in text, name
        assert 'aggregation="Avg"' not in text, name
        assert "avg:" not in text, name


def test_what_does_not_add_up_is_hidden_behind_a_field(
    files: dict[str, str], marts: MartContract
) -> None:
    hidden = 0
    for source in sources_of(files):
        mapped = {
            str(one.get("key")): str(one.get("value"))
            for one in source.findall("connection/cols/map")
        }
        for one in source.findall("column"):
            place = re.findall(r"[^\[\].]+", mapped.get(str(one.get("name")), ""))
            if not place:
                continue
            mart = marts[place[0]]
            column = mart.columns[place[1]]
            if one.get("aggregation") == "Sum":
                assert column.additivity is Additivity.ADDITIVE
            elif mart.is_aggregate and column.is_number and column.unit != "label":
                assert one.get("hidden") == "true", place
                hidden += 1
    assert hidden > 100


def test_there_is_a_dashboard_for_each_page(twb: str) -> None:
    root = ElementTree.fromstring(twb)
    names = [one.get("name") for one in root.findall("dashboards/dashboard")]
    assert names == [page.title for page in PAGES]
    assert len(names) == 4


def test_a_choice_of_a_region_reaches_every_sheet_of_a_page(twb: str) -> None:
    root = ElementTree.fromstring(twb)
    commands = {
        action.findall("command/param")[-1].get("value"): action.find("command")
        for action in root.findall("actions/action")
    }
    assert commands.keys() == {page.title for page in PAGES}
    for page in PAGES:
        command = commands[page.title]
        assert command is not None
        by_region = command.get("command") == "tsc:tsl-filter"
        assert by_region == knows_regions(page)
    offered = [
        one.get("name")
        for one in root.findall("dashboards/dashboard")
        if one.find(".//zone[@type-v2='filter']") is not None
    ]
    assert offered == ["Sign-up trends"]


def test_an_interval_is_told_beside_its_value(twb: str) -> None:
    root = ElementTree.fromstring(twb)
    (label,) = root.iter("customized-label")
    told = "".join(run.text or "" for run in label.iter("run"))
    kind = "usr:measure_agg_churn_risk_by_region_standardised_churn_rate"
    value, lower, upper = (f"[{kind}{end}:qk]>" for end in ("", "_lower", "_upper"))
    assert told.index(value) < told.index(lower) < told.index(upper)


_REFERENCES = {
    ("relation", "name"),
    ("relation", "table"),
    ("relation", "connection"),
    ("map", "key"),
    ("map", "value"),
    ("column", "name"),
    ("column", "datatype"),
    ("column-instance", "column"),
    ("column-instance", "name"),
    ("column-instance", "derivation"),
    ("calculation", "formula"),
    ("folder-item", "name"),
    ("object", "id"),
    ("first-end-point", "object-id"),
    ("second-end-point", "object-id"),
    ("datasource-dependencies", "datasource"),
    ("datasource", "name"),
    ("filter", "column"),
    ("filter", "filter-group"),
    ("encoding", "field"),
    ("source", "dashboard"),
    ("param", "value"),
    ("computed-sort", "column"),
    ("computed-sort", "using"),
    ("groupfilter", "level"),
    ("groupfilter", "expression"),
    ("color", "column"),
    ("text", "column"),
    ("zone", "name"),
    ("zone", "param"),
    ("viewpoint", "name"),
    ("worksheet", "name"),
    ("dashboard", "name"),
    ("window", "name"),
    ("expression", "op"),
}
_TEXTS = {
    "remote-name",
    "local-name",
    "parent-name",
    "object-id",
    "local-type",
    "rows",
    "cols",
}


def _renamed(text: str) -> str:
    """Return `text` with its last name changed: nothing is called so."""
    if "[" in text:
        return re.sub(r"\](?=[^\[\]]*$)", "_x]", text, count=1)
    return re.sub(r"\w(?=\W*$)", lambda found: f"{found[0]}_x", text, count=1)


def _places(root: Element) -> list[tuple[str, int, str]]:
    """Return every reference: its kind, its element's number and its attribute."""
    places = []
    for number, element in enumerate(root.iter()):
        for attribute in element.attrib:
            value = element.get(attribute, "")
            if (element.tag, attribute) in _REFERENCES and re.search(r"\w", value):
                if (element.tag, attribute) == (
                    "expression",
                    "op",
                ) and "[" not in value:
                    continue
                places.append((f"{element.tag}/@{attribute}", number, attribute))
        if element.tag in _TEXTS and re.search(r"\w", element.text or ""):
            places.append((element.tag, number, ""))
    return places


def _mutants(text: str, per_kind: int) -> list[tuple[str, str]]:
    """Return broken copies: of each kind of reference the first, the last, between."""
    root = ElementTree.fromstring(text)
    by_kind: dict[str, list[tuple[str, int, str]]] = {}
    for place in _places(root):
        by_kind.setdefault(place[0], []).append(place)
    elements = list(root.iter())
    mutants = []
    for kind, places in by_kind.items():
        step = max((len(places) - 1) // max(per_kind - 1, 1), 1)
        for _, number, attribute in places[::step][:per_kind]:
            element = elements[number]
            before = element.get(attribute, "") if attribute else element.text or ""
            _set(element, attribute, _renamed(before))
            mutants.append((f"{kind} {before}", ElementTree.tostring(root, "unicode")))
            _set(element, attribute, before)
    return mutants


def _set(element: Element, attribute: str, value: str) -> None:
    if attribute:
        element.set(attribute, value)
    else:
        element.text = value


def test_every_broken_reference_is_caught(
    twb: str, files: dict[str, str], marts: MartContract
) -> None:
    assert lint(twb, marts) == []
    mutants = _mutants(twb, 4)
    mutants += _mutants(files["mart_churn.tds"], 2)
    assert len(mutants) >= 100
    assert len({what.split()[0] for what, _ in mutants}) >= 30
    missed = [what for what, text in mutants if not lint(text, marts)]
    assert missed == []


def test_what_is_taken_away_is_missed(twb: str, marts: MartContract) -> None:
    for path in (
        "datasources/datasource/connection/cols",
        "datasources/datasource/connection/metadata-records",
        "datasources/datasource/column",
        "datasources/datasource/object-graph/objects",
        "datasources/datasource/object-graph",
        "worksheets/worksheet",
        "worksheets/worksheet/table/view/datasource-dependencies",
        "worksheets/worksheet/table/view/slices",
        "worksheets/worksheet/table/view/filter",
        "dashboards/dashboard",
        "windows/window",
    ):
        root = ElementTree.fromstring(twb)
        above, _, tag = path.rpartition("/")
        parent = next(p for p in root.findall(above) if p.find(tag) is not None)
        gone = parent.find(tag)
        assert gone is not None
        parent.remove(gone)
        assert lint(ElementTree.tostring(root, "unicode"), marts), path


def test_a_mart_that_changes_is_noticed(twb: str, marts: MartContract) -> None:
    mart = marts["agg_churn_by_region_month"]
    columns = {name: c for name, c in mart.columns.items() if name != "cancels"}
    fewer = MartContract(
        dict(marts.tables) | {mart.name: replace(mart, columns=columns)}
    )
    assert any("cancels" in line for line in lint(twb, fewer))
    columns = dict(mart.columns)
    columns["cancels"] = replace(columns["cancels"], data_type="string")
    other = MartContract(
        dict(marts.tables) | {mart.name: replace(mart, columns=columns)}
    )
    assert any("cancels" in line for line in lint(twb, other))


def test_an_extract_holds_the_rows_of_the_marts(
    built: Built, marts: MartContract, metrics: Metrics, tmp_path: Path
) -> None:
    hyper = pytest.importorskip("tableauhyperapi")

    def as_built(mart: Mart) -> Mart:
        return replace(mart, schema=f"dev_{mart.schema}")

    sources = [
        replace(source, tables=tuple(as_built(mart) for mart in source.tables))
        for source in page_sources(marts, metrics)
    ]
    path = tmp_path / "x.twbx"
    text = workbook(page_sources(marts, metrics), Server(), has_extract=True)
    assert lint(text, marts) == []
    write_package(path, text, sources, built.connection, Progress())

    with zipfile.ZipFile(path) as package:
        package.extractall(tmp_path)
    assert (tmp_path / "x.twb").read_text(encoding="utf-8") == text
    root = ElementTree.fromstring(text)
    telemetry = hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    with (
        hyper.HyperProcess(telemetry, parameters={"log_config": ""}) as process,
        built.connection.connect() as session,
    ):
        for source in sources:
            extract = root.find(
                f"datasources/datasource[@name='{source.name}']/extract/connection"
            )
            assert extract is not None
            file = tmp_path / str(extract.get("dbname"))
            relations = {
                str(one.get("name")).rpartition("_")[0]: str(one.get("name"))
                for one in extract.iter("relation")
                if one.get("type") == "table"
            }
            with hyper.Connection(process.endpoint, file) as target:
                for mart in source.tables:
                    names = ", ".join(f'"{name}"' for name in mart.columns)
                    expected = session.execute(
                        f'select {names} from "{mart.schema}"."{mart.name}"'.encode()
                    ).fetchall()
                    table = hyper.TableName("Extract", relations[mart.name])
                    found = [
                        tuple(
                            value.to_date() if hasattr(value, "to_date") else value
                            for value in row
                        )
                        for row in target.execute_list_query(
                            f"select {names} from {table}"
                        )
                    ]
                    places = [list(mart.columns).index(k) for k in mart.primary_key]

                    def key(row, places=places):
                        return [str(row[place]) for place in places]

                    assert len(expected) > 0
                    assert sorted(found, key=key) == sorted(expected, key=key)


def test_without_the_library_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, built: Built, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "tableauhyperapi", None)
    with pytest.raises(UserError, match="pip install tableauhyperapi"):
        write_package(tmp_path / "x.twbx", "", [], built.connection, Progress())
    assert list(tmp_path.iterdir()) == []


def test_a_mart_that_is_not_published_is_named(
    built: Built, marts: MartContract, metrics: Metrics, tmp_path: Path
) -> None:
    pytest.importorskip("tableauhyperapi")
    with pytest.raises(UserError, match=r"mart_\w+\.agg_\w+ is not published"):
        write_package(
            tmp_path / "x.twbx",
            "",
            page_sources(marts, metrics),
            built.connection,
            Progress(),
        )
    assert list(tmp_path.iterdir()) == []
