"""mart_recommendation: what was chosen, and the lists made of it.

Without weights, as in a build that nothing was trained for, lists are made of what is
popular; `lists` and `similar` take weights as they were fitted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import md5

from .core import dim_content, dim_users, fct_content_viewers, fct_ratings
from .numbers import rounded
from .raw import Raw, Row, Table, day, once
from .variables import variable

AGES = {"all": 0, "7+": 7, "13+": 13, "16+": 16, "18+": 18}

#: (title, neighbour) -> billionths
Weights = Mapping[tuple[str, str], int]
#: (region, title) -> billionths
Regions = Mapping[tuple[str, str], int]


@once
def fct_content_feedback(raw: Raw) -> Table:
    started = {
        (row["user_id"], row["content_id"]): row
        for row in fct_content_viewers(raw)
        if row["is_starter"]
    }
    found = []
    for (user, title), row in started.items():
        seen = Fraction(row["completion_ratio"] or 0)
        percent = 100 if row["is_completer"] else 50 + int(rounded(50 * seen, 0))
        found.append((user, title, "viewing", percent, row["first_started_at"]))
    for row in fct_ratings(raw):
        user, title = row["user_id"], row["content_id"]
        if (user, title) not in started:
            stars = int(row["rating"] * 20)
            found.append((user, title, "rating", stars, row["rated_at"]))
    return [
        {
            "user_id": user,
            "content_id": title,
            "feedback_source": source,
            "feedback_percent": percent,
            "chosen_date": day(moment),
            "chosen_at": moment,
        }
        for user, title, source, percent, moment in found
    ]


@once
def choices(raw: Raw) -> dict[str, dict[str, Row]]:
    """Return what each account chose, by account and title."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in fct_content_feedback(raw):
        found[row["user_id"]][row["content_id"]] = row
    return found


@once
def offers(raw: Raw) -> dict[str, dict[str, int]]:
    """Return for each region the titles licensed today, with the age they are for."""
    content = {row["content_id"]: row for row in dim_content(raw)}
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in raw.tables["content_licences"]:
        until = row["available_until_date"]
        is_open = row["available_from_date"] <= raw.as_of and (
            until is None or raw.as_of < until
        )
        title = content.get(row["content_id"])
        if is_open and title and (title["release_date"] or raw.as_of) <= raw.as_of:
            age = AGES.get(title["maturity_rating"] or "", 16)
            found[row["region_code"]][row["content_id"]] = age
    return found


def taste_of(raw: Raw, user: str, most: int) -> dict[str, int]:
    """Return what an account's taste is made of, in ten-thousandths."""
    own = choices(raw).get(user, {})
    last = max((row["chosen_date"] for row in own.values()), default=None)
    weights = {}
    for title, row in own.items():
        assert last is not None
        age = (last - row["chosen_date"]).days
        faded = Fraction(row["feedback_percent"], 100) * Fraction(
            variable("taste_fading_days"), variable("taste_fading_days") + age
        )
        weights[title] = int(rounded(10_000 * faded, 0))
    ordered = sorted(weights, key=lambda title: (-weights[title], title))
    return {title: weights[title] for title in ordered[:most]}


