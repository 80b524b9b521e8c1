"""Folders as anybody may deliver them: the same rows, or a refusal that names the file.

Tables and columns are left out, renamed in case, put in any order; files are split,
packed, zipped, and in encodings that spreadsheets have. What becomes of the rows is
said by `raw_rows`, which knows the contract and not the loader.
"""

import gzip
import io
import os
import re
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.loader import load
from streaming_analytics.loading.reports import LoadReport
from streaming_analytics.loading.zipped import unzipped
from streaming_analytics.progress import Progress
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

from .adapting import PROJECT
from .raw_rows import (
    CHOSEN,
    LOADED,
    NOW,
    WRONG,
    Delivered,
    Row,
    Value,
    expected,
    rows,
    stored,
)
from .raw_shapes import INDEXES, Shape, as_csv, as_parquet, becomes_empty

IS_WHOLE = os.environ.get("LABORATORY") == "whole"
EXAMPLES = 2_000 if IS_WHOLE else 25
FOLDERS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not IS_WHOLE,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252")
#: What a refusal says, by why the file is refused.
REFUSALS = {
    "missing": "missing ",
    "unknown": "unknown ",
    "repeated": "repeated ",
    "utf-16": "UTF-16|0x00",
    "not utf-8": "not UTF-8",
    "two kinds": "as CSV and as Parquet; keep one",
}


