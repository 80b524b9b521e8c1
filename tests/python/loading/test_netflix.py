"""A person's Netflix export: what each line becomes, and what the marts then have."""

import shutil
from pathlib import Path

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters.netflix import convert, device_code
from streaming_analytics.loading.adapters.netflix_titles import Name, take_apart

from .adapting import converted

EXPORT = Path(__file__).parent / "exports" / "netflix"


def test_every_line_becomes_what_the_page_says(tmp_path: Path) -> None:
    tables, notes = converted(convert, EXPORT, tmp_path / "raw")

    user = {row["user_id"]: row["full_name"] for row in tables["users"]}
    title = {row["content_id"]: row["title"] for row in tables["content"]}
    episode = {
        row["episode_id"]: (
            title[row["content_id"]],
            int(row["season_number"]),
            int(row["episode_number"]),
        )
        for row in tables["episodes"]
    }
    assert [
        (row["full_name"], row["country_code"], row["signed_up_at"])
        for row in tables["users"]
    ] == [
        # Bo's profile was made again after it was first used.
        ("Bo", "DE", "2025-02-26T22:00:00Z"),
        ("Ada", "DE", "2024-12-24T18:00:00Z"),
    ]
    assert {(row["title"], row["content_type"]) for row in tables["content"]} == {
        ("Harbour Lights", "series"),
        ("Teich", "series"),
        ("Mission: Nowhere: Part 2", "film"),
    }
    # A show with a "Season 1" and a "Limited Series" has two seasons beside its second.
    assert sorted(episode.values()) == [
        ("Harbour Lights", 1, 1),
        ("Harbour Lights", 2, 1),
        ("Harbour Lights", 3, 3),
        ("Teich", 3, 12),
    ]
    assert [
        (
            user[row["user_id"]],
            row["started_at"],
            int(row["watched_seconds"]),
            title[row["content_id"]],
            episode.get(row["episode_id"]),
            row["device_code"],
            row["play_type"],
            row["is_autoplayed"],
        )
        for row in tables["viewing"]
    ] == [
        (*("Bo", "2025-02-26T22:00:00Z", 1200, "Teich", None), "tv", "main", ""),
        (
            *("Bo", "2025-02-27T22:00:00Z", 1500, "Teich", ("Teich", 3, 12)),
            *("tv", "main", ""),
        ),
        (
            *("Bo", "2025-02-28T22:00:00Z", 1800, "Harbour Lights"),
            *(("Harbour Lights", 1, 1), "computer", "main", ""),
        ),
        (
            *("Bo", "2025-03-01T07:30:05Z", 720, "Harbour Lights"),
            *(("Harbour Lights", 2, 1), "mobile", "main", ""),
        ),
        (
            *("Ada", "2025-03-02T21:00:00Z", 7080, "Mission: Nowhere: Part 2", None),
            *("tablet", "main", ""),
        ),
        (
            *("Ada", "2025-03-09T20:14:10Z", 31, "Harbour Lights", None),
            *("tv", "trailer", "True"),
        ),
        (
            *("Ada", "2025-03-09T20:15:00Z", 2530, "Harbour Lights"),
            *(("Harbour Lights", 3, 3), "tv", "main", ""),
        ),
    ]
    assert notes[1:] == [
        "1 trailers and previews of titles that nobody played were left out",
        "2 plays on devices whose name says no kind are taken for televisions: "
        "Some Maker Box 9",
    ]
    # Nothing is invented.
    assert {row["runtime_seconds"] for row in tables["content"]} == {""}
    assert {row["release_date"] for row in tables["content"]} == {""}
    assert {row["start_position_seconds"] for row in tables["viewing"]} == {""}
    assert {row["paused_seconds"] for row in tables["viewing"]} == {""}
    assert tables["subscriptions"] == tables["plans"] == []


def test_the_same_export_has_the_same_keys_wherever_its_files_lie(
    tmp_path: Path,
) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    for file in EXPORT.rglob("*.csv"):
        shutil.copy(file, flat)

    assert converted(convert, flat, tmp_path / "a") == converted(
        convert, EXPORT, tmp_path / "b"
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Alone", Name("Alone", False)),
        ("Mission: Nowhere", Name("Mission: Nowhere", False)),
        ("Saga: Part 2", Name("Saga: Part 2", False)),
        ("S: Season 2: A: B (Episode 4)", Name("S", True, "Season 2", 2, 4)),
        ("S: A: Part 3: B (Episode 4)", Name("S: A", True, "Part 3", 3, 4)),
        ("S: Season 10: A", Name("S", True, "Season 10", 10, None)),
        ("S: A (Episode 4)", Name("S", True, "", 1, 4)),
        ("S (Episode 4)", Name("S", True, "", 1, 4)),
        ("S: Miniseries: A (Episode 4)", Name("S", True, "Miniseries", 1, 4)),
        ("S: 2. Staffel: A (Folge 4)", Name("S", True, "2. Staffel", 2, 4)),
        ("S: Temporada 2: A (Episodio 4)", Name("S", True, "Temporada 2", 2, 4)),
        ("The Seasons: Series of Things", Name("The Seasons: Series of Things", False)),
    ],
)
def test_a_name_is_taken_apart(text: str, name: Name) -> None:
    assert take_apart(text) == name


@pytest.mark.parametrize(
    ("device", "code"),
    [
        ("Sample CE 2021 UHD TV Smart TV", "tv"),
        ("Google Chromecast V3 Streaming Stick", "tv"),
        ("Sample PS4", "tv"),
        ("Android DefaultWidevineL3Tablet Android Tablet", "tablet"),
        ("Android DefaultWidevineL3Phone Android Phone", "mobile"),
        ("Mobile Safari", "mobile"),
        ("Netflix Windows App - Cadmium Windows Mobile", "computer"),
        ("Chrome PC (Cadmium)", "computer"),
        ("Safari MAC (Cadmium)", "computer"),
        ("Some Maker Box 9", None),
    ],
)
def test_a_device_is_one_of_four_kinds(device: str, code: str | None) -> None:
    assert device_code(device) == code


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Ada,2025-03-09,0:42:10,,A,,TV,,,DE", "line 2: '2025-03-09' is no moment"),
        ("Ada,2025-03-09 20:15:00,42 min,,A,,TV,,,DE", "'42 min' is no duration"),
        ("Ada,2025-03-09 20:15:00,0:42:10,,A,,TV,,,Germany", "'Germany' is no country"),
        (",2025-03-09 20:15:00,0:42:10,,A,,TV,,,DE", "needs a profile and a title"),
        ("", "has no plays"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(
    tmp_path: Path, line: str, message: str
) -> None:
    header = (EXPORT / "CONTENT_INTERACTION" / "ViewingActivity.csv").read_text()
    (tmp_path / "ViewingActivity.csv").write_text(f"{header.splitlines()[0]}\n{line}\n")

    with pytest.raises(UserError, match=message):
        converted(convert, tmp_path, tmp_path / "raw")


def test_the_slim_download_is_told_from_the_whole_export(tmp_path: Path) -> None:
    (tmp_path / "NetflixViewingHistory.csv").write_text("Title,Date\nAlone,3/9/25\n")

    with pytest.raises(UserError, match="has days only, so ask Netflix for all"):
        converted(convert, tmp_path, tmp_path / "raw")
