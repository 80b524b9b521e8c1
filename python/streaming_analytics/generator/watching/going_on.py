"""What users go on with in a week: the runs that they took up before."""

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.numeric.randomness import sixteen_bits
from streaming_analytics.generator.watching.offer import Lengths, Offer, item_seconds
from streaming_analytics.generator.watching.open_runs import OpenRuns
from streaming_analytics.generator.watching.runs import (
    SHORTEST_ITEM,
    Items,
    Runs,
    by_user,
)
from streaming_analytics.generator.watching.state import OPEN, WatchState

Ints = NDArray[np.int64]
Bits = NDArray[np.uint16]
Marks = NDArray[np.uint8]

_NOT_OPEN = np.uint8(0xFF & ~OPEN)


def go_on(
    offer: Offer, state: WatchState, left: Ints, rng: np.random.Generator
) -> Runs:
    """Return what a week goes on with, and take it off `state.open` and `left`.

    Args:
        offer: The titles and their lengths.
        state: Changed in place.
        left: Seconds left in the week of each user, changed in place.
        rng: Stream of this unit and month.
    """
    waiting = state.open
    row = np.flatnonzero(left[waiting.user] > 0)
    row = row[by_user(waiting.user[row])]
    count = int(np.minimum(waiting.items[row], waiting.pace[row]).sum())
    after = waiting._replace(
        items=waiting.items.copy(),
        episode=waiting.episode.copy(),
        position=waiting.position.copy(),
        done=waiting.done.copy(),
    )
    kept, items = _continue(
        row, sixteen_bits(rng, count), left, state.seen, after, offer.lengths
    )
    state.open = after.where(after.items > 0)
    return Runs(
        user=waiting.user[kept],
        title=waiting.title[kept],
        is_first=waiting.is_first[kept],
        liking=waiting.liking[kept],
        items=waiting.items[kept] - after.items[kept],
        left=after.items[kept],
        done=waiting.done[kept],
        pace=waiting.pace[kept],
        run=items.run,
        episode=items.episode,
        position=items.position,
        seconds=items.seconds,
    )


@compiled
def _continue(
    row: Ints,
    chance: Bits,
    left: Ints,
    seen: Marks,
    waiting: OpenRuns,
    lengths: Lengths,
) -> tuple[Ints, Items]:
    """Watch a week's part of the runs in `row` while their users have time.

    Changes `left`, `seen` and the open runs (`items`, `episode`, `position`, `done`).
    Returns which runs go on, and their items.
    """
    user, title, liking = waiting.user, waiting.title, waiting.liking
    items, pace, done = waiting.items, waiting.pace, waiting.done
    next_episode, next_position = waiting.episode, waiting.position
    film_seconds, episode_seconds = lengths.film_seconds, lengths.episode_seconds
    film_shares, episode_shares = lengths.film_shares, lengths.episode_shares
    percentiles = lengths.percentiles
    kept = np.empty(len(row), np.int64)
    run = np.empty(len(chance), np.int64)
    episode, position = np.empty_like(run), np.empty_like(run)
    seconds = np.empty_like(run)
    runs = count = drawn = 0
    for at in row:
        part = min(items[at], pace[at])
        if left[user[at]] > 0:
            is_film = next_episode[at] < 0
            for within in range(part):
                number = -1 if is_film else next_episode[at] + within
                length = film_seconds[title[at]] if is_film else episode_seconds[number]
                begins = next_position[at] if within == 0 else 0
                reached = item_seconds(
                    length,
                    is_film,
                    liking[at],
                    chance[drawn + within],
                    film_shares,
                    episode_shares,
                    percentiles,
                )
                run[count], episode[count], position[count] = runs, number, begins
                seconds[count] = max(reached - begins, SHORTEST_ITEM)
                left[user[at]] -= seconds[count]
                count += 1
            kept[runs] = at
            runs += 1
            items[at] -= part
            next_episode[at] += part
            next_position[at] = 0
            done[at] += part
            if items[at] == 0:
                seen[user[at], title[at]] &= _NOT_OPEN
        drawn += part
    return kept[:runs], Items(
        run[:count], episode[:count], position[:count], seconds[:count]
    )
