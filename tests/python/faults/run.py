"""All faults through load, build, check and publish; what became of each, in words."""

import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.generator.faults.files import FILE_FAULTS
from streaming_analytics.generator.faults.injection import damage_files
from streaming_analytics.generator.faults.known import table_files
from streaming_analytics.generator.faults.request import FAULTS
from streaming_analytics.warehouse.connection import Connection

from .checks import CHECKS, as_delivered
from .mix import BY_MANIFEST, PUBLISHED, SPIKE, STOPPED
from .platform import (
    HERE,
    build_loaded,
    checkout,
    dirtied,
    generated,
    injections,
    load,
    rows_of_file,
    write_rows,
)
from .seen import FOLLOWS, LAST_IS_WRONG, Delivered, Seen
from .wanted import WANTED, Wanted

BEGIN, END = "<!-- outcomes: make faults -->", "<!-- end of outcomes -->"
PAGE = HERE.root / "docs" / "faults.md"
#: Ages of the days of which every play arrives under four keys: late enough to be
#: compared with the weekdays before, and before the loads that a stale source lacks.
SPIKE_DAYS = (9,)


@dataclass(frozen=True)
class Outcome:
    """What became of a fault, in words, and what is wrong with that; mostly nothing."""

    words: str
    wrong: str = ""


@contextmanager
def own_database(warehouse: Connection, name: str) -> Generator[Connection]:
    """Yield an empty database; the role that publishing made goes with it."""
    with warehouse.connect(autocommit=True) as session:
        session.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    connection = replace(warehouse, database=name)
    try:
        yield connection
    finally:
        with connection.connect() as session:
            if session.execute(
                "select from pg_roles where rolname = 'bi_reader'"
            ).fetchone():
                session.execute("drop owned by bi_reader; drop role bi_reader")
        with warehouse.connect(autocommit=True) as session:
            session.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


def outcomes(warehouse: Connection, folder: Path) -> dict[str, Outcome]:
    """Return what became of each fault of the catalogue, by name."""
    clean = generated(folder / "clean")
    project = checkout(folder / "checkout")
    found: dict[str, Outcome] = {}
    with own_database(warehouse, "faults") as database:
        dirty = dirtied(clean, folder / "published", PUBLISHED)
        load(project, database, dirty)
        report = build_loaded(project, database)
        seen = Seen(clean, dirty, database, report.warnings)
        found |= {name: _published(seen, name) for name in PUBLISHED}
        unexplained = _unexplained(seen)
        stopped = _stops(clean, folder / "stopped")
        load(project, database, stopped)
        try:
            build_loaded(project, database)
        except UserError as error:
            message = str(error)
        else:
            message = ""
        found |= {name: _stopped(message, name) for name in (*STOPPED, *SPIKE)}
        found["everything else"] = Outcome("", unexplained)
        small = generated(folder / "small", days=12)
        found |= _files(warehouse, small, folder / "files")
    return found


def _stops(clean: Path, out: Path) -> Path:
    """Write a delivery in which every figure that must stop a build is wrong."""
    dirtied(clean, out, STOPPED)
    spiked = dirtied(clean, out.with_name("spiked"), SPIKE)
    plays = rows_of_file(table_files(out, "viewing")[-1])
    last = max(row["started_at"] for row in plays)
    days = {
        str(date.fromisoformat(last[:10]) - timedelta(days=age)) for age in SPIKE_DAYS
    }
    for path in table_files(out, "viewing"):
        rows = [r for r in rows_of_file(path) if r["started_at"][:10] not in days]
        again = rows_of_file(spiked / path.name)
        rows += [row for row in again if row["started_at"][:10] in days]
        write_rows(path, rows)
    assert {entry["fault"] for entry in injections(out)} == set(STOPPED)
    return out


def _published(seen: Seen, name: str) -> Outcome:
    """Return what became of a fault whose delivery was published."""
    wanted = WANTED[name]
    if not seen.is_injected(name):
        return Outcome("", "befell nothing")
    found = [one for one in seen.delivered(name) if not one.is_lost_with_another]
    if wanted.behaviour == "set aside":
        return _aside(found, name)
    taken, wrong = [], ""
    for one in found:
        reasons = {why.partition(": ")[2] for why in one.aside.values()}
        if not reasons:
            taken.append(one)
        elif not reasons <= set(wanted.also):
            wrong = f"set aside: {', '.join(sorted(reasons))}"
    if not taken and name != "out_of_order":
        wrong = wrong or "no row was taken"
    try:
        CHECKS.get(name, as_delivered)(seen, taken)
    except (AssertionError, ValueError) as error:
        wrong = f"not as wanted: {error}"
    if wanted.behaviour == "warned":
        if not any(warning.startswith(wanted.by) for warning in seen.warnings):
            wrong = f"no warning of {wanted.by}"
        return Outcome(f"taken, with a warning: `{wanted.by}`", wrong)
    return Outcome(f"{wanted.behaviour}: {wanted.by}", wrong)


