"""mart_core: dimensions and facts."""

import calendar
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

from .calendar import add_months, calendar_days, full_months, month_end, month_start
from .membership import (
    country_of,
    paid_spells,
    plan_on,
    spells,
    spells_by_user,
)
from .numbers import ratio, rounded
from .raw import Raw, Row, Table, day, once
from .variables import variable
from .watching import length_of, parts_of_title, plays, viewers

AGE_BANDS = ((18, "under 18"), (25, "18-24"), (35, "25-34"), (45, "35-44"))
OLDER_BANDS = ((55, "45-54"), (65, "55-64"), (999, "65 and over"))


@once
def genres_of_title(raw: Raw) -> dict[str, Table]:
    """Return each title's genres, the leading one first."""
    grouped: dict[str, Table] = {row["content_id"]: [] for row in raw.tables["content"]}
    for row in sorted(raw.tables["content_genres"], key=lambda r: r["genre_rank"]):
        grouped[row["content_id"]].append(row)
    return grouped


def bridge_content_genres(raw: Raw) -> Table:
    return [
        {
            "content_id": title,
            "genre_code": row["genre_code"],
            "genre_rank": row["genre_rank"],
            "genre_weight": rounded(Fraction(1, len(rows)), 12),
        }
        for title, rows in genres_of_title(raw).items()
        for row in rows
    ]


def dim_channels(raw: Raw) -> Table:
    return raw.reference["channels"]


def fct_targets(raw: Raw) -> Table:
    return raw.reference["targets"]


def titles_told_apart(raw: Raw) -> dict[str, str]:
    """Return what each title is called where no other may be called so."""
    rows = raw.tables["content"]
    names = Counter(row["title"] for row in rows)

    def with_year(row: Row) -> str:
        if names[row["title"]] == 1 or row["release_date"] is None:
            return row["title"]
        return f"{row['title']} ({row['release_date'].year})"

    often = Counter(with_year(row) for row in rows)
    return {
        row["content_id"]: with_year(row)
        if often[with_year(row)] == 1
        else f"{with_year(row)} [{row['content_id']}]"
        for row in rows
    }


def dim_content(raw: Raw) -> Table:
    labels = titles_told_apart(raw)
    found: Table = []
    for row in raw.tables["content"]:
        own = parts_of_title(raw)[row["content_id"]]
        genres = genres_of_title(raw)[row["content_id"]]
        is_series = row["content_type"] == "series" and bool(own)
        found.append(
            row
            | {
                "title_label": labels[row["content_id"]],
                "leading_genre_code": genres[0]["genre_code"] if genres else None,
                "seasons": len({part.season for part in own}) if is_series else None,
                "episodes": len(own) if is_series else None,
                "runtime_seconds": length_of([part.runtime for part in own]),
            }
        )
    return found


def dim_countries(raw: Raw) -> Table:
    names = {row["region_code"]: row["region_name"] for row in dim_regions(raw)}
    homes = {row["country_code"] for row in raw.until_today("users", "signed_up_at")}
    return [
        row | {"region_name": names[row["region_code"]]}
        for row in raw.reference["countries"]
        if row["country_code"] in homes
    ]


def dim_dates(raw: Raw) -> Table:
    month_names = dict(enumerate(calendar.month_name))
    weekday_names = dict(enumerate(calendar.day_name, start=1))
    return [
        {
            "date_day": day,
            "month_name": month_names[day.month],
            "weekday_name": weekday_names[day.isoweekday()],
            "year_number": day.year,
            "quarter_number": (day.month + 2) // 3,
            "month_number": day.month,
            "day_of_month": day.day,
            "weekday_number": day.isoweekday(),
            "is_weekend": day.isoweekday() > 5,
            "is_observed": day <= raw.as_of,
            "week_start_date": day - timedelta(days=day.weekday()),
            "month_start_date": month_start(day),
            "month_end_date": month_end(day),
        }
        for day in calendar_days(raw)
    ]


def dim_devices(raw: Raw) -> Table:
    return raw.reference["devices"]


def dim_episodes(raw: Raw) -> Table:
    return raw.tables["episodes"]


def dim_genres(raw: Raw) -> Table:
    return raw.tables["genres"]


