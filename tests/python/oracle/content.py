"""mart_content: titles and genres."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from statistics import pvariance

from .core import bridge_content_genres, dim_content, fct_ratings
from .numbers import hours, ratio, rounded, wilson
from .raw import Raw, Row, Table, once
from .watching import viewers

PRIOR_WEIGHT = 5
#: Standard errors on either side of a 95 % interval.
Z = 1.959964


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
    return rounded((PRIOR_WEIGHT * mean + rating_sum) / (PRIOR_WEIGHT + ratings), 6)


@once
def agg_content_performance(raw: Raw) -> Table:
    own_viewers: dict[str, Table] = defaultdict(list)
    for row in viewers(raw).values():
        own_viewers[row["content_id"]].append(row)
    own_ratings: dict[str, list[Decimal]] = defaultdict(list)
    for row in fct_ratings(raw):
        own_ratings[row["content_id"]].append(row["rating"])
    mean = mean_of_all_ratings(raw)

    found: Table = []
    for title in dim_content(raw):
        own = own_viewers[title["content_id"]]
        starters = [row for row in own if row["is_starter"]]
        completers = sum(row["is_completer"] for row in starters)
        seconds = sum(row["watched_seconds"] for row in own)
        unique = sum(row["unique_seconds"] for row in starters)
        runtime = title["runtime_seconds"]
        ratings = own_ratings[title["content_id"]]
        rating_sum = sum(ratings, Decimal(0))
        lower, upper = wilson(completers, len(starters))
        found.append(
            title
            | {
                "viewers": len(own),
                "plays": sum(row["plays"] for row in own),
                "starters": len(starters),
                "watchers": sum(row["is_watcher"] for row in starters),
                "completers": completers,
                "watched_seconds": seconds,
                "starters_unique_seconds": unique,
                "watched_hours": hours(seconds),
                "views": ratio(seconds, runtime, 4) if runtime else None,
                "completion_rate": ratio(completers, len(starters)),
                "completion_rate_lower": lower,
                "completion_rate_upper": upper,
                "average_share_viewed": (
                    ratio(unique, len(starters) * runtime) if runtime else None
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
        margin = Z * sqrt(variance / (weighted_ratings + PRIOR_WEIGHT))
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
                "weighted_hours": hours(own["weighted_seconds"]),
                "watched_to_catalogue_ratio": (
                    ratio(watched_share, catalogue_share)
                    if watched_share is not None and catalogue_share is not None
                    else None
                ),
                "completion_rate": ratio(
                    published["weighted_completers"], published["weighted_starters"]
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
