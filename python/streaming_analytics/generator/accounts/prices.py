"""What a plan costs in a region on a day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.world.calendar import first_day_of, month_number
from streaming_analytics.generator.world.world import World

# Months between one rise and the next.
_RISE_EVERY = 18
# Later rises have no list price of their own (assumption: as in the last years).
_LATER_RISE = 1.08


@dataclass(frozen=True)
class PriceBook:
    """Price steps by region, from the start to the end of the span."""

    valid_from: list[NDArray[np.int64]]  # region -> days of its steps
    cents: list[NDArray[np.int64]]  # region -> step x plan

    def at(
        self, region: NDArray[np.int64], plan: NDArray[np.int64], day: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the monthly price in cents; all arguments of one shape."""
        price = np.zeros(len(plan), dtype=np.int64)
        for index, days in enumerate(self.valid_from):
            here = region == index
            step = np.searchsorted(days, day[here], side="right") - 1
            price[here] = self.cents[index][np.maximum(step, 0), plan[here]]
        return price


def build_prices(world: World, end_day: int) -> PriceBook:
    """Return the price steps that begin before `end_day`."""
    start_month = month_number(world.start_day)
    plans = list(world.plans.values())
    valid_from, cents = [], []
    for index, region in enumerate(world.regions.values()):
        days = [world.start_day]
        steps = [[round(plan.prices[index] * 100) for plan in plans]]
        month = start_month + region.first_rise_month
        while first_day_of(month) < end_day:
            days.append(first_day_of(month))
            if len(steps) == 1:
                steps.append([round(plan.raised[index] * 100) for plan in plans])
            else:
                # Prices end in 99 cents.
                raised = [round(cents * _LATER_RISE, -2) - 1 for cents in steps[-1]]
                steps.append([int(cents) for cents in raised])
            month += _RISE_EVERY
        valid_from.append(np.array(days))
        cents.append(np.array(steps))
    return PriceBook(valid_from, cents)
