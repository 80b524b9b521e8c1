"""One step of the simulation: a unit block of users, a month."""

from dataclasses import dataclass

import numpy as np

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.accounts.state import AccountState
from streaming_analytics.generator.accounts.subscriptions import (
    SubscriptionMonth,
    step_subscriptions,
)
from streaming_analytics.generator.numeric.randomness import stream
from streaming_analytics.generator.simulation.platform import Platform
from streaming_analytics.generator.simulation.state import UnitState
from streaming_analytics.generator.watching.choice import MonthTables
from streaming_analytics.generator.watching.month_runs import draw_runs, keep_open
from streaming_analytics.generator.watching.plays import Plays, cut_plays
from streaming_analytics.generator.watching.ratings import Ratings, draw_ratings
from streaming_analytics.generator.watching.sessions import draw_sessions
from streaming_analytics.generator.watching.timeline import lay_timeline
from streaming_analytics.generator.world.calendar import Month


@dataclass
class UnitMonth:
    """What a unit block did in a month."""

    members: Members
    month: Month
    subscriptions: SubscriptionMonth
    plays: Plays
    ratings: Ratings


def step_unit(
    platform: Platform, members: Members, state: UnitState, tables: MonthTables
) -> UnitMonth:
    """Move a unit block through one month, changing its state."""
    world, month = platform.world, tables.month
    subscriptions = step_subscriptions(
        world, members, platform.prices, state.account, month
    )
    access = subscriptions.access
    rng = stream(world.seed, "viewing", members.unit, month.number)
    sessions = draw_sessions(
        world,
        members,
        state.account,
        tables,
        platform.session_lengths,
        access,
        rng,
    )
    runs = draw_runs(platform.offer, members, state.watch, tables, sessions, rng)
    timeline = lay_timeline(runs, sessions)
    plays, last_play = cut_plays(
        world, members, tables, sessions, runs, timeline, access.closes, rng
    )
    keep_open(state.watch, runs, timeline.item_start, timeline.user_end)
    ratings = draw_ratings(
        platform.offer,
        members,
        state.watch,
        runs,
        timeline,
        plays,
        last_play,
        stream(world.seed, "ratings", members.unit, month.number),
    )
    _remember_satisfaction(state.account, runs.user, runs.liking)
    return UnitMonth(members, month, subscriptions, plays, ratings)


# Share of last month's impression that stays.
_MEMORY = 0.6


def _remember_satisfaction(
    state: AccountState, user: np.ndarray, liking: np.ndarray
) -> None:
    count = np.bincount(user, minlength=len(state.satisfaction))
    total = np.bincount(user, weights=liking, minlength=len(state.satisfaction))
    # The square root keeps heavy viewers from averaging out to nothing.
    impression = total / np.sqrt(np.maximum(count, 1))
    state.satisfaction = np.where(
        count > 0,
        _MEMORY * state.satisfaction + (1 - _MEMORY) * impression,
        _MEMORY * state.satisfaction,
    )
