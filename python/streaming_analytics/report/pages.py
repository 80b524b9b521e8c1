"""Dashboard, report and glossary, written to `site/`."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streaming_analytics.bi.metrics import read_metrics
from streaming_analytics.dbt_run import run_dbt_parse
from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import read_mart_contract
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.reading import Warehouse
from streaming_analytics.report.dashboard import dashboard
from streaming_analytics.report.drawing import runtime
from streaming_analytics.report.glossary import glossary
from streaming_analytics.report.marts import read_marts
from streaming_analytics.report.paper import paper
from streaming_analytics.whole_files import write_whole


@dataclass(frozen=True)
class Pages:
    """What was written, and how long it took."""

    dashboard: Path
    report: Path
    glossary: Path
    seconds: float


def write_pages(project: Project, warehouse: Warehouse, progress: Progress) -> Pages:
    """Write dashboard, report and glossary of what is published in `warehouse`.

    Raises:
        UserError: It cannot be reached, or the project does not parse.
    """
    began = time.monotonic()
    manifest = _manifest(project, progress)
    contract = read_mart_contract(manifest)
    progress.update("reading the marts")
    marts = read_marts(warehouse, contract)
    # A project of other marts has published something, and none that is drawn here.
    if not marts.frames and marts.build is None:
        raise UserError(f"nothing is published on {warehouse}; run: streaming build")
    page_path = project.site / "dashboard.html"
    paper_path = project.site / "report.pdf"
    glossary_path = project.site / "glossary.html"
    progress.update("drawing dashboard and report")
    page = dashboard(marts, lambda: runtime(project.root / "target"))
    write_whole(page_path, page)
    write_whole(paper_path, paper(marts))
    words = glossary(read_metrics(manifest), contract, marts, warehouse)
    write_whole(glossary_path, words)
    progress.clear()
    seconds = time.monotonic() - began
    return Pages(page_path, paper_path, glossary_path, seconds)


def _manifest(project: Project, progress: Progress) -> dict[str, Any]:
    """Return the manifest of the last build, or of the project where it has none."""
    if project.manifest.is_file():
        return json.loads(project.manifest.read_text(encoding="utf-8"))
    return run_dbt_parse(project, progress)
