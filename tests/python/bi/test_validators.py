"""The BI files under the tools of others: Microsoft's library and three linters."""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from streaming_analytics.bi.files import powerbi_files, tableau_files, write
from streaming_analytics.bi.metrics import Metrics
from streaming_analytics.bi.pages import PAGES
from streaming_analytics.bi.server import Server
from streaming_analytics.mart_contract import MartContract

HERE = Path(__file__).parent
MODEL = "streaming_analytics.SemanticModel/definition"
_SECONDS = 120


def run(*command: str | Path) -> str:
    """Return what a program printed; it must not fail."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def installed(program: str) -> Path:
    """Return a program of this Python environment."""
    return Path(sys.executable).with_name(program)


@pytest.fixture(scope="module")
def powerbi(marts: MartContract, metrics: Metrics) -> dict[str, str]:
    return powerbi_files(marts, metrics, Server())


@pytest.fixture(scope="module")
def project(powerbi: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("powerbi")
    write(powerbi, folder)
    return folder


# --- Microsoft's library ---


class TabularModels:
    """Microsoft's library, as `pbi-cli-tool` brings it, under mono."""

    def __init__(self, folder: Path) -> None:
        """Compile the checker in `folder`."""
        if shutil.which("mcs") is None or shutil.which("mono") is None:
            pytest.skip("needs mono (apt-get install mono-mcs mono-runtime …)")
        found = importlib.util.find_spec("pbi_cli")
        assert found is not None
        assert found.submodule_search_locations is not None
        libraries = Path(found.submodule_search_locations[0]) / "dlls"
        names = [
            f"Microsoft.AnalysisServices{part}.dll"
            for part in ("", ".Core", ".Tabular", ".Tabular.Json")
        ]
        for name in names:
            shutil.copy(libraries / name, folder)
        self._program = folder / "TmdlCheck.exe"
        run(
            "mcs",
            *[f"-r:{folder / name}" for name in names[:3]],
            f"-out:{self._program}",
            HERE / "TmdlCheck.cs",
        )

    def told(self, folders: Sequence[Path]) -> list[str]:
        """Return what the library says of each model, its errors first."""
        lines = run("mono", self._program, *folders).splitlines()
        found: list[str] = []
        errors: list[str] = []
        for line in lines:
            if line.startswith("error: "):
                errors.append(line)
            else:
                found.append("\n".join([*errors, line]))
                errors = []
        return found


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> TabularModels:
    return TabularModels(tmp_path_factory.mktemp("tom"))


def test_microsofts_library_takes_the_model(
    library: TabularModels, project: Path, marts: MartContract
) -> None:
    (told,) = library.told([project / MODEL])
    assert told.endswith(" 0 errors"), told
    assert told.startswith(f"{len(marts.tables) + 1} tables, ")


# What the library refuses: in which file, what is right, and what is put wrongly.
BROKEN = (
    ("tables/dim_regions.tmdl", "dataType: string", "dataType: text"),
    ("tables/dim_regions.tmdl", "summarizeBy: none", "summarizeBy: never"),
    ("tables/Metrics.tmdl", "formatString:", "formatStrings:"),
    ("tables/Metrics.tmdl", "\tmeasure ", "\tmeasures "),
    ("relationships.tmdl", "toColumn: dim_regions", "toColumn: dim_region"),
    ("relationships.tmdl", "'Region code'", "'Region key'"),
    ("relationships.tmdl", "bothDirections", "everyDirection"),
    ("model.tmdl", "ref table dim_regions\n", "ref table dim_regions\nref tables x\n"),
)


def test_microsofts_library_refuses_what_is_broken(
    library: TabularModels, powerbi: dict[str, str], tmp_path: Path
) -> None:
    folders = []
    for place, (name, right, wrong) in enumerate(BROKEN):
        text = powerbi[f"{MODEL}/{name}"]
        assert right in text
        changed = text.replace(right, wrong, 1)
        write(powerbi | {f"{MODEL}/{name}": changed}, tmp_path / str(place))
        folders.append(tmp_path / str(place) / MODEL)
    told = library.told(folders)
    taken = [
        broken
        for broken, words in zip(BROKEN, told, strict=True)
        if words.endswith(" 0 errors")
    ]
    assert taken == []


# --- The linters ---


def test_pbir_utils_finds_nothing(project: Path) -> None:
    told = run(
        installed("pbir-utils"),
        "validate",
        project / "streaming_analytics.Report",
        "--format=json",
    )
    found = json.loads(told[told.index("{") :])
    assert found["violations"] == []
    assert found["summary"]["passed"] > 10


# Rules that are a team's taste, each with why it is not ours.
WAIVED = {
    # Measures lie in display folders by area; a name carries no prefix to be read.
    "DAX-MEASURE-CATEGORY",
    # Each measure is one expression of others; a variable would name nothing new.
    "DAX-VAR-RETURN",
    # Region and country are tables of their own, so that a filter on a region reaches
    # facts that know no country, too.
    "DAX-SNOWFLAKE",
}
# One relationship filters both ways: titles have several genres, and a genre reaches
# what names a title through the bridge alone.
BRIDGE = "bridge_content_genres[Content ID] -> dim_content[Content ID]"


def test_coop_dax_review_finds_nothing_that_is_not_waived(project: Path) -> None:
    told = run(
        installed("coop-dax-review"),
        "check",
        project / "streaming_analytics.SemanticModel",
        "--format=json",
    )
    findings = json.loads(told)["findings"]
    kept = [
        (one["rule_id"], one["object"])
        for one in findings
        if one["rule_id"] not in WAIVED
        and (one["rule_id"], one["object"]) != ("DAX-BIDI-RELATIONSHIP", BRIDGE)
    ]
    assert kept == []
    assert len(findings) > 200


# A dashboard has one filter, the region, which lies open beside the title.
FILTER_MENU = "has no Show/Hide Button that toggles a Filter menu"


def test_tableau_inspector_warns_of_nothing(
    marts: MartContract, metrics: Metrics, tmp_path: Path
) -> None:
    write(tableau_files(marts, metrics, Server()), tmp_path)
    told: dict[str, Any] = json.loads(
        run(
            installed("tableau-inspector"),
            "analyze",
            tmp_path / "streaming_analytics.twb",
            "--json",
        )
    )
    # What is merely told: that sheets are reached by dashboards only, for example.
    serious = [
        one["message"]
        for one in told["issues"]
        if one["severity"] != "insight" and FILTER_MENU not in one["message"]
    ]
    assert serious == []
    assert told["summary"]["worksheets"] == sum(len(page.visuals) for page in PAGES)
