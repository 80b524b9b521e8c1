"""How good lists are, per user; what was held out is relevant, all else is not.

Every list ranks all titles of the training data that the user had not chosen. No
candidates are sampled: Krichene and Rendle (2020) show how that misleads.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def hits(lists: Ints, relevant: Flags) -> Flags:
    """Return users x places: whether the place holds a title that was held out.

    Args:
        lists: Users x places, -1 where a place is empty.
        relevant: Users x titles, what was held out.
    """
    found = np.take_along_axis(relevant, np.maximum(lists, 0), axis=1)
    return found & (lists >= 0)


def ndcg(hit: Flags, held_out: Ints, length: int) -> Floats:
    """Return each user's normalised discounted gain of the first `length` places.

    A hit at place p gains 1 / log2(p + 1) (Järvelin and Kekäläinen 2002); the best
    possible list has min(held out, length) hits in front.
    """
    discount = 1.0 / np.log2(np.arange(2, length + 2))
    possible = np.concatenate(([0.0], np.cumsum(discount)))
    return (hit[:, :length] @ discount) / possible[np.minimum(held_out, length)]


def recall(hit: Flags, held_out: Ints, length: int) -> Floats:
    """Return each user's share of the held-out titles that the list has.

    The denominator is all that was held out, also when that is more than `length`, and
    also titles that training never saw and no list can have.
    """
    return hit[:, :length].sum(axis=1) / held_out


def hit_rate(hit: Flags, length: int) -> Floats:
    """Return 1 for each user whose list has at least one held-out title, else 0."""
    return np.minimum(hit[:, :length].sum(axis=1), 1.0)


def novelty(lists: Ints, choosers: Ints, users: int, length: int) -> Floats:
    """Return each user's mean self-information of the titles listed, in bits.

    -log2 of the share of training users who chose the title (Zhou et al. 2010). Empty
    places do not count; a user with no title at all has 0.
    """
    information = -np.log2(np.maximum(choosers, 1) / users)
    shown = lists[:, :length]
    bits = np.where(shown >= 0, information[np.maximum(shown, 0)], 0.0)
    return bits.sum(axis=1) / np.maximum((shown >= 0).sum(axis=1), 1)


def coverage(lists: Ints, choosers: Ints, length: int) -> float:
    """Return the share of the titles chosen in training that are in any list."""
    shown = lists[:, :length]
    return len(np.unique(shown[shown >= 0])) / int((choosers > 0).sum())
