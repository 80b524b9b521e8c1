"""The timeline of a unit block: runs laid end to end, cut where plays begin."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.numeric.randomness import sixteen_bits
from streaming_analytics.generator.watching.runs import Runs
from streaming_analytics.generator.watching.sessions import Sessions
from streaming_analytics.generator.world.world import UNIT_USERS, World

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bits = NDArray[np.uint16]

_FALSE_START_SECONDS = (4, 115)
# An item this much longer than its false start is taken up again.
_LEFT_AFTER_FALSE_START = 60


class Timeline(NamedTuple):
    """Where runs and sessions lie on the common time axis of the unit, in seconds."""

    item_start: Ints
    session_start: Ints
    user_end: Ints


class Pieces(NamedTuple):
    """What lies between two cuts of the timeline, each a play: no two overlap."""

    place: Ints  # where each begins on the timeline
    watched: Numbers  # seconds to the next
    session: Numbers
    item: Numbers


def lay_timeline(runs: Runs, sessions: Sessions) -> Timeline:
    """Lay the sessions end to end, and each user's runs along that user's part."""
    return _lay(runs.user, runs.items, runs.seconds, sessions)


@compiled
def _lay(run_user: Ints, items: Ints, seconds: Ints, sessions: Sessions) -> Timeline:
    session_user, length = sessions.user, sessions.length
    session_start = np.empty(len(length), np.int64)
    user_start = np.zeros(UNIT_USERS + 1, np.int64)
    place = 0
    for at in range(len(length)):
        session_start[at] = place
        place += length[at]
        user_start[session_user[at] + 1] = place
    for user in range(UNIT_USERS):
        user_start[user + 1] = max(user_start[user + 1], user_start[user])
    item_start = np.empty(len(seconds), np.int64)
    item, user = 0, -1
    for run in range(len(run_user)):
        if run_user[run] != user:
            user = run_user[run]
            place = user_start[user]
        for _ in range(items[run]):
            item_start[item] = place
            place += seconds[item]
            item += 1
    return Timeline(item_start, session_start, user_start[1:])


def cut_timeline(
    world: World,
    runs: Runs,
    sessions: Sessions,
    timeline: Timeline,
    rng: np.random.Generator,
) -> Pieces:
    """Cut the timeline where sessions and items begin, and where viewers break off.

    Sessions that end shortly before an item does mostly go on to its end.
    """
    viewing = world.viewing
    owner = runs.user[runs.run]
    item_of, item_start, item_end = _watched_items(
        owner, timeline.item_start, runs.seconds, timeline.user_end
    )
    inner = int((sessions.user[1:] == sessions.user[:-1]).sum())
    session_start = _move_session_ends(
        sessions.user,
        timeline.session_start,
        item_start,
        item_end,
        sixteen_bits(rng, inner),
        viewing.finish_share * 65_536,
        int(viewing.finish_within_minutes * 60),
    )
    count = len(item_of)
    early = np.flatnonzero(
        sixteen_bits(rng, count) < viewing.false_start_share * 65_536
    )
    false_starts = _false_starts(
        item_start, item_end, early, sixteen_bits(rng, len(early))
    )
    # Films are broken off by the ends of sessions alone.
    later = np.flatnonzero(
        (runs.episode[item_of] >= 0)
        & (sixteen_bits(rng, count) < viewing.interruption_share * 65_536)
    )
    share = sixteen_bits(rng, len(later)).astype(np.int64)
    interruptions = item_start[later] + (
        (item_end[later] - item_start[later]) * share >> 16
    )
    total = timeline.user_end[-1]
    return cut_in_pieces(
        session_start, item_of, item_start, false_starts, interruptions, total
    )


@compiled
def _watched_items(
    owner: Ints, start: Ints, seconds: Ints, user_end: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return the items that begin before their user's time ends; starts and ends."""
    items = np.empty(len(start), np.int64)
    starts, ends = np.empty_like(items), np.empty_like(items)
    count = 0
    for item in range(len(start)):
        end = user_end[owner[item]]
        if start[item] < end:
            items[count], starts[count] = item, start[item]
            ends[count] = min(start[item] + seconds[item], end)
            count += 1
    return items[:count], starts[:count], ends[:count]


@compiled
def _move_session_ends(
    user: Ints,
    session_start: Ints,
    item_start: Ints,
    item_end: Ints,
    point: Bits,
    finishing: float,
    within: int,
) -> Ints:
    """Return where sessions begin on the timeline once people finish what they watch.

    Args:
        user: User of each session.
        session_start: Where each begins on the timeline.
        item_start: Where each item begins.
        item_end: Where each item ends.
        point: A draw for each session but a user's first.
        finishing: The draw below which somebody goes on to the end.
        within: Seconds before the end from which somebody may.
    """
    starts = session_start.copy()
    item = drawn = 0
    for at in range(1, len(starts)):
        here = session_start[at]
        if user[at] == user[at - 1]:
            # An item that begins just here belongs to the next session already.
            while item + 1 < len(item_start) and item_start[item + 1] < here:
                item += 1
            if item_end[item] - here < within and point[drawn] < finishing:
                starts[at] = item_end[item]
            drawn += 1
        starts[at] = max(starts[at], starts[at - 1])
    return starts


@compiled
def _false_starts(item_start: Ints, item_end: Ints, early: Ints, point: Bits) -> Ints:
    """Return where the `early` items are given up and begun again, on the timeline."""
    low, high = _FALSE_START_SECONDS
    cuts = np.empty(len(early), np.int64)
    count = 0
    for at in range(len(early)):
        item = early[at]
        share = np.int64(point[at])
        # Squared: most give up at once.
        after = low + (share * share * (high - low) >> 32)
        if after < item_end[item] - item_start[item] - _LEFT_AFTER_FALSE_START:
            cuts[count] = item_start[item] + after
            count += 1
    return cuts[:count]


@compiled
def cut_in_pieces(
    session_start: Ints,
    item_of: Ints,
    item_start: Ints,
    false_starts: Ints,
    interruptions: Ints,
    total: int,
) -> Pieces:
    """Return the pieces between the cuts, all of which ascend.

    What happens at one place is one cut.
    """
    end = np.array([total])
    sessions = np.concatenate((session_start, end))
    items = np.concatenate((item_start, end))
    early = np.concatenate((false_starts, end))
    later = np.concatenate((interruptions, end))
    most = len(sessions) + len(items) + len(early) + len(later)
    place, watched = np.empty(most, np.int64), np.empty(most, np.int32)
    session, item = np.empty(most, np.int32), np.empty(most, np.int32)
    count = s = i = e = c = 0
    here = min(sessions[0], items[0], early[0], later[0])
    # No branch to be guessed wrong: which of the cuts comes next is anybody's guess.
    while here < total:
        s += sessions[s] == here
        i += items[i] == here
        e += early[e] == here
        c += later[c] == here
        after = min(sessions[s], items[i], early[e], later[c])
        place[count], watched[count] = here, after - here
        session[count], item[count] = s - 1, item_of[i - 1]
        count += after != here
        here = after
    return Pieces(place[:count], watched[:count], session[:count], item[:count])
