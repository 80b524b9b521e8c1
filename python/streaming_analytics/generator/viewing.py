"""Plays: the tape of runs, cut where sessions end and viewers interrupt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.choice import MonthTables
from streaming_analytics.generator.members import TASTE_QUANTILES, Members
from streaming_analytics.generator.quantiles import normal_quantiles
from streaming_analytics.generator.randomness import sixteen_bits
from streaming_analytics.generator.runs import Runs
from streaming_analytics.generator.sessions import SESSION_GAP, Sessions, spread_out
from streaming_analytics.generator.timeline import DAY_SECONDS
from streaming_analytics.generator.world import UNIT_USERS, World

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Kinds of points on the tape; at the same place, a session begins before its item.
_SESSION, _ITEM, _CUT = 0, 1, 2
_FALSE_START_SECONDS = (4, 115)
LONGEST_LATE_DAYS = 3
_TRAILER_SIGMA = 0.8
_LONGEST_TRAILER = 150


@dataclass(frozen=True)
class Plays:
    """Plays of a unit block and month, in order of user and start, trailers last."""

    user: Ints  # within the unit
    title: Ints
    episode: Ints  # row of the episode arrays, -1 without one
    device: NDArray[np.uint8]
    is_trailer: Bools
    start: Ints  # seconds from the first day of the month
    watched: Ints
    paused: Ints
    position: Ints
    is_autoplayed: Bools
    late_days: NDArray[np.uint8]

    @property
    def count(self) -> int:
        """Number of plays."""
        return len(self.user)


@dataclass(frozen=True)
class LaidTape:
    """Where runs and sessions lie on the common time axis of the unit."""

    item_start: Ints
    session_start: Ints
    user_end: Ints


def lay_tape(runs: Runs, sessions: Sessions) -> LaidTape:
    """Lay the sessions end to end, and each user's runs along that user's part."""
    session_end = np.cumsum(sessions.length)
    per_user = np.bincount(
        sessions.user, weights=sessions.length, minlength=UNIT_USERS
    ).astype(np.int64)
    user_end = np.cumsum(per_user)
    user_start = user_end - per_user
    ends = np.cumsum(runs.seconds)
    owner = runs.user[runs.run]
    first = np.searchsorted(owner, owner)
    starts = ends - runs.seconds
    item_start = starts - starts[first] + user_start[owner]
    return LaidTape(item_start, session_end - sessions.length, user_end)


def cut_plays(
    world: World,
    members: Members,
    tables: MonthTables,
    sessions: Sessions,
    runs: Runs,
    tape: LaidTape,
    closes: Ints,
    rng: np.random.Generator,
) -> tuple[Plays, Ints]:
    """Return the plays, and per item the row of its last play (-1 without one)."""
    viewing = world.viewing
    owner = runs.user[runs.run]
    on_tape = tape.item_start < tape.user_end[owner]
    item_of = np.flatnonzero(on_tape)
    item_start = tape.item_start[item_of]
    item_end = np.minimum(
        item_start + runs.seconds[item_of], tape.user_end[owner[item_of]]
    )
    session_start = _move_session_ends(world, sessions, tape, item_start, item_end, rng)
    is_film = runs.episode[item_of] < 0
    cuts = _interruptions(world, item_start, item_end, is_film, rng)

    total = int(tape.user_end[-1])
    points = np.concatenate(
        [session_start << 2 | _SESSION, item_start << 2 | _ITEM, cuts << 2 | _CUT]
    )
    points.sort()
    place, kind = points >> 2, points & 3
    session = np.cumsum(kind == _SESSION) - 1
    item = np.cumsum(kind == _ITEM) - 1
    watched = np.diff(place, append=total)
    kept = watched > 0
    place, session, item, watched = (
        place[kept],
        session[kept],
        item[kept],
        watched[kept],
    )
    count = len(place)
    source = item_of[item]
    run = runs.run[source]

    new_session = np.diff(session, prepend=-1) != 0
    new_item = np.diff(item, prepend=-1) != 0
    new_run = np.diff(run, prepend=-1) != 0
    follows_on = new_item & ~new_run & ~new_session
    chance = sixteen_bits(rng, count)
    autoplayed = follows_on & (chance < viewing.autoplay_share * 65_536)

    # Trailers run while somebody looks for something to watch.
    has_trailer = ~autoplayed & (
        sixteen_bits(rng, count) < viewing.trailer_share * 65_536
    )
    trailer_seconds = np.exp(
        np.log(viewing.trailer_median_seconds)
        + _TRAILER_SIGMA * normal_quantiles()[sixteen_bits(rng, count)]
    )
    trailer_seconds = np.clip(trailer_seconds, 2, _LONGEST_TRAILER).astype(np.int64)
    browsing = (sixteen_bits(rng, count) >> 9).astype(np.int64)
    gap = np.where(autoplayed, 5, np.where(new_session, 0, 4 + browsing))
    gap = gap + np.where(has_trailer, trailer_seconds + 3, 0)
    pause_draw = sixteen_bits(rng, count).astype(np.int64)
    pause_limit = int(viewing.pause_share * 65_536)
    # Pauses last up to a quarter of an hour, short ones more often.
    pause = np.where(
        pause_draw < pause_limit,
        20 + (pause_draw * pause_draw * 880 // pause_limit**2),
        0,
    )

    # Time within the session: what came before, and the gap before the play itself.
    elapsed = np.cumsum(watched + pause + gap)
    begins = elapsed - watched - pause
    first = np.flatnonzero(new_session)
    rank = np.cumsum(new_session) - 1
    base = begins[first] - gap[first]
    last = np.append(first[1:], count) - 1
    occupied = elapsed[last] - base
    live = session[first]
    session_at = spread_out(
        sessions.user[live], sessions.start[live], occupied + SESSION_GAP
    )
    start = session_at[rank] + begins - base[rank]
    user = sessions.user[session]
    # The rare play that pauses push beyond the end of the access never happens.
    fits = start + watched + pause <= closes[user]

    device = sessions.device[session]
    late = _late_days(world, rng, count)
    is_trailer = has_trailer & fits
    trailers = np.flatnonzero(is_trailer)
    advertised = _trailer_titles(
        world,
        members,
        tables,
        user[trailers],
        sessions.release_week[session[trailers]],
        rng,
    )
    plays = Plays(
        user=np.concatenate([user[fits], user[trailers]]),
        title=np.concatenate([runs.title[run][fits], advertised]),
        episode=np.concatenate(
            [runs.episode[source][fits], np.full(len(trailers), -1)]
        ),
        device=np.concatenate([device[fits], device[trailers]]),
        is_trailer=np.concatenate(
            [np.zeros(int(fits.sum()), dtype=bool), np.ones(len(trailers), dtype=bool)]
        ),
        start=np.concatenate(
            [start[fits], start[trailers] - trailer_seconds[trailers] - 2]
        ),
        watched=np.concatenate([watched[fits], trailer_seconds[trailers]]),
        paused=np.concatenate([pause[fits], np.zeros(len(trailers), dtype=np.int64)]),
        position=np.concatenate(
            [
                (runs.position[source] + place - tape.item_start[source])[fits],
                np.zeros(len(trailers), dtype=np.int64),
            ]
        ),
        is_autoplayed=np.concatenate(
            [autoplayed[fits], np.zeros(len(trailers), dtype=bool)]
        ),
        late_days=np.concatenate([late[fits], late[trailers]]),
    )
    last_play = np.full(len(runs.run), -1)
    rows = np.flatnonzero(fits)
    last_play[source[rows]] = np.arange(len(rows))
    return plays, last_play


def _move_session_ends(
    world: World,
    sessions: Sessions,
    tape: LaidTape,
    item_start: Ints,
    item_end: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Return where sessions begin on the tape once people finish what they watch."""
    starts = tape.session_start.copy()
    if not len(starts):
        return starts
    inner = np.flatnonzero(np.diff(sessions.user, prepend=-1) == 0)
    here = starts[inner]
    # An item that begins just here belongs to the next session already.
    item = np.searchsorted(item_start, here, side="left") - 1
    to_end = item_end[item] - here
    finishes = (to_end < world.viewing.finish_within_minutes * 60) & (
        sixteen_bits(rng, len(inner)) < world.viewing.finish_share * 65_536
    )
    starts[inner] = np.where(finishes, item_end[item], here)
    return np.maximum.accumulate(starts)


