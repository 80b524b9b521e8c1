"""What a unit block watches in a month: runs of one title, laid end to end.

A run is a title taken up: a film, or episodes of a series one after the other. Some
are watched at one go, others a few episodes a week; what is to come waits in
`state.open`. The runs of a user are laid on the user's timeline, whose length is the
time of the month's sessions; where it ends inside a run, next month goes on there.
"""

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.watching.choice import MonthTables
from streaming_analytics.generator.watching.going_on import go_on
from streaming_analytics.generator.watching.offer import Offer
from streaming_analytics.generator.watching.open_runs import OpenRuns
from streaming_analytics.generator.watching.runs import SHORTEST_ITEM, Runs, in_order
from streaming_analytics.generator.watching.sessions import Sessions
from streaming_analytics.generator.watching.state import OPEN, WatchState
from streaming_analytics.generator.watching.taking_up import take_up
from streaming_analytics.generator.world.world import UNIT_USERS

Ints = NDArray[np.int64]


def draw_runs(
    offer: Offer,
    members: Members,
    state: WatchState,
    tables: MonthTables,
    sessions: Sessions,
    rng: np.random.Generator,
) -> Runs:
    """Fill the timeline of each user with runs, release week by release week.

    Marks in `state.seen` what was taken up. The runs may reach past the end of the
    timeline; `keep_open` carries that over.
    """
    weeks = len(tables.slice_starts)
    room = np.bincount(
        sessions.user * weeks + sessions.release_week,
        weights=sessions.length,
        minlength=UNIT_USERS * weeks,
    ).astype(np.int64)
    room = room.reshape(UNIT_USERS, weeks)
    drawn: list[Runs] = []
    # Seconds by which the runs so far reach into the week.
    ahead = np.zeros(UNIT_USERS, dtype=np.int64)
    _close_licences(members, state, tables)

    for week in range(weeks):
        left = room[:, week] - ahead
        drawn.append(go_on(offer, state, left, rng))
        waiting = [state.open]
        # Nobody watches beyond the last run that begins in the week.
        while (left > 0).any():
            runs, rest = take_up(offer, members, state, tables, left, week, rng)
            drawn.append(runs)
            waiting.append(rest)
        state.open = OpenRuns.joined(waiting)
        ahead = -left
    return in_order(drawn)


def _close_licences(members: Members, state: WatchState, tables: MonthTables) -> None:
    """Forget open runs whose licence ended: it takes them away from their viewers."""
    runs = state.open
    kept = tables.available[members.region[runs.user], runs.title]
    state.seen[runs.user[~kept], runs.title[~kept]] &= ~np.uint8(OPEN)
    state.open = runs.where(kept)


def keep_open(state: WatchState, runs: Runs, starts: Ints, ends: Ints) -> None:
    """Remember what the end of the month interrupts.

    Args:
        state: Changed in place.
        runs: The month's runs.
        starts: Place of each item on the common timeline, seconds.
        ends: End of the timeline of each user, same axis.
    """
    waiting = state.open
    item = _unfinished(runs.user, runs.items, runs.seconds, starts, ends)
    run = runs.run[item]
    user = runs.user[run]
    within = item - (np.cumsum(runs.items) - runs.items)[run]
    episode = runs.episode[item]
    rest = runs.items[run] - within
    # Where the rest of the run waits already, it waits from here on.
    rest_begins = np.full(UNIT_USERS, -1)
    goes_on = runs.left[run] > 0
    rest_begins[user[goes_on]] = (episode + rest)[goes_on]
    again = waiting.episode == rest_begins[waiting.user]
    again &= rest_begins[waiting.user] >= 0
    watched = np.maximum(ends[user] - starts[item], 0)
    interrupted = OpenRuns(
        user=user,
        title=runs.title[run],
        episode=episode,
        position=runs.position[item] + watched,
        items=rest + runs.left[run],
        done=runs.done[run] + within,
        pace=runs.pace[run],
        liking=runs.liking[run],
        is_first=runs.is_first[run],
    )
    state.seen[user, interrupted.title] |= OPEN
    state.open = OpenRuns.joined([interrupted, waiting.where(~again)])


@compiled
def _unfinished(
    run_user: Ints, items: Ints, seconds: Ints, starts: Ints, ends: Ints
) -> Ints:
    """Return each user's first item that the end of the timeline leaves unfinished."""
    found = np.empty(len(ends), np.int64)
    count, item, user = 0, 0, -1
    for run in range(len(run_user)):
        for _ in range(items[run]):
            cut = starts[item] + seconds[item] - ends[run_user[run]]
            if cut > SHORTEST_ITEM and run_user[run] != user:
                user = run_user[run]
                found[count] = item
                count += 1
            item += 1
    return found[:count]
