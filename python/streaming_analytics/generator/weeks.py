"""A week of runs: what users go on with, and what they take up."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.catalogue import QUANTILES, Catalogue
from streaming_analytics.generator.choice import MonthTables, draw_title
from streaming_analytics.generator.compiled import compiled
from streaming_analytics.generator.members import Members
from streaming_analytics.generator.open_runs import OpenRuns
from streaming_analytics.generator.quantiles import normal_percentiles, percentile
from streaming_analytics.generator.randomness import sixteen_bits
from streaming_analytics.generator.runs import (
    COMPLETION_QUANTILES,
    SHORTEST_ITEM,
    Completion,
    Runs,
    by_user,
)
from streaming_analytics.generator.state import OPEN, RATED, SEASONS, UnitState
from streaming_analytics.generator.world import World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bits = NDArray[np.uint16]
Shares = NDArray[np.float32]
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
# Of 65,536 quantiles, as many as there are of paces and completion.
_BITS_TOO_MANY = 6
_NOT_OPEN = np.uint8(0xFF & ~OPEN)


def go_on(
    catalogue: Catalogue,
    completion: Completion,
    state: UnitState,
    left: Ints,
    rng: np.random.Generator,
) -> Runs:
    """Return what a week goes on with, and take it off `state.open` and `left`.

    Args:
        catalogue: The catalogue.
        completion: Shares of items that are watched.
        state: Changed in place.
        left: Seconds left in the week of each user, changed in place.
        rng: Stream of this unit and month.
    """
    waiting = state.open
    row = np.flatnonzero(left[waiting.user] > 0)
    row = row[by_user(waiting.user[row])]
    count = int(np.minimum(waiting.items[row], waiting.pace[row]).sum())
    after = replace(
        waiting,
        items=waiting.items.copy(),
        episode=waiting.episode.copy(),
        position=waiting.position.copy(),
        done=waiting.done.copy(),
    )
    kept, run, episode, position, seconds = _continue(
        *(row, sixteen_bits(rng, count), left, state.seen),
        *(waiting.user, waiting.title, waiting.pace, waiting.liking),
        *(after.items, after.episode, after.position, after.done),
        *(catalogue.runtime, catalogue.episode_runtime),
        *(completion.film, completion.episode, normal_percentiles()),
    )
    items = waiting.items[kept] - after.items[kept]
    runs = Runs(
        *(waiting.user[kept], waiting.title[kept]),
        *(waiting.is_first[kept], waiting.liking[kept]),
        *(items, after.items[kept], waiting.done[kept], waiting.pace[kept]),
        *(run, episode, position, seconds),
    )
    state.open = after.where(after.items > 0)
    return runs


@compiled
def _continue(
    row: Ints,
    chance: Bits,
    left: Ints,
    seen: Marks,
    user: Ints,
    title: Ints,
    pace: Ints,
    liking: Floats,
    items: Ints,
    next_episode: Ints,
    next_position: Ints,
    done: Ints,
    runtime: Ints,
    episode_runtime: NDArray[np.int32],
    film_shares: Shares,
    episode_shares: Shares,
    percentiles: Shares,
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Watch a week's part of the runs in `row` while their users have time.

    Changes `left`, `seen` and the open runs (`items`, `next_episode`, `next_position`,
    `done`). Returns which runs go on, and per item its run, episode, position and
    seconds.
    """
    kept = np.empty(len(row), np.int64)
    run = np.empty(len(chance), np.int64)
    episode, position = np.empty_like(run), np.empty_like(run)
    seconds = np.empty_like(run)
    runs = count = drawn = 0
    for at in row:
        part = min(items[at], pace[at])
        if left[user[at]] > 0:
            for within in range(part):
                number = next_episode[at] + within if next_episode[at] >= 0 else -1
                begins = next_position[at] if within == 0 else 0
                reached = _item_seconds(
                    *(number, title[at], liking[at], chance[drawn + within]),
                    *(runtime, episode_runtime),
                    *(film_shares, episode_shares, percentiles),
                )
                run[count], episode[count], position[count] = runs, number, begins
                seconds[count] = max(reached - begins, SHORTEST_ITEM)
                left[user[at]] -= seconds[count]
                count += 1
            kept[runs] = at
            runs += 1
            items[at] -= part
            next_episode[at] += part
            next_position[at] = 0
            done[at] += part
            if items[at] == 0:
                seen[user[at], title[at]] &= _NOT_OPEN
        drawn += part
    return kept[:runs], run[:count], episode[:count], position[:count], seconds[:count]


