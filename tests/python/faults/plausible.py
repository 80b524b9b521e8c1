"""Whether the raw contract lets a row pass, said once more and by other means.

Strings are read with Python's own types; the loader's casts and checks are not used.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml

from .platform import HERE, Row

CLOCKS_DIFFER = timedelta(minutes=10)
Parsed = dict[str, Any]


class Implausible(Exception):
    """A value or row that has to be set aside."""


def stated(path: Path) -> dict[str, dict]:
    """Return the seeds of a file of the contract by table; viewing is one of them.

    Each with the types of its columns, its own meta, and that of its columns.
    """
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    (source,) = read["sources"]
    tables = {table["name"] for table in source["tables"]}
    return {
        name: {
            "types": seed["config"]["column_types"],
            "meta": seed["config"]["meta"],
            "rules": {
                column["name"]: column.get("config", {}).get("meta", {})
                for column in seed["columns"]
            },
        }
        for seed in read["seeds"]
        for name in [re.sub(r"_\d{4}$", "", seed["name"])]
        if name in tables
    }


#: Tables of codes, which a platform may bring or leave out.
CODES = stated(HERE.reference_seeds / "_reference__seeds.yml")
CONTRACT = stated(HERE.raw_contract) | CODES


def as_integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+(\.0*)?", text):
        raise Implausible("no whole number")
    value = int(Decimal(text))
    if abs(value) > 2**31 - 1:
        raise Implausible("too large")
    return value


def as_number(precision: int, scale: int) -> Callable[[str], Decimal]:
    def parse(text: str) -> Decimal:
        try:
            value = Decimal(text)
        except InvalidOperation as error:
            raise Implausible("no number") from error
        if not text.isascii() or "_" in text or not value.is_finite():
            raise Implausible("no number")
        # In this order: more digits than Python rounds are too many.
        if abs(value) >= 10 ** (precision - scale) or value != round(value, scale):
            raise Implausible("does not fit")
        return value

    return parse


def as_boolean(text: str) -> bool:
    known = {"true": True, "t": True, "1": True, "yes": True, "y": True, "on": True}
    known |= {"false": False, "f": False, "0": False, "no": False, "n": False}
    known |= {"off": False}
    if text.lower() not in known:
        raise Implausible("neither true nor false")
    return known[text.lower()]


def as_date(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        # A moment at midnight names the day as well.
        match = re.fullmatch(
            r"([0-9-]{10})([T ]00:00(:00(\.0+)?)?)?(Z|[+-]00:?00)?", text
        )
        if not match:
            raise Implausible("no date")
        text = match[1]
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Implausible("no such day") from error


def as_moment(text: str) -> datetime:
    text = text.upper()
    if not re.fullmatch(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+ ?(Z|[+-][0-9:]+)", text
    ):
        raise Implausible("no moment")
    try:
        moment = datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", ""))
    except ValueError as error:
        raise Implausible("no such moment") from error
    return moment.astimezone(UTC).replace(tzinfo=None)


def caster(kind: str) -> Callable[[str], Any]:
    """Return what reads a type of the contract."""
    if kind.startswith("numeric"):
        precision, scale = map(int, re.findall(r"[0-9]+", kind))
        return as_number(precision, scale)
    return {
        "string": str,
        "integer": as_integer,
        "boolean": as_boolean,
        "date": as_date,
        "timestamp": as_moment,
    }[kind]


def parsed(table: str, row: Row) -> Parsed:
    """Return a row's values as they have to be stored.

    Raises:
        Implausible: One cannot be read, or a code or key is badly written.
    """
    key, rules = CONTRACT[table]["meta"]["key"], CONTRACT[table]["rules"]
    found: Parsed = {}
    for column, kind in CONTRACT[table]["types"].items():
        text, rule = row.get(column, ""), rules[column]
        is_code = "case" in rule or "values" in rule or "seed" in rule
        is_key = column in key or "references" in rule
        if is_code:
            text = text.strip(" \t")
            text = {"upper": str.upper, "lower": str.lower}.get(
                rule.get("case", ""), str
            )(text)
        elif kind != "string":
            text = text.strip(" ")
        elif is_key and text != text.strip():
            raise Implausible(f"{column} is padded")
        is_null = text == "" and (kind != "string" or is_code or is_key)
        found[column] = None if is_null else caster(kind)(text)
        if found[column] is None and (rule.get("required") or column in key):
            raise Implausible(f"{column} is missing")
    return found


class Platform:
    """The rows that were delivered, for rules that look beyond a row."""

    def __init__(self, tables: dict[str, list[Parsed]]) -> None:
        """Keep the keys of the delivered rows that are plausible by themselves."""
        self.tables = tables
        self.keys = {
            table: {row[CONTRACT[table]["meta"]["key"][0]] for row in rows}
            for table, rows in tables.items()
        }
        self.runtimes = {
            r["content_id"]: r["runtime_seconds"] for r in tables["content"]
        }
        self.runtimes |= {
            r["episode_id"]: r["runtime_seconds"] for r in tables["episodes"]
        }
        self.shows = {r["episode_id"]: r["content_id"] for r in tables["episodes"]}

    @cached_property
    def rates_since(self) -> dict[str, date]:
        """The first day on which there is a rate, by currency."""
        found: dict[str, date] = {}
        for row in self.tables["exchange_rates"]:
            try:
                self.require("exchange_rates", row)
            except Implausible:
                continue
            first = found.get(row["currency_code"], row["rate_date"])
            found[row["currency_code"]] = min(first, row["rate_date"])
        return found

    def refers_to_nothing(self, rule: dict, value: Any) -> bool:
        """Tell whether a column's rule wants a key that there is not."""
        return "references" in rule and value not in self.keys[rule["references"]]

    def require(self, table: str, row: Parsed) -> None:
        """Hold a row to every rule of the contract.

        Raises:
            Implausible: It breaks one.
        """
        for column, rule in CONTRACT[table]["rules"].items():
            if row[column] is not None:
                self._require_value(table, column, rule, row)
            instead = rule.get("instead_of")
            if instead and (row[column] is None) == (row[instead] is None):
                raise Implausible(f"one of {column} and {instead} has to be there")
            other = rule.get("together_with")
            if other and (row[column] is None) != (row[other] is None):
                raise Implausible(f"{column} without {other}")
        if row.get("loaded_at") is not None:
            now = datetime.now(UTC).replace(tzinfo=None)
            if row["loaded_at"] > now + CLOCKS_DIFFER:
                raise Implausible("loaded in the future")
        self._require_no_overlap(table, row)
        if table == "viewing":
            self._require_play(row)

    def _require_value(self, table: str, column: str, rule: dict, row: Parsed) -> None:
        value = row[column]
        if "values" in rule and value not in rule["values"]:
            raise Implausible(f"{column} is not allowed")
        if "seed" in rule and value not in self.keys[rule["seed"]]:
            raise Implausible(f"{column} is not known")
        if "is_time_zone" in rule and value not in available_timezones():
            raise Implausible(f"{column} is no time zone")
        if not rule.get("keeps") and self.refers_to_nothing(rule, value):
            raise Implausible(f"{column} refers to nothing")
        if not rule.get("min", value) <= value <= rule.get("max", value):
            raise Implausible(f"{column} is out of range")
        if "rate_on" in rule and value != "USD":
            since, day = self.rates_since.get(value), row[rule["rate_on"]]
            if since is None or day < since:
                raise Implausible(f"there is no rate of {value} on {day}")
            if row[rule["currency_of"]] is None:
                raise Implausible(f"{value} beside an amount in dollars")
        if "step" in rule and value % rule["step"] != 0:
            raise Implausible(f"{column} is off the grid")
        if rule.get("day_of_month", 1) != 1 or (
            "day_of_month" in rule and value.day != 1
        ):
            raise Implausible(f"{column} is another day")
        for name, is_kept in (
            ("not_before", lambda a, b: a >= b),
            ("not_after", lambda a, b: a <= b),
            ("after", lambda a, b: a > b),
        ):
            limit = rule.get(name)
            if limit is None:
                continue
            bound = row[limit] if limit in row else date.fromisoformat(limit)
            if bound is not None and not is_kept(*_alike(value, bound, limit)):
                raise Implausible(f"{column} is not {name} {limit}")

    def _require_no_overlap(self, table: str, row: Parsed) -> None:
        spans = CONTRACT[table]["meta"].get("no_overlap")
        if spans is None:
            return
        key = CONTRACT[table]["meta"]["key"]
        for other in self.tables[table]:
            if all(other[of] == row[of] for of in spans["of"]) and any(
                other[name] != row[name] for name in key
            ):
                first, second = sorted((row, other), key=lambda r: r[spans["from"]])
                end = first[spans["until"]] or date.max
                if second is row and end > second[spans["from"]]:
                    raise Implausible("overlaps an earlier span")

    def _require_play(self, row: Parsed) -> None:
        launch = min(user["signed_up_at"] for user in self.tables["users"])
        # A clock may be wrong by hours, or in another time zone.
        if row["started_at"] < launch - timedelta(days=1):
            raise Implausible("before the launch")
        episode = row["episode_id"]
        if episode is not None and self.shows.get(episode) != row["content_id"]:
            raise Implausible("an episode of another title")
        meta = CONTRACT["viewing"]["meta"]
        if row["play_type"] == "trailer":
            if row["watched_seconds"] > meta["trailer_seconds"]:
                raise Implausible("no trailer")
            return
        runtime = self.runtimes.get(episode or row["content_id"])
        most = 100 + meta["over_runtime_percent"]
        if runtime and row["watched_seconds"] * 100 > runtime * most:
            raise Implausible("longer than the film")


def _alike(value: Any, bound: Any, limit: str) -> tuple[Any, Any]:
    """Return two days or two moments; clocks may differ a little."""
    if isinstance(value, datetime):
        if not isinstance(bound, datetime):
            bound = datetime.combine(bound, time())
        return value, bound + (CLOCKS_DIFFER if limit == "loaded_at" else timedelta())
    if isinstance(bound, datetime):
        bound = bound.date() + timedelta(days=1)
    return value, bound
