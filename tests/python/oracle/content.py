"""mart_content: titles and genres."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from statistics import pvariance

from .calendar import days, month_end, months
from .core import bridge_content_genres, dim_content, fct_ratings
from .membership import country_of, region_months
from .numbers import Z, hours, percentile, ratio, rounded, wilson
from .raw import Raw, Row, Table, day, once
from .variables import variable
from .watching import (
    completed_parts,
    finished_seasons,
    is_measured,
    main_plays,
    viewers,
    what_was_seen,
)

BINGE_DAYS = timedelta(days=7)


def mean_of_all_ratings(raw: Raw) -> Fraction | None:
    """Return the platform's mean rating."""
    ratings = [Fraction(row["rating"]) for row in fct_ratings(raw)]
    return sum(ratings, Fraction(0)) / len(ratings) if ratings else None


def shrunk(
    rating_sum: Fraction, ratings: Fraction, mean: Fraction | None
) -> Decimal | None:
    """Return the Bayesian average."""
    if mean is None:
        return None
    return rounded(
        (variable("rating_prior_weight") * mean + rating_sum)
        / (variable("rating_prior_weight") + ratings),
        6,
    )


def peer_group(title: Row) -> str:
    """Return the group of titles of the same format and length."""
    if title["runtime_seconds"] is None:
        return "unknown length"
    minutes = Fraction(title["runtime_seconds"], 60)
    if title["content_type"] == "film":
        if minutes < 80:
            return "film under 80 min"
        if minutes < 100:
            return "film 80 to 100 min"
        return "film 100 to 120 min" if minutes < 120 else "film 120 min and over"
    minutes /= title["episodes"]
    if minutes < 30:
        return "series under 30 min"
    return "series 30 to 45 min" if minutes < 45 else "series 45 min and over"


@once
def content_days(raw: Raw) -> dict[str, dict[date, list[int]]]:
    """Return the seconds of each play of a title by day."""
    grouped: dict[str, dict[date, list[int]]] = defaultdict(lambda: defaultdict(list))
    for play in main_plays(raw):
        own = grouped[play["content_id"]]
        own[day(play["started_at"])].append(play["watched_seconds"])
    return grouped


def launches(raw: Raw) -> dict[str, list[tuple[date, list[int]]]]:
    """Return the first days of the titles released while the data was watching."""
    if not main_plays(raw):
        return {}
    first_day = min(day(play["started_at"]) for play in main_plays(raw))
    return {
        row["content_id"]: [
            (today, content_days(raw)[row["content_id"]].get(today, []))
            for today in days(
                row["release_date"],
                min(
                    row["release_date"]
                    + timedelta(days=variable("launch_curve_days") - 1),
                    raw.as_of,
                ),
            )
        ]
        for row in raw.tables["content"]
        if row["release_date"] is not None
        and first_day <= row["release_date"] <= raw.as_of
    }


def agg_content_launch_curve(raw: Raw) -> Table:
    titles = {row["content_id"]: row for row in dim_content(raw)}
    found: Table = []
    for content_id, curve in launches(raw).items():
        title = titles[content_id]
        first_week = sum(sum(seconds) for _, seconds in curve[:7])
        cumulative = 0
        for since, (today, seconds) in enumerate(curve):
            cumulative += sum(seconds)
            found.append(
                {
                    "content_id": content_id,
                    "content_type": title["content_type"],
                    "days_since_release": since,
                    "plays": len(seconds),
                    "watched_seconds": sum(seconds),
                    "watched_hours": hours(sum(seconds)),
                    "views": (
                        ratio(sum(seconds), title["runtime_seconds"], 4)
                        if title["runtime_seconds"]
                        else None
                    ),
                    "cumulative_watched_seconds": cumulative,
                    "first_week_watched_seconds": first_week,
                    "launch_index": ratio(7 * sum(seconds), first_week),
                    "is_first_week_complete": len(curve) >= 7,
                    "viewed_date": today,
                }
            )
    return found


def launch_windows(raw: Raw) -> dict[str, Row]:
    """Return the first weeks of each title that was launched in the data."""
    found: dict[str, Row] = {}
    for content_id, curve in launches(raw).items():
        seconds = [sum(own) for _, own in curve]
        row: Row = {
            f"watched_seconds_{size}d": (
                sum(seconds[:size]) if len(seconds) >= size else None
            )
            for size in (7, 28, 91)
        }
        weeks = [sum(seconds[n : n + 7]) for n in range(0, len(seconds) - 6, 7)]
        halved = [n for n, week in enumerate(weeks) if 2 * week <= weeks[0]]
        halved = halved if weeks and weeks[0] else []
        row["half_life_weeks"] = halved[0] if halved else None
        found[content_id] = row
    return found


