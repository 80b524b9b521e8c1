"""Snowplow media events: playback from heartbeats."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.loading.adapters.snowplow import convert
from streaming_analytics.loading.adapters.snowplow_playback import (
    Heartbeat,
    stretches,
)

from .adapting import converted

EXPORT = Path(__file__).parent / "exports" / "snowplow"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def test_heartbeats_become_plays(tmp_path: Path) -> None:
    tables, notes = converted(convert, EXPORT, tmp_path / "raw")

    (title,) = tables["content"]
    assert (title["title"], title["runtime_seconds"]) == ("Night Train", "5401")
    assert [(row["user_id"], row["country_code"]) for row in tables["users"]] == [
        ("ada", "DE"),
        ("d-77", "FR"),
    ]
    assert sorted(
        (
            row["user_id"],
            row["started_at"],
            int(row["start_position_seconds"]),
            int(row["watched_seconds"]),
            int(row["paused_seconds"]),
            row["device_code"],
        )
        for row in tables["viewing"]
    ) == [
        # 50 s up to the pause, 120 s of it, and 40 s up to the seek.
        ("ada", "2025-03-01T20:00:10Z", 0, 90, 120, "mobile"),
        # 30 s, 5 s of the hour that the machine slept, and 10 s up to the end.
        ("ada", "2025-03-01T20:03:42Z", 600, 45, 0, "mobile"),
        # 20 s before and 20 s after the advertisements.
        ("d-77", "2025-03-01T19:00:00Z", 0, 40, 0, "tv"),
    ]
    assert len({row["play_id"] for row in tables["viewing"]}) == 3
    assert notes[1:] == [
        "1 media sessions in which nothing played were left out",
        "1 media events without a user, a label or a session were left out",
    ]


def test_lines_of_json_say_the_same_as_csv(tmp_path: Path) -> None:
    folder = tmp_path / "json"
    folder.mkdir()
    with (EXPORT / "events.csv").open(encoding="utf-8", newline="") as file:
        events = list(csv.DictReader(file))
    for event in events:
        for name, value in event.items():
            if name.startswith("contexts_"):
                event[name] = json.loads(value) if value else None
    text = "\n".join(json.dumps(event) for event in events)
    (folder / "events.jsonl").write_text(text + "\n", encoding="utf-8")

    assert converted(convert, folder, tmp_path / "a") == converted(
        convert, EXPORT, tmp_path / "b"
    )


def test_version_1_has_one_event_for_all_and_the_page_for_a_session(
    tmp_path: Path,
) -> None:
    lines = [
        {
            "event_id": str(number),
            "event_name": "media_player_event",
            "collector_tstamp": (NOON + timedelta(seconds=at)).isoformat(),
            "user_id": "ada",
            "page_view_id": "page",
            "dvce_type": "Computer",
            "geo_country": "DE",
            "contexts_com_snowplowanalytics_snowplow_media_player_1": [
                {"label": "Alone", "currentTime": position, "duration": 60}
            ],
            "unstruct_event_com_snowplowanalytics_snowplow_media_player_event_1": {
                "type": kind
            },
        }
        for number, (kind, at, position) in enumerate(
            [("play", 0, 5), ("seeked", 10, 40), ("ended", 30, 60)]
        )
    ]
    (tmp_path / "events.json").write_text("\n".join(map(json.dumps, lines)))

    tables, _ = converted(convert, tmp_path, tmp_path / "raw")

    assert [
        (row["start_position_seconds"], row["watched_seconds"], row["device_code"])
        for row in tables["viewing"]
    ] == [("5", "10", "computer"), ("40", "20", "computer")]


def beats(*events: tuple[int, str, float | None, bool | None]) -> list[Heartbeat]:
    return [
        Heartbeat(NOON + timedelta(seconds=at), kind, position, is_paused)
        for at, kind, position, is_paused in events
    ]


@pytest.mark.parametrize(
    ("events", "watched"),
    [
        # A ping whose "play" was lost.
        (beats((0, "ping", 0, False), (30, "ping", 30, False)), [30]),
        # Forty seconds are late; forty-one are a lost heartbeat.
        (beats((0, "play", 0, None), (40, "ping", 40, False)), [40]),
        (beats((0, "play", None, None), (41, "ping", None, False)), [0]),
        # A position that went back or too far says nothing.
        (beats((0, "play", 500, None), (900, "ping", 100, False)), [0]),
        (beats((0, "play", 0, None), (900, "ping", 901, False)), [0]),
        # Buffering is no watching, and a ping within it no end of it.
        (
            beats(
                (0, "play", 0, None),
                (10, "buffer_start", 10, None),
                (20, "ping", 10, False),
                (30, "buffer_end", 10, None),
                (35, "pause", 15, None),
            ),
            [15],
        ),
        # A jump of less than a second is none.
        (beats((0, "play", 0, None), (9, "seek_end", 9.5, None)), [9]),
        # What follows the end is another stretch.
        (
            beats(
                (0, "play", 0, None),
                (10, "end", 10, None),
                (20, "play", 0, None),
                (25, "pause", 5, None),
            ),
            [10, 5],
        ),
    ],
)
def test_what_counts_as_watched(events: list[Heartbeat], watched: list[float]) -> None:
    assert [stretch.watched for stretch in stretches(events)] == watched


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1: no JSON"),
        ('{"event_name": "page_view"}', "has no media events"),
        (
            '{"event_name": "play_event", "user_id": "a", "derived_tstamp": "noon", '
            '"contexts_com_snowplowanalytics_snowplow_media_player_2": '
            '[{"label": "b"}], "page_view_id": "c"}',
            "'noon' is no moment",
        ),
    ],
)
def test_events_that_cannot_be_read_are_named(
    tmp_path: Path, line: str, message: str
) -> None:
    (tmp_path / "events.jsonl").write_text(line)

    with pytest.raises(UserError, match=message):
        converted(convert, tmp_path, tmp_path / "raw")