def _interruptions(
    world: World,
    item_start: Ints,
    item_end: Ints,
    is_film: Bools,
    rng: np.random.Generator,
) -> Ints:
    """Return where viewers break off and start again, on the tape."""
    count = len(item_start)
    length = item_end - item_start
    low, high = _FALSE_START_SECONDS
    early = np.flatnonzero(
        sixteen_bits(rng, count) < world.viewing.false_start_share * 65_536
    )
    share = sixteen_bits(rng, len(early)).astype(np.int64)
    # Squared: most give up at once.
    after = low + (share * share * (high - low) >> 32)
    early, after = early[after < length[early] - 60], after[after < length[early] - 60]
    later = np.flatnonzero(
        ~is_film
        & (sixteen_bits(rng, count) < world.viewing.interruption_share * 65_536)
    )
    share = sixteen_bits(rng, len(later)).astype(np.int64)
    return np.concatenate(
        [item_start[early] + after, item_start[later] + (length[later] * share >> 16)]
    )


def _late_days(world: World, rng: np.random.Generator, count: int) -> NDArray[np.uint8]:
    """Return by how many days each play reaches the warehouse late."""
    limit = max(int(world.viewing.late_share * 65_536), 1)
    draw = sixteen_bits(rng, count).astype(np.int64)
    late = 1 + draw * LONGEST_LATE_DAYS // limit
    return np.where(draw < limit, late, 0).astype(np.uint8)


def _trailer_titles(
    world: World,
    members: Members,
    tables: MonthTables,
    user: Ints,
    week: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Return what the trailers advertise: what pulls the viewer at that time."""
    titles = np.zeros(len(user), dtype=np.int64)
    point = sixteen_bits(rng, len(user)) % TASTE_QUANTILES
    group = members.region[user] * len(world.genres) + members.taste_table[user, point]
    wanted = group + rng.random(len(user))
    for index, pull in enumerate(tables.pull):
        here = np.flatnonzero(week == index)
        entry = np.searchsorted(pull, wanted[here], side="right")
        titles[here] = tables.pull_titles[entry]
    return titles


def play_days(tables: MonthTables, plays: Plays) -> Ints:
    """Return the day on which each play began."""
    return tables.month.first_day + plays.start // DAY_SECONDS
