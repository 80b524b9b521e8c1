"""Header files and a page that explains them, from the raw contract."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.loading.codes import shipped_codes
from streaming_analytics.loading.headers import LOADED_AT
from streaming_analytics.raw_contract import EXCHANGE_RATES, RawColumn, RawTable

PAGE = "README.md"
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "date": "date (2024-02-29)",
    "timestamp": "moment with offset (2024-02-29T20:15:00Z)",
}
_CODES_SHOWN = 12


def write_template(directory: Path, tables: Iterable[RawTable], seeds: Path) -> str:
    """Write one header file per raw table and a page; return a line for people.

    Raises:
        UserError: The directory has files already, or cannot be written to.
    """
    tables = tuple(tables)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise UserError(f"{directory} is not empty; name a new directory")
        for table in tables:
            path = directory / f"{table.name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(table.column_names)
        (directory / PAGE).write_text(
            "\n".join(page(tables, seeds)) + "\n", encoding="utf-8"
        )
    except OSError as error:
        raise UserError(f"cannot write to {directory}: {error.strerror}") from error
    return (
        f"wrote {len(tables)} header files and {PAGE} to {directory}; fill in what you "
        f"have, remove the rest, and run: streaming load {directory} --check"
    )


def page(tables: Iterable[RawTable], seeds: Path) -> Iterator[str]:
    """Yield the page's lines: every table and column, what it has to be, an example."""
    yield "# Files that `streaming load` reads"
    yield ""
    yield "One file per table, `<table>.csv`, `.csv.gz` or `.parquet`, or a folder"
    yield "`<table>/` of such files. Columns are matched by name, in any order. An"
    yield "absent table is empty; an absent column that is not required is NULL, and an"
    yield f"absent `{LOADED_AT}` is the moment of the load. Rows that break a rule are"
    yield "set aside with the reason; `streaming load DIR --check` says which and loads"
    yield "nothing. `rules.json` beside the files moves a limit, for half stars so:"
    yield '`{"ratings": {"rating": {"step": 0.5}}}`.'
    for table in tables:
        yield ""
        yield f"## {table.name}"
        yield ""
        yield f"{table.description} Key: {', '.join(f'`{k}`' for k in table.key)}."
        if table.has_default:
            yield ""
            seed = f"`seeds/reference/{table.name}.csv`"
            yield (
                f"{seed} holds examples, for the sample only."
                if table.is_example
                else f"Takes the place of {seed}, which holds without it."
            )
        if table.marts:
            marts = ", ".join(f"`{mart}`" for mart in table.marts)
            yield ""
            yield f"Empty or at zero without it: {marts}."
        for other, names in table.marts_unless.items():
            marts = ", ".join(f"`{mart}`" for mart in names)
            yield ""
            yield f"Empty without it and without {other}: {marts}."
        for need, names in table.marts_need.items():
            marts = ", ".join(f"`{mart}`" for mart in names)
            yield ""
            yield f"Empty without {need}: {marts}."
        yield ""
        yield "| column | type | required | allowed | example | meaning |"
        yield "|---|---|---|---|---|---|"
        for column in table.columns:
            kind = _TYPES.get(column.type, column.type)
            required = "yes" if table.is_required(column) else ""
            example = f"`{column.rules.example}`" if column.rules.example else ""
            allowed = _allowed(column, seeds)
            yield (
                f"| `{column.name}` | {kind} | {required} | {allowed} | {example} | "
                f"{column.description}{_gives(column)} |"
            )


def _gives(column: RawColumn) -> str:
    if not column.rules.gives:
        return ""
    marts = ", ".join(f"`{mart}`" for mart in column.rules.marts)
    return f" Without it, {column.rules.gives}: {marts}."


def _allowed(column: RawColumn, seeds: Path) -> str:
    rules = column.rules
    parts = []
    codes = shipped_codes(column, seeds)
    if rules.is_time_zone:
        parts.append("a name of the IANA database")
    if codes:
        more = ", ..." if len(codes) > _CODES_SHOWN else ""
        parts.append(", ".join(codes[:_CODES_SHOWN]) + more)
    if rules.references:
        parts.append(f"a key of {rules.references}")
    if rules.min is not None:
        parts.append(f"from {rules.min:g}")
    if rules.max is not None:
        parts.append(f"to {rules.max:g}")
    if rules.step is not None:
        parts.append(f"in steps of {rules.step:g}")
    if rules.not_before:
        parts.append(f"not before {rules.not_before}")
    if rules.after:
        parts.append(f"after {rules.after}")
    if rules.not_after:
        parts.append(f"not after {rules.not_after}")
    if rules.day_of_month:
        parts.append("the first of a month")
    if rules.together_with:
        parts.append(f"together with {rules.together_with}")
    if rules.instead_of:
        parts.append(f"either this or {rules.instead_of}")
    if rules.rate_on:
        parts.append(f"USD, or with a rate in {EXCHANGE_RATES} by {rules.rate_on}")
    return "; ".join(parts)
