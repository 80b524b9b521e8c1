"""When people sign up: the mart's indices are the planted months and weekdays."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from streaming_analytics.generator.world.behaviour import Growth
from streaming_analytics.generator.world.world import World

from .agreement import Comparison
from .recovered import Recovered
from .seasons import Floats, month_indices, weekday_indices

FIRST, DAYS = date(2024, 1, 1), 731
INDICES = {"month": month_indices, "weekday": weekday_indices}


def drawn_sign_ups(world: World, growth: Growth, draws: int) -> Floats:
    """Return draw x day: sign-ups as planted, with new shocks of the days."""
    days = [FIRST + timedelta(days=age) for age in range(DAYS)]
    steady = np.array(
        [
            (1 + growth.yearly * age / 365)
            * growth.months[day.month - 1]
            * growth.weekdays[day.weekday()]
            for age, day in enumerate(days)
        ]
    )
    opening = np.exp(-np.arange(DAYS) / growth.launch_days)
    rng = np.random.default_rng(20_240_101)
    levels = steady * rng.lognormal(0.0, growth.shock_sigma, (draws, DAYS))
    levels *= (1 - growth.launch_share) / levels.sum(axis=1, keepdims=True)
    levels += growth.launch_share * opening / opening.sum()
    return rng.poisson(world.users * levels).astype(float)


def compare(recovered: Recovered, kind: str, growth: Growth) -> Comparison:
    """Compare the mart's indices with those of platforms drawn as planted."""
    mart = recovered.query(
        f"""
        select season_number, seasonality_index
        from mart_acquisition.agg_signup_seasonality
        where season_type = '{kind}'
        """
    ).set_index("season_number")
    mart = mart.seasonality_index.sort_index()
    drawn = INDICES[kind](FIRST, drawn_sign_ups(recovered.world, growth, 2_000))
    return Comparison(
        mart,
        pd.Series(drawn.mean(axis=0), index=mart.index),
        pd.Series(drawn.std(axis=0), index=mart.index),
    )


@pytest.mark.parametrize("kind", INDICES)
def test_indices_are_the_planted_seasons(recovered: Recovered, kind: str) -> None:
    comparison = compare(recovered, kind, recovered.world.growth)
    assert comparison.agrees, comparison


@pytest.mark.parametrize("kind", INDICES)
def test_indices_of_the_days_as_they_were_drawn(
    recovered: Recovered, kind: str
) -> None:
    """With the shocks of the days known, each day is sure but for one sign-up."""
    daily = recovered.truth("sign_ups").expected_sign_ups.to_numpy()
    mart = compare(recovered, kind, recovered.world.growth).estimate
    np.testing.assert_allclose(mart, INDICES[kind](FIRST, daily[None])[0], rtol=0.01)


def test_months_refute_a_flat_year_and_one_that_is_shifted(
    recovered: Recovered,
) -> None:
    growth = recovered.world.growth
    flat = replace(growth, months=(1.0,) * 12)
    later = replace(growth, months=(growth.months[-1], *growth.months[:-1]))
    assert not compare(recovered, "month", flat).agrees
    assert not compare(recovered, "month", later).agrees


def test_weekdays_refute_a_flat_week_and_one_that_is_shifted(
    recovered: Recovered,
) -> None:
    growth = recovered.world.growth
    flat = replace(growth, weekdays=(1.0,) * 7)
    later = replace(growth, weekdays=(growth.weekdays[-1], *growth.weekdays[:-1]))
    assert not compare(recovered, "weekday", flat).agrees
    assert not compare(recovered, "weekday", later).agrees
