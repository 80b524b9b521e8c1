"""The calendar holds every day, and every Monday, that a mart refers to."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from increments.builds import CHECKOUT, Builds

from streaming_analytics.warehouse.connection import Connection

STUB = "select cast('{}' as timestamp) as {}"
STAGED = {
    "viewing_user_days": ("2030-01-01", "viewed_date"),
    "users": ("2030-01-01", "signed_up_at"),
    "subscriptions": ("2030-01-01", "started_date"),
    "ratings": ("2030-01-01", "rated_at"),
}


@pytest.mark.parametrize(
    ("table", "first", "begins"),
    [
        # A Friday: its week began in the year before.
        ("viewing_user_days", "2027-01-01", "2026-12-28"),
        ("users", "2027-01-03", "2026-12-28"),
        ("subscriptions", "2027-01-04", "2027-01-01"),
        ("ratings", "2027-06-15", "2027-01-01"),
        # A Monday.
        ("viewing_user_days", "2024-01-01", "2024-01-01"),
    ],
)
def test_it_begins_with_the_year_and_with_the_week_of_the_first_day(
    tmp_path: Path, database: Connection, table: str, first: str, begins: str
) -> None:
    columns = STAGED | {table: (first, STAGED[table][1])}
    models = {
        f"models/stg_streaming_app__{name}.sql": STUB.format(*column)
        for name, column in columns.items()
    }
    days = CHECKOUT / "models" / "utilities" / "util_days.sql"
    builds = Builds(
        tmp_path, database, models | {"models/util_days.sql": days.read_text()}
    )

    built = builds.build("--select", "+util_days", as_of_date="2030-02-01")

    assert not built.failed
    found = [
        day for (day,) in builds.sql("select date_day from dev.util_days order by 1")
    ]
    assert found[0] == date.fromisoformat(begins)
    assert found[-1] == date(2030, 12, 31)
    assert found == [found[0] + timedelta(days=n) for n in range(len(found))]