def neighbours_of(weights: Weights) -> dict[str, dict[str, int]]:
    """Return the weights by the title that was chosen."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for (title, neighbour), weight in weights.items():
        found[title][neighbour] = weight
    return found


def in_turns(titles: Iterable[str], genre: Mapping[str, str | None]) -> list[str]:
    """Let each genre have five titles before any has its next five."""
    seen: Counter[str | None] = Counter()
    turns: dict[int, list[str]] = defaultdict(list)
    for title in titles:
        turns[seen[genre[title]] // variable("recommendations_per_genre")].append(title)
        seen[genre[title]] += 1
    return [title for turn in sorted(turns) for title in turns[turn]]


@once
def popularity(raw: Raw) -> tuple[dict[str, Counter], Counter, Counter]:
    """Return recent choices by country, recent ones in all, and all ever."""
    country = {row["user_id"]: row["country_code"] for row in dim_users(raw)}
    since = raw.as_of - timedelta(days=variable("popularity_days"))
    by_country: dict[str, Counter] = defaultdict(Counter)
    recent: Counter = Counter()
    ever: Counter = Counter()
    for row in fct_content_feedback(raw):
        ever[row["content_id"]] += 1
        if row["chosen_date"] > since:
            recent[row["content_id"]] += 1
            by_country[country[row["user_id"]]][row["content_id"]] += 1
    return by_country, recent, ever


def most_popular(raw: Raw, user: Row, oldest: int) -> list[str]:
    """Return the titles that an account may be shown, the most popular first."""
    by_country, recent, ever = popularity(raw)
    local = by_country[user["country_code"]]
    allowed = [
        t for t, age in offers(raw)[user["region_code"]].items() if age <= oldest
    ]
    return sorted(allowed, key=lambda t: (-local[t], -recent[t], -ever[t], t))


def lists(raw: Raw, weights: Weights, regions: Regions, taste_titles: int) -> Table:
    """Return every account's list, of tastes of so many titles."""
    content = {row["content_id"]: row for row in dim_content(raw)}
    genre = {title: row["leading_genre_code"] for title, row in content.items()}
    near = neighbours_of(weights)
    new_since = raw.as_of - timedelta(days=variable("new_title_days"))
    ranked: dict[tuple[str, int], list[str]] = {}
    found: Table = []
    for user in dim_users(raw):
        key = user["user_id"]
        oldest = {"under 18": 13, "unknown": 16}.get(user["age_band"], 18)
        audience = user["country_code"], oldest
        if audience not in ranked:
            ranked[audience] = most_popular(raw, user, oldest)
        own = choices(raw).get(key, {})
        allowed = set(ranked[audience]) - own.keys()

        taste = taste_of(raw, key, taste_titles)
        scores: Counter[str] = Counter()
        for title, weight in taste.items():
            for neighbour, speaks in near.get(title, {}).items():
                scores[neighbour] += weight * speaks
        tasted = Counter(scores)
        if own:
            for title in allowed:
                scores[title] += 10_000 * regions.get((user["region_code"], title), 0)
        liked = sorted(
            (title for title in scores.keys() & allowed if scores[title] > 0),
            key=lambda title: (-scores[title], title),
        )
        pool = ranked[audience][: len(own) + 3 * variable("recommendation_ranks")]
        filling = [t for t in pool if t in allowed and t not in set(liked)]
        main = (in_turns(liked, genre) + in_turns(filling, genre))[
            : variable("recommendation_ranks")
        ]

        known = {genre[title] for title in own}
        fresh = sorted(
            (
                title
                for title in allowed - set(main)
                if (content[title]["release_date"] or new_since) > new_since
            ),
            key=lambda title: (
                genre[title] not in known,
                md5(f"{key}-{title}".encode()).hexdigest(),
            ),
        )[: variable("recommendation_ranks") // variable("new_title_every_ranks")]
        whole = list(main)
        for number, title in enumerate(fresh, 1):
            whole.insert(number * variable("new_title_every_ranks") - 1, title)
        for place, title in enumerate(whole[: variable("recommendation_ranks")], 1):
            is_liked = title in set(liked) and title not in fresh
            is_of_taste = is_liked and tasted[title] > 0
            found.append(
                {
                    "user_id": key,
                    "content_id": title,
                    "because_content_id": (
                        min(
                            taste,
                            key=lambda t: (-taste[t] * near[t].get(title, 0), t),
                        )
                        if is_of_taste
                        else None
                    ),
                    "reason": (
                        "new"
                        if title in fresh
                        else "history"
                        if is_of_taste
                        else "popular"
                    ),
                    "recommendation_rank": place,
                    "score": (
                        rounded(Fraction(scores[title], 10**13), 8)
                        if is_liked
                        else None
                    ),
                }
            )
    return found


def similar(raw: Raw, weights: Weights) -> Table:
    """Return every title's neighbours."""
    known = {row["content_id"] for row in dim_content(raw)}
    found: Table = []
    for title, near in neighbours_of(weights).items():
        nearest = sorted(
            (t for t, weight in near.items() if weight > 0 and t in known),
            key=lambda t: (-near[t], t),
        )
        found += [
            {
                "content_id": title,
                "similar_content_id": neighbour,
                "similarity_rank": place,
                "weight": Decimal(near[neighbour]).scaleb(-9),
            }
            for place, neighbour in enumerate(
                nearest[: variable("similar_content_ranks")], 1
            )
            if title in known
        ]
    return found


def fct_recommendations(raw: Raw) -> Table:
    return lists(raw, {}, {}, variable("taste_titles"))


def fct_similar_content(raw: Raw) -> Table:
    return similar(raw, {})


def agg_recommender_evaluation(raw: Raw) -> Table:
    return []