def _aside(found: list[Delivered], name: str) -> Outcome:
    reasons = set()
    for one in found:
        lines = list(one.rows)[-1:] if name in LAST_IS_WRONG else list(one.rows)
        kept = [line for line in lines if line not in one.aside]
        if kept or len(one.aside) != len(lines):
            return Outcome("", f"lines {lines}: set aside are {one.aside}")
        reasons |= set(one.aside.values())
    if not reasons:
        return Outcome("", "every row was lost with another")
    wanted = WANTED[name].by
    named = set(re.findall(r"\w+", wanted))
    others = [reason for reason in reasons if not named.issuperset(reason.split(": "))]
    return Outcome(f"set aside: `{wanted}`", f"set aside: {others}" if others else "")


def _unexplained(seen: Seen) -> str:
    """Return what was set aside or warned of that no fault asked for."""
    explained = {
        (path, line)
        for name in PUBLISHED
        for one in seen.delivered(name)
        for line in one.aside
        for path in [_file_of(name, seen)]
    }
    lines = [
        f"{place}: {why}"
        for place, why in seen.quarantined.items()
        if place not in explained and FOLLOWS not in why
    ]
    warned = [
        warning
        for warning in seen.warnings
        if not any(
            warning.startswith(wanted.by)
            for wanted in WANTED.values()
            if wanted.behaviour == "warned"
        )
        and not _is_of_the_load(warning)
    ]
    return "; ".join([*lines, *warned])


def _is_of_the_load(warning: str) -> bool:
    """Tell whether a load warned of how much it set aside, or of overlaps."""
    return warning.startswith("load of ") and "set aside" in warning


def _file_of(name: str, seen: Seen) -> str:
    return table_files(seen.dirty, FAULTS[name].table)[-1].name


def _stopped(message: str, name: str) -> Outcome:
    by = WANTED[name].by
    wrong = "" if f"{by}:" in message else f"{by} is not in: {message or 'no stop'}"
    return Outcome(f"nothing is published: `{by}`", wrong)


def _files(warehouse: Connection, clean: Path, folder: Path) -> dict[str, Outcome]:
    """Return what became of the faults of files."""
    found = {}
    project = checkout(folder.with_name("checkout_of_files"))
    with own_database(warehouse, "faulty_files") as database:
        load(project, database, clean)
        usual = _contents(database)
        for name in FILE_FAULTS:
            out = folder / name
            shutil.copytree(clean, out)
            damage_files(out, [name])
            wanted = WANTED[name]
            if name not in BY_MANIFEST:
                # As a source writes it that has always written so.
                (out / "manifest.json").unlink()
            try:
                load(project, database, out)
                message = ""
            except UserError as error:
                message = str(error)
            found[name] = _file_outcome(wanted, message, _contents(database) == usual)
    return found


def _file_outcome(wanted: Wanted, message: str, is_same: bool) -> Outcome:
    if wanted.behaviour == "taken":
        wrong = message or ("" if is_same else "other rows than without")
        return Outcome(f"taken: {wanted.by}", wrong)
    wrong = "" if wanted.by in message else f"{wanted.by!r} is not in {message!r}"
    if not is_same:
        wrong = "schema raw is not as it was"
    return Outcome(f"the file is refused: “{wanted.by}”", wrong)


def _contents(database: Connection) -> list[list[tuple]]:
    """Return rows and a sum of hashes of raw.users and raw.viewing."""
    with database.connect() as session:
        return [
            session.execute(
                sql.SQL(
                    "select count(*), sum(hashtextextended(cast(r as text), 0))"
                    " from raw.{} as r"
                ).format(sql.Identifier(table))
            ).fetchall()
            for table in ("users", "viewing")
        ]


def as_table(found: dict[str, Outcome]) -> str:
    """Return the outcomes as the table of docs/faults.md."""
    lines = ["| number | name | what becomes of it |", "|---|---|---|"]
    lines += [
        f"| {fault.number} | `{name}` | {found[name].words} |"
        for name, fault in sorted(FAULTS.items(), key=lambda f: (f[1].number, f[0]))
    ]
    return "\n".join(lines)


def committed() -> str:
    """Return the table that docs/faults.md has."""
    page = PAGE.read_text(encoding="utf-8")
    return page.partition(BEGIN)[2].partition(END)[0].strip()


def write(found: dict[str, Outcome]) -> None:
    """Write the table into docs/faults.md."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = f"{before}{begin}\n{as_table(found)}\n{END}{after}"
    PAGE.write_text(text, encoding="utf-8")
