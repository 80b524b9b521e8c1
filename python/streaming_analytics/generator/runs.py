"""What a unit block watches: runs of one title, laid end to end.

A run is a title taken up: a film, or episodes of a series one after the other. Some
are watched at one go, others a few episodes a week; what is to come waits in
`state.open`. The runs of a user are laid on the user's tape, whose length is the time
of the month's sessions; where the tape ends inside a run, next month goes on there.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.catalogue import QUANTILES, Catalogue
from streaming_analytics.generator.choice import MonthTables, is_available
from streaming_analytics.generator.members import TASTE_QUANTILES, Members
from streaming_analytics.generator.open_runs import OpenRuns
from streaming_analytics.generator.quantiles import percentile
from streaming_analytics.generator.randomness import sixteen_bits
from streaming_analytics.generator.sessions import Sessions
from streaming_analytics.generator.state import OPEN, RATED, SEASONS, UnitState
from streaming_analytics.generator.world import UNIT_USERS, World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A play of an item never lasts less.
SHORTEST_ITEM = 15
# Hours of a typical run, to guess how many are needed; a wrong guess only costs time.
_TYPICAL_RUN = 2.5 * 3600
# Weight of a title's quality, of taste and of chance in how much a viewer likes it;
# squares add up to one.
LIKING = (0.45, 0.35, 0.82)
# Draws after which somebody who has seen them all watches one again.
_REDRAWS = 2
# People choose what suits them, so those who watch are above average in taste.
_CHOSEN_MATCH = 0.75


@dataclass
class Runs:
    """Runs, or a week's part of them, in order of user and time; items likewise."""

    user: Ints
    title: Ints
    is_first: Bools  # never watched before by this user
    liking: Floats
    items: Ints  # number of items
    left: Ints  # items of the run that come after these
    done: Ints  # items of the run that came before
    pace: Ints  # items a week, at most

    run: Ints  # per item: its run
    episode: Ints  # per item: row of the episode arrays, -1 for a film
    position: Ints  # per item: second of the film or episode at which it begins
    seconds: Ints  # per item: seconds to be watched


class Completion:
    """Shares of items and paces of series, as quantiles."""

    def __init__(self, world: World) -> None:
        """Work out the quantiles of films and episodes."""
        self.film = _completion_quantiles(*world.viewing.film_completion)
        self.episode = _completion_quantiles(*world.viewing.episode_completion)
        points = (np.arange(1024) + 0.5) / 1024
        chosen = np.searchsorted(np.cumsum(world.viewing.pace_shares[:-1]), points)
        self.pace = np.array(world.viewing.paces)[chosen]


def _completion_quantiles(below_tenth: float, nearly_all: float) -> NDArray[np.float32]:
    points = (np.arange(1024) + 0.5) / 1024
    shares = np.interp(
        points,
        [0.0, below_tenth, 1 - nearly_all, 1.0],
        [0.004, 0.10, 0.90, 1.0],
    )
    # Credits: few people watch the last seconds.
    top = points > 1 - nearly_all
    shares[top] = 0.90 + 0.10 * ((points[top] - 1 + nearly_all) / nearly_all) ** 0.5
    return shares.astype(np.float32)


