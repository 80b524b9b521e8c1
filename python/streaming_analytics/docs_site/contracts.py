"""What a published table promises, as a digest: names, types and keys of its columns.

`docs/contracts.txt` keeps those of the last released version, so that a change between
versions can be told from the contracts alone.
"""

import hashlib
import json
from collections.abc import Iterable

from streaming_analytics.mart_contract import Mart, MartContract

_DIGITS = 16


def digest(mart: Mart) -> str:
    """Return a checksum of a table's columns with their types, and of its keys.

    Words do not count: a better description breaks no query.
    """
    promised = {
        "columns": {name: column.data_type for name, column in mart.columns.items()},
        "primary_key": mart.primary_key,
        "foreign_keys": sorted(
            [key.columns, key.table, key.to_columns] for key in mart.foreign_keys
        ),
    }
    text = json.dumps(promised, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def digests(marts: MartContract) -> dict[str, str]:
    """Return the digest of every table, by schema and name."""
    return {f"{mart.schema}.{mart.name}": digest(mart) for mart in marts}


def to_text(version: str, found: dict[str, str]) -> str:
    """Return the file: the version, then a table and its digest on each line."""
    lines = [f"version {version}", *(f"{name} {one}" for name, one in found.items())]
    return "\n".join(lines) + "\n"


def read_text(text: str) -> tuple[str, dict[str, str]]:
    """Return version and digests of a file."""
    pairs = [line.split() for line in text.splitlines()]
    (_, version), *tables = pairs
    return version, {name: one for name, one in tables}


def changed(before: dict[str, str], now: dict[str, str]) -> Iterable[str]:
    """Return the tables that came, went or promise something else."""
    return sorted(n for n in before.keys() | now.keys() if before.get(n) != now.get(n))
