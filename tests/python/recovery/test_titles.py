"""What is watched: the mart's top titles are those of the greatest planted appeal."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from .agreement import lower_limit
from .choices import Floats, expected_viewers
from .recovered import Recovered

DRAWS = 200
TOP = 20


@dataclass(frozen=True)
class Titles:
    """Titles that were there from the start, in order of the catalogue.

    Attributes:
        viewers: What the mart counts.
        log_appeal: What was planted, of all titles.
        is_old: Which of all titles these are. Titles that come later have a launch,
            at which viewers take them up in other months than they watch in.
    """

    viewers: Floats
    log_appeal: Floats
    is_old: np.ndarray


@pytest.fixture(scope="module")
def titles(recovered: Recovered) -> Titles:
    truth = recovered.truth("titles").set_index("content_id")
    mart = recovered.query(
        """
        select content_id, viewers, release_date
        from mart_content.agg_content_performance
        """
    ).set_index("content_id")
    mart = mart.reindex(truth.index)
    is_old = (mart.release_date.astype(str) < "2024-01-01").to_numpy()
    return Titles(
        mart.viewers.to_numpy(float)[is_old], truth.log_appeal.to_numpy(), is_old
    )


def rank_correlation(one: Floats, other: Floats) -> float:
    """Return Spearman's correlation."""
    return float(pd.Series(one).rank().corr(pd.Series(other).rank()))


def shared_top(one: Floats, other: Floats) -> float:
    """Return how many of the top titles are the same."""
    return float(len(set(np.argsort(-one)[:TOP]) & set(np.argsort(-other)[:TOP])))


def agrees(titles: Titles, expected: Floats) -> bool:
    """Return whether ranks and top are as near as those of viewers drawn as planted.

    Each title's viewers are then a Poisson number around the expected one.
    """
    expected = expected[titles.is_old]
    expected = expected * titles.viewers.sum() / expected.sum()
    drawn = np.random.default_rng(20_240_101).poisson(expected, (DRAWS, len(expected)))
    return all(
        statistic(titles.viewers, expected)
        >= lower_limit(np.array([statistic(row, expected) for row in drawn]))
        for statistic in (rank_correlation, shared_top)
    )


def test_viewers_follow_the_planted_appeal(
    recovered: Recovered, titles: Titles
) -> None:
    assert agrees(titles, expected_viewers(recovered))


@pytest.mark.parametrize("change", ["none", "flipped", "shuffled", "blurred"])
def test_viewers_refute_another_appeal(
    recovered: Recovered, titles: Titles, change: str
) -> None:
    rng = np.random.default_rng(1)
    planted = titles.log_appeal
    changed = {
        "none": np.zeros_like(planted),
        "flipped": -planted,
        "shuffled": rng.permutation(planted),
        # Half of it in the variance is something else.
        "blurred": (planted + rng.normal(0.0, planted.std(), len(planted)))
        / np.sqrt(2),
    }[change]
    assert not agrees(titles, expected_viewers(recovered, changed))