def agg_content_launch_audience(raw: Raw) -> Table:
    own_plays: dict[str, Table] = defaultdict(list)
    for play in main_plays(raw):
        own_plays[play["content_id"]].append(play)
    titles = {row["content_id"]: row for row in dim_content(raw)}
    found: Table = []
    for content_id, curve in launches(raw).items():
        title = titles[content_id]
        for size in (7, 28, 91):
            if len(curve) < size:
                continue
            last = curve[size - 1][0]
            plays = [
                play
                for play in own_plays[content_id]
                if curve[0][0] <= day(play["started_at"]) <= last
            ]
            seen = what_was_seen(raw, plays).values()
            starters = [row for row in seen if row["is_starter"]]
            measured = [row for row in starters if row["is_measured"]]
            completers = sum(row["is_completer"] for row in measured)
            seconds = sum(play["watched_seconds"] for play in plays)
            lower, upper = wilson(completers, len(measured))
            found.append(
                {
                    "content_id": content_id,
                    "content_type": title["content_type"],
                    "window_days": size,
                    "viewers": len(seen),
                    "starters": len(starters),
                    "measured_starters": len(measured),
                    "watchers": sum(row["is_watcher"] for row in measured),
                    "completers": completers,
                    "completion_rate": ratio(completers, len(measured)),
                    "completion_rate_lower": lower,
                    "completion_rate_upper": upper,
                    "watched_seconds": seconds,
                    "watched_hours": hours(seconds),
                    "views": (
                        ratio(seconds, title["runtime_seconds"], 4)
                        if title["runtime_seconds"]
                        else None
                    ),
                    "release_date": title["release_date"],
                }
            )
    return found


@once
def season_spans(raw: Raw) -> dict[str, list[timedelta]]:
    """Return how long accounts took for the seasons of a title that they finished."""
    found: dict[str, list[timedelta]] = defaultdict(list)
    for season in finished_seasons(raw):
        span = season.last_episode_begun_at - season.first_started_at
        found[season.content_id].append(span)
    return found


@once
def agg_episode_performance(raw: Raw) -> Table:
    finished = {
        (season.user_id, season.content_id, season.season_number)
        for season in finished_seasons(raw)
    }
    seasons: dict[tuple[str, int], Table] = defaultdict(list)
    for row in sorted(raw.tables["episodes"], key=lambda row: row["episode_number"]):
        seasons[row["content_id"], row["season_number"]].append(row)
    plays_of: dict[str, dict[str, Table]] = defaultdict(lambda: defaultdict(list))
    for play in main_plays(raw):
        plays_of[play["part_id"]][play["user_id"]].append(play)
    found: Table = []
    for (content_id, number), episodes in seasons.items():
        before: set[str] = set()
        is_hooked = False
        for place, episode in enumerate(episodes):
            own = plays_of[episode["episode_id"]]
            seconds = {
                user: sum(play["watched_seconds"] for play in plays)
                for user, plays in own.items()
            }
            starters = {
                user
                for user, n in seconds.items()
                if n >= variable("valid_view_seconds")
            }
            measured = {
                user
                for user in starters
                if is_measured(
                    [other["runtime_seconds"] for other in episodes],
                    [
                        play
                        for other in episodes
                        for play in plays_of[other["episode_id"]].get(user, [])
                    ],
                )
            }
            completers = sum(bool(completed_parts(raw, own[user])) for user in measured)
            finishers = sum((u, content_id, number) in finished for u in measured)
            continued = len(starters & before)
            hooks = bool(measured) and (
                100 * finishers >= variable("hooked_percent") * len(measured)
            )
            row: Row = episode | {
                "viewers": len(own),
                "starters": len(starters),
                "measured_starters": len(measured),
                "completers": completers,
                "watched_seconds": sum(seconds.values()),
                "watched_hours": hours(sum(seconds.values())),
                "previous_starters": len(before) if place else 0,
                "continued_starters": continued,
                "season_finishers": finishers,
                "is_hooked_episode": hooks and not is_hooked,
            }
            for rate, part, whole in (
                ("completion_rate", completers, len(measured)),
                ("continuation_rate", continued, len(before)),
                ("season_finish_rate", finishers, len(measured)),
            ):
                row[rate] = ratio(part, whole)
                row[f"{rate}_lower"], row[f"{rate}_upper"] = wilson(part, whole)
            found.append(row)
            before, is_hooked = starters, is_hooked or hooks
    return found


