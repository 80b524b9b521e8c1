"""What a column of a mart is, as its YAML declares it.

A numeric column says in `config: {meta: {…}}` what its values mean when rows come
together, and in what unit they are. Nothing of it is guessed from its name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from streaming_analytics.errors import UserError
from streaming_analytics.formulas import Formula, formula

_E = TypeVar("_E", bound=Enum)

_NUMERIC = re.compile(r"(?:numeric|decimal)\s*\((\d+)\s*(?:,\s*(\d+))?\)")
_KINDS = {
    "string": "string",
    "text": "string",
    "varchar": "string",
    "integer": "integer",
    "int": "integer",
    "smallint": "integer",
    "bigint": "integer",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "double precision": "float",
    "float": "float",
    "real": "float",
}
_FIELDS = {
    "additivity",
    "over",
    "numerator",
    "denominator",
    "unit",
    "format",
    "hidden",
    "caption",
}


class Additivity(Enum):
    """What the sum of a column over several rows means."""

    ADDITIVE = "additive"
    SEMI_ADDITIVE = "semi_additive"
    NONE = "none"


class Format(Enum):
    """How a value is shown."""

    TEXT = "text"
    YES_NO = "yes_no"
    DATE = "date"
    TIMESTAMP = "timestamp"
    PLAIN = "plain"
    WHOLE = "whole"
    TENTHS = "tenths"
    HUNDREDTHS = "hundredths"
    PERCENT = "percent"
    DOLLARS = "dollars"
    CENTS = "cents"


# Every unit, and how its values are shown unless a `format` says otherwise.
UNITS = {
    "count": Format.WHOLE,
    "seconds": Format.WHOLE,
    "minutes": Format.TENTHS,
    "hours": Format.TENTHS,
    "days": Format.WHOLE,
    "weeks": Format.WHOLE,
    "months": Format.WHOLE,
    "usd": Format.DOLLARS,
    "share": Format.PERCENT,
    "percent": Format.WHOLE,
    "ratio": Format.HUNDREDTHS,
    "stars": Format.HUNDREDTHS,
    "score": Format.HUNDREDTHS,
    # A number that names: a rank, a year, an hour of the day.
    "label": Format.PLAIN,
}
_BY_KIND = {
    "string": Format.TEXT,
    "boolean": Format.YES_NO,
    "date": Format.DATE,
    "timestamp": Format.TIMESTAMP,
    "integer": Format.WHOLE,
    "decimal": Format.HUNDREDTHS,
    "float": Format.HUNDREDTHS,
}


@dataclass(frozen=True)
class Parts:
    """What a ratio is the quotient of: sums, over all rows, of these formulas."""

    numerator: Formula
    denominator: Formula

    @property
    def columns(self) -> frozenset[str]:
        """The columns in them."""
        return frozenset(self.numerator.names + self.denominator.names)


@dataclass(frozen=True)
class Column:
    """A column of a mart.

    Attributes:
        name: As in the database.
        data_type: As in the contract, such as `numeric(12, 6)`.
        description: Markdown; empty when the model's YAML has none.
        is_required: Part of the primary key, or NOT NULL in the contract.
        additivity: What its sum means; NONE unless declared.
        over: Columns along which a semi-additive one does not add up.
        parts: Of a ratio.
        unit: One of `UNITS`; None where none is declared.
        format: How it is shown.
        is_hidden: Whether it only helps to compute others.
        caption: What readers call it, where its name does not say.
    """

    name: str
    data_type: str
    description: str
    is_required: bool
    additivity: Additivity = Additivity.NONE
    over: tuple[str, ...] = ()
    parts: Parts | None = None
    unit: str | None = None
    format: Format = Format.TEXT
    is_hidden: bool = False
    caption: str | None = None

    @property
    def kind(self) -> str:
        """string, integer, decimal, float, boolean, date or timestamp."""
        return _kind(self.name, self.data_type)

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.kind in ("integer", "decimal", "float")

    @property
    def precision(self) -> tuple[int, int]:
        """Return digits and decimal places of a decimal."""
        found = _NUMERIC.fullmatch(self.data_type)
        if found is None:
            raise ValueError(f"{self.name} is no decimal")
        return int(found[1]), int(found[2] or 0)


def read_columns(
    model: str, columns: Mapping[str, Mapping[str, Any]], required: frozenset[str]
) -> dict[str, Column]:
    """Return a model's columns by name.

    Args:
        model: Its name, for messages.
        columns: dbt's columns by name, in order.
        required: Names of those that are never NULL.

    Raises:
        UserError: A declaration is not one of those known, or names a column that is
            not there.
    """
    read = {}
    for name, node in columns.items():
        try:
            read[name] = _column(name, node, name in required)
        except ValueError as error:
            raise UserError(
                f"column {name} of {model}: {error}; see the meta of columns in "
                "CONTRIBUTING.md"
            ) from error
    for column in read.values():
        used = set(column.over) | (column.parts.columns if column.parts else set())
        missing = sorted(used - set(read))
        if missing:
            raise UserError(
                f"column {column.name} of {model}: its meta names "
                f"{', '.join(missing)}, which {model} does not have"
            )
    return read


def _column(name: str, node: Mapping[str, Any], is_required: bool) -> Column:
    meta = node["config"].get("meta") or {}
    unknown = sorted(set(meta) - _FIELDS)
    if unknown:
        raise ValueError(f"its meta has {', '.join(unknown)}, which nothing reads")
    data_type = (node["data_type"] or "").lower()
    unit = meta.get("unit")
    if unit is not None and unit not in UNITS:
        raise ValueError(f"unit {unit!r} is none of {', '.join(UNITS)}")
    shown = UNITS[unit] if unit else _BY_KIND[_kind(name, data_type)]
    parts = _parts(meta)
    over = meta.get("over", ())
    additivity = _member(Additivity, meta.get("additivity", "none"))
    if (additivity is Additivity.SEMI_ADDITIVE) != bool(over):
        raise ValueError("additivity semi_additive and over belong together")
    if parts and additivity is not Additivity.NONE:
        raise ValueError("a ratio does not add up: leave additivity out")
    return Column(
        name,
        data_type,
        node["description"].strip(),
        is_required,
        additivity,
        (over,) if isinstance(over, str) else tuple(over),
        parts,
        unit,
        _member(Format, meta.get("format", shown.value)),
        bool(meta.get("hidden", False)),
        meta.get("caption"),
    )


def _parts(meta: Mapping[str, Any]) -> Parts | None:
    if "numerator" not in meta and "denominator" not in meta:
        return None
    if "numerator" not in meta or "denominator" not in meta:
        raise ValueError("numerator and denominator belong together")
    return Parts(formula(meta["numerator"]), formula(meta["denominator"]))


def _member(kind: type[_E], value: str) -> _E:
    try:
        return kind(value)
    except ValueError as error:
        names = ", ".join(str(one.value) for one in kind)
        raise ValueError(
            f"{kind.__name__.lower()} {value!r} is none of {names}"
        ) from error


def _kind(name: str, data_type: str) -> str:
    if _NUMERIC.fullmatch(data_type):
        return "decimal"
    bare = re.sub(r"\(\d+\)$", "", data_type)
    if bare not in _KINDS:
        raise UserError(
            f"column {name} has the data type {data_type!r}, which BI files have no "
            "equivalent for; use one that python/streaming_analytics/mart_columns.py "
            "names"
        )
    return _KINDS[bare]
