"""A platform of a few rows, and what a load has to make of parts of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from streaming_analytics.raw_contract import RawColumn, RawTable

from .adapting import TABLES

Value = str | int | bool | Decimal | date | datetime | None
Row = dict[str, Value]

NAMES = ("users", "content", "episodes", "plans", "subscriptions", "viewing", "ratings")
CHOSEN = tuple(table for table in TABLES if table.name in NAMES)
BY_NAME = {table.name: table for table in CHOSEN}
LOADED = datetime(2025, 6, 1, 3, tzinfo=UTC)
# Where there is no column loaded_at, a row is loaded now.
NOW = "now"

TITLES = (
    *("Nachtzug", 'He said "no"', "a, b", "a; b", "a|b", "a\tb", "two\nlines"),
    *("a\r\nb", "Ünïcode", "👩‍👩‍👧", "שלום", "\\N", "", " padded ", "null", "=1+1"),
    *("C:\\dir", "007"),
)


def moment(day: int, seconds: int = 0, micros: int = 0) -> datetime:
    """Return a moment of 2025."""
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    return begin + timedelta(days=day, seconds=seconds, microseconds=micros)


def rows() -> dict[str, list[Row]]:
    """Return the rows of each table, all of them right."""
    users: list[Row] = [
        {"user_id": f"u{n}", "country_code": ("DE", "US", "BR")[n % 3]}
        | {"full_name": TITLES[n] if n % 2 else None, "channel_code": "organic"}
        | {"birth_date": date(1990, 2, 28) if n % 3 else None}
        | {"signed_up_at": moment(n, 60 * n, n), "email": f"{n}@example.com"}
        for n in range(6)
    ]
    content: list[Row] = [
        {"content_id": f"c{n}", "title": title, "original_language": "de"}
        | {"is_original": (True, False, None)[n % 3]}
        | {"content_type": "series" if n % 3 == 0 else "film", "maturity_rating": "13+"}
        | {"runtime_seconds": 5400 + n if n % 3 else None}
        | {"release_date": date(1999, 12, 31) if n % 4 else None}
        | {"licence_cost_usd": Decimal("120000.10") + n if n % 2 else None}
        for n, title in enumerate(TITLES)
    ]
    episodes: list[Row] = [
        {"episode_id": f"e{n}", "content_id": f"c{n // 2 * 3}", "season_number": 1}
        | {"episode_number": n % 2, "runtime_seconds": 2640, "release_date": None}
        for n in range(6)
    ]
    plans: list[Row] = [
        {"plan_code": code, "plan_name": code.title(), "plan_rank": rank}
        | {"has_ads": rank == 1, "max_streams": None}
        for rank, code in enumerate(("ads", "basic", "full"), start=1)
    ]
    ended: Row = {"ended_date": date(2025, 4, 1), "end_reason": "voluntary"}
    subscriptions: list[Row] = [
        {"subscription_id": f"s{n}", "user_id": f"u{n % 6}", "trial_end_date": None}
        | {
            "plan_code": ("ads", "basic", "full")[n % 3],
            "started_date": date(2025, 2, n + 1),
        }
        | {"cancel_requested_date": date(2025, 3, 9) if n % 2 else None}
        | (ended if n % 2 else {"ended_date": None, "end_reason": None})
        for n in range(6)
    ]
    viewing: list[Row] = [
        {
            "play_id": f"p{n}",
            "user_id": f"u{n % 6}",
            "device_code": ("tv", "mobile")[n % 2],
        }
        | (
            {"content_id": f"c{n % 6 // 2 * 3}", "episode_id": f"e{n % 6}"}
            if n % 5 == 0
            else {"content_id": "c1", "episode_id": None}
        )
        | {"play_type": "main", "started_at": moment(100 + n, 7 * n, 1000 * n)}
        | {"watched_seconds": 60 * n, "paused_seconds": None if n % 4 else 0}
        | {"start_position_seconds": n, "is_autoplayed": (True, False, None)[n % 3]}
        for n in range(15)
    ]
    ratings: list[Row] = [
        {"rating_id": f"r{n}", "user_id": f"u{n}", "content_id": f"c{n}"}
        | {"rating": Decimal(n % 5 + 1), "rated_at": moment(120 + n)}
        for n in range(6)
    ]
    found = {
        **{"users": users, "content": content, "episodes": episodes, "plans": plans},
        **{"subscriptions": subscriptions, "viewing": viewing, "ratings": ratings},
    }
    return {
        table: [row | {"loaded_at": LOADED} for row in each]
        for table, each in found.items()
    }


# Texts that no row may have, by table and column.
WRONG: dict[tuple[str, str], tuple[str, ...]] = {
    ("users", "birth_date"): ("13/05/1990", "yesterday", "1990-02-30"),
    ("users", "country_code"): ("XX", "Germany"),
    ("users", "signed_up_at"): ("2025-01-01T00:00:00", "now", "2025-01-01T25:00Z"),
    ("users", "user_id"): (" u1", ""),
    ("content", "runtime_seconds"): ("90 min", "0", "1e99", "NaN"),
    ("content", "content_type"): ("movie", ""),
    ("content", "release_date"): ("1999-12-31T20:00:00",),
    ("content", "is_original"): ("maybe", "2"),
    ("content", "licence_cost_usd"): ("9.995", "-1", "1,5"),
    ("plans", "plan_code"): ("", "  "),
    ("subscriptions", "started_date"): ("2025-02-30", "epoch", ""),
    ("viewing", "watched_seconds"): ("-5", "86401", "60.5", ""),
    ("viewing", "started_at"): ("1736000000", "2025-05-01 10:00"),
    ("viewing", "device_code"): ("toaster",),
    ("ratings", "rating"): ("3.5", "0", "seven", ""),
}


@dataclass
class Delivered:
    """A row of one file: values by column that the file has, and what it should become.

    Attributes:
        values: As the platform means them; columns that the file lacks are absent.
        wrong: A text in place of one value, for which the row is set aside.
        is_torn: Whether it has a field too many.
    """

    values: Row
    wrong: tuple[str, str] | None = None
    is_torn: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether it is set aside for a reason of its own text."""
        return self.wrong is not None or self.is_torn


