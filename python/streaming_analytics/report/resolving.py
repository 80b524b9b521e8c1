"""The SQL of dashboard and report: files that name marts as models do.

`{{ ref('dim_users') }}` becomes the published table, of the schema that dbt's manifest
states; so a mart that moves or is renamed is found here as it is in the models.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import MartContract

_QUERIES = Path(__file__).parent / "queries"
_REF = re.compile(r"\{\{\s*ref\('(\w+)'\)\s*\}\}")


@dataclass(frozen=True)
class Query:
    """A statement to run, and the tables it reads as schema.table, in order of name."""

    sql: str
    tables: tuple[str, ...]


def query_names() -> list[str]:
    """Return the names of all queries."""
    return sorted(path.stem for path in _QUERIES.glob("*.sql"))


def unknown_marts(name: str, contract: MartContract) -> tuple[str, ...]:
    """Return what a query names and the project, or this part of it, does not have."""
    text = (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    return tuple(sorted(set(_REF.findall(text)) - set(contract.tables)))


def resolve(name: str, contract: MartContract) -> Query:
    """Return a query on the published tables.

    Raises:
        UserError: It names a mart that the project does not have.
    """
    path = _QUERIES / f"{name}.sql"
    text = path.read_text(encoding="utf-8")
    published = {
        mart: f"{contract[mart].schema}.{mart}"
        for mart in _REF.findall(text)
        if mart in contract
    }
    missing = sorted(set(_REF.findall(text)) - set(published))
    if missing:
        raise UserError(
            f"the query {path.name} of the dashboard reads {', '.join(missing)}, which "
            f"the project does not have as a mart; change {path}"
        )
    return Query(
        sql=_REF.sub(lambda found: published[found[1]], text),
        tables=tuple(sorted(published.values())),
    )