def take_up(
    world: World,
    catalogue: Catalogue,
    members: Members,
    state: UnitState,
    tables: MonthTables,
    completion: Completion,
    left: Ints,
    week: int,
    rng: np.random.Generator,
) -> tuple[Runs, OpenRuns]:
    """Draw about as many runs as fill what is left of a week; mark them as seen.

    Args:
        world: The world.
        catalogue: The catalogue.
        members: Users of the unit block.
        state: Its `seen` is changed in place.
        tables: Tables of the month.
        completion: Shares of items that are watched.
        left: Seconds left in the week of each user, changed in place.
        week: Slice of the month.
        rng: Stream of this unit and month.

    Returns:
        The runs' parts of this week, and what waits of them.
    """
    user = _takers(left)
    title, seasons = _choose_titles(world, members, state, tables, user, week, rng)
    chance = rng.standard_normal(len(user), dtype=np.float32)
    liking, first_episode, total, pace, count = _plan(
        *(user, title, seasons, chance, sixteen_bits(rng, len(user))),
        *(members.match, tables.seasons[week], completion.pace, normal_percentiles()),
        *(catalogue.is_series, catalogue.genres, catalogue.quality),
        *(catalogue.season_offset, catalogue.season_first_episode),
        *(catalogue.season_length, catalogue.season_reach),
    )
    kept, run, episode, seconds = _fill(
        *(user, title, seasons, liking, first_episode, total, pace),
        *(sixteen_bits(rng, count), left),
        *(catalogue.runtime, catalogue.episode_runtime),
        *(completion.film, completion.episode, normal_percentiles()),
    )
    user, title = user[:kept], title[:kept]
    seasons, liking = seasons[:kept], liking[:kept]
    first_episode, total, pace = first_episode[:kept], total[:kept], pace[:kept]
    _mark(
        *(state.seen, user, title, seasons, first_episode, total, pace),
        *(catalogue.is_series, catalogue.episode_season),
    )
    items = np.minimum(total, pace)
    runs = Runs(
        *(user, title, seasons == 0, liking),
        *(items, total - items, np.zeros_like(user), pace),
        *(run, episode, np.zeros_like(run), seconds),
    )
    waits = np.flatnonzero(runs.left)
    return runs, OpenRuns(
        user=user[waits],
        title=title[waits],
        episode=first_episode[waits] + items[waits],
        position=np.zeros_like(waits),
        items=runs.left[waits],
        done=items[waits],
        pace=pace[waits],
        liking=runs.liking[waits],
        is_first=runs.is_first[waits],
    )


@compiled
def _takers(left: Ints) -> Ints:
    """Return each user with time left as often as runs would fill it, typically."""
    guess = np.maximum(left, 0) // _TYPICAL_RUN + (left > 0)
    return np.repeat(np.arange(len(left)), guess)