@dataclass
class Expected:
    """What a load has to make of the rows that were delivered.

    Attributes:
        taken: Rows of each raw table, values in the order of the contract.
        set_aside: How many rows of each table go to quarantine.
    """

    taken: dict[str, Counter[tuple[Value, ...]]] = field(default_factory=dict)
    set_aside: dict[str, int] = field(default_factory=dict)


def expected(delivered: Mapping[str, list[Delivered]]) -> Expected:
    """Return what the contract says of rows, from its text and not from the loader."""
    found = Expected()
    known: dict[str, set[Value]] = {table.name: set() for table in CHOSEN}
    lost: dict[str, set[Value]] = {table.name: set() for table in CHOSEN}
    # Each table after those that it refers to.
    for table in CHOSEN:
        taken: Counter[tuple[Value, ...]] = Counter()
        given = delivered.get(table.name, [])
        for each in given:
            key = each.values.get(table.key[0])
            if _is_taken(table, each, known, lost):
                taken[_stored(table, each.values)] += 1
                known[table.name].add(key)
            elif not (each.wrong and each.wrong[0] == table.key[0]):
                lost[table.name].add(key)
        found.taken[table.name] = taken
        found.set_aside[table.name] = len(given) - taken.total()
    return found


def _is_taken(
    table: RawTable,
    each: Delivered,
    known: dict[str, set[Value]],
    lost: dict[str, set[Value]],
) -> bool:
    if each.is_broken:
        return False
    for column in table.columns:
        value, rules = each.values.get(column.name), column.rules
        if rules.together_with:
            other = each.values.get(rules.together_with)
            if (value is None) != (other is None):
                return False
        parent = rules.references
        if parent and value is not None and value not in known[parent]:
            if not rules.keeps or value in lost[parent]:
                return False
            # Deleted there, and kept as long as somebody describes it.
            known[parent].add(value)
    return True


def is_plain_text(table: RawTable, column: RawColumn) -> bool:
    """Whether an empty text stays one; in keys and codes it is NULL."""
    rules = column.rules
    is_key = column.name in table.key or rules.references
    is_code = rules.case or rules.values or rules.seed or rules.is_time_zone
    return column.type == "string" and not is_key and not is_code


def _stored(table: RawTable, values: Row) -> tuple[Value, ...]:
    absent: dict[str, Any] = {"loaded_at": NOW}
    return tuple(
        stored(values[name] if name in values else absent.get(name))
        for name in table.column_names
    )


def stored(value: Value) -> Value:
    """Return a value as the warehouse keeps it: moments in UTC, without saying so."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