def hooked_episodes(raw: Raw) -> dict[str, int]:
    """Return the number of the episode of season 1 that hooks, by series."""
    return {
        row["content_id"]: row["episode_number"]
        for row in agg_episode_performance(raw)
        if row["is_hooked_episode"] and row["season_number"] == 1
    }


def agg_top_content_by_week(raw: Raw) -> Table:
    runtime = {row["content_id"]: row["runtime_seconds"] for row in dim_content(raw)}
    seconds: dict[tuple[date, str], dict[str, int]] = defaultdict(
        lambda: defaultdict(int)
    )
    for play in main_plays(raw):
        today = day(play["started_at"])
        week = today - timedelta(days=today.weekday())
        region = country_of(raw)[play["user_id"]]["region_code"]
        seconds[week, region][play["content_id"]] += play["watched_seconds"]
    weeks_in_top: dict[tuple[str, str], int] = defaultdict(int)
    found: Table = []
    for (week, region), own in sorted(seconds.items()):
        views = {
            c: rounded(Fraction(own[c], runtime[c]), 4) if runtime[c] else None
            for c in own
            if own[c]
        }
        ranked = sorted(
            views, key=lambda c: (views[c] is None, -(views[c] or 0), -own[c], c)
        )
        for rank, content_id in enumerate(
            ranked[: variable("top_content_ranks")], start=1
        ):
            weeks_in_top[region, content_id] += 1
            found.append(
                {
                    "content_id": content_id,
                    "region_code": region,
                    "content_rank": rank,
                    "watched_seconds": own[content_id],
                    "watched_hours": hours(own[content_id]),
                    "views": views[content_id],
                    "weeks_in_top": weeks_in_top[region, content_id],
                    "is_complete_week": week + timedelta(days=6) <= raw.as_of,
                    "week_start_date": week,
                }
            )
    return found


def effective_catalogue_size(seconds: list[int]) -> Fraction | None:
    """Return among how many titles the hours would be spread if evenly (ECS)."""
    total = sum(seconds)
    if not total:
        return None
    falling = sorted(seconds, reverse=True)
    return Fraction(2 * sum(i * x for i, x in enumerate(falling, 1)), total) - 1


def gini(seconds: list[int]) -> Fraction | None:
    """Return the Gini coefficient, unwatched titles included."""
    n, total = len(seconds), sum(seconds)
    if not total:
        return None
    rising = sum(i * x for i, x in enumerate(sorted(seconds), 1))
    return Fraction(2 * rising, n * total) - Fraction(n + 1, n)


def agg_catalogue_health_by_month(raw: Raw) -> Table:
    found: Table = []
    for month in months(raw):
        licensed = {
            row["content_id"]
            for row in raw.tables["content_licences"]
            if row["available_from_date"] <= month.closing
            and (
                row["available_until_date"] is None
                or row["available_until_date"] > month.start
            )
        }
        seconds = dict.fromkeys(licensed, 0)
        viewed: set[str] = set()
        for play in main_plays(raw):
            title = play["content_id"]
            if title in licensed and month.start <= day(
                play["started_at"]
            ) <= month_end(month.start):
                seconds[title] += play["watched_seconds"]
                if play["is_valid_view"]:
                    viewed.add(title)
        watched = sum(seconds.values())
        top = sum(sorted(seconds.values(), reverse=True)[:10])
        size = effective_catalogue_size(list(seconds.values()))
        concentration = gini(list(seconds.values()))
        found.append(
            {
                "titles": len(licensed),
                "titles_viewed": len(viewed),
                "utilisation_rate": ratio(len(viewed), len(licensed)),
                "watched_seconds": watched,
                "watched_hours": hours(watched),
                "top_10_watched_seconds": top,
                "top_10_share": ratio(top, watched),
                "effective_catalogue_size": None if size is None else rounded(size, 6),
                "gini": None if concentration is None else rounded(concentration, 6),
                "is_complete_month": month.is_complete,
                "month_start_date": month.start,
            }
        )
    return found


