"""What people look at, rendered from a build once it is published.

Each kind has a function of its own that writes below `site/` and returns what it
wrote; a mistake in one is told and leaves the others and the marts as they are.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from io import StringIO
from pathlib import Path

from streaming_analytics.dbt_run import DbtJob
from streaming_analytics.errors import UserError
from streaming_analytics.notebooks.running import Kernels
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.side_process import SideProcess
from streaming_analytics.text_table import aligned
from streaming_analytics.warehouse.connection import Connection


@dataclass(frozen=True)
class Rendered:
    """A file to open, and what it is."""

    what: str
    path: Path


def prepare_pages(project: Project) -> None:
    """Load what draws the pages, and make the script that they hold."""
    from streaming_analytics.report.drawing import load_compiler, runtime

    import_module("streaming_analytics.report.pages")
    runtime(project.root / "target")
    load_compiler()


def render(
    dbt: DbtJob,
    connection: Connection,
    side: SideProcess,
    kernels: Kernels,
    progress: Progress,
) -> list[Rendered]:
    """Write everything about what was just published, and return what there is to open.

    The pages, which take longest, are drawn by the process beside this one; the
    notebooks have one each, so a thread waits for them.
    """
    project = dbt.project
    progress.update("rendering")
    side.begin(_pages, project, connection)
    with ThreadPoolExecutor(1) as thread:
        notebooks = thread.submit(_notebooks, project, kernels)
        bi_files = _outcome(partial(_bi_files, project, connection))
        docs = _outcome(partial(_docs, dbt, progress))
        pages = _outcome(partial(side.result, progress))
        outcomes = [pages, bi_files, docs, notebooks.result()]
    written: list[Rendered] = []
    for one in outcomes:
        written += one.written
        for failure in one.failures:
            progress.say(f"not rendered: {failure}")
    progress.clear()
    return written


def describe_rendered(rendered: Sequence[Rendered]) -> list[str]:
    """Return what there is to open, one line each."""
    return aligned([(f"  {one.what}", str(one.path)) for one in rendered])


@dataclass(frozen=True)
class _Outcome:
    """What a step wrote, and why it did not write the rest."""

    written: list[Rendered]
    failures: list[str]


def _outcome(step: Callable[[], list[Rendered]]) -> _Outcome:
    try:
        return _Outcome(step(), [])
    except UserError as error:
        return _Outcome([], [str(error)])


def _pages(
    project: Project, connection: Connection, progress: Progress
) -> list[Rendered]:
    # Altair takes a second to load, which a build of a part can do without.
    from streaming_analytics.report.pages import write_pages

    pages = write_pages(project, connection, progress)
    return [
        Rendered("dashboard", pages.dashboard),
        Rendered("report", pages.report),
        Rendered("glossary", pages.glossary),
    ]


def _bi_files(project: Project, connection: Connection) -> list[Rendered]:
    """Write BI files that name this server, so that they open on it as they are."""
    from streaming_analytics.bi.files import (
        read_manifest,
        write_powerbi,
        write_superset,
        write_tableau,
    )
    from streaming_analytics.bi.server import Server

    # What the build that was just published left behind.
    marts, metrics = read_manifest(json.loads(project.manifest.read_text("utf-8")))
    server = Server.of(connection)
    return [
        Rendered(
            "Tableau workbook",
            write_tableau(marts, metrics, server, project.site / "tableau"),
        ),
        Rendered(
            "Power BI project",
            write_powerbi(marts, metrics, server, project.site / "powerbi"),
        ),
        Rendered(
            "Superset bundle",
            write_superset(marts, metrics, server, project.site / "superset"),
        ),
    ]


def _docs(dbt: DbtJob, progress: Progress) -> list[Rendered]:
    from streaming_analytics.docs_site.site import write_docs

    return [Rendered("docs and ERD", write_docs(dbt, progress))]


def _notebooks(project: Project, kernels: Kernels) -> _Outcome:
    from streaming_analytics.notebooks.page import write_notebooks

    try:
        pages, failures = write_notebooks(project, kernels, Progress(StringIO()))
    except UserError as error:
        return _Outcome([], [str(error)])
    return _Outcome(
        [Rendered(f"notebook {path.stem}", path) for path in pages],
        [str(failure) for failure in failures],
    )
