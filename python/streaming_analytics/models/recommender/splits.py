"""Holding the last choices out: what a recommender learns from knows no future."""

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.models.recommender.feedback import Feedback

# Fewer choices have no fifth to hold out.
LEAST_CHOICES = 5
_HELD_OUT = 5

Flags = NDArray[np.bool_]


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