def agg_catalogue_use_by_region_month(raw: Raw) -> Table:
    found: Table = []
    for region, month in region_months(raw):
        observed = set(days(month.start, month.closing))
        title_days: dict[str, set[date]] = defaultdict(set)
        for row in raw.tables["content_licences"]:
            if row["region_code"] == region:
                end = row["available_until_date"]
                title_days[row["content_id"]] |= {
                    today
                    for today in observed
                    if row["available_from_date"] <= today
                    and (end is None or today < end)
                }
        licensed = {title for title, there in title_days.items() if there}
        own = [
            play
            for play in main_plays(raw)
            if play["content_id"] in licensed
            and day(play["started_at"]) in observed
            and country_of(raw)[play["user_id"]]["region_code"] == region
        ]
        viewed = {play["content_id"] for play in own if play["is_valid_view"]}
        seconds = sum(play["watched_seconds"] for play in own)
        length = sum(len(title_days[title]) for title in licensed)
        found.append(
            {
                "region_code": region,
                "titles": len(licensed),
                "titles_viewed": len(viewed),
                "utilisation_rate": ratio(len(viewed), len(licensed)),
                "title_days": length,
                "watched_seconds": seconds,
                "watched_hours": hours(seconds),
                "mean_hours_per_title_day": ratio(seconds, 3600 * length),
                "is_complete_month": month.is_complete,
                "month_start_date": month.start,
            }
        )
    return found


@once
def agg_content_performance(raw: Raw) -> Table:
    own_viewers: dict[str, Table] = defaultdict(list)
    for row in viewers(raw).values():
        own_viewers[row["content_id"]].append(row)
    own_ratings: dict[str, list[Decimal]] = defaultdict(list)
    for row in fct_ratings(raw):
        own_ratings[row["content_id"]].append(row["rating"])
    mean = mean_of_all_ratings(raw)
    windows = launch_windows(raw)
    hooked = hooked_episodes(raw)

    found: Table = []
    for title in dim_content(raw):
        own = own_viewers[title["content_id"]]
        starters = [row for row in own if row["is_starter"]]
        measured = [row for row in starters if row["is_measured"]]
        completers = sum(row["is_completer"] for row in measured)
        seconds = sum(row["watched_seconds"] for row in own)
        unique = sum(row["unique_seconds"] for row in measured)
        runtime = title["runtime_seconds"]
        ratings = own_ratings[title["content_id"]]
        rating_sum = sum(ratings, Decimal(0))
        lower, upper = wilson(completers, len(measured))
        spans = season_spans(raw)[title["content_id"]]
        binged = [span < BINGE_DAYS for span in spans]
        to_finish = [int(span.total_seconds()) for span in spans]
        launch = windows.get(title["content_id"], {})
        windows_seconds = {
            size: launch.get(f"watched_seconds_{size}d") for size in (7, 28, 91)
        }
        found.append(
            title
            | {f"watched_seconds_{n}d": own for n, own in windows_seconds.items()}
            | {
                f"views_{size}d": (
                    None if own is None or not runtime else ratio(own, runtime, 4)
                )
                for size, own in windows_seconds.items()
            }
            | {
                "peer_group": peer_group(title),
                "finished_seasons": len(binged),
                "finished_seasons_7d": sum(binged),
                "bingeability": ratio(sum(binged), len(binged)),
                "median_days_to_finish": (
                    ratio(percentile(to_finish, Fraction(1, 2)), 86_400, 4)
                    if to_finish
                    else None
                ),
                "hooked_episode_number": hooked.get(title["content_id"]),
                "half_life_weeks": launch.get("half_life_weeks"),
                "viewers": len(own),
                "plays": sum(row["plays"] for row in own),
                "starters": len(starters),
                "measured_starters": len(measured),
                "watchers": sum(row["is_watcher"] for row in measured),
                "completers": completers,
                "watched_seconds": seconds,
                "starters_unique_seconds": unique,
                "watched_hours": hours(seconds),
                "views": ratio(seconds, runtime, 4) if runtime else None,
                "completion_rate": ratio(completers, len(measured)),
                "completion_rate_lower": lower,
                "completion_rate_upper": upper,
                "average_share_viewed": (
                    ratio(unique, len(measured) * runtime) if runtime else None
                ),
                "ratings": len(ratings),
                "rating_sum": rating_sum,
                "mean_rating": ratio(rating_sum, len(ratings)),
                "shrunk_rating": shrunk(
                    Fraction(rating_sum), Fraction(len(ratings)), mean
                ),
                "cost_per_hour_usd": (
                    ratio(title["licence_cost_usd"] * 3600, seconds, 4)
                    if title["licence_cost_usd"] is not None
                    else None
                ),
            }
        )
    for row in found:
        peers = [
            other
            for other in found
            if other["peer_group"] == row["peer_group"] and other is not row
        ]
        starters = sum(other["measured_starters"] for other in peers)
        completers = sum(other["completers"] for other in peers)
        row["peer_starters"] = starters
        row["peer_completers"] = completers
        row["peer_completion_rate"] = ratio(completers, starters)
        row["completion_index"] = ratio(
            row["completers"] * starters, row["measured_starters"] * completers
        )
    return found


