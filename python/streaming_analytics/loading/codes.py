"""Codes that are allowed: of the table that a load brings, else of the seed."""

import csv
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from zoneinfo import available_timezones

from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.loading.keys import Keys, hash_text, text_of
from streaming_analytics.loading.parts import RAW, Session, present_columns
from streaming_analytics.raw_contract import RawColumn, RawTable


class Codes(Keys):
    """The codes that a column may have, as keys and by their names.

    Attributes:
        names: The codes in the order of their table.
        is_shipped: Whether they are those of the reference seed.
    """

    def __init__(self, names: Iterable[str] = (), *, is_shipped: bool = False) -> None:
        """Begin with `names`."""
        self.names = list(names)
        self.is_shipped = is_shipped
        super().__init__(self.names)

    def allow(self, names: Collection[str]) -> None:
        """Allow more codes."""
        self.names += names
        self.add(hash_text(text_of(list(names))))


def allowed_codes(
    session: Session | None,
    seeds: Path,
    tables: Iterable[RawTable],
    brought: Collection[str],
    *,
    append: bool,
) -> dict[str, Codes]:
    """Return the codes of each table that a rule names.

    Those of a table that is `brought` are learnt as it is loaded; rows are appended to
    what schema raw holds, which takes a session to look at.

    Raises:
        UserError: A seed cannot be read.
    """
    by_name = {table.name: table for table in tables}
    found = {}
    for name in tables_of_codes(by_name.values()):
        is_kept = append and name in by_name
        there = _loaded_codes(session, by_name[name]) if is_kept and session else []
        if there or name in brought:
            found[name] = Codes(there)
        else:
            found[name] = Codes(read_codes(seeds, name), is_shipped=True)
    return found


def fall_back(codes: Codes, seeds: Path, name: str) -> None:
    """Allow the codes of the seed where a table that was brought has no row.

    Raises:
        UserError: The seed cannot be read.
    """
    if not codes.names:
        codes.is_shipped = True
        codes.allow(read_codes(seeds, name))


def require_region_of_countries(codes: Mapping[str, Codes], seeds: Path) -> None:
    """Refuse own regions beside the shipped countries, which lie in shipped regions.

    Raises:
        UserError: They are there.
    """
    regions, countries = codes.get("regions"), codes.get("countries")
    if regions is None or countries is None or not countries.is_shipped:
        return
    lost = sorted(set(_column(seeds, "countries", "region_code")) - set(regions.names))
    if lost:
        raise UserError(
            f"regions takes the place of the shipped regions, and no country would lie "
            f"in {lost[0]}: bring countries too, each with its region"
        )


def allowed_keys(table: RawTable, codes: Mapping[str, Codes]) -> dict[str, Keys]:
    """Return what each column of codes may hold; those of a table may still grow."""
    return {
        column.name: codes[rules.seed] if rules.seed else Keys(codes_of(column, codes))
        for column in table.columns
        for rules in [column.rules]
        if rules.seed or rules.values or rules.is_time_zone
    }


def codes_of(column: RawColumn, codes: Mapping[str, Codes]) -> list[str]:
    """Return the codes that a column may have; none when any text may be there."""
    rules = column.rules
    if rules.is_time_zone:
        return sorted(available_timezones())
    return codes[rules.seed].names if rules.seed else list(rules.values)


def shipped_codes(column: RawColumn, seeds: Path) -> list[str]:
    """Return the codes that a column may have where no table of codes is brought.

    Raises:
        UserError: A seed cannot be read.
    """
    rules = column.rules
    return read_codes(seeds, rules.seed) if rules.seed else list(rules.values)


def read_codes(seeds: Path, seed: str) -> list[str]:
    """Return the first column of a reference seed.

    Raises:
        UserError: The seed cannot be read.
    """
    return _column(seeds, seed)


def _column(seeds: Path, seed: str, name: str | None = None) -> list[str]:
    path = seeds / f"{seed}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            named = name or (reader.fieldnames or [""])[0]
            return [row[named] for row in reader]
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error


def tables_of_codes(tables: Iterable[RawTable]) -> list[str]:
    """Return the tables whose codes a rule names."""
    rules = [column.rules for table in tables for column in table.columns]
    return sorted({rule.seed for rule in rules if rule.seed})


def _loaded_codes(session: Session, table: RawTable) -> list[str]:
    if not present_columns(session, table):
        return []
    rows = session.execute(
        sql.SQL("select distinct {} from {} order by 1").format(
            sql.Identifier(table.key[0]), sql.Identifier(RAW, table.name)
        )
    ).fetchall()
    return [code for (code,) in rows]
