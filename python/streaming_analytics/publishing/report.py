"""What a publication tells its reader."""

from streaming_analytics.publishing.publisher import Publication
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
