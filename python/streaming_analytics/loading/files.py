"""Which files of a directory hold which raw table, as its manifest says."""

import hashlib
import json
import re
import stat
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from streaming_analytics.errors import UserError
from streaming_analytics.raw_contract import RawTable

MANIFEST = "manifest.json"
SUFFIXES = (".csv", ".csv.gz", ".parquet")
# What the pattern of parts leaves out is named, so that nobody misses it.
_LOOKALIKE = re.compile(r".*\.(csv|csv\.gz|parquet|tsv|txt|xlsx?|json|zip)")


@dataclass(frozen=True)
class DataFile:
    """A file of a raw table, as it was when the load began.

    Attributes:
        path: Where it is.
        name: Its path below the directory, with slashes.
        bytes: Its size.
        changed_at: When it was last changed, in nanoseconds.
        sha256: Of its bytes.
        rows: How many rows the manifest says there are; None without one.
    """

    path: Path
    name: str
    bytes: int
    changed_at: int
    sha256: str
    rows: int | None

    def require_unchanged(self) -> None:
        """Raise UserError when the file was changed meanwhile."""
        try:
            now = self.path.stat()
        except OSError as error:
            raise UserError(f"{self.path} went away during the load") from error
        if (now.st_size, now.st_mtime_ns) != (self.bytes, self.changed_at):
            raise UserError(
                f"{self.path} was changed during the load; load it again when it is "
                "complete"
            )


@dataclass(frozen=True)
class TableFiles:
    """A raw table and the files that make it up, in the order of their names."""

    table: RawTable
    files: tuple[DataFile, ...]

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True)
class Found:
    """What a directory holds.

    Attributes:
        tables: Every raw table, with no files where it is absent.
        last_day: Day of the last load of a generated platform, from its manifest.
        notes: Files that look like data and are not taken.
    """

    tables: tuple[TableFiles, ...]
    last_day: date | None
    notes: tuple[str, ...]


def find_files(directory: Path, tables: Iterable[RawTable]) -> Found:
    """Find every table's files, and hold them to the manifest where there is one.

    A table is `<table>.csv`, `.csv.gz` or `.parquet`, or parts of it: files
    `<table>_<digits>...` beside each other where the contract has such parts, or a
    folder `<table>/` with any files of that kind below. What is hidden is not data.

    Raises:
        UserError: The directory is missing or has no table, a file is no plain file,
            cannot be read or is not what the manifest says, or a table is there in
            two formats.
    """
    tables = tuple(tables)
    if not directory.is_dir():
        raise UserError(
            f"there is no directory {directory}; "
            "make one with: streaming generate --out DIR"
        )
    manifest = _read_manifest(directory)
    try:
        paths = {table.name: _paths_of(directory, table) for table in tables}
        notes = _lookalikes(
            directory, [path for part in paths.values() for path in part]
        )
    except OSError as error:
        raise UserError(f"{directory} cannot be read: {error.strerror}") from error
    if not any(paths.values()):
        names = ", ".join(table.name for table in tables)
        raise UserError(
            f"{directory} has no file for any raw table: expected <table>.csv, "
            f"<table>.parquet or a folder <table> for {names}"
        )
    listed = _listed(directory, manifest, tables)
    taken = {_name(directory, path) for part in paths.values() for path in part}
    missing = sorted(set(listed) - taken)
    if missing:
        raise UserError(
            f"{directory / missing[0]} is in the manifest and not in the directory; "
            f"deliver it, or remove {MANIFEST}"
        )
    describe = partial(_describe, directory, listed)
    with ThreadPoolExecutor() as pool:
        found = tuple(
            TableFiles(table, tuple(pool.map(describe, paths[table.name])))
            for table in tables
        )
    return Found(found, _last_day(manifest), notes)


