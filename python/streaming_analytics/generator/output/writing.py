"""Files of a run: written beside their place, then moved into it."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, Self

import pyarrow as pa
import pyarrow.parquet as pq

from streaming_analytics.errors import UserError
from streaming_analytics.generator.output import csv_text
from streaming_analytics.generator.output.contract import Schemas, as_delivered
from streaming_analytics.generator.world.calendar import Month

Format = Literal["csv", "parquet"]

MANIFEST = "manifest.json"
# What faults were injected where, if any.
INJECTED = "faults.json"
# Beside the data: what was planted, and what the platform lives on from.
_NOT_DATA = ("truth", "state")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def staging_directory(out: Path) -> Generator[Path]:
    """Yield an empty directory beside `out`, removed at the end whatever happens.

    What killed runs left behind is removed as well.

    Raises:
        UserError: The place cannot be written to, or the disk is full.
    """
    prefix = f".{out.name}.partial-"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists() and not out.is_dir():
            raise UserError(f"--out {out} is a file; name a directory")
        for old in out.parent.glob(f"{prefix}*"):
            process = old.name.removeprefix(prefix).split("-")[0]
            if process.isdigit() and not _is_alive(int(process)):
                shutil.rmtree(old, ignore_errors=True)
        staging = Path(
            tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=out.parent)
        )
        # mkdtemp closes it to others; the data are for everybody.
        staging.chmod(0o755)
    except OSError as error:
        raise UserError(
            f"cannot write to {out}: {error.strerror}; choose another --out"
        ) from error
    try:
        yield staging
    except OSError as error:
        raise UserError(
            f"writing to {out} failed: {error.strerror}; nothing there was changed"
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


class ShardFiles:
    """The files of one shard of the users, opened when the first rows come.

    CSV shards have no header: they are joined later. Every Parquet shard is a file.
    """

    def __init__(
        self, directory: Path, shard: int, form: Format, schemas: Schemas
    ) -> None:
        """Write below `directory`, in the order of the raw contract's columns."""
        self.directory = directory
        self.shard = shard
        self.form = form
        self.schemas = schemas
        self._open: dict[Path, pq.ParquetWriter | BinaryIO] = {}
        self._month: Month | None = None

    def add(self, table: str, rows: pa.Table, month: Month | None = None) -> None:
        """Append rows of a raw table, or of one of the truth, named truth/..."""
        if table in self.schemas:
            rows = as_delivered(rows, self.schemas[table])
        if self.form == "csv" and not table.startswith("truth/"):
            csv_text.write_rows(rows, self._csv(self._csv_name(table, month)))
        else:
            self._parquet(table, rows.schema, month).write_table(rows)

    def _csv_name(self, table: str, month: Month | None) -> str:
        if table != "viewing" or month is None:
            return table
        return f"viewing_{month.number // 12}"

    def _csv(self, name: str) -> BinaryIO:
        path = self.directory / "parts" / f"{name}.{self.shard:05d}"
        if path not in self._open:
            path.parent.mkdir(exist_ok=True)
            self._open[path] = path.open("wb")
        file = self._open[path]
        assert not isinstance(file, pq.ParquetWriter)
        return file

    def _parquet(
        self, table: str, schema: pa.Schema, month: Month | None
    ) -> pq.ParquetWriter:
        folder = self.directory / table
        if table == "viewing" and month is not None:
            folder = folder / f"month={month.label}"
            if self._month is not month:
                # Months come in order: the one before is complete.
                self._close_viewing()
                self._month = month
        path = folder / f"part-{self.shard:05d}.parquet"
        if path not in self._open:
            folder.mkdir(parents=True, exist_ok=True)
            self._open[path] = pq.ParquetWriter(
                path, schema, **parquet_options(table, schema)
            )
        writer = self._open[path]
        assert isinstance(writer, pq.ParquetWriter)
        return writer

    def _close_viewing(self) -> None:
        for path in [p for p in self._open if p.parent.name.startswith("month=")]:
            self._open.pop(path).close()

    def close(self) -> None:
        """Close every file, so that it is complete."""
        with ExitStack() as stack:
            for file in self._open.values():
                stack.callback(file.close)
        self._open.clear()

    def __enter__(self) -> Self:
        """Open nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every file."""
        self.close()


# Columns with few values per unit block, which arrive as dictionaries.
_DICTIONARY_COLUMNS = [
    "user_id",
    "content_id",
    "episode_id",
    "device_code",
    "play_type",
    "loaded_at",
]
_DELTA_COLUMNS = ("started_at", "watched_seconds", "start_position_seconds")


