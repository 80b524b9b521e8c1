"""Holding the last choices out: what a recommender learns from knows no future."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from streaming_analytics.models.recommender.feedback import Feedback

# Fewer choices have no fifth to hold out.
LEAST_CHOICES = 5
_HELD_OUT = 5
# Users ranked at a time: what the scores of so many take bounds the memory.
_BATCH = 512

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


def last_fifth_of_each_user(feedback: Feedback) -> Flags:
    """Return which choices are held out: of each user the last 20 %, rounded up.

    By moment, then by the title's key. Users with fewer than five choices keep them all
    in training and are not judged.
    """
    counts = np.bincount(feedback.user, minlength=len(feedback.users))
    begins = np.concatenate(([0], np.cumsum(counts)[:-1]))
    place = np.arange(len(feedback)) - begins[feedback.user]
    held_out = np.where(counts >= LEAST_CHOICES, -(-counts // _HELD_OUT), 0)
    return place >= (counts - held_out)[feedback.user]


def last_fifth_of_time(feedback: Feedback) -> Flags:
    """Return which choices are held out: all after the day when 80 % were made.

    Only users with a choice on either side can be judged.
    """
    day = feedback.day
    cut = np.sort(day)[max(len(day) * (_HELD_OUT - 1) // _HELD_OUT - 1, 0)]
    return day > cut


def judged_users(training: Feedback, later: Feedback) -> Ints:
    """Return the users who can be judged: those with choices on either side."""
    return np.intersect1d(training.user, later.user)


def in_batches(users: Ints) -> Iterator[Ints]:
    """Yield the users, some at a time."""
    for begin in range(0, len(users), _BATCH):
        yield users[begin : begin + _BATCH]


def flags(chosen: sparse.csr_array, users: Ints) -> Flags:
    """Return users x titles: whether the user chose the title."""
    return chosen[users].astype(bool).toarray()
