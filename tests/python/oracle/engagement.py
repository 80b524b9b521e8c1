"""mart_engagement: who watches how much, when and how."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise, product
from math import sqrt

from .calendar import calendar_days, days, month_start, months
from .core import dim_users, fct_ratings, genres_of_title
from .membership import country_of, members
from .numbers import Z, hours, percentile, ratio, rounded, wilson
from .raw import Raw, Row, Table, day, once
from .variables import variable
from .watching import main_plays, plays, plays_of_people, sessions_of_people, viewers

WINDOW = 28
NEW_RELEASE = timedelta(days=28)


@once
def plays_by_user_month(raw: Raw) -> dict[tuple[str, date], Table]:
    """Return the plays of each account and month, trailers left out."""
    grouped: dict[tuple[str, date], Table] = defaultdict(list)
    for play in plays_of_people(raw):
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
                "autoplayed_seconds": None
                if any(p["is_autoplayed"] is None for p in own)
                else sum(p["watched_seconds"] for p in own if p["is_autoplayed"]),
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
        total = sum(seconds.values())
        spread = {
            f"p{percent}_hours": (
                hours(percentile(list(seconds.values()), Fraction(percent, 100)))
                if seconds
                else None
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


def fct_sessions(raw: Raw) -> Table:
    return [
        {
            "user_id": session.user_id,
            "session_number": session.number,
            "plays": len(session.plays),
            "valid_views": sum(play["is_valid_view"] for play in session.plays),
            "titles": len({play["content_id"] for play in session.plays}),
            "episodes_of_one_show": session.episodes_of_one_show,
            "watched_seconds": sum(play["watched_seconds"] for play in session.plays),
            "is_binge": session.is_binge,
            "session_date": day(session.started_at),
            "started_at": session.started_at,
            "ended_at": session.ended_at,
        }
        for session in sessions_of_people(raw)
    ]


@once
def agg_viewing_by_user_day(raw: Raw) -> Table:
    begun: dict[tuple[str, date], int] = defaultdict(int)
    for session in sessions_of_people(raw):
        begun[session.user_id, day(session.started_at)] += 1
    grouped: dict[tuple[str, date], Table] = defaultdict(list)
    for play in plays_of_people(raw):
        grouped[play["user_id"], day(play["started_at"])].append(play)
    found: Table = []
    for (user, today), own in grouped.items():
        views = [play for play in own if play["is_valid_view"]]
        seconds = sum(play["watched_seconds"] for play in own)
        found.append(
            {
                "user_id": user,
                "plays": len(own),
                "valid_views": len(views),
                "titles": len({play["content_id"] for play in views}),
                "sessions": begun[user, today],
                "watched_seconds": seconds,
                "watched_hours": hours(seconds),
                "is_active": bool(views),
                "viewed_date": today,
            }
        )
    return found


@once
def active_users(raw: Raw) -> dict[tuple[str, date], set[str]]:
    """Return the accounts with a valid view by region and day."""
    grouped: dict[tuple[str, date], set[str]] = defaultdict(set)
    for row in agg_viewing_by_user_day(raw):
        if row["is_active"]:
            region = country_of(raw)[row["user_id"]]["region_code"]
            grouped[region, row["viewed_date"]].add(row["user_id"])
    return grouped


def agg_active_users_by_day(raw: Raw) -> Table:
    found: Table = []
    observed = [day for day in calendar_days(raw) if day <= raw.as_of]
    nobody: set[str] = set()
    for region in raw.reference["regions"]:
        code = region["region_code"]
        daily = [active_users(raw).get((code, today), nobody) for today in observed]
        for place, today in enumerate(observed):
            week = daily[max(0, place - 6) : place + 1]
            window = daily[max(0, place - WINDOW + 1) : place + 1]
            monthly = len(nobody.union(*window))
            user_days = sum(map(len, window))
            found.append(
                {
                    "region_code": code,
                    "daily_active_users": len(daily[place]),
                    "weekly_active_users": len(nobody.union(*week)),
                    "monthly_active_users": monthly,
                    "user_days_in_window": user_days,
                    "stickiness": ratio(user_days, WINDOW * monthly),
                    "is_full_window": place >= WINDOW - 1,
                    "date_day": today,
                }
            )
    return found


def agg_viewing_by_hour(raw: Raw) -> Table:
    grouped: dict[tuple[str, str, int, int], list[int]] = defaultdict(list)
    total: dict[str, int] = defaultdict(int)
    for play in plays_of_people(raw):
        region = country_of(raw)[play["user_id"]]["region_code"]
        local = play["local"]
        grouped[region, play["device_code"], local.isoweekday(), local.hour].append(
            play["watched_seconds"]
        )
        total[region] += play["watched_seconds"]
    regions = [row["region_code"] for row in raw.reference["regions"]]
    devices = [row["device_code"] for row in raw.reference["devices"]]
    found: Table = []
    for cell in product(regions, devices, range(1, 8), range(24)):
        region, device, weekday, hour = cell
        own = grouped.get(cell, [])
        found.append(
            {
                "region_code": region,
                "device_code": device,
                "local_weekday": weekday,
                "local_hour": hour,
                "plays": len(own),
                "watched_seconds": sum(own),
                "watched_hours": hours(sum(own)),
                "region_watched_seconds": total[region],
                "region_watched_share": ratio(sum(own), total[region]),
            }
        )
    return found


def standing(values: Mapping[str, int]) -> dict[str, Fraction]:
    """Return for each key the share of all keys with a lower value."""
    ordered = sorted(values.values())
    return {
        key: Fraction(bisect_left(ordered, value), len(ordered))
        for key, value in values.items()
    }


def first_views(raw: Raw) -> dict[str, datetime]:
    """Return the moment of each account's first valid view since its sign-up."""
    signed_up = {row["user_id"]: row["signed_up_at"] for row in raw.tables["users"]}
    first: dict[str, datetime] = {}
    for play in main_plays(raw):
        user = play["user_id"]
        if play["is_valid_view"] and play["started_at"] >= signed_up[user]:
            first[user] = min(first.get(user, play["started_at"]), play["started_at"])
    return first