def draw_runs(
    world: World,
    catalogue: Catalogue,
    members: Members,
    state: UnitState,
    tables: MonthTables,
    completion: Completion,
    sessions: Sessions,
    rng: np.random.Generator,
) -> Runs:
    """Fill the tape of each user with runs, release week by release week.

    Marks in `state.seen` what was taken up. The runs may reach past the end of the
    tape; `keep_open` carries that over.
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
    _close_licences(catalogue, members, state, tables)

    def take(runs: Runs, left: Ints) -> Ints:
        drawn.append(runs)
        return left - np.bincount(
            runs.user[runs.run], weights=runs.seconds, minlength=UNIT_USERS
        ).astype(np.int64)

    for week in range(weeks):
        left = room[:, week] - ahead
        left = take(_go_on(catalogue, completion, state, left, rng), left)
        begun: list[Runs] = []
        # Nobody watches beyond the last run that begins in the week.
        while (left > 0).any():
            runs = _choose(
                *(world, catalogue, members, state, tables, completion),
                *(np.maximum(left, 0), week, rng),
            )
            left = take(runs, left)
            begun.append(runs)
        state.open = OpenRuns.joined([state.open, *map(_rest, begun)])
        ahead = -left
    return _in_order(drawn)


def _close_licences(
    catalogue: Catalogue, members: Members, state: UnitState, tables: MonthTables
) -> None:
    """Forget open runs whose licence ended: it takes them away from their viewers."""
    month, runs = tables.month, state.open
    available = is_available(catalogue, month.first_day, month.end_day)
    kept = available[members.region[runs.user], runs.title]
    state.seen[runs.user[~kept], runs.title[~kept]] &= ~np.uint8(OPEN)
    state.open = runs.where(kept)


def _go_on(
    catalogue: Catalogue,
    completion: Completion,
    state: UnitState,
    left: Ints,
    rng: np.random.Generator,
) -> Runs:
    """Return what a week goes on with, and take it off `state.open`."""
    waiting = state.open
    row = np.flatnonzero(left[waiting.user] > 0)
    row = row[np.argsort(waiting.user[row], kind="stable")]
    runs = waiting.where(row)
    items = np.minimum(runs.items, runs.pace)
    run = np.repeat(np.arange(len(row)), items)
    within = np.arange(len(run)) - np.repeat(np.cumsum(items) - items, items)
    episode = np.where(runs.episode[run] < 0, -1, runs.episode[run] + within)
    position = np.where(within == 0, runs.position[run], 0)
    seconds = _item_seconds(
        catalogue, completion, runs.title, runs.liking, run, episode, rng
    )
    seconds = np.maximum(seconds - position, SHORTEST_ITEM)
    kept, kept_item, renumbered = _fitting(runs.user, items, seconds, left)
    row, items, done = row[kept], items[kept], runs.done[kept]

    after = waiting.items.copy()
    after[row] -= items
    state.seen[waiting.user[after == 0], waiting.title[after == 0]] &= ~np.uint8(OPEN)
    episodes, positions = waiting.episode.copy(), waiting.position.copy()
    episodes[row] += items
    positions[row] = 0
    all_done = waiting.done.copy()
    all_done[row] += items
    state.open = replace(
        waiting, items=after, episode=episodes, position=positions, done=all_done
    ).where(after > 0)
    return Runs(
        *(runs.user[kept], runs.title[kept], runs.is_first[kept], runs.liking[kept]),
        *(items, after[row], done, runs.pace[kept]),
        *(renumbered, episode[kept_item], position[kept_item], seconds[kept_item]),
    )


def _rest(runs: Runs) -> OpenRuns:
    """Return what is left of runs that have just begun."""
    row = np.flatnonzero(runs.left)
    last_item = np.cumsum(runs.items)[row] - 1
    return OpenRuns(
        user=runs.user[row],
        title=runs.title[row],
        episode=runs.episode[last_item] + 1,
        position=np.zeros(len(row), dtype=np.int64),
        items=runs.left[row],
        done=runs.items[row],
        pace=runs.pace[row],
        liking=runs.liking[row],
        is_first=runs.is_first[row],
    )


def _fitting(
    user: Ints, items: Ints, seconds: Ints, left: Ints
) -> tuple[Bools, Bools, Ints]:
    """Return which runs begin before their user's time is full.

    Args:
        user: User of each run, ascending.
        items: Items of each run.
        seconds: Length of each item.
        left: Seconds left of each user.

    Returns:
        Kept runs, kept items, and for each kept item the new number of its run.
    """
    if not len(user):
        return user > 0, seconds > 0, user
    begins = np.cumsum(items) - items
    length = np.add.reduceat(seconds, begins)
    before = np.cumsum(length) - length
    opens = np.flatnonzero(np.diff(user, prepend=-1))
    spent = before - np.repeat(before[opens], np.diff(opens, append=len(user)))
    kept = spent < left[user]
    kept_item = np.repeat(kept, items)
    return kept, kept_item, np.repeat(np.arange(int(kept.sum())), items[kept])


def _choose(
    world: World,
    catalogue: Catalogue,
    members: Members,
    state: UnitState,
    tables: MonthTables,
    completion: Completion,
    left: Ints,
    week: int,
    rng: np.random.Generator,
) -> Runs:
    """Draw enough runs to fill what is left of a week, and cut what is too much."""
    guess = np.where(left > 0, left // _TYPICAL_RUN + 1, 0).astype(np.int64)
    user = np.repeat(np.arange(UNIT_USERS), guess)
    title, seasons = _choose_titles(world, members, state, tables, user, week, rng)

    released = tables.seasons[week][title]
    is_series = catalogue.is_series[title]
    is_first = seasons == 0
    # Who has seen everything begins again.
    season = np.where(seasons < released, seasons, 0)

    genre = catalogue.genres[title, 0]
    match = members.match[user, genre] - _CHOSEN_MATCH
    liking = (
        LIKING[0] * catalogue.quality[title]
        + LIKING[1] * match
        + LIKING[2] * rng.standard_normal(len(user), dtype=np.float32)
    )
    row = np.where(is_series, catalogue.season_offset[title] + season, 0)
    quantile = (percentile(liking) * QUANTILES).astype(np.int64)
    reach = catalogue.season_reach[row, np.minimum(quantile, QUANTILES - 1)]
    last = np.where(is_series, catalogue.season_offset[title] + released - 1, 0)
    first_episode = catalogue.season_first_episode[row]
    there = (
        catalogue.season_first_episode[last]
        + catalogue.season_length[last]
        - first_episode
    )
    total = np.where(is_series, np.minimum(reach, there), 1)
    pace = np.where(is_series, completion.pace[sixteen_bits(rng, len(user)) >> 6], 1)
    items = np.minimum(total, pace)

    run = np.repeat(np.arange(len(user)), items)
    begins = np.cumsum(items) - items
    within = np.arange(len(run)) - begins[run]
    episode = np.where(is_series[run], first_episode[run] + within, -1)
    seconds = _item_seconds(catalogue, completion, title, liking, run, episode, rng)
    # Runs that would begin after the week is full are not taken up.
    kept, kept_item, renumbered = _fitting(user, items, seconds, left)

    # A season begun counts as seen; nobody returns to it later for its rest.
    reached = np.where(
        is_series,
        catalogue.episode_season[np.where(is_series, first_episode + total - 1, 0)],
        1,
    )
    marks = np.maximum(reached, seasons).astype(np.uint8)
    marks |= np.where(total > items, np.uint8(OPEN), np.uint8(0))
    viewer, chosen = user[kept], title[kept]
    flags = state.seen[viewer, chosen] & np.uint8(RATED | OPEN)
    state.seen[viewer, chosen] = marks[kept] | flags
    return Runs(
        *(viewer, chosen, is_first[kept], liking[kept]),
        *(items[kept], (total - items)[kept], np.zeros_like(viewer), pace[kept]),
        *(renumbered, episode[kept_item]),
        np.zeros(len(renumbered), dtype=np.int64),
        seconds[kept_item],
    )


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

    A genre by the user's taste, then a title of it by its pull in the region. Titles
    already seen mostly give way to another draw.
    """
    genres = len(world.genres)
    released = tables.seasons[week]

    def draw(viewer: Ints) -> Ints:
        point = sixteen_bits(rng, len(viewer)) % TASTE_QUANTILES
        group = members.region[viewer] * genres + members.taste_table[viewer, point]
        wanted = group + rng.random(len(viewer))
        entry = np.searchsorted(tables.pull[week], wanted, side="right")
        return tables.pull_titles[entry].astype(np.int64)

    def seen(viewer: Ints, title: Ints) -> Ints:
        return (state.seen[viewer, title] & np.uint8(SEASONS | OPEN)).astype(np.int64)

    title = draw(user)
    seasons = seen(user, title)
    known = np.flatnonzero(seasons >= released[title])
    again = rng.random(len(known), dtype=np.float32) < world.viewing.rewatch_share
    again &= seasons[known] < OPEN
    other = known[~again]
    for _ in range(_REDRAWS):
        title[other] = draw(user[other])
        seasons[other] = seen(user[other], title[other])
        other = other[seasons[other] >= released[title[other]]]
    return title, seasons & SEASONS


