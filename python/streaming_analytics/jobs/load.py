"""Files into schema `raw`."""

import tempfile
from pathlib import Path

from streaming_analytics.loading.adapters import adapter as find_adapter
from streaming_analytics.loading.loader import LoadReport
from streaming_analytics.loading.loader import load as load_directory
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import WorkLock, work_lock


def load(
    project: Project,
    selection: Selection,
    directory: Path,
    progress: Progress,
    *,
    append: bool = False,
    adapter: str | None = None,
) -> LoadReport:
    """Load the files of a folder by the project's raw contract, or none of them.

    Args:
        project: The checkout with the raw contract.
        selection: The server.
        directory: The folder.
        progress: Shows share, rate and time left.
        append: Add the rows to those that are there.
        adapter: Rewrites a folder of another shape first.

    Raises:
        UserError: A file does not fit the contract, or another job is running.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        work_lock(selection.connection, "load") as lock,
    ):
        if adapter is not None:
            progress.update(f"reading {directory}")
            tables = read_raw_contract(project.raw_contract)
            for note in find_adapter(adapter)(directory, tables, Path(folder)):
                progress.say(note)
            directory = Path(folder)
        return load_files(lock, project, directory, progress, append=append)


def load_files(
    lock: WorkLock,
    project: Project,
    directory: Path,
    progress: Progress,
    *,
    append: bool = False,
) -> LoadReport:
    """Load a folder as part of a job that holds the lock."""
    tables = read_raw_contract(project.raw_contract)
    return load_directory(lock, directory, tables, progress, append=append)