def agg_content_performance_by_region(raw: Raw) -> Table:
    grouped: dict[tuple[str, str], Table] = defaultdict(list)
    for row in viewers(raw).values():
        region = country_of(raw)[row["user_id"]]["region_code"]
        grouped[region, row["content_id"]].append(row)
    found: Table = []
    for (region, content_id), own in grouped.items():
        starters = [row for row in own if row["is_starter"]]
        measured = [row for row in starters if row["is_measured"]]
        completers = sum(row["is_completer"] for row in measured)
        seconds = sum(row["watched_seconds"] for row in own)
        found.append(
            {
                "content_id": content_id,
                "region_code": region,
                "viewers": len(own),
                "plays": sum(row["plays"] for row in own),
                "starters": len(starters),
                "measured_starters": len(measured),
                "completers": completers,
                "completion_rate": ratio(completers, len(measured)),
                "watched_seconds": seconds,
                "watched_hours": hours(seconds),
            }
        )
    return found


def verdict(row: Row, mean: Decimal | None) -> str:
    """Return what a genre's watching and rating, as published, suggest."""
    if not row["weighted_seconds"] or not row["weighted_ratings"] or mean is None:
        return "unknown"
    is_watched = row["watched_share"] >= row["catalogue_share"]
    if row["shrunk_rating"] >= mean:
        return "invest" if is_watched else "promote"
    return "improve" if is_watched else "trim"


def rating_variance(raw: Raw) -> Fraction:
    """Return the variance of all ratings around their mean."""
    ratings = [Fraction(row["rating"]) for row in fct_ratings(raw)]
    return pvariance(ratings) if ratings else Fraction(0)


def around(rating: Decimal | None, margin: float) -> float | None:
    """Return one end of an interval around a rating."""
    return None if rating is None else float(rating) + margin


def agg_genre_performance(raw: Raw) -> Table:
    titles = {row["content_id"]: row for row in agg_content_performance(raw)}
    filed: dict[str, list[tuple[Fraction, Row]]] = defaultdict(list)
    for row in bridge_content_genres(raw):
        filed[row["genre_code"]].append(
            (Fraction(row["genre_weight"]), titles[row["content_id"]])
        )
    measures = {
        "weighted_seconds": "watched_seconds",
        "weighted_starters": "starters",
        "weighted_measured_starters": "measured_starters",
        "weighted_completers": "completers",
        "weighted_ratings": "ratings",
        "weighted_rating_sum": "rating_sum",
    }
    sums: dict[str, dict[str, Fraction]] = {}
    for genre in raw.tables["genres"]:
        own = filed[genre["genre_code"]]
        sums[genre["genre_code"]] = {
            name: sum((w * Fraction(title[measure]) for w, title in own), Fraction(0))
            for name, measure in measures.items()
        } | {"weighted_titles": sum((w for w, _ in own), Fraction(0))}
    all_titles = sum(row["weighted_titles"] for row in sums.values())
    all_seconds = sum(row["weighted_seconds"] for row in sums.values())
    mean = mean_of_all_ratings(raw)
    variance = rating_variance(raw)

    found: Table = []
    for genre in raw.tables["genres"]:
        own = sums[genre["genre_code"]]
        published = {name: rounded(value, 6) for name, value in own.items()}
        weighted_ratings = own["weighted_ratings"]
        rating = shrunk(own["weighted_rating_sum"], weighted_ratings, mean)
        margin = Z * sqrt(
            variance / (weighted_ratings + variable("rating_prior_weight"))
        )
        catalogue_share = ratio(own["weighted_titles"], all_titles)
        watched_share = ratio(own["weighted_seconds"], all_seconds)
        shares = {"catalogue_share": catalogue_share, "watched_share": watched_share}
        found.append(
            genre
            | published
            | shares
            | {
                "verdict": verdict(
                    own | shares | {"shrunk_rating": rating},
                    None if mean is None else rounded(mean, 6),
                ),
                "titles": len(filed[genre["genre_code"]]),
                "weighted_hours": hours(published["weighted_seconds"]),
                "watched_to_catalogue_ratio": (
                    ratio(watched_share, catalogue_share)
                    if watched_share is not None and catalogue_share is not None
                    else None
                ),
                "completion_rate": ratio(
                    published["weighted_completers"],
                    published["weighted_measured_starters"],
                ),
                "mean_rating": ratio(
                    published["weighted_rating_sum"], published["weighted_ratings"]
                ),
                "shrunk_rating": rating,
                "shrunk_rating_lower": None
                if rating is None
                else float(rating) - margin,
                "shrunk_rating_upper": None
                if rating is None
                else float(rating) + margin,
            }
        )
    return found
