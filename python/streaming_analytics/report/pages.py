"""Dashboard and report, written to `site/`."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from streaming_analytics.dbt_run import run_dbt_parse
from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import MartContract, read_mart_contract
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.reading import Warehouse
from streaming_analytics.report.dashboard import dashboard
from streaming_analytics.report.drawing import runtime
from streaming_analytics.report.marts import read_marts
from streaming_analytics.report.paper import paper
from streaming_analytics.whole_files import write_whole


@dataclass(frozen=True)
class Pages:
    """What was written, and how long it took."""

    dashboard: Path
    report: Path
    seconds: float


def write_pages(project: Project, warehouse: Warehouse, progress: Progress) -> Pages:
    """Write dashboard and report of what is published in `warehouse`.

    Raises:
        UserError: It cannot be reached, or the project does not parse.
    """
    began = time.monotonic()
    contract = _contract(project, progress)
    progress.update("reading the marts")
    marts = read_marts(warehouse, contract)
    # A project of other marts has published something, and none that is drawn here.
    if not marts.frames and marts.build is None:
        raise UserError(f"nothing is published on {warehouse}; run: streaming build")
    page_path = project.site / "dashboard.html"
    paper_path = project.site / "report.pdf"
    progress.update("drawing dashboard and report")
    page = dashboard(marts, lambda: runtime(project.root / "target"))
    write_whole(page_path, page)
    write_whole(paper_path, paper(marts))
    progress.clear()
    return Pages(page_path, paper_path, time.monotonic() - began)


def _contract(project: Project, progress: Progress) -> MartContract:
    """Return the marts of the last build, or of the project where it was not built."""
    if project.manifest.is_file():
        manifest = json.loads(project.manifest.read_text(encoding="utf-8"))
    else:
        manifest = run_dbt_parse(project, progress)
    return read_mart_contract(manifest)
