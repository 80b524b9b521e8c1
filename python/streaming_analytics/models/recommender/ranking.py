"""From scores to lists: the best first, ties by the title's key, none seen before."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def best(scores: NDArray[Any], taken: NDArray[np.bool_], length: int) -> Ints:
    """Return users x length: the best titles that are not taken, -1 past the last.

    Titles are numbered in the order of their keys, so a stable sort settles ties.
    """
    usable = np.where(taken, -np.inf, scores.astype(np.float64))
    order = np.argsort(-usable, axis=1, kind="stable")[:, :length]
    return np.where(np.take_along_axis(taken, order, axis=1), -1, order)


def diverse(
    scores: NDArray[np.int64],
    taken: NDArray[np.bool_],
    genre: Ints,
    *,
    length: int,
    per_genre: int,
    fallback: NDArray[np.int64],
    kept_places: tuple[int, ...] = (),
) -> Ints:
    """Return users x length lists as `fct_recommendations` orders them.

    Titles with a positive score come first, the others by `fallback` (popularity). In
    both parts the first `per_genre` titles of every genre come before any genre's
    next ones. Places that are kept for new titles hold -1.

    Args:
        scores: Users x titles.
        taken: Users x titles, what a user has chosen before.
        genre: Leading genre of each title; titles without one are one genre.
        length: Places of a list.
        per_genre: Titles of a genre before the others have had theirs.
        fallback: How popular each title is; more comes first.
        kept_places: Places, from 1, that new titles get.
    """
    users, titles = scores.shape
    is_scored = (scores > 0) & ~taken
    value = np.where(is_scored, scores, np.broadcast_to(fallback, scores.shape))
    # Taken last, then by part and by value: the order before diversity.
    order = np.lexsort((-value, ~is_scored, taken), axis=1)
    rows = np.arange(users)[:, None]
    part = np.where(taken, 2, np.where(is_scored, 0, 1))[rows, order]
    own = genre[order]
    turn = np.zeros(scores.shape, dtype=np.int64)
    for code in np.unique(genre):
        for piece in (0, 1):
            member = (own == code) & (part == piece)
            count = np.cumsum(member, axis=1) - 1
            turn[member] = (count // per_genre)[member]
    again = np.lexsort((np.broadcast_to(np.arange(titles), turn.shape), turn, part))
    places = [place for place in range(length) if place + 1 not in kept_places]
    taking = again[:, : len(places)]
    chosen = np.where(part[rows, taking] < 2, order[rows, taking], -1)
    lists = np.full((users, length), -1, dtype=np.int64)
    lists[:, places[: chosen.shape[1]]] = chosen
    return lists