def parquet_options(table: str, schema: pa.Schema) -> dict[str, Any]:
    """Return how a table of these columns is encoded.

    Plays are too many to let the writer find out: telling it halves the time.
    """
    if table != "viewing":
        return {"compression": "zstd"}
    return {
        # The other columns are small already.
        "compression": dict.fromkeys(schema.names, "none")
        | dict.fromkeys(("play_id", "paused_seconds"), "snappy"),
        "write_batch_size": 65_536,
        "use_dictionary": _DICTIONARY_COLUMNS,
        "column_encoding": dict.fromkeys(_DELTA_COLUMNS, "DELTA_BINARY_PACKED"),
        "write_statistics": ["started_at"],
    }


def write_shared(
    directory: Path, tables: dict[str, pa.Table], form: Format, schemas: Schemas
) -> None:
    """Write the tables that do not belong to users."""
    for name, found in tables.items():
        rows = as_delivered(found, schemas[name])
        if form == "csv":
            with (directory / f"{name}.csv").open("wb") as file:
                file.write(csv_text.header(rows.schema))
                csv_text.write_rows(rows, file)
        else:
            (directory / name).mkdir()
            path = directory / name / "part-00000.parquet"
            pq.write_table(rows, path, **parquet_options(name, rows.schema))


def join_csv_shards(directory: Path, years: range, schemas: Schemas) -> None:
    """Join the CSV shards of the users' tables, each with a header of its own."""
    names = [name for name in schemas if not (directory / f"{name}.csv").exists()]
    names.remove("viewing")
    for name in (*names, *(f"viewing_{year}" for year in years)):
        schema = schemas["viewing" if name.startswith("viewing_") else name]
        with (directory / f"{name}.csv").open("wb") as whole:
            whole.write(csv_text.header(schema))
            for shard in sorted((directory / "parts").glob(f"{name}.*")):
                with shard.open("rb") as file:
                    shutil.copyfileobj(file, whole, 1 << 20)
                shard.unlink()
    shutil.rmtree(directory / "parts", ignore_errors=True)


def write_empty_tables(directory: Path, schemas: Schemas) -> None:
    """Write a file without rows for each table that has none, as Parquet."""
    for name, schema in schemas.items():
        if not (directory / name).exists():
            (directory / name).mkdir()
            empty = schema.empty_table()
            pq.write_table(empty, directory / name / "part-00000.parquet")


def describe(directory: Path, threads: int) -> list[dict[str, str | int]]:
    """Return file, rows, bytes and SHA-256 of every data file below a directory."""
    paths = [
        path
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.relative_to(directory).parts[0] not in _NOT_DATA
    ]
    # Reading and hashing leave Python to the other threads.
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda path: _describe_file(directory, path), paths))


def _describe_file(directory: Path, path: Path) -> dict[str, str | int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "file": path.relative_to(directory).as_posix(),
        "rows": _count_rows(path),
        "bytes": path.stat().st_size,
        "sha256": digest,
    }


def _count_rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return pq.read_metadata(path).num_rows
    lines = quotes = 0
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            # A line break between quotes belongs to a field.
            for part in block.split(b'"'):
                lines += part.count(b"\n") if quotes % 2 == 0 else 0
                quotes += 1
            quotes -= 1
    return lines - 1


def write_manifest(directory: Path, facts: dict, threads: int) -> None:
    """Write what the run was, and every file of it."""
    text = json.dumps(facts | {"files": describe(directory, threads)}, indent=2)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")


def move_into_place(staging: Path, out: Path, schemas: Schemas) -> None:
    """Put a finished run of the raw contract's tables in its place.

    A new directory appears at once. In a directory that is there already, only what
    a run writes is replaced, one by one; the manifest goes first and comes last, so
    that an interrupted change has none.
    """
    if not out.exists():
        staging.replace(out)
        return
    old = staging / "replaced"
    old.mkdir()
    (out / MANIFEST).unlink(missing_ok=True)
    own = {INJECTED, *_NOT_DATA, *schemas}
    for path in out.iterdir():
        stem = path.name.removesuffix(".csv")
        is_year = stem.startswith("viewing_") and stem[8:].isdigit()
        if path.name in own or stem in own or is_year:
            fresh = staging / path.name
            if fresh.is_dir() or path.is_dir() or not fresh.exists():
                path.replace(old / path.name)
    for path in sorted(staging.iterdir(), key=lambda p: p.name == MANIFEST):
        if path != old:
            path.replace(out / path.name)
