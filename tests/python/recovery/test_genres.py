"""What is liked: ratings by genre in the marts are the planted effects."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from .agreement import FALSE_ALARM, Comparison
from .recovered import Recovered
from .stars import expected_stars

WEIGHTS = (0.60, 0.25, 0.15)


@pytest.fixture(scope="module")
def shares(recovered: Recovered) -> pd.DataFrame:
    """Title x genre: how much of the title each genre is, as planted."""
    bridge = recovered.query(
        "select content_id, genre_code, genre_rank from mart_core.bridge_content_genres"
    )
    bridge["share"] = np.array(WEIGHTS)[bridge.genre_rank.astype(int) - 1]
    shares = bridge.pivot_table(
        index="content_id", columns="genre_code", values="share"
    ).fillna(0.0)
    return shares.div(shares.sum(axis=1), axis=0)


def planted(recovered: Recovered, shares: pd.DataFrame) -> pd.Series:
    effects = {c: g.rating_effect for c, g in recovered.world.genres.items()}
    return pd.Series(effects).reindex(shares.columns)


def compare(recovered: Recovered, title_effect: pd.Series) -> Comparison:
    """Compare the mart's mean rating of each genre with what was planted.

    Each rating counts in every genre of its title, by the mart's weight; by how much it
    strays from what was expected of it says how much chance moves the mean.
    """
    ratings = recovered.query(
        """
        select
            ratings.rating,
            ratings.user_id,
            content_id,
            content.leading_genre_code,
            bridge.genre_code,
            bridge.genre_weight
        from mart_core.fct_ratings as ratings
        join mart_content.agg_content_performance as content using (content_id)
        join mart_core.bridge_content_genres as bridge using (content_id)
        """
    )
    expected = expected_stars(recovered, ratings, title_effect)
    weight = ratings.genre_weight
    parts = pd.DataFrame(
        {
            "expected": weight * expected,
            "square": (weight * (ratings.rating - expected)) ** 2,
            "weight": weight,
        }
    )
    sums = parts.groupby(ratings.genre_code).sum()
    mart = recovered.query("select * from mart_content.agg_genre_performance")
    mart = mart.set_index("genre_code").mean_rating.reindex(sums.index)
    return Comparison(
        mart, sums.expected / sums.weight, np.sqrt(sums.square) / sums.weight
    )


def test_mean_ratings_are_the_planted_ones(recovered: Recovered) -> None:
    titles = recovered.truth("titles").set_index("content_id")
    comparison = compare(recovered, titles.rating_effect_stars)
    assert len(comparison.estimate) == 16
    assert comparison.agrees, comparison


@pytest.mark.parametrize("factor", [-1.0, 0.0, 2.0])
def test_mean_ratings_refute_other_effects(
    recovered: Recovered, shares: pd.DataFrame, factor: float
) -> None:
    titles = recovered.truth("titles").set_index("content_id")
    of_genres = shares @ planted(recovered, shares)
    change = (factor - 1) * of_genres.reindex(titles.index)
    assert not compare(recovered, titles.rating_effect_stars + change).agrees


def distance(recovered: Recovered, shares: pd.DataFrame, effects: pd.Series) -> float:
    """Return Wald's statistic of effects fitted to the marts' titles against others.

    Titles differ in quality beyond their genres, so that chance is in the titles as
    well as in the ratings: least squares over titles, weighted by what is known of
    each, with errors that do not trust the weights (HC3).
    """
    mart = recovered.query(
        """
        select content_id, ratings, mean_rating
        from mart_content.agg_content_performance
        where ratings > 0
        """
    ).set_index("content_id")
    x = shares.reindex(mart.index).to_numpy()
    rating = recovered.world.rating
    weight = 1 / (rating.quality_effect**2 + rating.noise_sigma**2 / mart.ratings)
    w = weight.to_numpy()
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    fitted = bread @ (x.T @ (w * mart.mean_rating.to_numpy()))
    leverage = w * np.einsum("ij,jk,ik->i", x, bread, x)
    residual = (mart.mean_rating.to_numpy() - x @ fitted) / (1 - leverage)
    meat = x.T @ ((w * residual)[:, None] ** 2 * x)
    covariance = bread @ meat @ bread
    # Only differences between genres are planted; the common level is the mean.
    centre = np.eye(len(fitted)) - 1 / len(fitted)
    gap = centre @ (fitted - effects.reindex(shares.columns).to_numpy())
    return float(gap @ np.linalg.pinv(centre @ covariance @ centre) @ gap)


def test_effects_fitted_to_titles_are_the_planted_ones(
    recovered: Recovered, shares: pd.DataFrame
) -> None:
    effects = planted(recovered, shares)
    limit = chi2.isf(FALSE_ALARM, len(effects) - 1)
    assert distance(recovered, shares, effects) < limit
    for other in (0 * effects, -effects, effects.iloc[::-1].set_axis(effects.index)):
        assert distance(recovered, shares, other) > limit


def test_shrunk_ratings_are_in_the_planted_order(
    recovered: Recovered, shares: pd.DataFrame
) -> None:
    """Genres whose effects are far apart are never the wrong way round."""
    mart = recovered.query("select * from mart_content.agg_genre_performance")
    mart = mart.set_index("genre_code")
    low, high = mart.shrunk_rating_lower, mart.shrunk_rating_upper
    effects = planted(recovered, shares)
    best, worst = effects.nlargest(4).index, effects.nsmallest(4).index
    pairs = [(one, other) for one in best for other in worst]
    assert not [(one, other) for one, other in pairs if high[one] < low[other]]
    above = sum(low[one] > high[other] for one, other in pairs)
    below = sum(low[other] > high[one] for one, other in pairs)
    assert above > below