def dim_plans(raw: Raw) -> Table:
    none = {
        "plan_code": "none",
        "plan_name": "No plan",
        "plan_rank": 0,
        "max_streams": 0,
        "has_ads": False,
    }
    return [*raw.tables["plans"], none]


def dim_regions(raw: Raw) -> Table:
    return raw.reference["regions"]


def age_band(born: date | None, today: date) -> str:
    """Return the band of an age in whole years."""
    if born is None:
        return "unknown"
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return next(band for below, band in AGE_BANDS + OLDER_BANDS if age < below)


@once
def dim_users(raw: Raw) -> Table:
    found: Table = []
    for row in raw.until_today("users", "signed_up_at"):
        own = spells_by_user(raw).get(row["user_id"], [])
        paid = [spell for spell in own if spell.is_paid(raw.as_of)]
        current = [spell for spell in paid if spell.is_member(raw.as_of)]
        recent_cancels = sum(
            s.ended is not None
            and s.ended > add_months(raw.as_of, -variable("repeat_leaver_months"))
            for s in paid
        )
        country = country_of(raw)[row["user_id"]]
        signup = day(row["signed_up_at"])
        found.append(
            {
                "user_id": row["user_id"],
                "country_code": country["country_code"],
                "region_code": country["region_code"],
                "channel_code": row["channel_code"],
                "first_plan_code": (
                    plan_on(raw, own[0], own[0].started) if own else "none"
                ),
                "current_plan_code": (
                    plan_on(raw, current[0], raw.as_of) if current else "none"
                ),
                "age_band": age_band(row["birth_date"], raw.as_of),
                "paid_spells": len(paid),
                "recent_cancels": recent_cancels,
                "is_repeat_leaver": recent_cancels >= variable("repeat_leaver_cancels"),
                "is_member": bool(current),
                "signup_date": signup,
                "signup_month_start_date": month_start(signup),
                "first_paid_date": paid[0].paid_from if paid else None,
            }
        )
    return found


def fct_content_viewers(raw: Raw) -> Table:
    return [
        row
        | {
            "completion_ratio": None
            if row["unique_seconds"] is None or row["runtime_seconds"] is None
            else ratio(row["unique_seconds"], row["runtime_seconds"])
        }
        for row in viewers(raw).values()
    ]


@once
def fct_ratings(raw: Raw) -> Table:
    last: dict[tuple[str, str], Row] = {}
    for row in raw.until_today("ratings", "rated_at"):
        key = row["user_id"], row["content_id"]
        if key not in last or row["rated_at"] > last[key]["rated_at"]:
            last[key] = row
    return [row | {"rated_date": day(row["rated_at"])} for row in last.values()]


@once
def fct_subscriptions(raw: Raw) -> Table:
    today = raw.as_of
    paid = {id(spell) for spell in paid_spells(raw)}
    found: Table = []
    for spell in spells(raw):
        is_paid = id(spell) in paid
        last_day = spell.ended - timedelta(days=1) if spell.ended else today
        until = spell.ended or today
        last = spell.subscriptions[-1]
        found.append(
            {
                "spell_id": f"{spell.user_id}-{spell.number}",
                "user_id": spell.user_id,
                "first_plan_code": plan_on(raw, spell, spell.started),
                "last_plan_code": plan_on(raw, spell, last_day),
                "end_reason": last["end_reason"],
                "spell_number": spell.number,
                "subscriptions": len(spell.subscriptions),
                "tenure_days": (until - spell.paid_from).days if is_paid else None,
                "tenure_months": (
                    full_months(spell.paid_from, until) if is_paid else None
                ),
                "has_trial": spell.trial_end is not None,
                "is_paid": is_paid,
                "is_first_paid_spell": spell.is_first_paid,
                "is_resubscription": spell.is_resubscription,
                "is_censored": spell.ended is None,
                "started_date": spell.started,
                "trial_end_date": spell.trial_end,
                "paid_from_date": spell.paid_from,
                "cancel_requested_date": spell.cancel_requested,
                "ended_date": spell.ended,
            }
        )
    return found


def fct_viewing(raw: Raw) -> Table:
    return [
        play
        | {
            "local_weekday": play["local"].isoweekday(),
            "local_hour": play["local"].hour,
            "viewed_date": day(play["started_at"]),
            "local_viewed_date": play["local"].date(),
        }
        for play in plays(raw)
    ]