def _read_manifest(directory: Path) -> dict[str, Any]:
    path = directory / MANIFEST
    if not path.exists():
        return {}
    _require_plain_file(path)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError("no object")
        for file in manifest.get("files", []):
            str(file["file"]), int(file["rows"]), int(file["bytes"]), file["sha256"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(
            f"{path} cannot be read as a manifest; remove it to load without"
        ) from error
    return manifest


def _last_day(manifest: dict[str, Any]) -> date | None:
    """Return the day after the last of a platform that was generated."""
    try:
        days = manifest["world"]["start_day"] + manifest["days"]
        return date(1970, 1, 1) + timedelta(days=days)
    except (KeyError, TypeError, OverflowError):
        return None


def _listed(
    directory: Path, manifest: dict[str, Any], tables: tuple[RawTable, ...]
) -> dict[str, dict[str, Any]]:
    """Return the manifest's entries of raw tables by the file's name."""
    names = {table.name for table in tables}
    found = {}
    for file in manifest.get("files", []):
        name = str(file["file"])
        stem = re.sub(r"(_\d[\d_-]*)?\.(csv|csv\.gz|parquet)$", "", name.split("/")[0])
        if stem in names and ".." not in Path(name).parts:
            found[name] = file
    return found


def _paths_of(directory: Path, table: RawTable) -> list[Path]:
    names = {f"{table.name}{suffix}" for suffix in SUFFIXES}
    # Parts beside each other only where the contract has them: ratings_2024.csv beside
    # ratings.csv is somebody's backup.
    part = re.compile(rf"{re.escape(table.name)}_\d[\d_-]*\.(csv|csv\.gz|parquet)")
    has_parts = any(seed != table.name for seed in table.seeds)
    found = [
        path
        for path in directory.iterdir()
        if path.name in names or (has_parts and part.fullmatch(path.name))
    ]
    folder = directory / table.name
    if folder.is_dir():
        found += [path for path in _below(folder) if path.name.endswith(SUFFIXES)]
    kinds = {path.suffix == ".parquet" for path in found}
    if len(kinds) > 1:
        raise UserError(
            f"{directory} has raw table {table.name} as CSV and as Parquet; keep one"
        )
    whole = [path for path in found if path.name in names and path.parent == directory]
    if has_parts and whole and len(found) > len(whole):
        raise UserError(
            f"{directory} has raw table {table.name} whole and in parts "
            f"({whole[0].name}, {next(p.name for p in found if p not in whole)}); "
            "keep one"
        )
    for path in found:
        _require_plain_file(path)
    return sorted(found)


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        # Such as ._part-1.csv and .ipynb_checkpoints.
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _below(path)
        else:
            yield path


def _require_plain_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        what = "links to nothing" if path.is_symlink() else error.strerror
        raise UserError(f"{path} {what}; remove it or put a file there") from error
    if not stat.S_ISREG(mode):
        kinds = (
            (stat.S_ISDIR, "a directory"),
            (stat.S_ISFIFO, "a pipe"),
            (stat.S_ISSOCK, "a socket"),
        )
        kind = next((name for test, name in kinds if test(mode)), "a device")
        raise UserError(f"{path} is {kind}; only plain files are loaded")


def _lookalikes(directory: Path, taken: list[Path]) -> tuple[str, ...]:
    left = sorted(
        path.name
        for path in directory.iterdir()
        if path not in taken
        and not path.name.startswith(".")
        and _LOOKALIKE.fullmatch(path.name)
        and path.name not in (MANIFEST, "faults.json", "rules.json")
    )
    return (
        (f"not loaded, no raw table has this name: {', '.join(left)}",) if left else ()
    )


def _describe(
    directory: Path, listed: dict[str, dict[str, Any]], path: Path
) -> DataFile:
    name = _name(directory, path)
    try:
        with path.open("rb") as file:
            status = path.stat()
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    rows = None
    if name in listed:
        entry = listed[name]
        if int(entry["bytes"]) != status.st_size:
            raise UserError(
                f"{path} has {status.st_size:,} bytes and the manifest says "
                f"{int(entry['bytes']):,}; deliver it again"
            )
        if str(entry["sha256"]).lower() != digest:
            raise UserError(
                f"{path} is not the file of the manifest: its SHA-256 differs; "
                "deliver it again"
            )
        rows = int(entry["rows"])
    return DataFile(path, name, status.st_size, status.st_mtime_ns, digest, rows)


def _name(directory: Path, path: Path) -> str:
    return path.relative_to(directory).as_posix()
