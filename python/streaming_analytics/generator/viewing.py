"""Plays: the pieces of the tape, each at its time and on its device."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.choice import MonthTables, draw_title
from streaming_analytics.generator.compiled import compiled
from streaming_analytics.generator.members import Members
from streaming_analytics.generator.quantiles import normal_quantiles
from streaming_analytics.generator.randomness import sixteen_bits
from streaming_analytics.generator.runs import Runs
from streaming_analytics.generator.sessions import SESSION_GAP, Sessions, spread_out
from streaming_analytics.generator.tape import LaidTape, cut_tape
from streaming_analytics.generator.world import World

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Bools = NDArray[np.bool_]
Bits = NDArray[np.uint16]

LONGEST_LATE_DAYS = 3
_TRAILER_SIGMA = 0.8
_LONGEST_TRAILER = 150
_AFTER_TRAILER = 3
_SHORTEST_BROWSE = 4
_AUTOPLAY_GAP = 5
# Pauses last up to a quarter of an hour, short ones more often.
_SHORTEST_PAUSE, _PAUSE_RANGE = 20, 880


@dataclass(frozen=True)
class Plays:
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
    def count(self) -> int:
        """Number of plays."""
        return len(self.user)


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
    pieces = cut_tape(world, runs, sessions, tape, rng)
    count = pieces.count
    autoplayed, shows = _began(
        *(pieces.session, pieces.item, runs.run),
        *(sixteen_bits(rng, count), int(viewing.autoplay_share * 65_536)),
        *(sixteen_bits(rng, count), int(viewing.trailer_share * 65_536)),
    )
    trailer = _trailer_lengths(viewing.trailer_median_seconds)[
        sixteen_bits(rng, len(shows))
    ]
    gap, pause = _gaps(
        *(pieces.session, autoplayed, sixteen_bits(rng, count), shows, trailer),
        *(sixteen_bits(rng, count), int(viewing.pause_share * 65_536)),
    )
    second_screen = int(viewing.second_screen_share * 65_536)
    start = _starts(
        *(pieces.session, pieces.item, pieces.watched, pause, gap, runs.run),
        *(sessions.user, sessions.start),
        sixteen_bits(rng, len(sessions.user)) < second_screen,
    )
    kept, shown = _fitting(
        *(start, pieces.watched, pause, pieces.session, sessions.user, closes, shows)
    )
    shows, trailer = shows[shown], trailer[shown]
    advertised = _trailer_titles(
        *(sixteen_bits(rng, len(shows)), rng.random(len(shows))),
        *(pieces.session[shows], sessions.user, sessions.release_week),
        *(members.region, members.taste_table),
        *(tables.pull, tables.pull_starts, tables.pull_titles, len(world.genres)),
    )
    columns, last_play = _collect(
        *(kept, shows, advertised, trailer),
        *(pieces.place, pieces.watched, pieces.session, pieces.item),
        *(start, pause, autoplayed, sessions.user, sessions.device),
        *(sixteen_bits(rng, count), int(viewing.late_share * 65_536)),
        *(tape.item_start, runs.run, runs.title, runs.episode, runs.position),
    )
    return Plays(*columns), last_play


@compiled
def _began(
    session: Numbers,
    item: Numbers,
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
    session: Numbers,
    item: Numbers,
    watched: Numbers,
    pause: Numbers,
    gap: Numbers,
    run: Ints,
    user: Ints,
    wanted: Ints,
    second_screen: Bools,
) -> Numbers:
    """Return the start of each play, seconds from the month's first day.

    Args:
        session: Session of each play.
        item: Item of each play.
        watched: Seconds watched of each play.
        pause: Seconds paused.
        gap: Seconds since the end of the play before.
        run: Run of each item.
        user: User of each session.
        wanted: Where each session would begin.
        second_screen: Sessions that are drawn to overlap with the next.
    """
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
        who[count], begins[count] = user[number], wanted[number]
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
    start: Numbers,
    watched: Numbers,
    pause: Numbers,
    session: Numbers,
    user: Ints,
    closes: Ints,
    shows: Ints,
) -> tuple[Ints, Ints]:
    """Return the plays that end within the access, and the trailers shown before them.

    The rare play that pauses push beyond the end never happens.
    """
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
    session_user: Ints,
    release_week: Ints,
    region: Ints,
    taste_table: NDArray[np.uint8],
    pull: NDArray[np.float64],
    pull_starts: Numbers,
    pull_titles: Numbers,
    genres: int,
) -> Numbers:
    """Return what the trailers advertise: what pulls the viewer at that time."""
    titles = np.empty(len(session), np.int32)
    for at in range(len(session)):
        user, week = session_user[session[at]], release_week[session[at]]
        titles[at] = draw_title(
            *(user, point[at], uniform[at], region, taste_table, genres),
            *(pull[week], pull_starts[week], pull_titles),
        )
    return titles


@compiled
def _late_days(point: int, limit: int) -> int:
    """Return by how many days a play reaches the warehouse late."""
    return 1 + point * LONGEST_LATE_DAYS // limit if point < limit else 0


@compiled
def _collect(
    kept: Ints,
    shows: Ints,
    advertised: Numbers,
    trailer: Numbers,
    place: Ints,
    watched: Numbers,
    session: Numbers,
    item: Numbers,
    start: Numbers,
    pause: Numbers,
    autoplayed: Bools,
    session_user: Ints,
    device: NDArray[np.uint8],
    late: Bits,
    late_limit: int,
    item_start: Ints,
    run: Ints,
    title: Ints,
    episode: Ints,
    position: Ints,
) -> tuple[tuple[NDArray, ...], Ints]:
    """Return the columns of `Plays`, the kept ones first, and each item's last play."""
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
        nights[row] = _late_days(late[at], late_limit)
        last_play[of] = row
    for number in range(len(shows)):
        at, row = shows[number], plays + number
        users[row], devices[row] = session_user[session[at]], device[session[at]]
        titles[row], episodes[row] = advertised[number], -1
        is_trailer[row] = 1
        starts[row] = start[at] - trailer[number] - _AFTER_TRAILER + 1
        seconds[row], pauses[row], positions[row] = trailer[number], 0, 0
        nights[row] = _late_days(late[at], late_limit)
    columns = (
        *(users, titles, episodes, devices, is_trailer, starts, seconds),
        *(pauses, positions, by_itself, nights),
    )
    return columns, last_play
