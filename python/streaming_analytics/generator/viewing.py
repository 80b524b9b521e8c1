"""Plays: the tape of runs, cut where sessions end and viewers interrupt."""

from dataclasses import dataclass
from functools import lru_cache

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
_AFTER_TRAILER = 3
_SHORTEST_BROWSE = 4
_AUTOPLAY_GAP = 5


@dataclass(frozen=True)
class Plays:
    """Plays of a unit block and month, in order of user and session, trailers last."""

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
    per_owner = np.bincount(owner, weights=runs.seconds, minlength=UNIT_USERS)
    # Each user's items begin where the user's part of the tape begins.
    before = np.cumsum(per_owner) - per_owner
    shift = (user_start - before).astype(np.int64)
    item_start = ends - runs.seconds + shift[owner]
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
    owner = runs.user[runs.run]
    item_of = np.flatnonzero(tape.item_start < tape.user_end[owner])
    item_start = tape.item_start[item_of]
    item_end = np.minimum(
        item_start + runs.seconds[item_of], tape.user_end[owner[item_of]]
    )
    session_start = _move_session_ends(world, sessions, tape, item_start, item_end, rng)
    cuts = _interruptions(world, item_start, item_end, runs.episode[item_of] < 0, rng)
    total = int(tape.user_end[-1])
    place, session, item = _cut_tape(session_start, item_start, cuts, total)
    watched = np.diff(place, append=place.dtype.type(total))
    source = item_of[item]
    count = len(place)

    new_session = _changes(session)
    run = runs.run[source]
    follows_on = _changes(item) & ~_changes(run) & ~new_session
    autoplay = int(world.viewing.autoplay_share * 65_536)
    autoplayed = follows_on & (sixteen_bits(rng, count) < autoplay)

    # Trailers run while somebody looks for something to watch.
    trailer = int(world.viewing.trailer_share * 65_536)
    shows = np.flatnonzero(~autoplayed & (sixteen_bits(rng, count) < trailer))
    trailer_seconds = _trailer_lengths(world.viewing.trailer_median_seconds)[
        sixteen_bits(rng, len(shows))
    ]
    gap = (sixteen_bits(rng, count) >> 9).astype(np.int32) + _SHORTEST_BROWSE
    gap[autoplayed] = _AUTOPLAY_GAP
    gap[new_session] = 0
    gap[shows] += trailer_seconds + _AFTER_TRAILER
    pause = _pauses(world, rng, count)

    share = int(world.viewing.second_screen_share * 65_536)
    second_screen = sixteen_bits(rng, len(sessions.user)) < share
    start, user = _times(
        *(sessions, session, run, second_screen),
        *(new_session, watched.astype(np.int64), pause, gap),
    )
    # The rare play that pauses push beyond the end of the access never happens.
    fits = start + watched + pause <= closes[user]
    kept = np.flatnonzero(fits)
    shown = fits[shows]
    shows, trailer_seconds = shows[shown], trailer_seconds[shown]
    advertised = _trailer_titles(
        *(world, members, tables, user[shows]),
        *(sessions.release_week[session[shows]], rng),
    )
    position = runs.position[source] + place - tape.item_start[source]
    device = sessions.device[session]
    late = _late_days(world, rng, count)
    none = np.zeros(len(shows), dtype=np.int32)

    def joined(main: NDArray, trailers: NDArray) -> NDArray:
        main = main if len(kept) == count else main[kept]
        return np.concatenate([main, trailers], dtype=main.dtype)

    plays = Plays(
        user=joined(user, user[shows]),
        title=joined(runs.title[run], advertised),
        episode=joined(runs.episode[source], none - 1),
        device=joined(device, device[shows]),
        is_trailer=np.arange(len(kept) + len(shows)) >= len(kept),
        start=joined(start, start[shows] - trailer_seconds - _AFTER_TRAILER + 1),
        watched=joined(watched, trailer_seconds),
        paused=joined(pause, none),
        position=joined(position, none),
        is_autoplayed=joined(autoplayed, none > 0),
        late_days=joined(late, late[shows]),
    )
    last_play = np.full(len(runs.run), -1)
    last_play[source if len(kept) == count else source[kept]] = np.arange(len(kept))
    return plays, last_play


def _changes(values: NDArray) -> Bools:
    """Return where a value differs from the one before; the first one does."""
    changes = np.empty(len(values), dtype=bool)
    changes[:1] = True
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return changes