def _item_seconds(
    catalogue: Catalogue,
    completion: Completion,
    title: Ints,
    liking: Floats,
    run: Ints,
    episode: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Return the seconds watched of each item, from its beginning."""
    if not len(run):
        return np.zeros(0, dtype=np.int64)
    is_film = episode < 0
    runtime = np.where(
        is_film, catalogue.runtime[title[run]], catalogue.episode_runtime[episode]
    )
    # What is liked is watched to the end: a film's completion follows the liking
    # alone, an episode's mostly chance.
    by_liking = (percentile(liking) * 1024).astype(np.int64)[run]
    by_chance = sixteen_bits(rng, len(run)) >> 6
    share = np.where(
        is_film,
        completion.film[np.minimum(by_liking, 1023)],
        completion.episode[by_chance],
    )
    return np.maximum((runtime * share).astype(np.int64), SHORTEST_ITEM)


def _in_order(drawn: list[Runs]) -> Runs:
    """Join runs drawn one after the other and sort them by user, then as drawn."""
    if not drawn:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Runs(none, none, none > 0, nothing, *[none] * 8)
    names = ("user", "title", "is_first", "liking", "items", "left", "done", "pace")
    joined = {name: np.concatenate([getattr(r, name) for r in drawn]) for name in names}
    order = np.argsort(joined["user"], kind="stable")
    begins = np.cumsum(joined["items"]) - joined["items"]
    items = joined["items"][order]
    run = np.repeat(np.arange(len(order)), items)
    source = np.arange(len(run)) + np.repeat(
        begins[order] - (np.cumsum(items) - items), items
    )
    return Runs(
        **{name: values[order] for name, values in joined.items()},
        run=run,
        **{
            name: np.concatenate([getattr(r, name) for r in drawn])[source]
            for name in ("episode", "position", "seconds")
        },
    )


def keep_open(
    catalogue: Catalogue, state: UnitState, runs: Runs, starts: Ints, ends: Ints
) -> None:
    """Remember what the end of the month interrupts.

    Args:
        catalogue: The catalogue.
        state: Changed in place.
        runs: The month's runs.
        starts: Place of each item on the common tape, seconds.
        ends: End of the tape of each user, same axis.
    """
    stop = ends[runs.user[runs.run]]
    cut = starts + runs.seconds - stop
    # The first item of a user that the end leaves unfinished, if any.
    unfinished = np.flatnonzero(cut > SHORTEST_ITEM)
    user, first = np.unique(runs.user[runs.run[unfinished]], return_index=True)
    item = unfinished[first]
    run = runs.run[item]
    within = item - (np.cumsum(runs.items) - runs.items)[run]
    episode = runs.episode[item]
    # Where the rest of the run waits already, it waits from here on.
    rest = runs.items[run] - within
    waiting = state.open
    width = len(catalogue.episode_title) + 1
    again = np.isin(
        waiting.user * width + waiting.episode,
        (user * width + episode + rest)[runs.left[run] > 0],
    )
    watched = np.maximum(stop[item] - starts[item], 0)
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
