"""Titles, seasons, episodes and licences."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.catalogue.titles import draw_titles, without_repeats
from streaming_analytics.generator.numeric.randomness import stream
from streaming_analytics.generator.world.calendar import (
    FRIDAY,
    NEVER,
    Month,
    first_day_of,
    month_number,
    months_between,
)
from streaming_analytics.generator.world.world import World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LANGUAGES = ("en", "es", "ko", "ja", "fr", "de", "hi", "pt", "tr", "it", "pl", "id")
_LANGUAGE_SHARES = (0.64, 0.08, 0.05, 0.05, 0.04, 0.03, 0.03, 0.02, 0.02, 0.01, 0.01)
MATURITY = ("all", "7+", "13+", "16+", "18+")
# REALISM: 36 % of titles are for adults.
_MATURITY_SHARES = (0.12, 0.10, 0.22, 0.20, 0.36)
_SEASON_LENGTHS = (6, 7, 8, 10, 12, 13)
_SEASON_LENGTH_SHARES = (0.18, 0.08, 0.30, 0.26, 0.10, 0.08)
_SHORT_EPISODES = {"comedy", "animation", "children", "reality"}
QUANTILES = 256


@dataclass(frozen=True)
class Catalogue:
    """The catalogue as arrays: titles, then the seasons and episodes of series.

    A season is a row of the season arrays; films have none. Days are counted from
    1970-01-01.
    """

    titles: list[str]
    is_series: Bools
    genres: Ints  # title x 3, leading genre first, -1 where there is none
    language: Ints
    maturity: Ints
    is_original: Bools
    runtime: Ints  # seconds of a film, 0 for a series
    release_day: Ints
    is_library: Bools
    cost: Floats
    log_appeal: Floats  # standard normal times the appeal spread
    quality: Floats  # standard normal
    region_pull: Floats  # region x title
    licences: Ints  # region x title x window x (from, until)

    season_offset: Ints  # title -> first season row
    season_count: Ints
    season_title: Ints
    season_number: Ints
    season_release: Ints
    season_length: Ints
    season_first_episode: Ints
    # Episodes watched from this season on, by quantile of liking: season x 256.
    season_reach: NDArray[np.int16]

    episode_title: Ints
    episode_season: Ints
    episode_number: Ints
    episode_runtime: NDArray[np.int32]
    episode_release: Ints

    @property
    def size(self) -> int:
        """Number of titles."""
        return len(self.titles)


def build_catalogue(world: World, end_day: int) -> Catalogue:
    """Draw every title that is released before `end_day`, in order of release.

    The library comes first, then each month's releases from a stream of its own, so
    that a longer span only appends.
    """
    months = months_between(world.start_day, end_day)
    library = round(world.titles * world.catalogue.library_share)
    per_month = (world.titles - library) / 24
    batches = [_draw_batch(world, library, None)]
    for position, month in enumerate(months):
        count = int((position + 1) * per_month) - int(position * per_month)
        if count:
            batches.append(_draw_batch(world, count, month))
    return _assemble(world, _uniquely_titled(world, batches))


@dataclass(frozen=True)
class _Batch:
    month: int  # 0 for the library
    columns: dict[str, NDArray]
    titles: list[str]
    # Per series: list of (release day, episode runtimes) by season.
    seasons: list[list[tuple[int, list[int]]]]


def _uniquely_titled(world: World, batches: list[_Batch]) -> list[_Batch]:
    """Return the batches in order, with another title for each that was there."""
    taken: set[str] = set()
    return [
        replace(
            batch,
            titles=without_repeats(
                batch.titles, taken, stream(world.seed, "other titles", 0, batch.month)
            ),
        )
        for batch in batches
    ]


def _next_friday(day: int) -> int:
    return day + (FRIDAY - (day + 3) % 7) % 7


def _draw_batch(world: World, count: int, month: Month | None) -> _Batch:
    rng = stream(world.seed, "titles", 0, month.number if month else 0)
    settings = world.catalogue
    genre_codes = list(world.genres)
    shares = np.array([genre.catalogue_share for genre in world.genres.values()])
    shares = shares / shares.sum()

    genres = np.full((count, 3), -1)
    genres[:, 0] = rng.choice(len(shares), size=count, p=shares)
    if month is None:
        # Each genre has a title that every region can show from the first day.
        seeded = min(count, len(shares))
        genres[:seeded, 0] = np.arange(seeded)
    number = rng.choice(3, size=count, p=settings.genres_per_title) + 1
    for rank in (1, 2):
        other = rng.choice(len(shares), size=count, p=shares)
        is_new = (genres[:, :rank] != other[:, None]).all(axis=1)
        has_rank = (number > rank) & is_new & (genres[:, rank - 1] >= 0)
        genres[:, rank] = np.where(has_rank, other, -1)

    series_share = np.array([genre.series_share for genre in world.genres.values()])
    is_series = rng.random(count) < series_share[genres[:, 0]]
    log_appeal = rng.normal(0.0, 1.0, count)
    quality = 0.3 * log_appeal + np.sqrt(1 - 0.3**2) * rng.normal(0.0, 1.0, count)
    language = rng.choice(
        len(LANGUAGES), size=count, p=(*_LANGUAGE_SHARES, 1 - sum(_LANGUAGE_SHARES))
    )
    is_original = rng.random(count) < settings.originals_share
    minutes = np.clip(rng.normal(*settings.film_minutes, count), 42, 210)
    runtime = np.where(is_series, 0, np.round(minutes * 60)).astype(np.int64)

    if month is None:
        is_original[: len(shares)] = True
        # The service ran elsewhere before the accounts counted here began.
        release = world.start_day - rng.integers(30, 5 * 365, count)
        release[: len(shares)] = world.start_day - 400
        release.sort()
    else:
        slices = month.slice_days
        fridays = slices[(slices + 3) % 7 == FRIDAY]
        on_friday = rng.choice(fridays if len(fridays) else slices, size=count)
        # Licensed films mostly arrive with the month, everything else on a Friday.
        first = ~is_original & ~is_series & (rng.random(count) < 0.6)
        release = np.where(first, slices[0], on_friday)
        order = np.argsort(release, kind="stable")
        release = release[order]
        is_original, is_series = is_original[order], is_series[order]
        runtime = runtime[order]
        genres = genres[order]

    home = _home_regions(world)[language]
    pull = rng.lognormal(0.0, settings.region_sigma, (count, len(world.regions)))
    pull *= np.where(home, settings.home_pull, 1.0)
    # The mean of the factors is about 4.7.
    usual_cost = settings.cost_per_signup * world.users / world.titles / 4.7
    cost = np.round(
        rng.lognormal(np.log(usual_cost) - 0.7**2 / 2, 0.7, count)
        * np.where(is_series, 3.0, 1.0)
        * np.where(is_original, 4.0, 1.0)
        * np.exp(0.5 * log_appeal),
        2,
    )
    columns = {
        "is_series": is_series,
        "genres": genres,
        "language": language,
        "maturity": rng.choice(5, size=count, p=_MATURITY_SHARES),
        "is_original": is_original,
        "runtime": runtime,
        "release_day": release,
        "is_library": np.full(count, month is None),
        "cost": cost,
        "log_appeal": log_appeal * settings.appeal_sigma,
        "quality": quality,
        "region_pull": pull,
        "licences": _draw_licences(world, rng, is_original, release, month),
    }
    titles = draw_titles(rng, count)
    seasons = [
        _draw_seasons(
            world, rng, genre_codes[genres[index, 0]], int(release[index]), month
        )
        for index in np.flatnonzero(is_series)
    ]
    return _Batch(month.number if month else 0, columns, titles, seasons)


def _home_regions(world: World) -> Bools:
    """Return language x region: whether it is a language of the region."""
    regions = list(world.regions)
    home = np.zeros((len(LANGUAGES), len(regions)), dtype=bool)
    for place in world.places:
        country = world.countries[place.country_code]
        home[LANGUAGES.index(country.language), regions.index(place.region_code)] = True
    return home


def _draw_licences(
    world: World,
    rng: np.random.Generator,
    is_original: Bools,
    release: Ints,
    month: Month | None,
) -> Ints:
    """Return region x title x 2 windows x (from, until).

    Contracts end with a month: no play has to be cut short within one.
    """
    settings = world.catalogue
    regions, count = len(world.regions), len(release)
    base = month_number(world.start_day) if month is None else month.number
    windows = np.full((regions, count, 2, 2), NEVER)
    months = 1 + rng.geometric(1 / settings.licence_months, (regions, count))
    months += np.where(rng.random((regions, count)) < 0.35, 600, 0)
    gap = rng.integers(2, 9, (regions, count))
    returns = rng.random((regions, count)) < 0.4
    missing = rng.random((regions, count)) < settings.not_licensed
    late = rng.random((regions, count)) < 0.12
    late_months = rng.integers(1, 7, (regions, count))
    for region in range(regions):
        for title in range(count):
            starts = release[title]
            if is_original[title]:
                windows[region, title, 0, 0] = starts
                continue
            if missing[region, title]:
                continue
            begin = base
            if late[region, title]:
                begin = base + int(late_months[region, title])
                starts = max(first_day_of(begin), starts)
            windows[region, title, 0, 0] = starts
            end = begin + int(months[region, title])
            if end > base + 500:
                continue
            windows[region, title, 0, 1] = first_day_of(end)
            if returns[region, title]:
                again = end + int(gap[region, title])
                windows[region, title, 1, 0] = first_day_of(again)
    return windows


def _draw_seasons(
    world: World,
    rng: np.random.Generator,
    genre: str,
    release: int,
    month: Month | None,
) -> list[tuple[int, list[int]]]:
    count = int(rng.choice(5, p=world.catalogue.seasons)) + 1
    short = genre in _SHORT_EPISODES
    minutes = rng.uniform(21, 33) if short else rng.uniform(38, 57)
    coming = _next_friday(world.start_day + int(rng.integers(0, 720)))
    has_coming = rng.random() < 0.5
    seasons = []
    for season in range(count):
        length = int(rng.choice(_SEASON_LENGTHS, p=_SEASON_LENGTH_SHARES))
        runtimes = np.round(minutes * 60 * rng.normal(1.0, 0.06, length)).clip(600)
        if month is None:
            is_coming = has_coming and 0 < season == count - 1
            spread = min(release + 350 * season, world.start_day - 28)
            day = coming if is_coming else max(spread, release)
        else:
            day = release if season == 0 else _next_friday(release + 364 * season)
        seasons.append((day, runtimes.astype(int).tolist()))
    return seasons


def _assemble(world: World, batches: list[_Batch]) -> Catalogue:
    def joined(name: str) -> NDArray:
        return np.concatenate([batch.columns[name] for batch in batches])

    is_series = joined("is_series")
    series = iter([seasons for batch in batches for seasons in batch.seasons])
    rows: list[tuple[int, int, int, int, int]] = []
    episodes: list[tuple[int, int, int, int, int]] = []
    offsets, counts = [], []
    for title, has_seasons in enumerate(is_series):
        offsets.append(len(rows))
        seasons = next(series) if has_seasons else []
        counts.append(len(seasons))
        for number, (day, runtimes) in enumerate(seasons, start=1):
            rows.append((title, number, day, len(runtimes), len(episodes)))
            episodes.extend(
                (title, number, episode, runtime, day)
                for episode, runtime in enumerate(runtimes, start=1)
            )
    season = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    episode = np.array(episodes, dtype=np.int64).reshape(-1, 5).T
    return Catalogue(
        titles=[title for batch in batches for title in batch.titles],
        is_series=is_series,
        genres=joined("genres"),
        language=joined("language"),
        maturity=joined("maturity"),
        is_original=joined("is_original"),
        runtime=joined("runtime"),
        release_day=joined("release_day"),
        is_library=joined("is_library"),
        cost=joined("cost"),
        log_appeal=joined("log_appeal"),
        quality=joined("quality"),
        region_pull=joined("region_pull").T.copy(),
        licences=np.concatenate(
            [batch.columns["licences"] for batch in batches], axis=1
        ),
        season_offset=np.array(offsets),
        season_count=np.array(counts),
        season_title=season[0],
        season_number=season[1],
        season_release=season[2],
        season_length=season[3],
        season_first_episode=season[4],
        season_reach=_season_reach(world, np.array(offsets), np.array(counts), season),
        episode_title=episode[0],
        episode_season=episode[1],
        episode_number=episode[2],
        episode_runtime=episode[3].astype(np.int32),
        episode_release=episode[4],
    )


def _season_reach(
    world: World, offsets: Ints, counts: Ints, season: Ints
) -> NDArray[np.int16]:
    """Return how many episodes are watched from a season on, by quantile of liking."""
    chances = np.array([*world.viewing.continue_episode, *[0.985] * 20])
    reach = np.ones((season.shape[1], QUANTILES), dtype=np.int16)
    # The lowest quantile stops first.
    stops = 1 - (np.arange(QUANTILES) + 0.5) / QUANTILES
    for row in range(season.shape[1]):
        title, number = season[0, row], season[1, row]
        last = offsets[title] + counts[title]
        steps: list[float] = []
        for follower in range(row, last):
            if steps:
                steps.append(world.viewing.continue_season)
            steps.extend(chances[: season[3, follower] - 1])
        assert number >= 1
        survival = np.cumprod(steps) if steps else np.empty(0)
        reach[row] = 1 + (survival[None, :] > stops[:, None]).sum(axis=1)
    return reach
