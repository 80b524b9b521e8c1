"""What becomes of a row: the edits that the faults of rows are made of."""

from datetime import UTC, date, datetime, timedelta

from streaming_analytics.generator.faults.kinds import Edit, Known, Row
from streaming_analytics.generator.faults.known import clock_changes


def written(moment: datetime) -> str:
    """Return a moment as the files write it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def changed(**values: str) -> Edit:
    """Set columns."""
    return lambda row, *_: [row | values]


def scaled(column: str, factor: float) -> Edit:
    """Multiply a whole number."""
    return lambda row, *_: [row | {column: str(int(int(row[column]) * factor))}]


def later(row: Row, column: str = "loaded_at", **gap: float) -> Row:
    """Return the row with a moment moved."""
    moment = datetime.fromisoformat(row[column]) + timedelta(**gap)
    return row | {column: written(moment)}


def moved(column: str, **gap: float) -> Edit:
    """Move a moment."""
    return lambda row, *_: [later(row, column, **gap)]


def _delivered(row: Row, known: Known) -> list[Row]:
    """Return the row, or nothing when it comes after the last load of all."""
    return [row] if row["loaded_at"] <= known.last_load else []


def late(days: int) -> Edit:
    """Load a row so many days later, where there was a load so late."""
    return lambda row, _, known: _delivered(later(row, days=days), known) or [row]


def skewed(device: str, **gap: float) -> Edit:
    """Move the starts of the plays on a kind of device."""
    move = moved("started_at", **gap)
    return lambda row, *rest: (
        move(row, *rest) if row["device_code"] == device else [row]
    )


def again(**values: str) -> Edit:
    """Deliver the row twice in one load, the second time with other values."""
    return lambda row, *_: [row, row | values]


def again_later(**values: str) -> Edit:
    """Deliver the row again the day after, with other values."""
    return lambda row, _, known: [
        row,
        *(one | values for one in _delivered(later(row, days=1), known)),
    ]


def rated_again(row: Row, _: float, known: Known) -> list[Row]:
    """Rate the same title once more, the day after."""
    again = {"rating": "1.0", "rating_id": row["rating_id"] + "b"}
    return [row, *(one | again for one in _delivered(later(row, days=1), known))]


def overlapping(row: Row, *_: object) -> list[Row]:
    """Run the same subscription twice."""
    return [row, row | {"subscription_id": row["subscription_id"] + "x"}]


def bot(row: Row, _: float, known: Known) -> list[Row]:
    """Start an hour of viewing thirty times within half an hour."""
    if row["play_type"] != "main" or known.runtime(row) < 3600:
        return [row]
    copies = [
        later(row, "started_at", minutes=minute)
        | {
            "play_id": f"{row['play_id']}b{minute}",
            "start_position_seconds": "0",
            "watched_seconds": "3600",
        }
        for minute in range(30)
    ]
    return [row, *copies]


def over_runtime(row: Row, _: float, known: Known) -> list[Row]:
    """Watch from the start to 3 % beyond the end."""
    runtime = known.runtime(row)
    if row["play_type"] != "main" or not runtime:
        return [row]
    watched = str(runtime * 103 // 100)
    return [row | {"start_position_seconds": "0", "watched_seconds": watched}]


def at_day_boundary(row: Row, point: float, _: Known) -> list[Row]:
    """Start in the first or the last second of the UTC day."""
    clock = "00:00:00" if int(point * 1e9) % 2 else "23:59:59"
    return [row | {"started_at": f"{row['started_at'][:10]}T{clock}Z"}]


def at_clock_change(row: Row, point: float, known: Known) -> list[Row]:
    """Start within the half hour before or after the user's clocks last changed."""
    started = datetime.fromisoformat(row["started_at"])
    zone = known.zone(row["user_id"])
    first = known.signed_up(row["user_id"]) + timedelta(hours=1)
    past = [at for at in clock_changes(zone, started.year) if first <= at <= started]
    if not past:
        return [row]
    minutes = int(point * 1e9) % 60 - 30
    start = past[-1] + timedelta(minutes=minutes)
    # It arrived in its own night, as if it had happened then.
    loaded = datetime(start.year, start.month, start.day, 3, tzinfo=UTC)
    loaded += timedelta(days=1)
    return [row | {"started_at": written(start), "loaded_at": written(loaded)}]


