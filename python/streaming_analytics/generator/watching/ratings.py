"""Stars that viewers give to what they have watched."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.catalogue.catalogue import Catalogue
from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.watching.offer import Offer
from streaming_analytics.generator.watching.plays import Plays
from streaming_analytics.generator.watching.runs import Runs
from streaming_analytics.generator.watching.state import RATED, WatchState
from streaming_analytics.generator.watching.timeline import Timeline
from streaming_analytics.generator.world.world import World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Share of a film, and episodes of a series, after which somebody may rate it.
_FILM_SHARE = 0.7
_EPISODES = 3


@dataclass(frozen=True)
class Ratings:
    """Ratings of a unit block and month."""

    user: Ints  # within the unit
    title: Ints
    stars: Ints
    second: Ints  # from the first day of the month


def draw_ratings(
    offer: Offer,
    members: Members,
    state: WatchState,
    runs: Runs,
    timeline: Timeline,
    plays: Plays,
    last_play: Ints,
    rng: np.random.Generator,
) -> Ratings:
    """Draw the ratings of runs that ended in the month, changing `state.seen`.

    Only who watched to the end, or nearly, rates; each title once.
    """
    settings = offer.world.rating
    # Draws for each run, whether it is rated or not, so that they never shift.
    chance = rng.random(len(runs.user))
    noise = rng.standard_normal(len(runs.user))
    minutes = rng.integers(1, 20, len(runs.user))
    rates = np.minimum(settings.share * members.rating_ratio, 0.95)
    rated, last_item = _choose_rated(
        chance,
        rates,
        state.seen,
        timeline,
        last_play,
        runs,
        offer.stories.is_series,
        offer.lengths.film_seconds,
    )
    user, title = runs.user[rated], runs.title[rated]
    score = planted_score(offer.world, offer.catalogue, members, user, title)
    score = score + settings.noise_sigma * noise[rated]
    stars = np.clip(np.round(score), 1, 5).astype(np.int64)
    play = last_play[last_item]
    second = plays.start[play] + plays.watched[play] + plays.paused[play]
    return Ratings(user, title, stars, second + minutes[rated] * 30)


@compiled
def _choose_rated(
    chance: Floats,
    rates: Floats,
    seen: NDArray[np.uint8],
    timeline: Timeline,
    last_play: Ints,
    runs: Runs,
    is_series: NDArray[np.bool_],
    film_seconds: Ints,
) -> tuple[Ints, Ints]:
    """Return the runs that are rated and their last items, marking them in `seen`."""
    item_start, user_end = timeline.item_start, timeline.user_end
    user, title, is_first = runs.user, runs.title, runs.is_first
    items, left, done = runs.items, runs.left, runs.done
    position, seconds = runs.position, runs.seconds
    rated, last_items = np.empty(len(user), np.int64), np.empty(len(user), np.int64)
    count, last = 0, -1
    for run in range(len(user)):
        last += items[run]
        who, what = user[run], title[run]
        if not is_first[run] or left[run] or chance[run] >= rates[who]:
            continue
        if item_start[last] + seconds[last] > user_end[who] or last_play[last] < 0:
            continue
        if is_series[what]:
            watched = done[run] + items[run] >= _EPISODES
        else:
            reached = position[last] + seconds[last]
            watched = reached >= _FILM_SHARE * max(film_seconds[what], 1)
        if watched and not seen[who, what] & RATED:
            seen[who, what] |= RATED
            rated[count], last_items[count] = run, last
            count += 1
    return rated[:count], last_items[:count]


def title_effect(world: World, catalogue: Catalogue) -> NDArray[np.float64]:
    """Return the planted stars of each title beyond the mean: genres and quality."""
    effects = np.array([g.rating_effect for g in world.genres.values()])
    has = catalogue.genres >= 0
    weights = np.where(has, np.array(world.catalogue.genre_weights), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    by_genre = (weights * effects[catalogue.genres]).sum(axis=1)
    return by_genre + world.rating.quality_effect * catalogue.quality


def planted_score(
    world: World, catalogue: Catalogue, members: Members, user: Ints, title: Ints
) -> NDArray[np.float64]:
    """Return the stars a user would give a title, before chance and rounding."""
    settings = world.rating
    match = members.match[user, catalogue.genres[title, 0]]
    return (
        settings.mean
        + members.rating_bias[user]
        + title_effect(world, catalogue)[title]
        + settings.match_effect * match
    )
