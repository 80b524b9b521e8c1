"""When a unit block sits down to watch, on what, and for how long."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.choice import MonthTables
from streaming_analytics.generator.members import Members
from streaming_analytics.generator.quantiles import normal_quantiles
from streaming_analytics.generator.randomness import sixteen_bits
from streaming_analytics.generator.state import UnitState
from streaming_analytics.generator.timeline import SLOT_SECONDS
from streaming_analytics.generator.world import UNIT_USERS, World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Bits that hold a second of a month, 31 days < 2^22.
_SECOND_BITS = 22
# No account watches more than this in a month: several screens all day.
_MOST_SESSIONS = 400.0
# Sessions closer than this would be one session (METRICS.md).
SESSION_GAP = 1_800
# Room left between sessions for pauses and last minutes not yet drawn.
_SLACK = 900
# Keeps users apart on a common time axis; longer than a month of full screens.
_USER_STRIDE = 1 << 24
SHORTEST_SESSION = 90


@dataclass(frozen=True)
class Sessions:
    """Sessions in order of user and start."""

    user: Ints
    start: Ints  # seconds from the first day of the month
    length: Ints  # seconds
    device: NDArray[np.uint8]
    release_week: Ints  # slice of the month


class SessionLengths:
    """Lognormal lengths by 65,536 quantiles, in seconds."""

    def __init__(self, world: World) -> None:
        """Work out the quantiles and their mean by device."""
        viewing = world.viewing
        minutes = np.exp(
            viewing.session_mu + viewing.session_sigma * normal_quantiles()
        )
        seconds = np.minimum(minutes, viewing.session_cap_minutes) * 60
        self.quantiles = np.stack(
            [
                np.maximum(seconds * ratio, SHORTEST_SESSION).astype(np.int32)
                for ratio in viewing.device_length
            ]
        )
        self.mean = self.quantiles.mean(axis=1)


def month_hours(world: World, members: Members, state: UnitState) -> Floats:
    """Return the hours each user of a unit would watch in a full usual month."""
    viewing = world.viewing
    plan_ratio = np.array([plan.hours_ratio for plan in world.plans.values()])
    spread = viewing.interest_sigma
    # The mean of a lognormal is above one: taken out, so that the level stays.
    passing = np.exp(state.interest - spread**2 / 2)
    hours = viewing.hours_per_month * members.lasting * passing * plan_ratio[state.plan]
    return hours * np.where(state.dormant, viewing.dormant_ratio, 1.0)


def draw_sessions(
    world: World,
    members: Members,
    state: UnitState,
    tables: MonthTables,
    lengths: SessionLengths,
    access: tuple[Ints, Ints],
    rng: np.random.Generator,
) -> Sessions:
    """Draw the sessions of a month, apart from one another and inside the access.

    Args:
        world: The world.
        members: Users of the unit block.
        state: Their state in this month.
        tables: Tables of the month.
        lengths: Quantiles of session lengths.
        access: First and last second of access per user, from the month's first day.
        rng: Stream of this unit and month.
    """
    opens, closes = access
    below = np.diff(members.devices, axis=1, prepend=0)
    shares = np.column_stack([below, 1 - members.devices[:, 2]])
    mean_hours = shares @ lengths.mean / 3600
    expected = month_hours(world, members, state) * world.intensity / mean_hours
    expected = np.minimum(expected * tables.level[members.country], _MOST_SESSIONS)
    counts = rng.poisson(np.where(closes > opens, expected, 0.0))

    user = np.repeat(np.arange(UNIT_USERS), counts)
    count = len(user)
    slot = tables.slots[members.country[user], sixteen_bits(rng, count)]
    start = slot.astype(np.int64) * SLOT_SECONDS
    start += (sixteen_bits(rng, count).astype(np.int64) * SLOT_SECONDS) >> 16
    first, at_once = _first_sessions(world, state, access, counts, rng)
    start[first] = at_once
    inside = (start >= opens[user]) & (start < closes[user] - SHORTEST_SESSION)
    keys = ((user[inside] << _SECOND_BITS) | start[inside]).astype(np.uint32)
    keys.sort()
    user = (keys >> _SECOND_BITS).astype(np.int64)
    start = (keys & ((1 << _SECOND_BITS) - 1)).astype(np.int64)
    count = len(user)

    point = (sixteen_bits(rng, count).astype(np.float32) + 0.5) / 65_536
    device = np.zeros(count, dtype=np.uint8)
    for limits in members.devices.T:
        device += point >= limits[user]
    length = lengths.quantiles[device, sixteen_bits(rng, count)].astype(np.int64)

    occupied = length + SESSION_GAP + _SLACK
    # Moving half of the way back and half forward keeps the hours of the day.
    centred = (
        spread_out(user, start, occupied) + _drawn_in(user, start, occupied)
    ) // 2
    start = spread_out(user, np.maximum(centred, opens[user]), occupied)
    # A session that would run past the end of the access is cut short, or dropped.
    room = closes[user] - start - _SLACK
    length = np.minimum(length, room)
    kept = length >= SHORTEST_SESSION
    user, start, length, device = user[kept], start[kept], length[kept], device[kept]
    week = np.searchsorted(tables.slice_starts, start, side="right") - 1
    return Sessions(user, start, length, device, week)


def _first_sessions(
    world: World,
    state: UnitState,
    access: tuple[Ints, Ints],
    counts: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Return which sessions are those of people who have just come, and their starts.

    One of the month's sessions, rather than one more: thinned viewing stays thin.
    """
    viewing = world.viewing
    opens, closes = access
    draws = rng.random((2, UNIT_USERS))
    # Access from the month's first second is that of members who were there before.
    comes = (opens > 0) & (closes > opens) & ~state.dormant & (counts > 0)
    user = np.flatnonzero(comes & (draws[0] < viewing.watch_at_once))
    wait = draws[1, user] ** 2 * viewing.at_once_minutes * 60
    return (np.cumsum(counts) - counts)[user], opens[user] + wait.astype(np.int64)


def spread_out(user: Ints, start: Ints, occupied: Ints) -> Ints:
    """Return the starts, each moved on to when the user's session before is over.

    Args:
        user: User of each session, ascending.
        start: Wanted starts, ascending within a user, seconds.
        occupied: Seconds from a start before which the next may not begin.
    """
    before = np.cumsum(occupied) - occupied
    shifted = user * _USER_STRIDE + start - before
    return np.maximum.accumulate(shifted) + before - user * _USER_STRIDE


def _drawn_in(user: Ints, start: Ints, occupied: Ints) -> Ints:
    """Return the starts, each moved back so that it is over when the next begins."""
    before = np.cumsum(occupied) - occupied
    shifted = user * _USER_STRIDE + start - before
    earliest = np.minimum.accumulate(shifted[::-1])[::-1]
    return earliest + before - user * _USER_STRIDE