@dataclass
class Folder:
    """A folder that was made up.

    Attributes:
        files: Bytes by path.
        delivered: Rows by table, as the files say them.
        refused: Paths, or names of tables, with why they cannot be read.
        is_zipped: Whether it is delivered as a zip file.
        ignores_unknown: Whether `--ignore-unknown` is given.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    delivered: dict[str, list[Delivered]] = field(default_factory=dict)
    refused: dict[str, set[str]] = field(default_factory=dict)
    is_zipped: bool = False
    ignores_unknown: bool = False

    def refuse(self, name: str, why: str) -> None:
        self.refused.setdefault(name, set()).add(why)


@st.composite
def folders(draw: st.DrawFn) -> Folder:
    """Draw which tables there are, and how each is written."""
    # What is rare comes from here: of small numbers Hypothesis prefers the ends.
    random = Random(draw(st.integers(0, 2**32 - 1)))
    folder = Folder(
        is_zipped=random.random() < 0.2, ignores_unknown=draw(st.booleans())
    )
    absent = draw(st.sets(st.sampled_from([t.name for t in CHOSEN]), max_size=3))
    platform = rows()
    for table in CHOSEN:
        if table.name not in absent:
            draw_table(draw, folder, table, platform[table.name], random)
    return folder


def draw_table(
    draw: st.DrawFn, folder: Folder, table: RawTable, given: list[Row], random: Random
) -> None:
    """Draw into how many files a table is split, and the shape of each."""
    random.shuffle(given)
    count = draw(st.sampled_from((1, 1, 1, 2, 3)))
    is_parquet = draw(st.booleans())
    kinds = set()
    for part in range(count):
        is_other = random.random() < 0.01 and count > 1
        kind = "parquet" if is_parquet != is_other else "csv"
        kinds.add(kind)
        shape = draw_shape(draw, table, random)
        name = f"{table.name}/part-{part}" if count > 1 else table.name
        name += ".csv.gz" if kind == "csv" and shape.is_packed else f".{kind}"
        said = delivered(table, given[part::count], shape, kind, random)
        write = as_parquet if kind == "parquet" else as_csv
        folder.files[name] = write(table, said, shape)
        folder.delivered.setdefault(table.name, []).extend(said)
        note_refusals(folder, table, name, shape)
        if kind == "csv":
            note_encoding(folder, name, shape)
    if len(kinds) > 1:
        folder.refuse(table.name, "two kinds")


def draw_shape(draw: st.DrawFn, table: RawTable, random: Random) -> Shape:
    """Draw the columns and how they are written; a required one is seldom left out."""
    columns = [
        column.name
        for column in table.columns
        if random.random() > (0.001 if table.is_required(column) else 0.15)
    ]
    random.shuffle(columns)
    if random.random() < 0.15:
        columns.insert(random.randrange(len(columns) + 1), random.choice(INDEXES))
    if random.random() < 0.03:
        columns.insert(random.randrange(len(columns) + 1), "our_own_column")
    if random.random() < 0.01:
        columns.append(random.choice(columns))
    line_end = draw(st.sampled_from(("\n", "\r\n", "\r")))
    return Shape(
        tuple(columns),
        random.randrange(2**32),
        header=draw(st.sampled_from(("plain", "upper", "spaced", "quoted"))),
        encoding=random.choice(("utf-8",) * 60 + ENCODINGS),
        delimiter=draw(st.sampled_from((",", ";", "\t", "|"))),
        quoting=draw(st.sampled_from(("needed", "texts", "all"))),
        line_end=line_end,
        null=draw(st.sampled_from(("", "\\N"))),
        ends=line_end * draw(st.sampled_from((0, 1, 1, 1, 2))),
        is_packed=random.random() < 0.2,
        rows_together=draw(st.sampled_from((1, 3, 100))),
    )


def delivered(
    table: RawTable, given: list[Row], shape: Shape, kind: str, random: Random
) -> list[Delivered]:
    """Return what a file says of rows, a few of them wrong."""
    empty = {
        column.name
        for column in table.columns
        if kind == "csv" and becomes_empty(table, column, shape)
    }
    found = []
    for row in given:
        values = {name: row[name] for name in row if name in shape.columns}
        values |= {name: "" for name in empty & values.keys() if values[name] is None}
        each = Delivered(values)
        if random.random() < 0.04:
            options = [
                (column, text)
                for (name, column), texts in WRONG.items()
                for text in texts
                if name == table.name and column in values
            ]
            each.wrong = random.choice(options) if options else None
        elif random.random() < 0.01 and kind == "csv":
            each.is_torn = True
        found.append(each)
    return found


def note_refusals(folder: Folder, table: RawTable, name: str, shape: Shape) -> None:
    """Note why the header of a file is refused, by what was written into it."""
    names = [column for column in shape.columns if column in table.by_name]
    if len(set(names)) < len(names):
        folder.refuse(name, "repeated")
    if "our_own_column" in shape.columns and not folder.ignores_unknown:
        folder.refuse(name, "unknown")
    if any(table.is_required(c) and c.name not in names for c in table.columns):
        folder.refuse(name, "missing")


def note_encoding(folder: Folder, name: str, shape: Shape) -> None:
    """Note why the text of a CSV file cannot be read."""
    data = folder.files[name]
    text = gzip.decompress(data) if shape.is_packed else data
    if shape.encoding.startswith("utf-16"):
        folder.refused[name] = {"utf-16"}
        return
    try:
        text.decode()
    except UnicodeDecodeError:
        folder.refuse(name, "not utf-8")


def deliver(folder: Folder, target: Path) -> Path:
    """Write the folder, or a zip file of it, and return its path."""
    junk = {".hidden.csv": b"x", "notes.md": b"x", "users/._part-0.csv": b"\0\5\x16\7"}
    if not folder.is_zipped:
        for name, data in (folder.files | junk).items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return target
    junk["__MACOSX/._users.csv"] = b"\0\5\x16\7"
    with zipfile.ZipFile(target / "export.zip", "w") as archive:
        for name, data in folder.files.items():
            archive.writestr(f"export/{name}", data)
        for name, data in junk.items():
            archive.writestr(name if name.startswith("__") else f"export/{name}", data)
    return target / "export.zip"


def load_folder(database: Connection, folder: Folder, target: Path) -> LoadReport:
    options = Options(PROJECT.reference_seeds, ignore_unknown=folder.ignores_unknown)
    silent = Progress(io.StringIO())
    with (
        unzipped(deliver(folder, target)) as files,
        work_lock(database, "load") as lock,
    ):
        return load(lock, files, CHOSEN, silent, options=options)


def warehouse_rows(
    session: psycopg.Connection, table: RawTable
) -> Counter[tuple[Value, ...]]:
    names = sql.SQL(", ").join(map(sql.Identifier, table.column_names))
    query = sql.SQL("select {} from {}").format(
        names, sql.Identifier("raw", table.name)
    )
    return Counter(
        tuple(
            NOW if name == "loaded_at" and value != stored(LOADED) else value
            for name, value in zip(table.column_names, row, strict=True)
        )
        for row in session.execute(query)
    )


def assert_refused_by_name(folder: Folder, error: UserError) -> None:
    text = str(error)
    assert "\n" not in text
    assert "Traceback" not in text
    told = [
        name
        for name, reasons in folder.refused.items()
        if name in text and any(re.search(REFUSALS[why], text) for why in reasons)
    ]
    assert told, f"{text} names none of {folder.refused}"


@FOLDERS
@given(folder=folders())
def test_a_folder_loads_to_its_rows_or_is_refused_by_name(
    database: Connection, folder: Folder
) -> None:
    wanted = expected(folder.delivered)
    with tempfile.TemporaryDirectory(prefix="raw-folder-") as target:
        try:
            report = load_folder(database, folder, Path(target))
        except UserError as error:
            event("refused")
            emptied = re.search(
                r"rows of (\w+) .* stops where none is left", str(error)
            )
            if emptied is None:
                assert_refused_by_name(folder, error)
            else:
                assert folder.delivered[emptied[1]]
                assert not wanted.taken[emptied[1]]
            return
    event("loaded")
    assert not folder.refused
    counted = {
        each.table.name: (each.rows_in, each.accepted, each.quarantined)
        for each in report.tables
    }
    with database.connect() as session:
        for table in CHOSEN:
            taken, aside = wanted.taken[table.name], wanted.set_aside[table.name]
            assert warehouse_rows(session, table) == taken
            delivered_rows = len(folder.delivered.get(table.name, []))
            assert counted[table.name] == (delivered_rows, taken.total(), aside)
            kept = session.execute(
                sql.SQL("select count(*) from {} where load_id = %s").format(
                    sql.Identifier("raw_quarantine", table.name)
                ),
                [report.load_id],
            ).fetchone()
            assert kept == (aside,)


@st.composite
def damaged_folders(draw: st.DrawFn) -> Folder:
    """Draw a folder of which a file is cut off, or bytes of it are others."""
    folder = draw(folders())
    name = draw(st.sampled_from(sorted(folder.files)))
    data = bytearray(folder.files[name])
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.sampled_from(("cut", "other", "more", "quote", "line"))):
            case "cut":
                del data[at:]
            case "other":
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "more":
                data[at:at] = draw(st.binary(min_size=1, max_size=8))
            case "quote":
                data[at:at] = b'"'
            case "line":
                data[at:at] = b"\n"
    folder.files[name] = bytes(data)
    return folder


@FOLDERS
@given(folder=damaged_folders())
def test_of_a_damaged_folder_no_row_is_lost_silently(
    database: Connection, folder: Folder
) -> None:
    with tempfile.TemporaryDirectory(prefix="raw-folder-") as target:
        try:
            report = load_folder(database, folder, Path(target))
        except UserError:
            event("refused")
            return
    event("loaded")
    with database.connect() as session:
        sums = session.execute(
            "select table_name, rows_in - rows_accepted - rows_quarantined"
            " - rows_repeated, rows_after - rows_accepted"
            " from audit.row_reconciliation where load_id = %s",
            [report.load_id],
        ).fetchall()
        assert sorted(sums) == sorted((table.name, 0, 0) for table in CHOSEN)
