"""Plays: the pieces of the timeline, each at its time and on its device."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members, Viewers
from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.numeric.quantiles import normal_quantiles
from streaming_analytics.generator.numeric.randomness import sixteen_bits
from streaming_analytics.generator.watching.choice import (
    MonthPull,
    MonthTables,
    Pull,
    draw_title,
)
from streaming_analytics.generator.watching.runs import Runs
from streaming_analytics.generator.watching.sessions import (
    SESSION_GAP,
    Sessions,
    spread_out,
)
from streaming_analytics.generator.watching.timeline import (
    Pieces,
    Timeline,
    cut_timeline,
)
from streaming_analytics.generator.world.span import LONGEST_LATE_DAYS
from streaming_analytics.generator.world.world import World

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bools = NDArray[np.bool_]
Bits = NDArray[np.uint16]

_TRAILER_SIGMA = 0.8
_LONGEST_TRAILER = 150
_AFTER_TRAILER = 3
_SHORTEST_BROWSE = 4
_AUTOPLAY_GAP = 5
# Pauses last up to a quarter of an hour, short ones more often.
_SHORTEST_PAUSE, _PAUSE_RANGE = 20, 880


class Plays(NamedTuple):
    """Plays of a unit block and month, in order of user and session, trailers last."""

    user: NDArray[np.int16]  # within the unit
    title: Numbers
    episode: Numbers  # row of the episode arrays, -1 without one
    device: NDArray[np.int8]
    is_trailer: NDArray[np.int8]
    start: Numbers  # seconds from the first day of the month
    watched: Numbers
    paused: Numbers
    position: Numbers
    is_autoplayed: Bools
    late_days: NDArray[np.uint8]

    @property
    def size(self) -> int:
        """Number of plays."""
        return len(self.user)


class _Trailers(NamedTuple):
    """Trailers, in order of the plays that they precede."""

    play: Ints
    title: Numbers
    seconds: Numbers


class _Timing(NamedTuple):
    """When each play begins, and how."""

    start: Numbers  # seconds from the month's first day
    paused: Numbers
    is_autoplayed: Bools


def cut_plays(
    world: World,
    members: Members,
    tables: MonthTables,
    sessions: Sessions,
    runs: Runs,
    timeline: Timeline,
    closes: Ints,
    rng: np.random.Generator,
) -> tuple[Plays, Ints]:
    """Return the plays, and per item the row of its last play (-1 without one)."""
    viewing = world.viewing
    pieces = cut_timeline(world, runs, sessions, timeline, rng)
    count = len(pieces.place)
    autoplayed, shows = _began(
        pieces,
        runs.run,
        sixteen_bits(rng, count),
        int(viewing.autoplay_share * 65_536),
        sixteen_bits(rng, count),
        int(viewing.trailer_share * 65_536),
    )
    trailer = _trailer_lengths(viewing.trailer_median_seconds)[
        sixteen_bits(rng, len(shows))
    ]
    gap, pause = _gaps(
        pieces.session,
        autoplayed,
        sixteen_bits(rng, count),
        shows,
        trailer,
        sixteen_bits(rng, count),
        int(viewing.pause_share * 65_536),
    )
    second_screen = int(viewing.second_screen_share * 65_536)
    start = _starts(
        pieces,
        pause,
        gap,
        runs.run,
        sessions,
        sixteen_bits(rng, len(sessions.user)) < second_screen,
    )
    timing = _Timing(start, pause, autoplayed)
    kept, shown = _fitting(timing, pieces, sessions.user, closes, shows)
    shows, trailer = shows[shown], trailer[shown]
    advertised = _trailer_titles(
        sixteen_bits(rng, len(shows)),
        rng.random(len(shows)),
        pieces.session[shows],
        sessions,
        members.viewers,
        tables.pull,
    )
    nights = _late_days(sixteen_bits(rng, count), int(viewing.late_share * 65_536))
    trailers = _Trailers(shows, advertised, trailer)
    return _collect(kept, trailers, pieces, timing, nights, sessions, runs, timeline)


@compiled
def _began(
    pieces: Pieces,
    run: Ints,
    autoplay: Bits,
    autoplay_limit: int,
    trailer: Bits,
    trailer_limit: int,
) -> tuple[Bools, Ints]:
    """Return which plays began by themselves, and which after a trailer.

    Episodes do after one another, in one session; trailers run while somebody looks
    for something to watch.
    """
    session, item = pieces.session, pieces.item
    autoplayed = np.empty(len(item), np.bool_)
    shows = np.empty(len(item), np.int64)
    count = 0
    for at in range(len(item)):
        follows_on = (
            autoplay[at] < autoplay_limit
            and at > 0
            and item[at] != item[at - 1]
            and session[at] == session[at - 1]
            and run[item[at]] == run[item[at - 1]]
        )
        autoplayed[at] = follows_on
        shows[count] = at
        count += trailer[at] < trailer_limit and not follows_on
    return autoplayed, shows[:count]


@lru_cache
def _trailer_lengths(median: float) -> Numbers:
    seconds = median * np.exp(_TRAILER_SIGMA * normal_quantiles())
    return np.clip(seconds, 2, _LONGEST_TRAILER).astype(np.int32)


@compiled
def _gaps(
    session: Numbers,
    autoplayed: Bools,
    browse: Bits,
    shows: Ints,
    trailer: Numbers,
    pause_point: Bits,
    pause_limit: int,
) -> tuple[Numbers, Numbers]:
    """Return the seconds before each play in which nothing runs, and those paused."""
    gap = np.empty(len(session), np.int32)
    paused = np.zeros(len(session), np.int32)
    for at in range(len(session)):
        gap[at] = (browse[at] >> 9) + _SHORTEST_BROWSE
        if autoplayed[at]:
            gap[at] = _AUTOPLAY_GAP
        if at == 0 or session[at] != session[at - 1]:
            gap[at] = 0
        if pause_point[at] < pause_limit:
            share = pause_point[at] / pause_limit
            paused[at] = _SHORTEST_PAUSE + _PAUSE_RANGE * share * share
    for at in range(len(shows)):
        gap[shows[at]] += trailer[at] + _AFTER_TRAILER
    return gap, paused


@compiled
def _starts(
    pieces: Pieces,
    pause: Numbers,
    gap: Numbers,
    run: Ints,
    wanted: Sessions,
    second_screen: Bools,
) -> Numbers:
    """Return the start of each play, seconds from the month's first day.

    Args:
        pieces: The plays.
        pause: Seconds paused of each play.
        gap: Seconds since the end of the play before.
        run: Run of each item.
        wanted: The sessions, where they would begin.
        second_screen: Sessions that are drawn to overlap with the next.
    """
    session, item, watched = pieces.session, pieces.item, pieces.watched
    user = wanted.user
    sessions = len(user)
    # Seconds of all plays up to the end of each session, and its first and last play.
    ends = np.zeros(sessions, np.int64)
    first, last = np.full(sessions, -1, np.int64), np.full(sessions, -1, np.int64)
    elapsed = 0
    for at in range(len(session) - 1, -1, -1):
        first[session[at]] = at
    for at in range(len(session)):
        elapsed += watched[at] + pause[at] + gap[at]
        ends[session[at]], last[session[at]] = elapsed, at
    live, length = np.empty(sessions, np.int64), np.empty(sessions, np.int64)
    who, begins = np.empty(sessions, np.int64), np.empty(sessions, np.int64)
    count = elapsed = 0
    for number in range(sessions):
        if last[number] < 0:
            continue
        live[count], length[count] = number, ends[number] - elapsed
        who[count], begins[count] = user[number], wanted.start[number]
        elapsed = ends[number]
        count += 1
    live, who, length = live[:count], who[:count], length[:count]
    begins = spread_out(who, begins[:count], length + SESSION_GAP)
    shift = np.zeros(sessions, np.int64)
    for at in range(count):
        moved = begins[at]
        if at + 1 < count and who[at] == who[at + 1]:
            here, then = live[at], live[at + 1]
            # Two streams at a time, not three. And what goes on with what the session
            # before broke off has to wait for it.
            if (
                second_screen[here]
                and not second_screen[then]
                and run[item[last[here]]] != run[item[first[then]]]
            ):
                # Later, never earlier: nothing is watched before its release.
                later = begins[at + 1] + length[at + 1] // 3
                after = min(at + 2, count - 1)
                if who[after] != who[at] or later + length[at] <= begins[after]:
                    moved = later
        shift[live[at]] = moved - (ends[live[at]] - length[at])

    starts = np.empty(len(session), np.int32)
    elapsed = 0
    for at in range(len(session)):
        starts[at] = shift[session[at]] + elapsed + gap[at]
        elapsed += watched[at] + pause[at] + gap[at]
    return starts


@compiled
def _fitting(
    timing: _Timing, pieces: Pieces, user: Ints, closes: Ints, shows: Ints
) -> tuple[Ints, Ints]:
    """Return the plays that end within the access, and the trailers shown before them.

    The rare play that pauses push beyond the end never happens.
    """
    start, pause = timing.start, timing.paused
    session, watched = pieces.session, pieces.watched
    kept = np.empty(len(start), np.int64)
    count = 0
    fits = np.empty(len(start), np.bool_)
    for at in range(len(start)):
        fits[at] = start[at] + watched[at] + pause[at] <= closes[user[session[at]]]
        kept[count] = at
        count += fits[at]
    shown = np.empty(len(shows), np.int64)
    trailers = 0
    for number in range(len(shows)):
        shown[trailers] = number
        trailers += fits[shows[number]]
    return kept[:count], shown[:trailers]


@compiled
def _trailer_titles(
    point: Bits,
    uniform: NDArray[np.float64],
    session: Numbers,
    sessions: Sessions,
    viewers: Viewers,
    pull: MonthPull,
) -> Numbers:
    """Return what the trailers advertise: what pulls the viewer at that time."""
    titles = np.empty(len(session), np.int32)
    for at in range(len(session)):
        user, week = sessions.user[session[at]], sessions.release_week[session[at]]
        in_week = Pull(pull.reached[week], pull.starts[week], pull.titles, pull.genres)
        titles[at] = draw_title(user, point[at], uniform[at], viewers, in_week)
    return titles


@compiled
def _late_days(point: Bits, limit: int) -> NDArray[np.uint8]:
    """Return by how many days each play reaches the warehouse late."""
    late = np.zeros(len(point), np.uint8)
    for at in range(len(point)):
        if point[at] < limit:
            late[at] = 1 + point[at] * LONGEST_LATE_DAYS // limit
    return late


@compiled
def _collect(
    kept: Ints,
    trailers: _Trailers,
    pieces: Pieces,
    timing: _Timing,
    late_days: NDArray[np.uint8],
    sessions: Sessions,
    runs: Runs,
    timeline: Timeline,
) -> tuple[Plays, Ints]:
    """Return the plays, the kept ones first, and the row of each item's last play."""
    place, watched = pieces.place, pieces.watched
    session, item = pieces.session, pieces.item
    start, pause, autoplayed = timing.start, timing.paused, timing.is_autoplayed
    session_user, device = sessions.user, sessions.device
    run, title, episode, position = runs.run, runs.title, runs.episode, runs.position
    item_start = timeline.item_start
    shows, advertised, trailer = trailers.play, trailers.title, trailers.seconds
    plays, count = len(kept), len(kept) + len(shows)
    users, devices = np.empty(count, np.int16), np.empty(count, np.int8)
    titles, episodes = np.empty(count, np.int32), np.empty(count, np.int32)
    is_trailer = np.zeros(count, np.int8)
    starts, seconds = np.empty(count, np.int32), np.empty(count, np.int32)
    pauses, positions = np.empty(count, np.int32), np.empty(count, np.int32)
    by_itself, nights = np.zeros(count, np.bool_), np.empty(count, np.uint8)
    last_play = np.full(len(run), -1, np.int64)
    for row in range(plays):
        at = kept[row]
        of = item[at]
        users[row], devices[row] = session_user[session[at]], device[session[at]]
        titles[row], episodes[row] = title[run[of]], episode[of]
        starts[row], seconds[row], pauses[row] = start[at], watched[at], pause[at]
        positions[row] = position[of] + place[at] - item_start[of]
        by_itself[row] = autoplayed[at]
        nights[row] = late_days[at]
        last_play[of] = row
    for number in range(len(shows)):
        at, row = shows[number], plays + number
        users[row], devices[row] = session_user[session[at]], device[session[at]]
        titles[row], episodes[row] = advertised[number], -1
        is_trailer[row] = 1
        starts[row] = start[at] - trailer[number] - _AFTER_TRAILER + 1
        seconds[row], pauses[row], positions[row] = trailer[number], 0, 0
        nights[row] = late_days[at]
    found = Plays(
        users,
        titles,
        episodes,
        devices,
        is_trailer,
        starts,
        seconds,
        pauses,
        positions,
        by_itself,
        nights,
    )
    return found, last_play
