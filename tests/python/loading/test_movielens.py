"""MovieLens folders, small and made up: both layouts, and every way to be wrong."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from dbt_sample import ROOT

from streaming_analytics.cli import main
from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters import find_adapter
from streaming_analytics.loading.adapters.raw_files import RawFiles
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.loader import load
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

TABLES = read_raw_contract(Project(ROOT).raw_contract)

MOVIES = """movieId,title,genres
1,Toy Boat (1995),Adventure|Children
2,"Orchard, The (1960)",Sci-Fi
3,No Year at All,(no genres listed)
4,"A ""Quoted"" Film (2001-2003)",Film-Noir
"""
RATINGS = """userId,movieId,rating,timestamp
1,1,4.0,964982703
1,3,0.5,964981247
2,2,5.0,1000000000
2,1,3.5,1000000060
"""
# Number, title, release, video release, address, and three flags as u.genre says.
ITEMS = (
    "1|Toy Boat (1995)|14-Feb-1995||http://example.org|0|1|1\n"
    "2|Café (1960)|||http://example.org|1|0|0\n"
)
GENRES = "unknown|0\nAdventure|1\nChildren's|2\n"
DATA = "1\t1\t4\t874724710\n1\t2\t1\t874724000\n7\t1\t3\t874725000\n"


def write(folder: Path, **files: str | bytes) -> Path:
    for name, text in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def convert(folder: Path, target: Path) -> list[str]:
    with RawFiles(target, TABLES) as raw:
        return list(find_adapter("movielens")(folder, raw) or ())


def converted(folder: Path, tmp_path: Path) -> dict[str, list[dict[str, str]]]:
    target = tmp_path / "target"
    target.mkdir()
    convert(folder, target)
    found = {}
    for path in target.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "movielens"
    folder.mkdir()
    return folder


@pytest.fixture
def csv_folder(folder: Path) -> Path:
    return write(folder, ratings_csv=RATINGS, movies_csv=MOVIES)


def test_every_raw_table_has_a_file_and_those_without_data_are_empty(
    csv_folder: Path, tmp_path: Path
) -> None:
    found = converted(csv_folder, tmp_path)
    assert set(found) == {table.name for table in TABLES}
    assert {name for name, rows in found.items() if rows} == {
        *("users", "content", "content_genres", "content_licences", "genres", "ratings")
    }


def test_films_have_their_title_without_the_year_and_come_out_in_it(
    csv_folder: Path, tmp_path: Path
) -> None:
    rows = converted(csv_folder, tmp_path)["content"]
    assert [(row["content_id"], row["title"], row["release_date"]) for row in rows] == [
        ("ml-1", "Toy Boat", "1995-01-01"),
        ("ml-2", "Orchard, The", "1960-01-01"),
        # Without a year a film is out when it is first rated, at the latest.
        ("ml-3", "No Year at All", "2000-07-30"),
        ("ml-4", 'A "Quoted" Film', "2001-01-01"),
    ]
    assert {row["content_type"] for row in rows} == {"film"}
    assert {row["runtime_seconds"] for row in rows} == {""}


def test_genres_keep_their_order_and_no_film_is_without(
    csv_folder: Path, tmp_path: Path
) -> None:
    found = converted(csv_folder, tmp_path)
    assert [
        (row["content_id"], row["genre_code"], row["genre_rank"])
        for row in found["content_genres"]
    ] == [
        ("ml-1", "adventure", "1"),
        ("ml-1", "children", "2"),
        ("ml-2", "sci_fi", "1"),
        ("ml-3", "no_genres_listed", "1"),
        ("ml-4", "film_noir", "1"),
    ]
    names = {row["genre_code"]: row["genre_name"] for row in found["genres"]}
    assert names["film_noir"] == "Film-Noir"


def test_users_have_no_names_and_sign_up_with_their_first_rating(
    csv_folder: Path, tmp_path: Path
) -> None:
    rows = converted(csv_folder, tmp_path)["users"]
    assert [(row["user_id"], row["signed_up_at"]) for row in rows] == [
        ("ml-1", "2000-07-30T18:20:47Z"),
        ("ml-2", "2001-09-09T01:46:40Z"),
    ]
    assert {row["full_name"] + row["email"] + row["birth_date"] for row in rows} == {""}


def test_ratings_keep_their_stars_except_half_a_star(
    csv_folder: Path, tmp_path: Path
) -> None:
    rows = converted(csv_folder, tmp_path)["ratings"]
    assert [row["rating"] for row in rows] == ["4.0", "1.0", "5.0", "3.5"]
    assert rows[0]["rated_at"] == "2000-07-30T18:45:03Z"
    notes = convert(csv_folder, tmp_path / "target")
    assert "1 ratings of half a star were raised to one star" in notes


def test_files_with_double_colons_are_the_same_films_and_ratings(
    folder: Path, csv_folder: Path, tmp_path: Path
) -> None:
    expected = converted(csv_folder, tmp_path)
    other = tmp_path / "1m"
    other.mkdir()
    films = [
        ("1", "Toy Boat (1995)", "Adventure|Children"),
        ("2", "Orchard, The (1960)", "Sci-Fi"),
        ("3", "No Year at All", "(no genres listed)"),
        ("4", 'A "Quoted" Film (2001-2003)', "Film-Noir"),
    ]
    lines = ["::".join(film) for film in films]
    (other / "movies.dat").write_text("\r\n".join(lines) + "\r\n")
    ratings = RATINGS.partition("\n")[2].replace(",", "::")
    (other / "ratings.dat").write_text(ratings)

    assert converted(other, other) == expected


def test_latin_1_is_read_where_a_file_is_not_utf_8(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "movies.dat").write_bytes("1::Café (1960)::Drama\n".encode("latin-1"))
    (folder / "ratings.dat").write_text("1::1::5::978300760\n")

    assert converted(folder, tmp_path)["content"][0]["title"] == "Café"


def test_names_and_moments_of_kaggle_are_read(folder: Path, tmp_path: Path) -> None:
    (folder / "movie.csv").write_text(MOVIES)
    (folder / "rating.csv").write_text(
        '"userId","movieId","rating","timestamp"\n1,1,3.5,"2005-04-02 23:53:47"\n'
    )

    (rating,) = converted(folder, tmp_path)["ratings"]
    assert rating["rated_at"] == "2005-04-02T23:53:47Z"


def test_milliseconds_are_read_as_the_moments_they_are(
    csv_folder: Path, tmp_path: Path
) -> None:
    (csv_folder / "ratings.csv").write_text(
        "userId,movieId,rating,timestamp\n1,1,4.0,964982703123\n"
    )

    found = converted(csv_folder, tmp_path)

    assert found["ratings"][0]["rated_at"] == "2000-07-30T18:45:03Z"


def test_the_layout_of_1998_is_read_as_well(folder: Path, tmp_path: Path) -> None:
    write(folder, u_data=DATA, u_item=ITEMS.encode("latin-1"), u_genre=GENRES)
    found = converted(folder, tmp_path)
    assert [(row["title"], row["release_date"]) for row in found["content"]] == [
        ("Toy Boat", "1995-02-14"),
        ("Café", "1960-01-01"),
    ]
    assert [
        (row["content_id"], row["genre_code"]) for row in found["content_genres"]
    ] == [
        ("ml-1", "adventure"),
        ("ml-1", "childrens"),
        ("ml-2", "no_genres_listed"),
    ]
    assert [row["user_id"] for row in found["users"]] == ["ml-1", "ml-7"]


def test_the_layout_of_1998_needs_no_list_of_genres(
    folder: Path, tmp_path: Path
) -> None:
    flags = "|".join("1" if place == 5 else "0" for place in range(19))
    items = f"1|Toy Boat (1995)|bad date||x|{flags}\n2|Second||||{flags}\n"
    write(folder, u_data=DATA, u_item=items)
    found = converted(folder, tmp_path)
    assert found["content_genres"][0]["genre_code"] == "comedy"
    assert found["content"][0]["release_date"] == "1995-01-01"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "is not a MovieLens folder"),
        ({"ratings_csv": RATINGS}, "lacks movies.csv"),
        ({"u_item": ITEMS}, "lacks u.data"),
        ({"ratings_csv": "a,b\n", "movies_csv": MOVIES}, "the header is a,b"),
        ({"ratings_csv": "", "movies_csv": MOVIES}, "the header is missing"),
        (
            {"ratings_csv": RATINGS.splitlines()[0] + "\n", "movies_csv": MOVIES},
            "has no ratings",
        ),
        (
            {"ratings_csv": RATINGS + "3,1,five,1000\n", "movies_csv": MOVIES},
            "line 6: expected user, film, rating and seconds",
        ),
        (
            {"ratings_csv": RATINGS + "3,1,5.5,1000\n", "movies_csv": MOVIES},
            "line 6: 5.5 is no rating",
        ),
        (
            {"ratings_csv": RATINGS + "3,1,4.3,1000\n", "movies_csv": MOVIES},
            "line 6: 4.3 is no rating",
        ),
        (
            {"ratings_csv": RATINGS + "3,1,4,-5\n", "movies_csv": MOVIES},
            "line 6: a rating needs a user, a film and a moment",
        ),
        (
            {"ratings_csv": RATINGS + "3,99,4,1000\n", "movies_csv": MOVIES},
            "line 6: film 99 is not in the list of films",
        ),
        (
            {"ratings_csv": RATINGS, "movies_csv": MOVIES + "5,Title\n"},
            "line 6: expected number, title and genres",
        ),
        (
            {"ratings_csv": RATINGS, "movies_csv": MOVIES.encode() + b"5,\xe9,War\n"},
            "movies.csv is not utf-8 text",
        ),
        (
            {"u_data": DATA, "u_item": "1|Toy Boat|||x|0|1\n"},
            "u.item, line 1: expected number, title",
        ),
    ],
)
def test_a_bad_folder_is_told_in_one_line(
    folder: Path, tmp_path: Path, files: dict[str, str | bytes], reason: str
) -> None:
    write(folder, **files)
    with pytest.raises(UserError, match=reason) as caught:
        converted(folder, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_moment_that_is_neither_seconds_nor_milliseconds_is_told(
    csv_folder: Path, tmp_path: Path
) -> None:
    (csv_folder / "ratings.csv").write_text(
        "userId,movieId,rating,timestamp\n1,1,4.0,964982703123456\n"
    )

    with pytest.raises(UserError, match=r"ratings\.csv, line 2: expected user, film"):
        converted(csv_folder, tmp_path)


def test_no_folder_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no directory"):
        converted(tmp_path / "nowhere", tmp_path)


def test_the_files_load(csv_folder: Path, tmp_path: Path, database: Connection) -> None:
    converted(csv_folder, tmp_path)
    with work_lock(database, "load") as lock:
        report = load(
            lock,
            tmp_path / "target",
            TABLES,
            Progress(io.StringIO()),
            options=Options(Project(ROOT).reference_seeds),
        )
    assert {name: rows for name, rows in report.rows.items() if rows} == {
        **{"users": 2, "content": 4, "genres": 5, "content_genres": 5},
        **{"content_licences": 4, "ratings": 4},
    }


def test_the_command_names_its_adapters() -> None:
    result = CliRunner().invoke(main, ["load", ".", "--adapter", "netfilm"])
    assert result.exit_code == 1
    assert "there is no adapter netfilm; there are movielens, netflix" in result.output
    # No server is started for it.
    assert "using" not in result.output
    assert "--adapter movielens" in CliRunner().invoke(main, ["load", "--help"]).output


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere", "there is no directory nowhere"), ("a.csv", "a.csv is a file; name")],
)
def test_a_path_is_looked_at_before_a_server_is_started(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("user_id\n")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["load", name])
    assert result.exit_code == 1
    assert message in result.output
    assert "using" not in result.output
