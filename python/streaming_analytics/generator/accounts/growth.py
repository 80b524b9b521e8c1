"""When people sign up."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.numeric.randomness import stream
from streaming_analytics.generator.world.calendar import Month, months_between
from streaming_analytics.generator.world.world import REFERENCE_DAYS, UNIT_USERS, World


class SignUps:
    """The planted intensity of sign-ups, and who signs up when.

    User number i signs up where the cumulated intensity passes i plus a uniform
    number, so that exactly `world.users` accounts sign up within the first 731 days
    and a longer span only appends.
    """

    def __init__(self, world: World, end_day: int) -> None:
        """Lay out the days from the start to `end_day`, at least two years."""
        self.world = world
        self.last = max(end_day, world.start_day + REFERENCE_DAYS)
        self.months = months_between(world.start_day, self.last)

    @cached_property
    def daily(self) -> NDArray[np.float64]:
        """Expected sign-ups of each day from the start."""
        growth = self.world.growth
        levels = []
        for month in self.months:
            days = np.arange(month.first_day, month.end_day)
            age = days - self.world.start_day
            rng = stream(self.world.seed, "sign-up shocks", 0, month.number)
            shocks = rng.lognormal(0.0, growth.shock_sigma, 31)
            day_of_month = days - month.first_day
            levels.append(
                (1 + growth.yearly * age / 365)
                * growth.months[month.calendar_month]
                * np.asarray(growth.weekdays)[(days + 3) % 7]
                * shocks[day_of_month]
            )
        steady = np.concatenate(levels)
        opening = np.exp(-np.arange(len(steady)) / growth.launch_days)
        steady *= (1 - growth.launch_share) / steady[:REFERENCE_DAYS].sum()
        opening *= growth.launch_share / opening[:REFERENCE_DAYS].sum()
        return self.world.users * (steady + opening)

    @cached_property
    def cumulated(self) -> NDArray[np.float64]:
        """Expected sign-ups before each day, and after the last."""
        cumulated = np.concatenate([[0.0], np.cumsum(self.daily)])
        # Rounding must not lose the last user of the reference span.
        cumulated[REFERENCE_DAYS] = self.world.users
        return cumulated

    def units_before(self, day: int) -> int:
        """Return the unit blocks whose first user signs up before a day."""
        expected = self.cumulated[day - self.world.start_day]
        return int(-(-expected // UNIT_USERS))

    def days_of(self, unit: int) -> NDArray[np.int64]:
        """Return the sign-up day of each user of a unit block.

        Users who sign up after the days laid out get a day beyond them.
        """
        rng = stream(self.world.seed, "sign-up times", unit)
        numbers = unit * UNIT_USERS + np.arange(UNIT_USERS) + rng.random(UNIT_USERS)
        age = np.searchsorted(self.cumulated, numbers, side="right") - 1
        return self.world.start_day + age.astype(np.int64)

    def of_month(self, month: Month) -> float:
        """Return the expected sign-ups of a month."""
        first = month.first_day - self.world.start_day
        return float(self.daily[first : first + month.days].sum())