def _choose_titles(
    world: World,
    members: Members,
    state: UnitState,
    tables: MonthTables,
    user: Ints,
    week: int,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Return a title per entry of `user`, and how many seasons of it were seen.

    Titles already seen mostly give way to another draw.
    """
    title, seasons = np.empty_like(user), np.empty_like(user)

    def draw(rows: Ints) -> Ints:
        return _draw_titles(
            *(title, seasons, rows, user, sixteen_bits(rng, len(rows))),
            *(rng.random(len(rows)), members.region, members.taste_table),
            *(tables.pull[week], tables.pull_starts[week], tables.pull_titles),
            *(tables.seasons[week], state.seen, len(world.genres)),
        )

    known = draw(np.arange(len(user)))
    again = rng.random(len(known), dtype=np.float32) < world.viewing.rewatch_share
    again &= seasons[known] < OPEN
    other = known[~again]
    for _ in range(_REDRAWS):
        other = draw(other)
    return title, seasons & SEASONS


@compiled
def _draw_titles(
    title: Ints,
    seasons: Ints,
    rows: Ints,
    viewer: Ints,
    point: Bits,
    uniform: Floats,
    region: Ints,
    taste_table: Marks,
    pull: Floats,
    pull_starts: NDArray[np.int32],
    pull_titles: NDArray[np.int32],
    released: Ints,
    seen: Marks,
    genres: int,
) -> Ints:
    """Draw `title` and `seasons` in some rows; return those that were seen already."""
    known = np.empty(len(rows), np.int64)
    count = 0
    for index in range(len(rows)):
        row = rows[index]
        user = viewer[row]
        chosen = draw_title(
            *(user, point[index], uniform[index], region, taste_table, genres),
            *(pull, pull_starts, pull_titles),
        )
        title[row] = chosen
        seasons[row] = seen[user, chosen] & (SEASONS | OPEN)
        if seasons[row] >= released[chosen]:
            known[count] = row
            count += 1
    return known[:count]


@compiled
def _plan(
    user: Ints,
    title: Ints,
    seasons: Ints,
    chance: NDArray[np.float32],
    pace_point: Bits,
    match: NDArray[np.float32],
    released: Ints,
    paces: Ints,
    percentiles: Shares,
    is_series: Bools,
    genres: Ints,
    quality: Floats,
    season_offset: Ints,
    season_first_episode: Ints,
    season_length: Ints,
    season_reach: NDArray[np.int16],
) -> tuple[Floats, Ints, Ints, Ints, int]:
    """Return how much each run is liked, and what it will take.

    Returns:
        Liking, first episode (-1 for a film), items in all, items a week, and the
        number of items of all runs in their first week.
    """
    count = len(user)
    liking = np.empty(count)
    first_episode = np.empty(count, np.int64)
    total, pace = np.empty(count, np.int64), np.empty(count, np.int64)
    items = 0
    for row in range(count):
        chosen = title[row]
        suits = match[user[row], genres[chosen, 0]] - _CHOSEN_MATCH
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
            pace[row] = paces[pace_point[row] >> _BITS_TOO_MANY]
        else:
            first_episode[row] = -1
            total[row] = pace[row] = 1
        items += min(total[row], pace[row])
    return liking, first_episode, total, pace, items


@compiled
def _fill(
    user: Ints,
    title: Ints,
    seasons: Ints,
    liking: Floats,
    first_episode: Ints,
    total: Ints,
    pace: Ints,
    chance: Bits,
    left: Ints,
    runtime: Ints,
    episode_runtime: NDArray[np.int32],
    film_shares: Shares,
    episode_shares: Shares,
    percentiles: Shares,
) -> tuple[int, Ints, Ints, Ints]:
    """Watch the runs while their users have time, which is taken off `left`.

    Runs that would begin after the week is full are not taken up: the others move
    together at the front of the arrays. Returns their number, and per item its run,
    episode and seconds.
    """
    run = np.empty(len(chance), np.int64)
    episode, seconds = np.empty_like(run), np.empty_like(run)
    runs = count = drawn = 0
    for row in range(len(user)):
        items = min(total[row], pace[row])
        if left[user[row]] > 0:
            for within in range(items):
                number = first_episode[row] + within if first_episode[row] >= 0 else -1
                run[count], episode[count] = runs, number
                seconds[count] = _item_seconds(
                    *(number, title[row], liking[row], chance[drawn + within]),
                    *(runtime, episode_runtime),
                    *(film_shares, episode_shares, percentiles),
                )
                left[user[row]] -= seconds[count]
                count += 1
            for numbers in (user, title, seasons, first_episode, total, pace):
                numbers[runs] = numbers[row]
            liking[runs] = liking[row]
            runs += 1
        drawn += items
    return runs, run[:count], episode[:count], seconds[:count]


@compiled
def _mark(
    seen: Marks,
    user: Ints,
    title: Ints,
    seasons: Ints,
    first_episode: Ints,
    total: Ints,
    pace: Ints,
    is_series: Bools,
    episode_season: Ints,
) -> None:
    """Mark in `seen` what was taken up."""
    flags = np.empty(len(user), np.uint8)
    for row in range(len(user)):
        flags[row] = seen[user[row], title[row]] & (RATED | OPEN)
    for row in range(len(user)):
        # A season begun counts as seen; nobody returns to it later for its rest.
        reached = 1
        if is_series[title[row]]:
            reached = episode_season[first_episode[row] + total[row] - 1]
        mark = max(reached, seasons[row])
        if total[row] > pace[row]:
            mark |= OPEN
        seen[user[row], title[row]] = mark | flags[row]


@compiled
def _item_seconds(
    episode: int,
    title: int,
    liking: float,
    chance: int,
    runtime: Ints,
    episode_runtime: NDArray[np.int32],
    film_shares: Shares,
    episode_shares: Shares,
    percentiles: Shares,
) -> np.int64:
    """Return the seconds watched of an item, from its beginning.

    What is liked is watched to the end: a film's completion follows the liking alone,
    an episode's mostly chance.
    """
    if episode < 0:
        point = np.int64(
            percentile(percentiles, liking) * np.float32(COMPLETION_QUANTILES)
        )
        share = np.float64(film_shares[min(point, COMPLETION_QUANTILES - 1)])
        length = runtime[title] * share
    else:
        length = episode_runtime[episode] * np.float64(
            episode_shares[chance >> _BITS_TOO_MANY]
        )
    return np.int64(max(length, SHORTEST_ITEM))