def with_offset(row: Row, _: float, known: Known) -> list[Row]:
    """Write the same moment in the user's local time with its offset."""
    moment = datetime.fromisoformat(row["started_at"])
    local = moment.astimezone(known.zone(row["user_id"]))
    return [row | {"started_at": local.isoformat()}]


def before_release(row: Row, _: float, known: Known) -> list[Row]:
    """Watch the evening before the title's release."""
    day = date.fromisoformat(known.releases[row["content_id"]]) - timedelta(days=1)
    return [row | {"started_at": f"{day}T20:00:00Z"}]


def after_licence(row: Row, _: float, known: Known) -> list[Row]:
    """Watch the evening of the first day without a licence, where one has ended."""
    end = known.licence_end(row)
    if not end:
        return [row]
    late = row | {"started_at": f"{end}T20:00:00Z"}
    # It arrived in its own night.
    late["loaded_at"] = later(late | {"loaded_at": f"{end}T03:00:00Z"}, days=1)[
        "loaded_at"
    ]
    return _delivered(late, known) or [row]


def with_leading_zeros(row: Row, *_: object) -> list[Row]:
    """Key the row by digits that begin with zeros."""
    digits = row["play_id"][1:]
    return [row | {"play_id": f"00{digits}"}] if digits.isdigit() else [row]


def plan_changed_twice(row: Row, *_: object) -> list[Row]:
    """Change to a third plan on the same day, with the next sequence number."""
    plans = ("ads", "standard", "premium")
    other = plans[(plans.index(row["plan_code"]) + 1) % len(plans)]
    second = {
        "plan_change_id": row["plan_change_id"] + "b",
        "plan_code": other,
        "sequence_number": str(int(row["sequence_number"]) + 1),
    }
    return [row, row | second]


def with_gap(row: Row, *_: object) -> list[Row]:
    """End after ten days and go on four days later, within the grace of a week."""
    start = date.fromisoformat(row["started_date"])
    end = date.fromisoformat(row["ended_date"] or row["loaded_at"][:10])
    if row["trial_end_date"] or end - start < timedelta(days=20):
        return [row]
    first = {
        "cancel_requested_date": str(start + timedelta(days=5)),
        "ended_date": str(start + timedelta(days=10)),
        "end_reason": "voluntary",
    }
    second = {
        "subscription_id": row["subscription_id"] + "g",
        "started_date": str(start + timedelta(days=14)),
    }
    return [row | first, row | second]


def never_converted(row: Row, *_: object) -> list[Row]:
    """End with the trial."""
    end = row["trial_end_date"]
    if not end or row["ended_date"] == end or end >= row["loaded_at"][:10]:
        return [row]
    values = {"ended_date": end, "end_reason": "voluntary"}
    return [row | values | {"cancel_requested_date": row["started_date"]}]


def of_nobody(row: Row, point: float, _: Known) -> list[Row]:
    """Lose the user or the title, by turns: sums by one differ from those by other."""
    lost = {"user_id": "u0"} if int(point * 1e9) % 2 else {"content_id": "c0"}
    return [row | lost]


def in_small_letters(row: Row, *_: object) -> list[Row]:
    """Write the country small, between blanks."""
    return [row | {"country_code": f" {row['country_code'].lower()} "}]


def appended(column: str, text: str) -> Edit:
    """Append text to a column."""
    return lambda row, *_: [row | {column: row[column] + text}]


def without_zone(row: Row, *_: object) -> list[Row]:
    """Leave out the time zone."""
    return [row | {"started_at": row["started_at"].rstrip("Z")}]


def negated(column: str) -> Edit:
    """Put a minus before a number."""
    return lambda row, *_: [row | {column: "-" + row[column]}]


def dropped(*_: object) -> list[Row]:
    """Deliver nothing."""
    return []


def repeated_header(row: Row, *_: object) -> list[Row]:
    """Write the header once more after the row."""
    return [row, {name: name for name in row}]


def four_times(row: Row, *_: object) -> list[Row]:
    """Deliver the row under four keys."""
    return [row | {"play_id": row["play_id"] + copy} for copy in ("", "x", "y", "z")]