def segment(row: Row, signup: date, today: date) -> str:
    """Return the first segment that applies."""
    if not row["is_in_scope"]:
        return "gone"
    if (today - signup).days < WINDOW:
        return "new"
    if row["active_days_28d"] == 0:
        return "dormant"
    if row["recency_days"] >= variable("at_risk_recency_days"):
        return "at_risk"
    if row["watch_time_percentile"] >= variable("heavy_viewer_percentile"):
        return "heavy"
    return (
        "light"
        if row["watch_time_percentile"] < variable("light_viewer_percentile")
        else "regular"
    )


def dim_user_engagement(raw: Raw) -> Table:
    today = raw.as_of
    own_days: dict[str, Table] = defaultdict(list)
    for row in agg_viewing_by_user_day(raw):
        own_days[row["user_id"]].append(row)
    signed_up = {row["user_id"]: row["signed_up_at"] for row in raw.tables["users"]}
    first = first_views(raw)

    rows: dict[str, Row] = {}
    for user in dim_users(raw):
        own = own_days[user["user_id"]]
        recent = [r for r in own if (today - r["viewed_date"]).days < WINDOW]
        active = [row["viewed_date"] for row in own if row["is_active"]]
        active_recently = sum(row["is_active"] for row in recent)
        seconds = sum(row["watched_seconds"] for row in recent)
        begun = first.get(user["user_id"])
        wait = (begun - signed_up[user["user_id"]]).total_seconds() if begun else None
        rows[user["user_id"]] = {
            "user_id": user["user_id"],
            "active_days_28d": active_recently,
            "watched_seconds_28d": seconds,
            "watched_hours_28d": hours(seconds),
            "recency_days": (today - max(active)).days if active else None,
            "recency_score": None,
            "frequency_score": None,
            "volume_score": None,
            "watch_time_percentile": None,
            "hours_to_first_view": None if wait is None else hours(int(wait)),
            "is_member": user["is_member"],
            "is_in_scope": user["is_member"] or active_recently > 0,
            "is_activated_in_a_day": wait is not None and wait <= 86_400,
            "is_activated_in_a_week": wait is not None and wait <= 7 * 86_400,
            "last_viewed_date": max(active) if active else None,
        }

    scope = [row for row in rows.values() if row["is_in_scope"]]
    never = 1 + max((row["recency_days"] or 0 for row in scope), default=0)
    for name, value in (
        (
            "recency_score",
            lambda r: -(never if r["recency_days"] is None else r["recency_days"]),
        ),
        ("frequency_score", lambda r: r["active_days_28d"]),
        ("volume_score", lambda r: r["watched_seconds_28d"]),
    ):
        for user, below in standing({r["user_id"]: value(r) for r in scope}).items():
            rows[user][name] = int(below * 5) + 1
            if name == "volume_score":
                rows[user]["watch_time_percentile"] = int(below * 100)
    for row in rows.values():
        row["segment"] = segment(row, day(signed_up[row["user_id"]]), today)
    return list(rows.values())


