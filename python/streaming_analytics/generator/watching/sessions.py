"""When a unit block sits down to watch, on what, and for how long."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.accounts.state import AccountState
from streaming_analytics.generator.accounts.subscriptions import Access
from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.numeric.quantiles import normal_quantiles
from streaming_analytics.generator.numeric.randomness import sixteen_bits
from streaming_analytics.generator.watching.choice import SLOT_STEP, MonthTables, Slots
from streaming_analytics.generator.world.calendar import SLOT_SECONDS
from streaming_analytics.generator.world.world import UNIT_USERS, World

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
SHORTEST_SESSION = 90


class Sessions(NamedTuple):
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


def month_hours(world: World, members: Members, state: AccountState) -> Floats:
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
    state: AccountState,
    tables: MonthTables,
    lengths: SessionLengths,
    access: Access,
    rng: np.random.Generator,
) -> Sessions:
    """Draw the sessions of a month, apart from one another and inside the access.

    Args:
        world: The world.
        members: Users of the unit block.
        state: Their state in this month.
        tables: Tables of the month.
        lengths: Quantiles of session lengths.
        access: When each user may watch.
        rng: Stream of this unit and month.
    """
    below = np.diff(members.devices, axis=1, prepend=0)
    shares = np.column_stack([below, 1 - members.devices[:, 2]])
    mean_hours = shares @ lengths.mean / 3600
    expected = month_hours(world, members, state) * world.intensity / mean_hours
    expected = np.minimum(expected * tables.level[members.country], _MOST_SESSIONS)
    counts = rng.poisson(np.where(access.closes > access.opens, expected, 0.0))

    total = int(counts.sum())
    keys = _starts(
        counts,
        members.country,
        tables.slots,
        sixteen_bits(rng, total),
        sixteen_bits(rng, total),
        _first_sessions(world, state, access, counts, rng),
        access,
    )
    keys.sort()
    count = len(keys)
    return _lay_out(
        keys,
        sixteen_bits(rng, count),
        sixteen_bits(rng, count),
        members.devices,
        lengths.quantiles,
        access,
        tables.slice_starts,
    )


class _FirstSessions(NamedTuple):
    """Sessions that begin at a time of their own."""

    session: Ints  # ascending
    start: Ints


@compiled
def _starts(
    counts: Ints,
    country: Ints,
    slots: Slots,
    slot_point: NDArray[np.uint16],
    within: NDArray[np.uint16],
    first: _FirstSessions,
    access: Access,
) -> NDArray[np.uint32]:
    """Return user and wanted start of the sessions inside the access, as one number.

    Args:
        counts: Sessions of each user.
        country: Country of each user.
        slots: When sessions begin.
        slot_point: Quantile of each session's slot.
        within: 65,536th of the slot at which it begins.
        first: Sessions that begin at a time of their own.
        access: When each user may watch.
    """
    opens, closes = access.opens, access.closes
    slot_ends, slot_starts = slots.ends, slots.starts
    first_session, at_once = first.session, first.start
    keys = np.empty(len(slot_point), np.uint32)
    kept = at = special = 0
    for user in range(len(counts)):
        ends, first_slot = slot_ends[country[user]], slot_starts[country[user]]
        for _ in range(counts[user]):
            slot = np.int64(first_slot[slot_point[at] // SLOT_STEP])
            while ends[slot] <= slot_point[at]:
                slot += 1
            start = slot * SLOT_SECONDS + (np.int64(within[at]) * SLOT_SECONDS >> 16)
            if special < len(first_session) and first_session[special] == at:
                start = at_once[special]
                special += 1
            if opens[user] <= start < closes[user] - SHORTEST_SESSION:
                keys[kept] = user << _SECOND_BITS | start
                kept += 1
            at += 1
    return keys[:kept]


@compiled
def _lay_out(
    keys: NDArray[np.uint32],
    device_point: NDArray[np.uint16],
    length_point: NDArray[np.uint16],
    devices: NDArray[np.float32],
    quantiles: NDArray[np.int32],
    access: Access,
    slice_starts: Ints,
) -> Sessions:
    """Return the sessions, moved apart, and cut short where the access ends."""
    opens, closes = access.opens, access.closes
    count = len(keys)
    user, start = np.empty(count, np.int64), np.empty(count, np.int64)
    length, occupied = np.empty(count, np.int64), np.empty(count, np.int64)
    device = np.empty(count, np.uint8)
    for at in range(count):
        user[at] = keys[at] >> _SECOND_BITS
        start[at] = keys[at] & ((1 << _SECOND_BITS) - 1)
        point = (np.float32(device_point[at]) + np.float32(0.5)) / np.float32(65_536)
        on = 0
        for limit in devices[user[at]]:
            on += point >= limit
        device[at] = on
        length[at] = quantiles[on, length_point[at]]
        occupied[at] = length[at] + SESSION_GAP + _SLACK

    # Moving half of the way back and half forward keeps the hours of the day.
    later = spread_out(user, start, occupied)
    earlier = start
    for at in range(count - 2, -1, -1):
        if user[at] == user[at + 1]:
            earlier[at] = min(earlier[at], earlier[at + 1] - occupied[at])
    wanted = later
    for at in range(count):
        wanted[at] = max((later[at] + earlier[at]) // 2, opens[user[at]])
    start = spread_out(user, wanted, occupied)

    week = np.empty(count, np.int64)
    kept = 0
    for at in range(count):
        # A session that would run past the end of the access is cut short, or dropped.
        room = min(length[at], closes[user[at]] - start[at] - _SLACK)
        if room < SHORTEST_SESSION:
            continue
        user[kept], start[kept], length[kept] = user[at], start[at], room
        device[kept] = device[at]
        number = len(slice_starts) - 1
        while slice_starts[number] > start[at]:
            number -= 1
        week[kept] = number
        kept += 1
    return Sessions(
        user[:kept], start[:kept], length[:kept], device[:kept], week[:kept]
    )


def _first_sessions(
    world: World,
    state: AccountState,
    access: Access,
    counts: Ints,
    rng: np.random.Generator,
) -> _FirstSessions:
    """Return which sessions are those of people who have just come, and their starts.

    One of the month's sessions, rather than one more: thinned viewing stays thin.
    """
    viewing = world.viewing
    opens, closes = access.opens, access.closes
    draws = rng.random((2, UNIT_USERS))
    # Access from the month's first second is that of members who were there before.
    comes = (opens > 0) & (closes > opens) & ~state.dormant & (counts > 0)
    user = np.flatnonzero(comes & (draws[0] < viewing.watch_at_once))
    wait = draws[1, user] ** 2 * viewing.at_once_minutes * 60
    return _FirstSessions(
        session=(np.cumsum(counts) - counts)[user],
        start=opens[user] + wait.astype(np.int64),
    )


@compiled
def spread_out(user: Ints, start: Ints, occupied: Ints) -> Ints:
    """Return the starts, each moved on to when the user's session before is over.

    Args:
        user: User of each session, ascending.
        start: Wanted starts, ascending within a user, seconds.
        occupied: Seconds from a start before which the next may not begin.
    """
    spread = np.empty_like(start)
    for at in range(len(start)):
        spread[at] = start[at]
        if at and user[at] == user[at - 1]:
            spread[at] = max(spread[at], spread[at - 1] + occupied[at - 1])
    return spread
