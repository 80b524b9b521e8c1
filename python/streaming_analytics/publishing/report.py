"""What a publication tells its reader."""

from collections.abc import Sequence
from datetime import UTC
from itertools import pairwise

from streaming_analytics.publishing.publisher import Publication
from streaming_analytics.publishing.rollback import PublishedSet, Rollback
from streaming_analytics.publishing.undo import KEPT
from streaming_analytics.text_table import aligned
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import Reader


def describe_publication(publication: Publication) -> list[str]:
    """Return a table of the published tables with their rows and changes."""
    header = ("table", "rows", "inserted", "updated", "deleted")
    lines = [header] + [
        (
            str(name),
            f"{change.rows:,}",
            f"{change.inserted:,}",
            f"{change.updated:,}",
            f"{change.deleted:,}",
        )
        for name, change in publication.tables.items()
    ]
    text = aligned(lines)
    text += [
        f"dropped {name}, which the models no longer make"
        for name in publication.dropped
    ]
    return text


def describe_rollback(rollback: Rollback) -> list[str]:
    """Return what was taken back, what readers see now and what to run next."""
    changed = sum(
        change.inserted + change.updated + change.deleted
        for change in rollback.tables.values()
    )
    return [
        f"readers see again: {_set(rollback.back_to)}",
        f"taken back: {_set(rollback.left)}",
        f"{changed:,} rows of {len(rollback.tables)} tables changed in "
        f"{rollback.seconds:.1f} s",
        "to draw the pages anew: streaming report; to come forward: streaming publish",
    ]


def describe_sets(sets: Sequence[PublishedSet]) -> list[str]:
    """Return the published set and those one can go back to, a line each."""
    if not sets:
        return ["nothing was published yet; run: streaming build"]
    lines = [f"readers see: {_set(sets[0])}"]
    for later, one in pairwise(sets[: KEPT + 1]):
        if not later.has_undo:
            break
        lines.append(f"before it:   {_set(one)}")
        if later.obstacles:
            lines.append(f"             no way back: {later.obstacles[0]}")
            return lines
        lines.append(f"             {later.changed:,} rows were different")
    if len(lines) == 1:
        return [*lines, "there is no set to go back to"]
    return [*lines, "to go back by one: streaming publish --rollback"]


def _set(one: PublishedSet) -> str:
    at = f"{one.published_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return (
        f"{one.raw_data} data as of {one.as_of_date}, {one.tables} tables, "
        f"{one.rows:,} rows, published {at}, code {one.code_version}"
    )


def describe_connection(connection: Connection, reader: Reader) -> list[str]:
    """Return what a BI tool asks for, one line each."""
    if not reader.is_there:
        return [f"note: {reader.note}"] if reader.note else []
    password = reader.password or "(as its administrator set it)"
    return [
        "Connect a BI tool (Tableau, Power BI, any PostgreSQL client):",
        *aligned(
            [
                ("  host", connection.host),
                ("  port", str(connection.port)),
                ("  database", connection.database),
                ("  user", reader.name),
                ("  password", password),
                ("  schemas", "mart_*"),
                ("  JDBC", connection.jdbc_url()),
            ]
        ),
    ]