@dataclass(frozen=True)
class MemberMonth:
    """A member in a complete month, what it did and whether it stayed the next."""

    quartile: int
    behaviours: frozenset[str]
    is_retained: bool


def behaviours(raw: Raw) -> dict[tuple[str, date], set[str]]:
    """Return the behaviours that each account showed in each month."""
    big = {r["device_code"] for r in raw.reference["devices"] if r["is_big_screen"]}
    released = {row["content_id"]: row["release_date"] for row in raw.tables["content"]}
    shown: dict[tuple[str, date], set[str]] = defaultdict(set)
    for (user, month), own in plays_by_user_month(raw).items():
        views = [play for play in own if play["is_valid_view"]]
        leading = {
            genres[0]["genre_code"]
            for play in views
            if (genres := genres_of_title(raw)[play["content_id"]])
        }
        for code, is_shown in (
            ("active_4_days", len({day(play["started_at"]) for play in views}) >= 4),
            ("three_genres", len(leading) >= 3),
            ("two_devices", len({play["device_code"] for play in views}) >= 2),
            ("big_screen", any(play["device_code"] in big for play in views)),
            ("autoplay", any(play["is_autoplayed"] for play in views)),
            (
                "new_release",
                any(
                    timedelta(0)
                    <= day(play["started_at"]) - released[play["content_id"]]
                    < NEW_RELEASE
                    for play in views
                ),
            ),
        ):
            if is_shown:
                shown[user, month].add(code)
    for play in plays(raw):
        if not play["is_main"] and not play["is_bot"]:
            shown[play["user_id"], month_start(day(play["started_at"]))].add("trailer")
    for session in sessions_of_people(raw):
        if session.is_binge:
            shown[session.user_id, month_start(day(session.started_at))].add("binge")
    for row in viewers(raw).values():
        if row["is_completer"]:
            last = month_start(day(row["last_ended_at"]))
            shown[row["user_id"], last].add("completion")
    for row in fct_ratings(raw):
        shown[row["user_id"], month_start(day(row["rated_at"]))].add("rating")
    return shown


@once
def member_months(raw: Raw) -> list[MemberMonth]:
    """Return the member-months whose outcome is known before they decided."""
    shown = behaviours(raw)
    found: list[MemberMonth] = []
    for month, following in pairwise(months(raw)):
        if not following.is_complete:
            continue
        staying = {
            user
            for user, membership in members(raw)[month.start].items()
            if (asked := membership.spell.cancel_requested) is None
            or asked > month.closing
        }
        seconds = {
            user: sum(
                play["watched_seconds"]
                for play in plays_by_user_month(raw).get((user, month.start), [])
            )
            for user in staying
        }
        found += [
            MemberMonth(
                int(below * 4) + 1,
                frozenset(shown.get((user, month.start), ())),
                user in members(raw)[following.start],
            )
            for user, below in standing(seconds).items()
        ]
    return found


