"""Files into schema `raw`."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters import find_adapter
from streaming_analytics.loading.adapters.own_codes import find_own_codes, pass_on
from streaming_analytics.loading.adapters.raw_files import RawFiles
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.codes import allowed_codes
from streaming_analytics.loading.loader import check as check_directory
from streaming_analytics.loading.loader import load as load_directory
from streaming_analytics.loading.reports import LoadReport
from streaming_analytics.loading.zipped import unzipped
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import RawTable, read_raw_contract
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import WorkLock, work_lock


def require_source(directory: Path, adapter: str | None) -> None:
    """Look at what is to be read before a server is started for it.

    Raises:
        UserError: There is no such folder or zip file, or no such adapter.
    """
    if not directory.exists():
        raise UserError(
            f"there is no directory {directory}; "
            "make one with: streaming generate --out DIR"
        )
    if directory.is_file() and directory.suffix.lower() != ".zip":
        raise UserError(
            f"{directory} is a file; name the folder that it is in, or a zip file"
        )
    if adapter is not None:
        find_adapter(adapter)


def load(
    project: Project,
    selection: Selection,
    directory: Path,
    progress: Progress,
    *,
    append: bool = False,
    adapter: str | None = None,
    is_dry: bool = False,
    options: Options | None = None,
) -> LoadReport:
    """Load the files of a folder by the project's raw contract, or none of them.

    Args:
        project: The checkout with the raw contract.
        selection: The server.
        directory: The folder, or a zip file of one.
        progress: Shows share, rate and time left.
        append: Add the rows to those that are there.
        adapter: Rewrites a folder of another shape first.
        is_dry: Load nothing; the report says what would come of it.
        options: How the files are read.

    Raises:
        UserError: A file does not fit the contract, or another job is running.
    """
    options = replace(
        options or Options(project.reference_seeds), source=directory.absolute()
    )
    tables = read_raw_contract(project.raw_contract)
    do = check_directory if is_dry else load_directory
    with (
        unzipped(directory) as export,
        work_lock(selection.connection, "load") as lock,
        _adapted(
            lock, export, adapter, tables, progress, append=append, options=options
        ) as files,
    ):
        report = do(lock, files, tables, progress, append=append, options=options)
    for note in report.notes:
        progress.say(note)
    return report


@contextmanager
def _adapted(
    lock: WorkLock,
    export: Path,
    adapter: str | None,
    tables: tuple[RawTable, ...],
    progress: Progress,
    *,
    append: bool,
    options: Options,
) -> Generator[Path]:
    """Yield the folder of raw files that an adapter makes, without one the export."""
    if adapter is None:
        yield export
        return
    convert = find_adapter(adapter)
    own = find_own_codes(export, tables, options)
    with lock.connection.connect() as session:
        codes = allowed_codes(session, options.codes, tables, own, append=append)
    for name, each in own.items():
        codes[name].allow(each.codes)
    progress.update(f"reading {options.source or export}")
    with tempfile.TemporaryDirectory() as folder:
        raw_files = RawFiles(
            Path(folder),
            tables,
            options.codes,
            {name: each.names for name, each in codes.items()},
        )
        with raw_files as raw:
            notes = convert(export, raw) or ()
        pass_on(own, Path(folder))
        for note in notes:
            progress.say(note)
        yield Path(folder)


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
    options = Options(project.reference_seeds)
    return load_directory(
        lock, directory, tables, progress, append=append, options=options
    )
