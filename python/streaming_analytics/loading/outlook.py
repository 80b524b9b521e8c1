"""Which marts the rows of a load are enough for, and what the others lack."""

from collections.abc import Iterable, Iterator, Mapping

from streaming_analytics.raw_contract import RawTable


def lacking(
    tables: Iterable[RawTable], rows: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """Return every declared mart with the raw tables that it lacks.

    `rows` has the rows that would be loaded, by raw table.
    """
    found: dict[str, tuple[str, ...]] = {}
    for table in tables:
        is_empty = not rows.get(table.name)
        for mart in table.marts:
            found[mart] = found.get(mart, ()) + ((table.name,) if is_empty else ())
        for other, marts in table.marts_unless.items():
            both = is_empty and not rows.get(other)
            for mart in marts:
                either = (f"{table.name} or {other}",) if both else ()
                found[mart] = found.get(mart, ()) + either
    return found


def describe_outlook(
    tables: Iterable[RawTable], rows: Mapping[str, int]
) -> Iterator[str]:
    """Yield which marts would have rows, and which not, with the reason."""
    tables = list(tables)
    marts = lacking(tables, rows)
    filled = sorted(mart for mart, missing in marts.items() if not missing)
    yield f"with this you get {len(filled)} marts: {', '.join(filled) or 'none'}"
    yield from _needs(tables, filled)
    reasons = sorted({missing for missing in marts.values() if missing})
    if reasons:
        yield "these stay empty, or at zero in all that rests on it:"
    for missing in reasons:
        empty = sorted(mart for mart in marts if marts[mart] == missing)
        yield f"  no rows in {', '.join(missing)}: {', '.join(empty)}"


def _needs(tables: Iterable[RawTable], filled: Iterable[str]) -> Iterator[str]:
    """Yield what some of the marts need beside rows: a load does not look into that."""
    lines = [
        f"  {need}: {', '.join(sorted(wanting))}"
        for table in tables
        for need, marts in table.marts_need.items()
        if (wanting := set(marts) & set(filled))
    ]
    if lines:
        yield "of these, some have rows only with"
    yield from lines
