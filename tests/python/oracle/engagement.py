"""mart_engagement: who watches how much, when and how."""

from collections import defaultdict
from datetime import date
from fractions import Fraction

from .calendar import month_start, months
from .membership import members
from .numbers import hours, percentile, ratio
from .raw import Raw, Table, day, once
from .watching import main_plays


@once
def plays_by_user_month(raw: Raw) -> dict[tuple[str, date], Table]:
    """Return the plays of each account and month, trailers left out."""
    grouped: dict[tuple[str, date], Table] = defaultdict(list)
    for play in main_plays(raw):
        grouped[play["user_id"], month_start(day(play["started_at"]))].append(play)
    return grouped


@once
def agg_viewing_by_user_month(raw: Raw) -> Table:
    films = {
        row["content_id"]
        for row in raw.tables["content"]
        if row["content_type"] == "film"
    }
    big = {r["device_code"] for r in raw.reference["devices"] if r["is_big_screen"]}
    found: Table = []
    for (user, month), own in plays_by_user_month(raw).items():
        views = [play for play in own if play["is_valid_view"]]
        seconds = sum(play["watched_seconds"] for play in own)
        found.append(
            {
                "user_id": user,
                "plays": len(own),
                "valid_views": len(views),
                "active_days": len({day(play["started_at"]) for play in views}),
                "titles": len({play["content_id"] for play in views}),
                "watched_seconds": seconds,
                "film_seconds": sum(
                    p["watched_seconds"] for p in own if p["content_id"] in films
                ),
                "big_screen_seconds": sum(
                    p["watched_seconds"] for p in own if p["device_code"] in big
                ),
                "autoplayed_seconds": sum(
                    p["watched_seconds"] for p in own if p["is_autoplayed"]
                ),
                "watched_hours": hours(seconds),
                "month_start_date": month,
            }
        )
    return found


def agg_watch_time_distribution(raw: Raw) -> Table:
    found: Table = []
    bins = sorted(
        raw.reference["watch_time_bins"], key=lambda entry: entry["bin_number"]
    )
    for month in months(raw):
        seconds = dict.fromkeys(members(raw)[month.start], 0)
        for row in agg_viewing_by_user_month(raw):
            if row["month_start_date"] == month.start:
                seconds[row["user_id"]] = row["watched_seconds"]
        if not seconds:
            continue
        total = sum(seconds.values())
        spread = {
            f"p{percent}_hours": hours(
                percentile(list(seconds.values()), Fraction(percent, 100))
            )
            for percent in (10, 25, 50, 75, 90, 95)
        }
        below_users = below_seconds = 0
        for entry in bins:
            own = [
                value
                for value in seconds.values()
                if entry["from_seconds"] <= value < entry["until_seconds"]
            ]
            below_users += len(own)
            below_seconds += sum(own)
            found.append(
                spread
                | {
                    "bin_label": entry["bin_label"],
                    "bin_number": entry["bin_number"],
                    "users": len(own),
                    "watched_seconds": sum(own),
                    "watched_hours": hours(sum(own)),
                    "month_users": len(seconds),
                    "month_watched_seconds": total,
                    "users_share": ratio(len(own), len(seconds)),
                    "watched_share": ratio(sum(own), total),
                    "cumulative_users_share": ratio(below_users, len(seconds)),
                    "cumulative_watched_share": ratio(below_seconds, total),
                    "is_complete_month": month.is_complete,
                    "month_start_date": month.start,
                }
            )
    return found
