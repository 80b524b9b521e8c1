"""What people look at, rendered from a build once it is published.

Each kind has a function of its own that writes below `site/` and returns what it
wrote; a mistake in one is told and leaves the others and the marts as they are.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.text_table import aligned
from streaming_analytics.warehouse.connection import Connection


@dataclass(frozen=True)
class Rendered:
    """A file to open, and what it is."""

    what: str
    path: Path


@dataclass(frozen=True)
class Published:
    """The build that is rendered.

    Attributes:
        connection: The server that holds it.
        target: The dbt target it was built for.
        raw_data: dbt's variable of that name.
    """

    connection: Connection
    target: str
    raw_data: str


def render(
    project: Project, published: Published, progress: Progress
) -> list[Rendered]:
    """Write everything, and return what there is to open."""
    written: list[Rendered] = []
    steps: Sequence[Callable[[], list[Rendered]]] = (
        partial(_pages, project, published, progress),
        partial(_bi_files, project, published),
        partial(_docs, project, published, progress),
        partial(_notebooks, project, published, progress),
    )
    for step in steps:
        try:
            written += step()
        except UserError as error:
            progress.say(f"not rendered: {error}")
    return written


def describe_rendered(rendered: Sequence[Rendered]) -> list[str]:
    """Return what there is to open, one line each."""
    return aligned([(f"  {one.what}", str(one.path)) for one in rendered])


def _pages(
    project: Project, published: Published, progress: Progress
) -> list[Rendered]:
    # Altair takes a second to load, which a build of a part can do without.
    from streaming_analytics.report.pages import write_pages

    pages = write_pages(project, published.connection, progress)
    return [
        Rendered("dashboard", pages.dashboard),
        Rendered("report", pages.report),
    ]


def _bi_files(project: Project, published: Published) -> list[Rendered]:
    """Write BI files that name this server, so that they open on it as they are."""
    from streaming_analytics.bi.files import read_manifest, write_powerbi, write_tableau
    from streaming_analytics.bi.server import Server

    # What the build that was just published left behind.
    marts, metrics = read_manifest(json.loads(project.manifest.read_text("utf-8")))
    server = Server.of(published.connection)
    return [
        Rendered(
            "Tableau workbook",
            write_tableau(marts, metrics, server, project.site / "tableau"),
        ),
        Rendered(
            "Power BI project",
            write_powerbi(marts, metrics, server, project.site / "powerbi"),
        ),
    ]


def _docs(project: Project, published: Published, progress: Progress) -> list[Rendered]:
    from streaming_analytics.docs_site.site import write_docs

    path = write_docs(
        project,
        published.connection,
        target=published.target,
        variables={"raw_data": published.raw_data},
        progress=progress,
    )
    return [Rendered("docs and ERD", path)]


def _notebooks(
    project: Project, published: Published, progress: Progress
) -> list[Rendered]:
    from streaming_analytics.notebooks.page import write_notebooks

    pages, failures = write_notebooks(project, published.connection, progress)
    for failure in failures:
        progress.say(f"not rendered: {failure}")
    return [Rendered(f"notebook {path.stem}", path) for path in pages]
