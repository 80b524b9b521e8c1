"""The files that Tableau, Power BI and Superset open."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streaming_analytics.bi.files import (
    read_manifest,
    write_powerbi,
    write_superset,
    write_tableau,
    write_tableau_package,
)
from streaming_analytics.bi.server import Server
from streaming_analytics.dbt_run import run_dbt_parse
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.selection import Selection


@dataclass(frozen=True)
class BiRequest:
    """Which files to write.

    Attributes:
        tools: tableau, powerbi, superset.
        server: Whom the files name.
        folder: Where to write them, a folder for each tool.
    """

    tools: Sequence[str]
    server: Server
    folder: Path


def write_bi_files(
    project: Project,
    request: BiRequest,
    extract_from: Selection | None,
    progress: Progress,
) -> list[Path]:
    """Write the files and return those to open; no server is needed but for extracts.

    Args:
        project: The checkout whose contracts the files are made from.
        request: Which files.
        extract_from: Also write a workbook that carries the data of this server.
        progress: Says what is going on.

    Raises:
        UserError: The project does not parse, or a place cannot be written to.
    """
    marts, metrics = read_manifest(run_dbt_parse(project, progress))
    server, folder = request.server, request.folder
    written = []
    if "tableau" in request.tools:
        written.append(write_tableau(marts, metrics, server, folder / "tableau"))
    if extract_from is not None:
        written.append(
            write_tableau_package(
                marts,
                metrics,
                server,
                folder / "tableau",
                extract_from.connection,
                progress,
            )
        )
    if "powerbi" in request.tools:
        written.append(write_powerbi(marts, metrics, server, folder / "powerbi"))
    if "superset" in request.tools:
        written.append(write_superset(marts, metrics, server, folder / "superset"))
    return written
