"""What marketing spends."""

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.growth import SignUps
from streaming_analytics.generator.numeric.randomness import stream
from streaming_analytics.generator.world.calendar import Month
from streaming_analytics.generator.world.world import REFERENCE_DAYS, World

# Months differ in what a sign-up costs (assumption).
_SPEND_SIGMA = 0.12


def month_spend(world: World, signups: SignUps, month: Month) -> NDArray[np.float64]:
    """Return region x channel: US dollars spent, for the sign-ups expected."""
    rng = stream(world.seed, "campaign spend", 0, month.number)
    regions, channels = list(world.regions.values()), list(world.channels.values())
    age = min((month.first_day - world.start_day) / REFERENCE_DAYS, 1.0)
    share = np.array(
        [r.share_first + (r.share_last - r.share_first) * age for r in regions]
    )
    share /= share.sum()
    mix = np.array([channel.shares for channel in channels]).T
    mix = mix / mix.sum(axis=1, keepdims=True)
    cost = np.array([channel.cost_per_signup for channel in channels])
    level = np.array([region.spend_level for region in regions])
    noise = rng.lognormal(0.0, _SPEND_SIGMA, (len(regions), len(channels)))
    expected = signups.of_month(month) * share[:, None] * mix
    return np.round(expected * cost * level[:, None] * noise, 2)
