"""The diagrams of a small set of marts, worked out by hand."""

from collections.abc import Collection
from typing import Any
from xml.etree import ElementTree

import pytest

from streaming_analytics.docs_site import erd
from streaming_analytics.docs_site.diagram import Link, diagrams
from streaming_analytics.docs_site.layout import FOOT, place
from streaming_analytics.docs_site.mermaid import to_mermaid
from streaming_analytics.mart_contract import MartContract, read_mart_contract


def model(
    schema: str,
    name: str,
    columns: dict[str, str],
    primary_key: list[str],
    foreign_keys: dict[str, tuple[str, str]] | None = None,
    not_null: Collection[str] = (),
) -> dict[str, Any]:
    constraints = [{"type": "primary_key", "columns": primary_key}] + [
        {
            "type": "foreign_key",
            "columns": [column],
            "to": f"ref('{table}')",
            "to_columns": [to_column],
        }
        for column, (table, to_column) in (foreign_keys or {}).items()
    ]
    return {
        "unique_id": f"model.p.{name}",
        "resource_type": "model",
        "name": name,
        "relation_name": f'"db"."dev_{schema}"."{name}"',
        "description": f"One row per {name}.",
        "constraints": constraints,
        "config": {"schema": schema, "docs": {"node_color": "#123456"}},
        "columns": {
            column: {
                "name": column,
                "data_type": data_type,
                "description": "",
                "constraints": [{"type": "not_null"}] if column in not_null else [],
                "config": {},
            }
            for column, data_type in columns.items()
        },
    }


@pytest.fixture
def marts() -> MartContract:
    nodes = [
        model("mart_core", "dim_towns", {"town": "string"}, ["town"]),
        model(
            "mart_core",
            "dim_people",
            {"person": "string", "town": "string", "age": "integer"},
            ["person"],
            {"town": ("dim_towns", "town")},
            not_null=["town"],
        ),
        model(
            "mart_work",
            "dim_jobs",
            {"person": "string", "pay": "numeric(12, 2)"},
            ["person"],
            {"person": ("dim_people", "person")},
        ),
        model(
            "mart_work",
            "fct_visits",
            {"visit": "string", "person": "string", "guide": "string", "on": "date"},
            ["visit"],
            {
                "person": ("dim_people", "person"),
                "guide": ("dim_people", "person"),
            },
            not_null=["person"],
        ),
        model("mart_work", "agg_loose", {"id": "integer"}, ["id"]),
        model("staging", "stg_people", {"person": "string"}, ["person"]),
    ]
    return read_mart_contract({"nodes": {str(n): node for n, node in enumerate(nodes)}})


def test_keys_become_links_with_their_cardinality(marts: MartContract) -> None:
    everything, core, work = diagrams(marts)
    people = ("dim_people", "person")
    assert set(everything.links) == {
        Link("dim_people", "town", "dim_towns", "town", False, False),
        Link("dim_jobs", "person", *people, False, True),
        Link("fct_visits", "person", *people, False, False),
        Link("fct_visits", "guide", *people, True, False),
    }
    assert [link.child for link in core.links] == ["dim_people"]
    assert len(work.links) == 3


def test_everything_shows_keys_and_an_area_shows_all_of_its_own(
    marts: MartContract,
) -> None:
    everything, _, work = diagrams(marts)
    columns = {
        picture.name: {
            box.table: [row.column for row in box.rows] for box in picture.boxes
        }
        for picture in (everything, work)
    }
    assert columns["all"]["fct_visits"] == ["visit", "person", "guide"]
    assert columns["mart_work"] == {
        "agg_loose": ["id"],
        "dim_jobs": ["person", "pay"],
        "fct_visits": ["visit", "person", "guide", "on"],
        "dim_people": ["person"],
    }


