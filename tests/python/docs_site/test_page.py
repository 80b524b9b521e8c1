"""The docs page in itself, and made of the sample and opened in a browser."""

import json
import re
from pathlib import Path

import pytest
from browsing import address_of, browser
from dbt.task.docs import DOCS_INDEX_FILE_PATH
from dbt_sample import ROOT, Built, Dbt

from streaming_analytics.bi.pages import tables_on_pages
from streaming_analytics.docs_site import erd
from streaming_analytics.docs_site.page import docs_page
from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import read_mart_contract
from streaming_analytics.notebooks.running import notebook_paths

TEMPLATE = (
    '<html><head><link rel="shortcut icon" href="x"><title>dbt Docs</title></head>'
    '<script>m = "MANIFEST.JSON INLINE DATA"; c = "CATALOG.JSON INLINE DATA"</script>'
)


def manifest(text: str) -> dict:
    return {"docs": {"overview": {"block_contents": text}}}


def test_pictures_are_put_into_the_page() -> None:
    page = docs_page(
        TEMPLATE,
        manifest("![a](docs/erd/all.svg)"),
        {},
        {"all.svg": "<svg/>"},
        target="t",
    )
    assert "![a](data:image/svg+xml;base64,PHN2Zy8+)" in page
    assert "docs/erd" not in page


def test_a_picture_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match=r"docs/erd/gone\.svg"):
        docs_page(TEMPLATE, manifest("![a](docs/erd/gone.svg)"), {}, {}, target="t")


def test_a_text_cannot_end_the_script() -> None:
    text = "</script><b> and <!-- <script> \u0001"
    page = docs_page(TEMPLATE, manifest(text), {}, {}, target="t")
    assert page.count("</script>") == 1
    assert page.count("<script>") == 1
    assert "<!--" not in page
    inside = page.partition("m = ")[2].partition("; c = ")[0]
    assert json.loads(inside) == manifest(text)


def test_the_marts_are_called_as_they_are_published() -> None:
    catalog = {
        "schema": "candidate_mart_core",
        "staging": "candidate_staging",
        "sql": 'from "db"."candidate_mart_core"."x", my_candidate_mart_core',
    }
    page = docs_page(TEMPLATE, manifest(""), catalog, {}, target="candidate")
    assert '"schema":"mart_core"' in page
    assert '"staging":"candidate_staging"' in page
    assert r"\"db\".\"mart_core\".\"x\", my_candidate_mart_core" in page


def test_another_dbt_is_refused() -> None:
    with pytest.raises(UserError, match=r"requirements\.lock"):
        docs_page("<html>", manifest(""), {}, {}, target="t")


def test_the_committed_diagrams_are_current(built: Built) -> None:
    files = erd.draw(read_mart_contract(built.manifest))
    assert erd.stale(files, ROOT / "docs" / "erd") == [], "run: streaming docs --erd"


def test_the_overview_links_to_what_is_there(built: Built) -> None:
    (overview,) = (
        block["block_contents"]
        for block in built.manifest["docs"].values()
        if block["package_name"] == "streaming_analytics"
        and block["name"] == "__overview__"
    )
    links = re.findall(r"\(#!/(\w+)/([\w.]+)\)", overview)
    assert len(links) > 10
    for kind, name in links:
        nodes = built.manifest["nodes" if kind == "model" else "exposures"]
        assert name in nodes
    schemas = set(re.findall(r"docs/erd/(mart_\w+)\.svg", overview))
    assert schemas == set(read_mart_contract(built.manifest).schemas)


def test_exposures_link_to_files(built: Built) -> None:
    urls = {
        exposure["name"]: exposure["url"]
        for exposure in built.manifest["exposures"].values()
    }
    assert len(urls) >= 4
    for name, url in urls.items():
        assert "://" not in url, name
        # Beside the page lies what `streaming build` renders.
        if url.startswith("../"):
            assert (ROOT / "site" / url).resolve().is_file(), name


@pytest.fixture(scope="module")
def page(built: Built, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("docs")
    done = dbt(
        "docs", "generate", "--no-compile", connection=built.connection, target=target
    )
    assert done.returncode == 0, done.stdout
    text = docs_page(
        Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8"),
        built.manifest,
        json.loads((target / "catalog.json").read_text(encoding="utf-8")),
        erd.draw(read_mart_contract(built.manifest)),
        target="dev",
    )
    path = target / "docs.html"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_page_opens_from_disk_and_asks_for_nothing(page: Path) -> None:
    with browser() as chromium:
        opened = chromium.page(1280, 900).open(
            address_of(page),
            "document.body.innerText.includes('Which table answers what')",
        )
        pictures = opened.evaluate(
            "[...document.images].filter(one => one.src.startsWith('data:image/svg'))"
            ".length"
        )
        # The page's own policy would refuse, and the console would say so.
        assert opened.problems == []
        assert {url.partition(":")[0] for url in opened.requests} <= {"file", "data"}
    assert pictures >= 6


def exposed(built: Built, name: str) -> set[str]:
    """Return the models that an exposure depends on."""
    exposure = built.manifest["exposures"][f"exposure.streaming_analytics.{name}"]
    return {node.rpartition(".")[2] for node in exposure["depends_on"]["nodes"]}


def test_notebooks_expose_what_they_read(built: Built) -> None:
    for path in notebook_paths(ROOT / "docs" / "notebooks"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        read = set(re.findall(r"\bmart_\w+\.(\w+)", code))
        assert exposed(built, f"{path.stem}_notebook") == read


def test_bi_exposures_depend_on_what_their_pages_read(built: Built) -> None:
    for name in ("tableau_workbook", "power_bi_project"):
        # Power BI takes the months of a day from the calendar.
        assert exposed(built, name) - {"dim_dates"} == tables_on_pages()


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("overview", "Which table answers what"),
        ("model/model.streaming_analytics.fct_viewing", "watched_seconds"),
        ("source_list/ml", "content_weights"),
        ("metric/metric.streaming_analytics.watched_hours", "watched_hours"),
    ],
)
def test_everybody_can_read_the_page(page: Path, place: str, shown: str) -> None:
    with browser() as chromium:
        opened = chromium.page(1280, 900).open(
            f"{address_of(page)}#!/{place}",
            f"document.body.innerText.includes('{shown}')",
        )
        assert opened.violations() == []
