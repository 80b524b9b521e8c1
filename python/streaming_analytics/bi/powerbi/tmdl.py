"""Reading what TMDL files define and refer to; as much of TMDL as the lint needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = r"(?:'(?:[^']|'')*'|[^\s'=.]+)"
_DECLARED = re.compile(
    rf"(table|column|measure|partition|expression|hierarchy) ({_NAME})(.*)"
)
_PROPERTY = re.compile(r"(\w+): (.+)")
_COLUMN = re.compile(r"'([^']+)'\[((?:[^\]]|\]\])+)\]")
_BARE = re.compile(r"(?<![\w'\]])\[((?:[^\]]|\]\])+)\]")
_TEXT = re.compile(r'"(?:[^"]|"")*"')


@dataclass
class Part:
    """A part of a table: what follows its name, and its properties."""

    name: str
    text: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    is_hidden: bool = False


@dataclass
class Table:
    """A table of the model."""

    name: str
    columns: list[Part] = field(default_factory=list)
    measures: list[Part] = field(default_factory=list)
    partitions: list[Part] = field(default_factory=list)
    hierarchies: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Link:
    """A relationship; its ends are table and column."""

    name: str
    child: tuple[str, str]
    parent: tuple[str, str]
    is_active: bool
    is_both_ways: bool


def unquoted(name: str) -> str:
    """Return a name without TMDL's quotes."""
    if name.startswith("'") and name.endswith("'"):
        return name[1:-1].replace("''", "'")
    return name


def read_table(text: str) -> Table:
    """Return what a file of `tables/` defines.

    Raises:
        ValueError: It defines no table, or begins with something else.
    """
    table: Table | None = None
    part: Part | None = None
    for line in text.splitlines():
        content = line.strip()
        depth = len(line) - len(line.lstrip("\t"))
        declared = _DECLARED.fullmatch(content)
        if not content or content.startswith("///"):
            continue
        if depth == 0:
            if declared is None or declared[1] != "table" or table is not None:
                raise ValueError(f"a table's file says {content!r}")
            table = Table(unquoted(declared[2]))
        elif table is None:
            raise ValueError(f"a table's file begins with {content!r}")
        elif depth == 1 and declared is not None:
            part = Part(unquoted(declared[2]), declared[3].strip().removeprefix("= "))
            {
                "column": table.columns,
                "measure": table.measures,
                "partition": table.partitions,
                "hierarchy": table.hierarchies,
            }[declared[1]].append(part)
        elif part is not None and depth > 1:
            found = _PROPERTY.fullmatch(content)
            if found is not None and depth == 2:
                part.properties[found[1]] = found[2]
            elif content == "isHidden":
                part.is_hidden = True
            else:
                part.text += f"\n{content}"
    if table is None:
        raise ValueError("a table's file defines no table")
    return table


def read_relationships(text: str) -> list[Link]:
    """Return the relationships of `relationships.tmdl`."""
    links = []
    for block in re.split(r"(?m)^(?=relationship )", text):
        if not block.strip():
            continue
        head, *lines = block.splitlines()
        values: Mapping[str, str] = {
            found[1]: found[2]
            for found in (_PROPERTY.fullmatch(line.strip()) for line in lines)
            if found is not None
        }
        links.append(
            Link(
                head.removeprefix("relationship ").strip(),
                _end(values.get("fromColumn", "")),
                _end(values.get("toColumn", "")),
                values.get("isActive") != "false",
                values.get("crossFilteringBehavior") == "bothDirections",
            )
        )
    return links


def read_expressions(text: str) -> set[str]:
    """Return the names of the model's parameters."""
    return {
        unquoted(found[2])
        for found in map(_DECLARED.fullmatch, text.splitlines())
        if found is not None and found[1] == "expression"
    }


def dax_columns(dax: str) -> list[tuple[str, str]]:
    """Return the tables and columns that a DAX formula names."""
    return [
        (table, column.replace("]]", "]"))
        for table, column in _COLUMN.findall(_TEXT.sub('""', dax))
    ]


def dax_measures(dax: str) -> list[str]:
    """Return the measures that a DAX formula names."""
    return [name.replace("]]", "]") for name in _BARE.findall(_TEXT.sub('""', dax))]


def dax_tables(dax: str) -> list[str]:
    """Return the tables that a DAX formula names as a whole."""
    return re.findall(r"'([^']+)'", _COLUMN.sub("", _TEXT.sub('""', dax)))


def _end(text: str) -> tuple[str, str]:
    found = re.fullmatch(rf"({_NAME})\.({_NAME})", text)
    return ("", "") if found is None else (unquoted(found[1]), unquoted(found[2]))