def agg_engagement_signals(raw: Raw) -> Table:
    found: Table = []
    for behaviour in raw.reference["behaviours"]:
        code = behaviour["behaviour_code"]
        # (quartile, whether shown) -> outcomes.
        cells: dict[tuple[int, bool], list[bool]] = defaultdict(list)
        for unit in member_months(raw):
            cells[unit.quartile, code in unit.behaviours].append(unit.is_retained)
        having = [kept for (_, has), own in cells.items() if has for kept in own]
        lacking = [kept for (_, has), own in cells.items() if not has for kept in own]
        high = [len(cells[4, has]) for has in (True, False)]
        low = [len(cells[1, has]) for has in (True, False)]
        difference = margin = None
        if having and lacking:
            rates = [Fraction(sum(side), len(side)) for side in (having, lacking)]
            # As published: one rate less the other, each with six decimals.
            difference = rounded(rates[0], 6) - rounded(rates[1], 6)
            margin = Z * sqrt(
                rates[0] * (1 - rates[0]) / len(having)
                + rates[1] * (1 - rates[1]) / len(lacking)
            )
        compared = weighted = Fraction(0)
        for quartile in range(1, 5):
            sides = [cells[quartile, has] for has in (True, False)]
            if all(sides):
                size = len(sides[0]) + len(sides[1])
                compared += size
                weighted += size * (
                    Fraction(sum(sides[0]), len(sides[0]))
                    - Fraction(sum(sides[1]), len(sides[1]))
                )
        found.append(
            {
                "behaviour_code": code,
                "behaviour_name": behaviour["behaviour_name"],
                "member_months": len(having) + len(lacking),
                "high_member_months": sum(high),
                "high_with_member_months": high[0],
                "high_engagement_share": ratio(high[0], sum(high)),
                "low_member_months": sum(low),
                "low_with_member_months": low[0],
                "low_engagement_share": ratio(low[0], sum(low)),
                "lift": ratio(high[0] * sum(low), low[0] * sum(high)),
                "with_member_months": len(having),
                "with_retained": sum(having),
                "with_retention_rate": ratio(sum(having), len(having)),
                "without_member_months": len(lacking),
                "without_retained": sum(lacking),
                "without_retention_rate": ratio(sum(lacking), len(lacking)),
                "retention_difference": difference,
                "retention_difference_lower": (
                    None if margin is None else float(difference or 0) - margin
                ),
                "retention_difference_upper": (
                    None if margin is None else float(difference or 0) + margin
                ),
                "compared_member_months": int(compared),
                "standardised_retention_difference": ratio(weighted, compared),
            }
        )
    return found


def agg_viewing_retention_by_cohort(raw: Raw) -> Table:
    cohorts: dict[date, Table] = defaultdict(list)
    for user in dim_users(raw):
        cohorts[user["signup_month_start_date"]].append(user)
    active = {
        (row["user_id"], row["viewed_date"])
        for row in agg_viewing_by_user_day(raw)
        if row["is_active"]
    }
    found: Table = []
    for month, users in cohorts.items():
        # Per account the days since the sign-up that are over, active or not.
        histories = [
            [
                (user["user_id"], today) in active
                for today in days(user["signup_date"], raw.as_of)
            ]
            for user in users
        ]
        for since in range(
            min(variable("viewing_retention_days"), max(map(len, histories)))
        ):
            reached = [own for own in histories if len(own) > since]
            a_week = [own for own in histories if len(own) >= since + 7]
            row: Row = {
                "days_since_signup": since,
                "users": len(users),
                "eligible_users": len(reached),
                "active_users": sum(own[since] for own in reached),
                "eligible_users_7d": len(a_week),
                "active_users_7d": sum(any(own[since : since + 7]) for own in a_week),
                "active_or_later_users": sum(any(own[since:]) for own in reached),
                "is_immature": len(reached) < len(users),
                "cohort_month_start_date": month,
            }
            for rate, back, eligible in (
                ("day_retention_rate", "active_users", "eligible_users"),
                ("week_retention_rate", "active_users_7d", "eligible_users_7d"),
                ("unbounded_retention_rate", "active_or_later_users", "eligible_users"),
            ):
                lower, upper = wilson(row[back], row[eligible])
                row[rate] = ratio(row[back], row[eligible])
                row[f"{rate}_lower"], row[f"{rate}_upper"] = lower, upper
            found.append(row)
    return found
