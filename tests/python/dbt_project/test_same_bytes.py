"""The same data gives the same marts, however often and on however many threads."""

from pathlib import Path

import psycopg
from dbt_sample import Built, Dbt


def fingerprints(
    session: psycopg.Connection, target: str
) -> dict[str, tuple[int, int]]:
    """Return the number of rows and a sum of hashes of every mart of a target."""
    tables = session.execute(
        """
        select table_schema, table_name from information_schema.tables
        where table_schema like %s
        """,
        [f"{target}\\_mart\\_%"],
    ).fetchall()
    found: dict[str, tuple[int, int]] = {}
    for schema, name in tables:
        row = session.execute(
            f"""
            select count(*), coalesce(sum(hashtextextended(cast(r as text), 0)), 0)
            from "{schema}"."{name}" as r
            """.encode()
        ).fetchone()
        assert row is not None
        found[name] = (int(row[0]), int(row[1]))
    return found


def test_two_builds_on_four_threads_and_on_one_are_the_same(
    dbt: Dbt, built: Built, tmp_path: Path
) -> None:
    again = dbt(
        "build",
        "--target",
        "ci",
        "--threads",
        "1",
        "--exclude-resource-types",
        "test",
        "unit_test",
        connection=built.connection,
        target=tmp_path,
    )
    assert again.returncode == 0, again.stdout
    with built.connection.connect() as session:
        first, second = (fingerprints(session, target) for target in ("dev", "ci"))
    assert len(first) >= 24
    assert first == second