def _cut_tape(
    session_start: Ints, item_start: Ints, cuts: Ints, total: int
) -> tuple[NDArray, NDArray, NDArray]:
    """Return place, session and item of each piece of the tape, without empty ones."""
    # Half the width sorts in half the time, and holds all but extreme units.
    width = np.int32 if total < 1 << 29 else np.int64
    points = np.concatenate(
        [session_start << 2 | _SESSION, item_start << 2 | _ITEM, cuts << 2 | _CUT],
        dtype=width,
        casting="same_kind",
    )
    # A few ascending runs one after the other, which the stable sort only merges.
    points.sort(kind="stable")
    place, kind = points >> 2, points & 3
    session = np.cumsum(kind == _SESSION, dtype=np.int32) - 1
    item = np.cumsum(kind == _ITEM, dtype=np.int32) - 1
    kept = np.flatnonzero(np.diff(place, append=width(total)))
    return place[kept], session[kept], item[kept]


@lru_cache
def _trailer_lengths(median: float) -> NDArray[np.int32]:
    seconds = median * np.exp(_TRAILER_SIGMA * normal_quantiles())
    return np.clip(seconds, 2, _LONGEST_TRAILER).astype(np.int32)


def _pauses(world: World, rng: np.random.Generator, count: int) -> NDArray[np.int32]:
    """Return seconds paused within each play, for most none."""
    draw = sixteen_bits(rng, count)
    limit = int(world.viewing.pause_share * 65_536)
    pauses = np.flatnonzero(draw < limit)
    share = draw[pauses] / limit
    paused = np.zeros(count, dtype=np.int32)
    # Up to a quarter of an hour, short ones more often.
    paused[pauses] = 20 + 880 * share * share
    return paused


def _times(
    sessions: Sessions,
    session: NDArray,
    run: NDArray,
    second_screen: Bools,
    new_session: Bools,
    watched: Ints,
    pause: NDArray,
    gap: NDArray,
) -> tuple[Ints, Ints]:
    """Return start (from the month's first day) and user of each play."""
    elapsed = np.cumsum(watched + pause + gap)
    begins = elapsed - watched - pause
    first = np.flatnonzero(new_session)
    base = begins[first] - gap[first]
    ends = elapsed[np.append(first, len(session))[1:] - 1]
    live = session[first]
    at = spread_out(
        sessions.user[live], sessions.start[live], ends - base + SESSION_GAP
    )
    at = _overlapped(
        at, ends - base, sessions.user[live], run, first, second_screen[live]
    )
    plays = np.diff(np.append(first, len(session)))
    return begins + np.repeat(at - base, plays), np.repeat(sessions.user[live], plays)


def _overlapped(
    at: Ints,
    length: Ints,
    user: Ints,
    run: NDArray,
    first: Ints,
    second_screen: Bools,
) -> Ints:
    """Return the starts of sessions once some begin in the middle of the next one.

    Later, never earlier: nothing is watched before its release. A session that goes on
    with what the one before broke off has to wait for it.

    Args:
        at: Start of each session, in order of user and time.
        length: Seconds from its start to its end.
        user: Its user.
        run: Run of each play.
        first: First play of each session.
        second_screen: Sessions that are drawn to overlap.
    """
    row = np.flatnonzero(second_screen[:-1])
    # Two streams at a time, not three.
    row = row[~second_screen[row + 1] & (user[row] == user[row + 1])]
    row = row[run[first[row + 1] - 1] != run[first[row + 1]]]
    begins = at[row + 1] + length[row + 1] // 3
    after = np.minimum(row + 2, len(at) - 1)
    fits = (user[after] != user[row]) | (begins + length[row] <= at[after])
    moved = at.copy()
    moved[row[fits]] = begins[fits]
    return moved


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
    limit = int(world.viewing.late_share * 65_536)
    draw = sixteen_bits(rng, count)
    late = np.flatnonzero(draw < limit)
    days = np.zeros(count, dtype=np.uint8)
    days[late] = 1 + draw[late].astype(np.int64) * LONGEST_LATE_DAYS // limit
    return days


def _trailer_titles(
    world: World,
    members: Members,
    tables: MonthTables,
    user: Ints,
    week: Ints,
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """Return what the trailers advertise: what pulls the viewer at that time."""
    titles = np.zeros(len(user), dtype=np.int32)
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
