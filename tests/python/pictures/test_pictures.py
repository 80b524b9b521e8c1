"""The lineage of a hand-made project, and the pictures that the README shows."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from dbt_sample import ROOT, Built

from streaming_analytics.errors import UserError

from .__main__ import LINEAGE_OF
from .lineage import lineage_svg
from .shrinking import MOST_BYTES

IMAGES = ROOT / "docs" / "images"
PNG = b"\x89PNG\r\n\x1a\n"


def node(kind: str, name: str, *parents: str) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": kind,
        "depends_on": {"nodes": [f"{parent}" for parent in parents]},
        "config": {"docs": {"node_color": "#123456"}},
    }


MANIFEST = {
    "nodes": {
        "seed.p.towns": node("seed", "towns"),
        "model.p.stg_towns": node("model", "stg_towns", "seed.p.towns"),
        "model.p.util_days": node("model", "util_days", "seed.p.towns"),
        "model.p.dim_towns": node(
            "model", "dim_towns", "model.p.stg_towns", "model.p.util_days"
        ),
        # A second way that the first already shows.
        "model.p.agg_visits": node(
            "model", "agg_visits", "model.p.dim_towns", "model.p.stg_towns"
        ),
        "model.p.elsewhere": node("model", "elsewhere", "model.p.stg_towns"),
    },
    "sources": {},
    "exposures": {
        "exposure.p.page": {
            "name": "page",
            "label": "A page",
            "depends_on": {"nodes": ["model.p.agg_visits"]},
        }
    },
}


def drawn(svg: str) -> tuple[list[str], int]:
    """Return the names in the boxes, and how many lines join them."""
    root = ElementTree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    texts = [
        e.text or "" for e in root.iter(f"{space}text") if e.get("class") == "node"
    ]
    return texts, sum(e.get("class") == "link" for e in root.iter(f"{space}path"))


def test_the_lineage_shows_what_leads_to_a_mart_and_what_follows() -> None:
    names, lines = drawn(lineage_svg(MANIFEST, "agg_visits"))
    assert sorted(names) == ["A page", "agg_visits", "dim_towns", "stg_towns", "towns"]
    assert lines == 4


def test_a_mart_that_is_not_there_has_no_lineage() -> None:
    with pytest.raises(UserError, match="no mart agg_gone"):
        lineage_svg(MANIFEST, "agg_gone")


def test_the_readmes_lineage_ends_in_what_people_open(built: Built) -> None:
    names, _ = drawn(lineage_svg(built.manifest, LINEAGE_OF))
    assert {LINEAGE_OF, "subscriptions", "Dashboard", "Tableau workbook"} <= set(names)


@pytest.mark.parametrize("name", ["dashboard", "report", "lineage", "erd"])
def test_pictures_are_small_and_described_in_the_readme(name: str) -> None:
    data = (IMAGES / f"{name}.png").read_bytes()
    assert data.startswith(PNG)
    assert len(data) <= MOST_BYTES
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (words,) = re.findall(rf"!\[([^\]]+)\]\(docs/images/{name}\.png\)", readme)
    assert len(words) > 30
