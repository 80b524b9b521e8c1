"""Stars that viewers give to what they have watched."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.catalogue import Catalogue
from streaming_analytics.generator.members import Members
from streaming_analytics.generator.runs import Runs
from streaming_analytics.generator.state import RATED, UnitState
from streaming_analytics.generator.viewing import LaidTape, Plays
from streaming_analytics.generator.world import World

Ints = NDArray[np.int64]

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
    world: World,
    catalogue: Catalogue,
    members: Members,
    state: UnitState,
    runs: Runs,
    tape: LaidTape,
    plays: Plays,
    last_play: Ints,
    rng: np.random.Generator,
) -> Ratings:
    """Draw the ratings of runs that ended in the month, changing `state.seen`.

    Only who watched to the end, or nearly, rates; each title once.
    """
    settings = world.rating
    last_item = np.cumsum(runs.items) - 1
    # Two draws per run, whether it is rated or not, so that draws never shift.
    chance = rng.random(len(runs.user))
    noise = rng.standard_normal(len(runs.user))
    minutes = rng.integers(1, 20, len(runs.user))
    if not len(runs.user):
        nothing = np.zeros(0, dtype=np.int64)
        return Ratings(nothing, nothing, nothing, nothing)

    end = tape.item_start[last_item] + runs.seconds[last_item]
    ended = (end <= tape.user_end[runs.user]) & (last_play[last_item] >= 0)
    runtime = np.maximum(catalogue.runtime[runs.title], 1)
    reached = runs.position[last_item] + runs.seconds[last_item]
    watched = np.where(
        catalogue.is_series[runs.title],
        runs.done + runs.items >= _EPISODES,
        reached >= _FILM_SHARE * runtime,
    )
    rates = chance < np.minimum(settings.share * members.rating_ratio[runs.user], 0.95)
    unrated = (state.seen[runs.user, runs.title] & RATED) == 0
    ended &= runs.left == 0
    rated = np.flatnonzero(ended & watched & runs.is_first & unrated & rates)
    _, once = np.unique(
        runs.user[rated] * catalogue.size + runs.title[rated], return_index=True
    )
    rated = rated[np.sort(once)]
    user, title = runs.user[rated], runs.title[rated]
    state.seen[user, title] |= RATED

    score = planted_score(world, catalogue, members, user, title)
    score = score + settings.noise_sigma * noise[rated]
    stars = np.clip(np.round(score), 1, 5).astype(np.int64)
    play = last_play[last_item[rated]]
    second = plays.start[play] + plays.watched[play] + plays.paused[play]
    return Ratings(user, title, stars, second + minutes[rated] * 30)


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