def test_boxes_keep_apart_and_lines_end_at_their_rows(marts: MartContract) -> None:
    for picture in diagrams(marts):
        layout = place(picture)
        boxes = {placed.box.table: placed for placed in layout.boxes}
        assert sorted(boxes) == sorted(placed.box.table for placed in layout.boxes)
        assert sorted(boxes) == sorted(box.table for box in picture.boxes)
        for one in boxes.values():
            assert one.x >= 0
            assert one.x + one.width <= layout.width
            assert one.y + one.height <= layout.height
            for other in boxes.values():
                assert one is other or (
                    one.x + one.width + FOOT <= other.x
                    or other.x + other.width + FOOT <= one.x
                    or one.y + one.height < other.y
                    or other.y + other.height < one.y
                )
        for line in layout.links:
            child, parent = boxes[line.link.child], boxes[line.link.parent]
            assert line.child_end[0] in (child.x, child.x + child.width)
            assert line.child_end[1] == child.row_middle(line.link.child_column)
            assert line.parent_end[0] in (parent.x, parent.x + parent.width)
            assert line.parent_end[1] == parent.row_middle(line.link.parent_column)


def test_marts_without_any_key_are_drawn_too() -> None:
    nodes = {
        name: model("mart_core", name, {"id": "integer"}, ["id"])
        for name in "abcdefghij"
    }
    layout = place(diagrams(read_mart_contract({"nodes": nodes}))[0])
    assert len(layout.boxes) == len(nodes)
    assert len({placed.y for placed in layout.boxes}) == 2


def test_a_tall_column_is_spread_over_two_sides() -> None:
    nodes = [model("mart_core", "dim_days", {"day": "date"}, ["day"])] + [
        model(
            "mart_core",
            f"fct_{name}",
            {"day": "date"} | {f"c{n}": "integer" for n in range(20)},
            ["c1"],
            {"day": ("dim_days", "day")},
        )
        for name in "abcd"
    ]
    marts = read_mart_contract(
        {"nodes": {str(n): node for n, node in enumerate(nodes)}}
    )
    layout = place(diagrams(marts)[1])
    sides = [line.is_child_left for line in layout.links]
    assert sorted(sides) == [False, False, True, True]
    middle = next(b for b in layout.boxes if b.box.table == "dim_days")
    for line in layout.links:
        box = next(b for b in layout.boxes if b.box.table == line.link.child)
        assert (box.x < middle.x) == line.is_child_left


def test_drawio_edges_join_cells_that_are_there(marts: MartContract) -> None:
    file = ElementTree.fromstring(erd.draw(marts)[erd.DRAWIO])
    pages = file.findall("diagram")
    assert [page.get("name") for page in pages] == [
        "All marts",
        "mart_core",
        "mart_work",
    ]
    for page in pages:
        cells = {cell.get("id"): cell for cell in page.iter("mxCell")}
        edges = [cell for cell in cells.values() if cell.get("edge")]
        assert edges
        for edge in edges:
            assert edge.get("source") in cells
            assert edge.get("target") in cells
    styles = {
        (edge.get("source"), edge.get("target")): edge.get("style", "")
        for edge in pages[0].iter("mxCell")
        if edge.get("edge")
    }
    guide = styles["fct_visits.guide", "dim_people.person"]
    assert "startArrow=ERzeroToMany;endArrow=ERzeroToOne;" in guide
    job = styles["dim_jobs.person", "dim_people.person"]
    assert "startArrow=ERzeroToOne;endArrow=ERmandOne;" in job


def test_mermaid_says_the_same(marts: MartContract) -> None:
    lines = [line.strip() for line in to_mermaid(diagrams(marts)[0]).splitlines()]
    assert lines[0] == "erDiagram"
    assert "dim_people ||--o{ fct_visits : person" in lines
    assert "dim_people |o--o{ fct_visits : guide" in lines
    assert "dim_people ||--o| dim_jobs : person" in lines
    assert "string person PK, FK" in lines


def test_old_pictures_are_found_and_removed(marts: MartContract, tmp_path) -> None:
    files = erd.draw(marts)
    assert erd.stale(files, tmp_path) == sorted(files)
    erd.write(files, tmp_path)
    assert erd.stale(files, tmp_path) == []
    (tmp_path / "mart_gone.svg").write_text("<svg/>")
    (tmp_path / "all.svg").write_text("<svg/>")
    assert erd.stale(files, tmp_path) == ["all.svg", "mart_gone.svg"]
    erd.write(files, tmp_path)
    assert erd.stale(files, tmp_path) == []
    assert not (tmp_path / "mart_gone.svg").exists()
