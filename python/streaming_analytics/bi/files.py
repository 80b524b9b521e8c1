"""Writing the BI files: the committed ones, and ready ones for a server."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streaming_analytics.bi.metrics import Metrics, read_metrics
from streaming_analytics.bi.pages import tables_on_pages
from streaming_analytics.bi.powerbi.project import project_files
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.superset.bundle import archive, bundle_files
from streaming_analytics.bi.tableau.extract import write_package
from streaming_analytics.bi.tableau.source import page_sources, schema_sources
from streaming_analytics.bi.tableau.workbook import workbook
from streaming_analytics.bi.tableau.xml import tds
from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import MartContract, read_mart_contract
from streaming_analytics.progress import Progress
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.whole_files import write_whole

NAME = "streaming_analytics"


def tableau_files(
    marts: MartContract, metrics: Metrics, server: Server
) -> dict[str, str]:
    """Return Tableau's files by name: the workbook, then a source for each schema."""
    files = {f"{NAME}.twb": workbook(page_sources(marts, metrics), server)}
    for schema in marts.schemas:
        for source in schema_sources(marts, metrics, schema):
            files[f"{source.key}.tds"] = tds(source, server)
    return files


def powerbi_files(
    marts: MartContract, metrics: Metrics, server: Server
) -> dict[str, str]:
    """Return the Power BI project's files by path, and the `.pbids` beside it."""
    return project_files(NAME, marts, metrics, server)


def superset_files(
    marts: MartContract, metrics: Metrics, server: Server
) -> dict[str, str]:
    """Return the files of Superset's bundle, by path."""
    return bundle_files(marts, metrics, server)


def read_manifest(manifest: Mapping[str, Any]) -> tuple[MartContract, Metrics]:
    """Return the marts and metrics of dbt's manifest.

    Raises:
        UserError: A mart that a page shows is missing.
    """
    marts = read_mart_contract(manifest)
    missing = sorted(tables_on_pages() - set(marts.tables))
    if missing:
        raise UserError(
            f"the BI dashboards show {', '.join(missing)}, which the project does not "
            "have; change python/streaming_analytics/bi/pages.py to what it has"
        )
    return marts, read_metrics(manifest)


def write_tableau(
    marts: MartContract, metrics: Metrics, server: Server, folder: Path
) -> Path:
    """Write Tableau's files into `folder` and return the workbook's path."""
    write(tableau_files(marts, metrics, server), folder)
    return folder / f"{NAME}.twb"


def write_tableau_package(
    marts: MartContract,
    metrics: Metrics,
    server: Server,
    folder: Path,
    connection: Connection,
    progress: Progress,
) -> Path:
    """Write the workbook with the data in it and return its path."""
    sources = page_sources(marts, metrics)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.twbx"
    text = workbook(sources, server, has_extract=True)
    write_package(path, text, sources, connection, progress)
    return path


def write_powerbi(
    marts: MartContract, metrics: Metrics, server: Server, folder: Path
) -> Path:
    """Write the Power BI project into `folder` and return the project file's path."""
    write(powerbi_files(marts, metrics, server), folder)
    return folder / f"{NAME}.pbip"


def write_superset(
    marts: MartContract, metrics: Metrics, server: Server, folder: Path
) -> Path:
    """Write Superset's bundle into `folder`, and return the ZIP file to import."""
    files = superset_files(marts, metrics, server)
    write(files, folder / NAME)
    path = folder / f"{NAME}.zip"
    write_whole(path, archive(NAME, files))
    return path


def write(files: Mapping[str, str], folder: Path) -> None:
    """Make `folder` hold these text files, and none of their kinds beside them.

    Raises:
        UserError: The folder cannot be written to.
    """
    try:
        _write(files, folder)
    except OSError as error:
        raise UserError(
            f"cannot write to {folder}: {error.strerror or error}; "
            "name another folder with --out"
        ) from error


def _write(files: Mapping[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kinds = {Path(name).suffix for name in files}
    for old in sorted(folder.rglob("*")):
        name = old.relative_to(folder).as_posix()
        if old.is_file() and old.suffix in kinds and name not in files:
            old.unlink()
    for name, text in files.items():
        write_whole(folder / name, text)


def stale(files: Mapping[str, str], folder: Path) -> list[str]:
    """Return the names of files that are missing, differ or are left over."""
    kinds = {Path(name).suffix for name in files}
    there = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in kinds
    }
    return sorted(
        name
        for name in files.keys() | there.keys()
        if files.get(name) != there.get(name)
    )
