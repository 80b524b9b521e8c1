"""Rules across the rows of a table: spans that overlap, values that are taken."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from psycopg import sql

from streaming_analytics.loading.blocks import Block
from streaming_analytics.loading.cells import Column, Text
from streaming_analytics.loading.checks import Checker
from streaming_analytics.loading.keys import Keys, hash_text
from streaming_analytics.loading.parts import PARTS, RAW, Session, present_columns
from streaming_analytics.loading.reasons import Reason
from streaming_analytics.raw_contract import RawTable

Row = dict[str, Any]


@dataclass(frozen=True)
class Wrong:
    """A key whose rows are to be set aside, and the column to name."""

    key: tuple[Any, ...]
    column: str
    reason: Reason


def find_wrong(
    session: Session, table: RawTable, parts: list[str], *, append: bool
) -> list[Wrong]:
    """Return the keys among some parts that break a rule across rows.

    Of rows with the same key the last arrival counts. What was loaded before stays.
    """
    if not parts:
        return []
    spans = table.no_overlap
    return wrong_keys(
        table,
        _overlapping(session, table, parts, append=append) if spans else (),
        _taken(session, table, parts, append=append) if table.distinct else (),
    )


def wrong_keys(
    table: RawTable,
    overlapping: Iterable[tuple[Any, ...]],
    taken: Iterable[tuple[Any, ...]],
) -> list[Wrong]:
    """Return each key once, with the rule that it breaks."""
    found = []
    if table.no_overlap is not None:
        found += [
            Wrong(key, table.no_overlap.start, Reason.OVERLAP) for key in overlapping
        ]
    found += [Wrong(key, table.distinct[-1], Reason.TAKEN) for key in taken]
    return list({wrong.key: wrong for wrong in reversed(found)}.values())


def _latest(
    session: Session,
    table: RawTable,
    parts: list[str],
    owner: tuple[str, ...],
    *,
    append: bool,
) -> sql.Composed:
    """Return a query for the last arrival of each key among all rows of some owners."""
    names = sql.SQL(", ").join(map(sql.Identifier, table.column_names))
    new = sql.SQL(" union all ").join(
        sql.SQL("select {}, true as is_new from {}").format(
            names, sql.Identifier(PARTS, part)
        )
        for part in parts
    )
    old = sql.SQL("")
    if append and present_columns(session, table):
        owners = sql.SQL(", ").join(map(sql.Identifier, owner))
        old = sql.SQL(
            " union all select {}, false from {} where ({}) in (select {} from arrived)"
        ).format(names, sql.Identifier(RAW, table.name), owners, owners)
    key = sql.SQL(", ").join(map(sql.Identifier, table.key))
    return sql.SQL(
        "with arrived as ({new}), together as (select * from arrived {old}), "
        "latest as (select distinct on ({key}) * from together "
        "order by {key}, loaded_at desc nulls last, is_new desc)"
    ).format(new=new, old=old, key=key)


def _overlapping(
    session: Session, table: RawTable, parts: list[str], *, append: bool
) -> Iterator[tuple[Any, ...]]:
    spans = table.no_overlap
    assert spans is not None
    fields = {
        "latest": _latest(session, table, parts, spans.of, append=append),
        "key": sql.SQL(", ").join(map(sql.Identifier, table.key)),
        "of": sql.SQL(", ").join(map(sql.Identifier, spans.of)),
        "start": sql.Identifier(spans.start),
        "until": sql.Identifier(spans.until),
    }
    # Owners of whom any span begins before an earlier one has ended; which of their
    # spans go is a matter of order, and decided below.
    rows = session.execute(
        sql.SQL(
            """
            {latest},
            compared as (
                select *, max(coalesce({until}, 'infinity')) over (
                    partition by {of} order by {start}, is_new, {key}
                    rows between unbounded preceding and 1 preceding
                ) > {start} as is_overlapping
                from latest
            ),
            owners as (select distinct {of} from compared where is_overlapping)
            select {of}, {start}, {until}, is_new, {key}
            from compared
            where ({of}) in (select {of} from owners)
            order by {of}, {start}, is_new, {key}
            """
        ).format(**fields)
    ).fetchall()
    yield from late_spans(rows, len(spans.of))


def late_spans(
    rows: Iterable[tuple[Any, ...]], width: int
) -> Iterator[tuple[Any, ...]]:
    """Yield the keys of new spans that begin before an earlier one has ended.

    Args:
        rows: In order of owner and start: the owner's columns, start, until, whether
            the row is new, the key's columns.
        width: How many columns name the owner.
    """
    owner, ends = None, None
    for row in rows:
        start, until, is_new = row[width : width + 3]
        if row[:width] != owner:
            owner, ends = row[:width], start
        # None is a span without an end: everything later overlaps it.
        if is_new and (ends is None or start < ends):
            yield row[width + 3 :]
        elif ends is not None:
            ends = None if until is None else max(ends, until)


def _taken(
    session: Session, table: RawTable, parts: list[str], *, append: bool
) -> list[tuple[Any, ...]]:
    fields = {
        "latest": _latest(session, table, parts, table.distinct, append=append),
        "key": sql.SQL(", ").join(map(sql.Identifier, table.key)),
        "of": sql.SQL(", ").join(map(sql.Identifier, table.distinct)),
        "there": sql.SQL(" and ").join(
            sql.SQL("{} is not null").format(sql.Identifier(name))
            for name in table.distinct
        ),
    }
    return session.execute(
        sql.SQL(
            """
            {latest},
            ranked as (
                select *, row_number() over (
                    partition by {of} order by is_new, {key}
                ) as place
                from latest
                where {there}
            )
            select {key} from ranked where place > 1 and is_new
            """
        ).format(**fields)
    ).fetchall()


def remove(
    session: Session, table: RawTable, part: str, wrong: list[Wrong]
) -> list[tuple[Wrong, Row]]:
    """Delete the rows of some keys from a part, and return them as text."""
    # Moments are kept in UTC without saying so, and no load takes one without offset.
    text = sql.SQL(", ").join(
        sql.SQL("{}::text || 'Z'" if column.type == "timestamp" else "{}::text").format(
            sql.Identifier(column.name)
        )
        for column in table.columns
    )
    key = sql.SQL(", ").join(
        sql.SQL("{}::text").format(sql.Identifier(name)) for name in table.key
    )
    lists = sql.SQL(", ").join(
        [sql.SQL("{}::text[]").format(sql.Placeholder())] * len(table.key)
    )
    by_key = {tuple(map(str, each.key)): each for each in wrong}
    with session.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "delete from {} where ({}) in (select * from unnest({})) returning {}"
            ).format(sql.Identifier(PARTS, part), key, lists, text),
            [list(values) for values in zip(*by_key, strict=True)],
        )
        rows = [
            dict(zip(table.column_names, row, strict=True)) for row in cursor.fetchall()
        ]
    return [(by_key[tuple(str(row[name]) for name in table.key)], row) for row in rows]


def locate(
    blocks: Iterable[Block], checker: Checker, keys: set[tuple[str, ...]]
) -> dict[tuple[str, ...], list[tuple[Path, int]]]:
    """Return file and line of the rows that have some keys, by key, in their order."""
    table = checker.table
    places = [table.column_names.index(name) for name in table.key]
    firsts = Keys(sorted({key[0] for key in keys}))
    found: dict[tuple[str, ...], list[tuple[Path, int]]] = {}
    for block in blocks:
        checked = checker.check(block)
        columns = [checked.columns[place] for place in places]
        first = columns[0]
        assert isinstance(first, Text)
        hits = (firsts.find(hash_text(first)) >= 0) & (checked.reasons == 0)
        for row in np.flatnonzero(hits):
            key = tuple(_text(column, int(row)) for column in columns)
            if key in keys:
                found.setdefault(key, []).append((block.path, int(block.lines[row])))
    return found


def _text(column: Column, row: int) -> str:
    """Return a key's value as the server writes it; keys are text and days."""
    if isinstance(column, Text):
        return column.at(row) or ""
    return str(np.datetime64(int(column.numbers[row]), "D"))
