"""From scores to lists: the best first, ties by the title's key, none seen before."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.models.recommender.settings import LONG

Ints = NDArray[np.int64]
# Lists are settled by so many times their length nearly always.
_FRONT = 20


def best(scores: NDArray[Any], taken: NDArray[np.bool_], length: int) -> Ints:
    """Return users x length: the best titles that are not taken, -1 past the last.

    Titles are numbered in the order of their keys, so a stable sort settles ties.
    """
    usable = np.where(taken, -np.inf, scores)
    users, titles = usable.shape
    few = min(length, titles)
    # Sorting whole catalogues is slow: only what is not below the last place counts.
    last = np.partition(usable, titles - few, axis=1)[:, [titles - few]]
    user, title = np.nonzero((usable >= last) & ~taken)
    order = np.lexsort((title, -usable[user, title], user))
    user, title = user[order], title[order]
    place = np.arange(len(user)) - np.searchsorted(user, np.arange(users))[user]
    lists = np.full((users, few), -1, dtype=np.int64)
    lists[user[place < few], place[place < few]] = title[place < few]
    return lists


def filled(lists: Ints) -> Ints:
    """Return the lists with empty places, -1, up to the length that is measured."""
    users, places = lists.shape
    longer = np.full((users, max(places, LONG)), -1, dtype=np.int64)
    longer[:, :places] = lists
    return longer


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
    # Turns are told from the front of each list, as far as that settles all places.
    front = min(titles, _FRONT * length)
    while True:
        turn = _turns(genre[order[:, :front]], part[:, :front], per_genre)
        settled = ((turn == 0) & (part[:, :front] == 0)).sum(axis=1)
        if front == titles or settled.min() >= length:
            break
        front = titles
    order, part = order[:, :front], part[:, :front]
    again = np.lexsort((np.broadcast_to(np.arange(front), turn.shape), turn, part))
    places = [place for place in range(length) if place + 1 not in kept_places]
    taking = again[:, : len(places)]
    chosen = np.where(part[rows, taking] < 2, order[rows, taking], -1)
    lists = np.full((users, length), -1, dtype=np.int64)
    lists[:, places[: chosen.shape[1]]] = chosen
    return lists


def _turns(own: Ints, part: Ints, per_genre: int) -> Ints:
    """Return how many times `per_genre` titles of its genre and part come before each.

    Args:
        own: Genre by user and place.
        part: Part of the list by user and place.
        per_genre: Titles of a genre in a turn.
    """
    turn = np.zeros(own.shape, dtype=np.int64)
    for code in np.unique(own):
        for piece in (0, 1):
            member = (own == code) & (part == piece)
            count = np.cumsum(member, axis=1) - 1
            turn[member] = (count // per_genre)[member]
    return turn
