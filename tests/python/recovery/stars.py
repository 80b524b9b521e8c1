"""The stars that a user should give to a title, on average."""

from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .recovered import Recovered

Floats = NDArray[np.float64]

_normal = np.vectorize(NormalDist().cdf)


def expected_stars(
    recovered: Recovered, ratings: pd.DataFrame, title_effect: pd.Series
) -> Floats:
    """Return the mean of the whole stars from 1 to 5 that each rating could have had.

    Args:
        recovered: The platform.
        ratings: `user_id`, `content_id` and `leading_genre_code` of each rating.
        title_effect: Stars that a title adds, by content_id.
    """
    world = recovered.world
    users = recovered.truth("users").set_index("user_id")
    taste = users[[f"taste_{code}" for code in world.genres]].to_numpy()
    usual = np.array([genre.taste_share for genre in world.genres.values()])
    liking = np.log(taste / usual)
    liking -= liking.mean(axis=1, keepdims=True)
    user = users.index.get_indexer(pd.Index(ratings.user_id))
    genre = pd.Index(list(world.genres)).get_indexer(
        pd.Index(ratings.leading_genre_code)
    )
    score = (
        world.rating.mean
        + users.rating_bias_stars.to_numpy()[user]
        + title_effect.reindex(ratings.content_id).to_numpy()
        + world.rating.match_effect * liking[user, genre]
    )
    # Rounded: two stars and more are given from a score of 1.5 on, and so forth.
    steps = (score[:, None] - np.array([1.5, 2.5, 3.5, 4.5])) / world.rating.noise_sigma
    return 1 + _normal(steps).sum(axis=1)
