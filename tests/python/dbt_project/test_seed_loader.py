"""The seed loader against PostgreSQL's own reader of CSV files."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from dbt_sample import ROOT, Dbt

from streaming_analytics.warehouse.connection import Connection

NASTY = [
    None,
    "",
    " ",
    "null",
    "NULL",
    "None",
    "NA",
    "\\N",
    "007",
    'she said "hi", then left',
    '"',
    '""',
    ",",
    "\n",
    "two\nlines",
    'a\n\n"quoted" line',
    "back\\slash \\n \\",
    "100 % of %s and %(name)s",
    "{{ this }} {% raw %}",
    "O'Neil; drop table seeds; --",
    "$seed$ $1",
    "🎬🍿",
    "e\u0301 and é",
    "שלום",
    "=HYPERLINK(1)",
    "\ttab\t",
    'ab"c',
]


def csv_field(value: str | None) -> str:
    """Write a field by PostgreSQL's rules: nothing for NULL, quotes where needed."""
    if value is None:
        return ""
    if value == "" or any(character in value for character in ',"\n\r'):
        return '"' + value.replace('"', '""') + '"'
    return value


def write_seed(
    folder: Path, header: list[str], types: dict[str, str], rows: list[list[str]]
) -> None:
    folder.mkdir(exist_ok=True)
    lines = [",".join(row) for row in [header, *rows]]
    (folder / "titles.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    column_types = "\n".join(
        f'        {name}: "{kind}"' for name, kind in types.items()
    )
    (folder / "titles.yml").write_text(
        "seeds:\n  - name: titles\n    config:\n      column_types:\n"
        + column_types
        + "\n"
    )


@pytest.fixture
def load_seed(dbt: Dbt, database: Connection, tmp_path: Path) -> Callable[..., str]:
    """Return a function that seeds one file and returns what dbt printed."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "macros" / "seeds", project / "macros")
    (project / "dbt_project.yml").write_text(
        "name: streaming_analytics\nversion: 1.0.0\nprofile: streaming_analytics\n"
        "flags: {send_anonymous_usage_stats: false}\n"
    )

    def load(
        types: dict[str, str], rows: list[list[str]], header: list[str] | None = None
    ) -> str:
        write_seed(project / "seeds", header or list(types), types, rows)
        completed = dbt(
            "seed", connection=database, target=tmp_path / "target", project=project
        )
        return completed.stdout

    return load


def test_every_text_arrives_as_postgresql_itself_reads_it(
    load_seed: Callable[..., str], database: Connection, tmp_path: Path
) -> None:
    draw = random.Random(20240101)
    pieces = ['"', '""', ",", "\n", "\\", "null", " ", "a", "🎬", "ש", "%", "'", "{{"]
    drawn = ["".join(draw.choices(pieces, k=draw.randint(0, 6))) for _ in range(2000)]
    titles = NASTY + drawn
    rows = [[str(place), csv_field(title)] for place, title in enumerate(titles)]

    printed = load_seed({"place": "integer", "title": "string"}, rows)

    assert "Completed successfully" in printed, printed
    file = tmp_path / "project" / "seeds" / "titles.csv"
    with database.connect() as session:
        loaded = session.execute("select * from dev.titles order by place").fetchall()
        session.execute("create temporary table copied (place integer, title text)")
        with session.cursor().copy(
            "copy copied from stdin (format csv, header)"
        ) as copy:
            copy.write(file.read_bytes())
        copied = session.execute("select * from copied order by place").fetchall()
    assert loaded == list(enumerate(titles))
    assert loaded == copied


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("date", "2024-02-29", "2024-02-30"),
        ("integer", "12", "12.5"),
        ("numeric(4, 2)", "99.99", "100.00"),
        ("timestamp", "2024-01-05T20:15:33Z", "yesterday evening"),
        ("boolean", "t", "perhaps"),
    ],
)
def test_a_value_that_does_not_fit_is_named(
    load_seed: Callable[..., str],
    database: Connection,
    kind: str,
    good: str,
    bad: str,
) -> None:
    rows = [["a", good], ["b", ""], ["c", bad], ["d", good]]

    printed = load_seed({"name": "string", "amount": kind}, rows)

    assert "Seed titles, row 3, column amount" in printed, printed
    assert f'"{bad}" does not fit' in printed
    with database.connect() as session:
        # The failed seed leaves nothing half loaded.
        assert session.execute("select to_regclass('dev.titles')").fetchone() == (None,)


@pytest.mark.parametrize(
    "row", [["a"], ["a", "1", "2"], ['"a', "1"], ['a"b"', '"1', "2"]]
)
def test_a_row_that_is_not_the_header_s_is_refused(
    load_seed: Callable[..., str], row: list[str]
) -> None:
    printed = load_seed({"name": "string", "amount": "integer"}, [["ok", "1"], row])

    assert "Completed successfully" not in printed
    assert "titles" in printed


def test_a_column_without_a_type_is_named(load_seed: Callable[..., str]) -> None:
    printed = load_seed({"name": "string"}, [["ok", "1"]], header=["name", "amount"])

    assert "Seed titles, column amount: no type is declared" in printed


def test_a_file_that_has_other_columns_now_gets_another_table(
    load_seed: Callable[..., str], database: Connection
) -> None:
    load_seed({"place": "integer", "title": "string"}, [["1", "one"]])

    printed = load_seed(
        {"place": "integer", "price": "numeric(8, 2)", "title": "string"},
        [["2", "9.99", "two"]],
    )

    assert "Completed successfully" in printed, printed
    with database.connect() as session:
        rows = session.execute("select place, price::text, title from dev.titles")
        assert rows.fetchall() == [(2, "9.99", "two")]
