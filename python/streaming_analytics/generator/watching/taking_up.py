"""What users take up in a week: titles that they choose, and how far these will go."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members, Viewers
from streaming_analytics.generator.catalogue.catalogue import QUANTILES
from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.numeric.quantiles import percentile
from streaming_analytics.generator.numeric.randomness import sixteen_bits
from streaming_analytics.generator.watching.choice import (
    MonthTables,
    Pull,
    draw_title,
)
from streaming_analytics.generator.watching.offer import (
    BITS_TOO_MANY,
    Lengths,
    Offer,
    Stories,
    item_seconds,
)
from streaming_analytics.generator.watching.open_runs import OpenRuns
from streaming_analytics.generator.watching.runs import Runs
from streaming_analytics.generator.watching.state import (
    OPEN,
    RATED,
    SEASONS,
    WatchState,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bits = NDArray[np.uint16]
Marks = NDArray[np.uint8]

# Seconds of a typical run, to guess how many are needed; a wrong guess only costs time.
_TYPICAL_RUN = 9_000
# Weight of a title's quality, of taste and of chance in how much a viewer likes it;
# squares add up to one.
_QUALITY_WEIGHT = 0.45
_TASTE_WEIGHT, _CHANCE_WEIGHT = np.float32(0.35), np.float32(0.82)
# Draws after which somebody who has seen them all watches one again.
_REDRAWS = 2
# People choose what suits them, so those who watch are above average in taste.
_CHOSEN_MATCH = np.float32(0.75)


class _Choices(NamedTuple):
    """Who takes up what, one entry per run."""

    user: Ints
    title: Ints
    seasons: Ints  # seasons of it seen before


class _Plans(NamedTuple):
    """How far each run will go."""

    liking: Floats
    first_episode: Ints  # -1 for a film
    total: Ints  # items in all
    pace: Ints  # items a week, at most


def take_up(
    offer: Offer,
    members: Members,
    state: WatchState,
    tables: MonthTables,
    left: Ints,
    week: int,
    rng: np.random.Generator,
) -> tuple[Runs, OpenRuns]:
    """Draw about as many runs as fill what is left of a week; mark them as seen.

    Args:
        offer: The titles and their lengths.
        members: Users of the unit block.
        state: Its `seen` is changed in place.
        tables: Tables of the month.
        left: Seconds left in the week of each user, changed in place.
        week: Slice of the month.
        rng: Stream of this unit and month.

    Returns:
        The runs' parts of this week, and what waits of them.
    """
    user = _takers(left)
    choices = _choose_titles(offer, members, state, tables, user, week, rng)
    chance = rng.standard_normal(len(user), dtype=np.float32)
    plans, count = _plan(
        choices,
        chance,
        sixteen_bits(rng, len(user)),
        members.match,
        tables.seasons[week],
        offer.stories,
    )
    runs, first_episode = _fill(
        choices,
        plans,
        sixteen_bits(rng, count),
        left,
        state.seen,
        offer.lengths,
        offer.stories.episode_season,
    )
    waits = np.flatnonzero(runs.left)
    return runs, OpenRuns(
        user=runs.user[waits],
        title=runs.title[waits],
        episode=first_episode[waits] + runs.items[waits],
        position=np.zeros_like(waits),
        items=runs.left[waits],
        done=runs.items[waits],
        pace=runs.pace[waits],
        liking=runs.liking[waits],
        is_first=runs.is_first[waits],
    )


@compiled
def _takers(left: Ints) -> Ints:
    """Return each user with time left as often as runs would fill it, typically."""
    guess = np.maximum(left, 0) // _TYPICAL_RUN + (left > 0)
    return np.repeat(np.arange(len(left)), guess)


def _choose_titles(
    offer: Offer,
    members: Members,
    state: WatchState,
    tables: MonthTables,
    user: Ints,
    week: int,
    rng: np.random.Generator,
) -> _Choices:
    """Return a title per entry of `user`, and how many seasons of it were seen.

    Titles already seen mostly give way to another draw.
    """
    choices = _Choices(user, np.empty_like(user), np.empty_like(user))
    pull = tables.pull.in_week(week)
    viewers, released = members.viewers, tables.seasons[week]

    def draw(rows: Ints) -> Ints:
        return _draw_titles(
            choices,
            rows,
            sixteen_bits(rng, len(rows)),
            rng.random(len(rows)),
            viewers,
            pull,
            released,
            state.seen,
        )

    known = draw(np.arange(len(user)))
    rewatch_share = offer.world.viewing.rewatch_share
    again = rng.random(len(known), dtype=np.float32) < rewatch_share
    again &= choices.seasons[known] < OPEN
    other = known[~again]
    for _ in range(_REDRAWS):
        other = draw(other)
    return choices._replace(seasons=choices.seasons & SEASONS)


@compiled
def _draw_titles(
    choices: _Choices,
    rows: Ints,
    point: Bits,
    uniform: Floats,
    viewers: Viewers,
    pull: Pull,
    released: Ints,
    seen: Marks,
) -> Ints:
    """Draw titles and their seasons in some rows; return those that were seen already.

    Args:
        choices: `title` and `seasons` are changed in place.
        rows: Rows of `choices` to draw.
        point: Sixteen random bits per row to draw, for the genre.
        uniform: A number between 0 and 1 per row to draw, for the title.
        viewers: Regions and tastes of the users.
        pull: Pull in the week.
        released: Seasons released, per title.
        seen: User x title: marks.
    """
    viewer, title, seasons = choices.user, choices.title, choices.seasons
    known = np.empty(len(rows), np.int64)
    count = 0
    for index in range(len(rows)):
        row = rows[index]
        user = viewer[row]
        chosen = draw_title(user, point[index], uniform[index], viewers, pull)
        title[row] = chosen
        seasons[row] = seen[user, chosen] & (SEASONS | OPEN)
        if seasons[row] >= released[chosen]:
            known[count] = row
            count += 1
    return known[:count]


@compiled
def _plan(
    choices: _Choices,
    chance: NDArray[np.float32],
    pace_point: Bits,
    match: NDArray[np.float32],
    released: Ints,
    stories: Stories,
) -> tuple[_Plans, int]:
    """Return how much each run is liked, and what it will take.

    Args:
        choices: The runs.
        chance: Standard normal number per run.
        pace_point: Sixteen random bits per run.
        match: User x genre: standardised log taste.
        released: Seasons released, per title.
        stories: How titles go on.

    Returns:
        The plans, and the number of items of all runs in their first week.
    """
    user, title, seasons = choices.user, choices.title, choices.seasons
    is_series, genre, quality = stories.is_series, stories.genre, stories.quality
    season_offset, season_length = stories.season_offset, stories.season_length
    season_first_episode = stories.season_first_episode
    season_reach, paces = stories.season_reach, stories.paces
    percentiles = stories.percentiles
    count = len(user)
    liking = np.empty(count)
    first_episode = np.empty(count, np.int64)
    total, pace = np.empty(count, np.int64), np.empty(count, np.int64)
    items = 0
    for row in range(count):
        chosen = title[row]
        suits = match[user[row], genre[chosen]] - _CHOSEN_MATCH
        likes = _QUALITY_WEIGHT * quality[chosen] + _TASTE_WEIGHT * suits
        likes += _CHANCE_WEIGHT * chance[row]
        liking[row] = likes
        if is_series[chosen]:
            # Who has seen everything begins again.
            season = seasons[row] if seasons[row] < released[chosen] else 0
            at = season_offset[chosen] + season
            point = np.int64(percentile(percentiles, likes) * np.float32(QUANTILES))
            reach = np.int64(season_reach[at, min(point, QUANTILES - 1)])
            last = season_offset[chosen] + released[chosen] - 1
            first = season_first_episode[at]
            there = season_first_episode[last] + season_length[last] - first
            first_episode[row] = first
            total[row] = min(reach, there)
            pace[row] = paces[pace_point[row] >> BITS_TOO_MANY]
        else:
            first_episode[row] = -1
            total[row] = pace[row] = 1
        items += min(total[row], pace[row])
    return _Plans(liking, first_episode, total, pace), items


@compiled
def _fill(
    choices: _Choices,
    plans: _Plans,
    chance: Bits,
    left: Ints,
    seen: Marks,
    lengths: Lengths,
    episode_season: Ints,
) -> tuple[Runs, Ints]:
    """Watch the runs while their users have time, and mark them in `seen`.

    Runs that would begin after the week is full are not taken up: the others move
    together at the front of the arrays. The time is taken off `left`. Returns the
    runs' parts of the week, and the first episode of each.
    """
    user, title, seasons = choices.user, choices.title, choices.seasons
    liking, first_episode = plans.liking, plans.first_episode
    total, pace = plans.total, plans.pace
    film_seconds, episode_seconds = lengths.film_seconds, lengths.episode_seconds
    film_shares, episode_shares = lengths.film_shares, lengths.episode_shares
    percentiles = lengths.percentiles
    run = np.empty(len(chance), np.int64)
    episode, seconds = np.empty_like(run), np.empty_like(run)
    runs = count = drawn = 0
    for row in range(len(user)):
        items = min(total[row], pace[row])
        if left[user[row]] > 0:
            is_film = first_episode[row] < 0
            for within in range(items):
                number = -1 if is_film else first_episode[row] + within
                length = (
                    film_seconds[title[row]] if is_film else episode_seconds[number]
                )
                run[count], episode[count] = runs, number
                seconds[count] = item_seconds(
                    length,
                    is_film,
                    liking[row],
                    chance[drawn + within],
                    film_shares,
                    episode_shares,
                    percentiles,
                )
                left[user[row]] -= seconds[count]
                count += 1
            for numbers in (user, title, seasons, first_episode, total, pace):
                numbers[runs] = numbers[row]
            liking[runs] = liking[row]
            runs += 1
        drawn += items
    user, title, seasons = user[:runs], title[:runs], seasons[:runs]
    first_episode, total, pace = first_episode[:runs], total[:runs], pace[:runs]
    taken = _Choices(user, title, seasons)
    _mark(seen, taken, first_episode, total, pace, episode_season)
    now, later = np.empty(runs, np.int64), np.empty(runs, np.int64)
    is_first = np.empty(runs, np.bool_)
    for row in range(runs):
        now[row] = min(total[row], pace[row])
        later[row] = total[row] - now[row]
        is_first[row] = seasons[row] == 0
    begun = Runs(
        user,
        title,
        is_first,
        liking[:runs],
        now,
        later,
        np.zeros(runs, np.int64),
        pace,
        run[:count],
        episode[:count],
        np.zeros(count, np.int64),
        seconds[:count],
    )
    return begun, first_episode


@compiled
def _mark(
    seen: Marks,
    taken: _Choices,
    first_episode: Ints,
    total: Ints,
    pace: Ints,
    episode_season: Ints,
) -> None:
    """Mark in `seen` what was taken up."""
    user, title, seasons = taken.user, taken.title, taken.seasons
    flags = np.empty(len(user), np.uint8)
    for row in range(len(user)):
        flags[row] = seen[user[row], title[row]] & (RATED | OPEN)
    for row in range(len(user)):
        # A season begun counts as seen; nobody returns to it later for its rest.
        reached = 1
        if first_episode[row] >= 0:
            reached = episode_season[first_episode[row] + total[row] - 1]
        mark = max(reached, seasons[row])
        if total[row] > pace[row]:
            mark |= OPEN
        seen[user[row], title[row]] = mark | flags[row]
