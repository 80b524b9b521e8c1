"""Runs of one title: a film, or episodes of a series one after the other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.numeric.compiled import compiled

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A play of an item never lasts less.
SHORTEST_ITEM = 15


class Runs(NamedTuple):
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


class Items(NamedTuple):
    """The items of runs, one after the other, as in `Runs`."""

    run: Ints
    episode: Ints
    position: Ints
    seconds: Ints


def in_order(drawn: Sequence[Runs]) -> Runs:
    """Join runs drawn one after the other and sort them by user, then as drawn."""
    joined = Runs._make(np.concatenate(arrays) for arrays in zip(*drawn, strict=True))
    order = by_user(joined.user)
    items = _items_in_order(
        order, joined.items, joined.episode, joined.position, joined.seconds
    )
    return Runs(
        user=joined.user[order],
        title=joined.title[order],
        is_first=joined.is_first[order],
        liking=joined.liking[order],
        items=joined.items[order],
        left=joined.left[order],
        done=joined.done[order],
        pace=joined.pace[order],
        run=items.run,
        episode=items.episode,
        position=items.position,
        seconds=items.seconds,
    )


def by_user(user: Ints) -> Ints:
    """Return the order of rows by user of the unit; those of one user stay in order."""
    # Numbers of 16 bits are sorted in a few passes, without comparing any.
    return np.argsort(user.astype(np.int16), kind="stable")


@compiled
def _items_in_order(
    order: Ints, items: Ints, episode: Ints, position: Ints, seconds: Ints
) -> Items:
    """Return the items of runs put in order; `items` are their numbers by run."""
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
    return Items(run, episodes, positions, lengths)
