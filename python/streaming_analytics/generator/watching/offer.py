"""What is on offer: titles, how long they last, and how they are watched."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.catalogue.catalogue import Catalogue
from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.numeric.quantiles import (
    normal_percentiles,
    percentile,
)
from streaming_analytics.generator.watching.runs import SHORTEST_ITEM
from streaming_analytics.generator.world.world import World

Ints = NDArray[np.int64]
Shares = NDArray[np.float32]

# Quantiles of completion and of pace.
QUANTILES = 1_024
# Of 65,536 quantiles, as many as there are of paces and completion.
BITS_TOO_MANY = 6


class Lengths(NamedTuple):
    """How long items last, and which share of them is watched."""

    film_seconds: Ints  # per title, 0 for a series
    episode_seconds: NDArray[np.int32]
    film_shares: Shares  # by quantile
    episode_shares: Shares
    percentiles: Shares  # what `normal_percentiles` returns


class Stories(NamedTuple):
    """How titles go on: per title, season and episode, as in the catalogue."""

    is_series: NDArray[np.bool_]
    genre: Ints  # the leading one
    quality: NDArray[np.float64]
    season_offset: Ints
    season_first_episode: Ints
    season_length: Ints
    season_reach: NDArray[np.int16]
    episode_season: Ints
    paces: Ints  # items a week, by quantile
    percentiles: Shares


@dataclass(frozen=True)
class Offer:
    """A world's catalogue, ready for the loops."""

    world: World
    catalogue: Catalogue
    lengths: Lengths
    stories: Stories

    @classmethod
    def of(cls, world: World, catalogue: Catalogue) -> Self:
        """Work out the quantiles, and lay the catalogue's arrays beside them."""
        viewing = world.viewing
        points = (np.arange(QUANTILES) + 0.5) / QUANTILES
        chosen = np.searchsorted(np.cumsum(viewing.pace_shares[:-1]), points)
        lengths = Lengths(
            film_seconds=catalogue.runtime,
            episode_seconds=catalogue.episode_runtime,
            film_shares=_completion_quantiles(*viewing.film_completion),
            episode_shares=_completion_quantiles(*viewing.episode_completion),
            percentiles=normal_percentiles(),
        )
        stories = Stories(
            is_series=catalogue.is_series,
            genre=np.ascontiguousarray(catalogue.genres[:, 0]),
            quality=catalogue.quality,
            season_offset=np.ascontiguousarray(catalogue.season_offset),
            season_first_episode=np.ascontiguousarray(catalogue.season_first_episode),
            season_length=np.ascontiguousarray(catalogue.season_length),
            season_reach=catalogue.season_reach,
            episode_season=np.ascontiguousarray(catalogue.episode_season),
            paces=np.array(viewing.paces)[chosen],
            percentiles=normal_percentiles(),
        )
        return cls(world, catalogue, lengths, stories)


def _completion_quantiles(below_tenth: float, nearly_all: float) -> Shares:
    points = (np.arange(QUANTILES) + 0.5) / QUANTILES
    shares = np.interp(
        points,
        [0.0, below_tenth, 1 - nearly_all, 1.0],
        [0.004, 0.10, 0.90, 1.0],
    )
    # Credits: few people watch the last seconds.
    top = points > 1 - nearly_all
    shares[top] = 0.90 + 0.10 * ((points[top] - 1 + nearly_all) / nearly_all) ** 0.5
    return shares.astype(np.float32)


@compiled
def item_seconds(
    length: int,
    is_film: bool,
    liking: float,
    chance: int,
    film_shares: Shares,
    episode_shares: Shares,
    percentiles: Shares,
) -> np.int64:
    """Return the seconds watched of an item, from its beginning.

    What is liked is watched to the end: a film's completion follows the liking alone,
    an episode's mostly chance.

    Args:
        length: Seconds that the item lasts.
        is_film: Whether it is a film, rather than an episode.
        liking: How much the viewer likes the title, standard normal.
        chance: Sixteen random bits.
        film_shares: As in `Lengths`; arrays by themselves are quicker in a loop.
        episode_shares: As in `Lengths`.
        percentiles: As in `Lengths`.
    """
    if is_film:
        point = np.int64(percentile(percentiles, liking) * np.float32(QUANTILES))
        share = np.float64(film_shares[min(point, QUANTILES - 1)])
    else:
        share = np.float64(episode_shares[chance >> BITS_TOO_MANY])
    return np.int64(max(length * share, SHORTEST_ITEM))
