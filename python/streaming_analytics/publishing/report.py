"""What a publication tells its reader."""

from collections.abc import Sequence

from streaming_analytics.publishing.publisher import Publication
from streaming_analytics.rendering import Rendered
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
    text = _align(lines)
    text += [
        f"dropped {name}, which the models no longer make"
        for name in publication.dropped
    ]
    return text


def describe_connection(connection: Connection, reader: Reader) -> list[str]:
    """Return what a BI tool asks for, one line each."""
    if not reader.is_there:
        return [f"note: {reader.note}"] if reader.note else []
    password = reader.password or "(as its administrator set it)"
    return [
        "Connect a BI tool (Tableau, Power BI, any PostgreSQL client):",
        *_align(
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


def describe_rendered(rendered: Sequence[Rendered]) -> list[str]:
    """Return what there is to open, one line each."""
    return _align([(f"  {one.what}", str(one.path)) for one in rendered])


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align the first column to the left and, among three or more, others right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        if len(others) == 1:
            lines.append(f"{first:<{widths[0]}}  {others[0]}")
            continue
        cells = [
            f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)
        ]
        lines.append("  ".join([f"{first:<{widths[0]}}", *cells]))
    return lines
