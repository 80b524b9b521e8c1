"""Runs of one title: a film, or episodes of a series one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.compiled import compiled
from streaming_analytics.generator.world import World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A play of an item never lasts less.
SHORTEST_ITEM = 15
# Quantiles of completion and of pace.
COMPLETION_QUANTILES = 1_024


@dataclass
class Runs:
    """Runs, or a week's part of them, in order of user and time; items likewise."""

    user: Ints
    title: Ints
    is_first: Bools  # never watched before by this user
    liking: Floats
    items: Ints  # number of items
    left: Ints  # items of the run that come after these
    done: Ints  # items of the run that came before
    pace: Ints  # items a week, at most

    run: Ints  # per item: its run
    episode: Ints  # per item: row of the episode arrays, -1 for a film
    position: Ints  # per item: second of the film or episode at which it begins
    seconds: Ints  # per item: seconds to be watched

    @classmethod
    def in_order(cls, drawn: Sequence["Runs"]) -> "Runs":
        """Join runs drawn one after the other and sort them by user, then as drawn."""
        joined = {
            field.name: np.concatenate([getattr(runs, field.name) for runs in drawn])
            for field in fields(cls)
            if field.name != "run"
        }
        order = by_user(joined["user"])
        run, episode, position, seconds = _items_in_order(
            *(order, joined["items"]),
            *(joined.pop("episode"), joined.pop("position"), joined.pop("seconds")),
        )
        of_runs = {name: values[order] for name, values in joined.items()}
        return cls(
            **of_runs, run=run, episode=episode, position=position, seconds=seconds
        )


def by_user(user: Ints) -> Ints:
    """Return the order of rows by user of the unit; those of one user stay in order."""
    # Numbers of 16 bits are sorted in a few passes, without comparing any.
    return np.argsort(user.astype(np.int16), kind="stable")


@compiled
def _items_in_order(
    order: Ints, items: Ints, episode: Ints, position: Ints, seconds: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return run, episode, position and seconds of each item, runs put in order."""
    first = np.cumsum(items) - items
    run, total = np.empty(len(episode), np.int64), len(episode)
    episodes, positions = np.empty(total, np.int64), np.empty(total, np.int64)
    lengths = np.empty(total, np.int64)
    at = 0
    for number in range(len(order)):
        source = first[order[number]]
        for item in range(source, source + items[order[number]]):
            run[at], episodes[at] = number, episode[item]
            positions[at], lengths[at] = position[item], seconds[item]
            at += 1
    return run, episodes, positions, lengths


class Completion:
    """Shares of items and paces of series, as quantiles."""

    def __init__(self, world: World) -> None:
        """Work out the quantiles of films and episodes."""
        self.film = _completion_quantiles(*world.viewing.film_completion)
        self.episode = _completion_quantiles(*world.viewing.episode_completion)
        points = (np.arange(COMPLETION_QUANTILES) + 0.5) / COMPLETION_QUANTILES
        chosen = np.searchsorted(np.cumsum(world.viewing.pace_shares[:-1]), points)
        self.pace = np.array(world.viewing.paces)[chosen]


def _completion_quantiles(below_tenth: float, nearly_all: float) -> NDArray[np.float32]:
    points = (np.arange(COMPLETION_QUANTILES) + 0.5) / COMPLETION_QUANTILES
    shares = np.interp(
        points,
        [0.0, below_tenth, 1 - nearly_all, 1.0],
        [0.004, 0.10, 0.90, 1.0],
    )
    # Credits: few people watch the last seconds.
    top = points > 1 - nearly_all
    shares[top] = 0.90 + 0.10 * ((points[top] - 1 + nearly_all) / nearly_all) ** 0.5
    return shares.astype(np.float32)
