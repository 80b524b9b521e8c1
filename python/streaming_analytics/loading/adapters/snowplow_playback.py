"""Playback from heartbeats: what was watched between the events of a media session."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

# Of the trackers; a session may say another one.
PING_SECONDS = 30
# A ping comes late when the machine is busy.
_LATE = timedelta(seconds=10)
# Players report positions to a fraction of a second: less is no jump.
_JUMP_SECONDS = 1.0
_PLAYING = {"play", "buffer_end", "playback_rate_change"}
_STALLED = {"buffer_start", "error"}
# In them pings say that something plays, and it is not the title.
_ADS, _ADS_OVER = "ad_break_start", "ad_break_end"


@dataclass(frozen=True)
class Heartbeat:
    """An event of a player.

    Attributes:
        at: When it happened.
        kind: play, pause, ping, seek_start, seek_end, end, ready, buffer_start ...
        position: Seconds from the beginning of the media; None where it is not said.
        is_paused: Whether the player said that it is paused.
        ping_seconds: How often the session sends a ping.
    """

    at: datetime
    kind: str
    position: float | None
    is_paused: bool | None = None
    ping_seconds: int = PING_SECONDS


@dataclass
class Stretch:
    """Playback without a jump: when it began and where, seconds watched and paused."""

    began: datetime
    position: float | None
    watched: float = 0.0
    paused: float = 0.0


def stretches(beats: Iterable[Heartbeat]) -> Iterator[Stretch]:
    """Yield the stretches of one session's events, which are in order of time.

    Time counts as watched while the player plays and the next event comes in time.
    Where it does not, the machine slept or the network was gone: what counts is how far
    the position moved, and nothing where that cannot be told. A seek ends a stretch, so
    that what is seen again is told from what is seen once.
    """
    stretch: Stretch | None = None
    state = before_seek = "stopped"
    last: Heartbeat | None = None
    for beat in beats:
        if last is not None and stretch is not None:
            if state == "playing":
                stretch.watched += _watched(last, beat)
            elif state == "paused":
                stretch.paused += (beat.at - last.at).total_seconds()
        if beat.kind == "seek_start" and state != "seeking":
            before_seek, state = state, "seeking"
        elif beat.kind == "seek_end" and state == "seeking":
            state = before_seek
        else:
            state = _state_after(beat, state)
        if stretch is not None and (beat.kind == "end" or _has_jumped(stretch, beat)):
            yield stretch
            stretch = None
        if stretch is None and state == "playing":
            stretch = Stretch(beat.at, beat.position)
        last = beat
    if stretch is not None:
        yield stretch


def _state_after(beat: Heartbeat, state: str) -> str:
    if state == "ads":
        return "playing" if beat.kind == _ADS_OVER else "ads"
    if beat.kind == _ADS:
        return "ads"
    if beat.kind in _STALLED:
        return "stalled"
    if beat.kind == "end":
        return "stopped"
    if beat.kind == "pause" or beat.is_paused:
        return "paused" if state != "stopped" else "stopped"
    if beat.kind in _PLAYING:
        return "playing"
    # Its "play" was lost.
    if beat.kind == "ping" and beat.is_paused is False and state != "stalled":
        return "playing"
    return state


def _watched(last: Heartbeat, beat: Heartbeat) -> float:
    elapsed = beat.at - last.at
    if elapsed <= timedelta(seconds=last.ping_seconds) + _LATE:
        return elapsed.total_seconds()
    if last.position is None or beat.position is None or beat.kind == "seek_end":
        return 0.0
    moved = beat.position - last.position
    return moved if 0 <= moved <= elapsed.total_seconds() else 0.0


def _has_jumped(stretch: Stretch, beat: Heartbeat) -> bool:
    if beat.kind != "seek_end":
        return False
    if stretch.position is None or beat.position is None:
        return True
    reached = stretch.position + stretch.watched
    return abs(beat.position - reached) >= _JUMP_SECONDS
