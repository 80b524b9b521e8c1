"""What a unit block watches: runs of one title, laid end to end.

A run is a title taken up: a film, or episodes of a series one after the other. The
runs of a user are laid on the user's tape, whose length is the time of the month's
sessions; where the tape ends inside a run, next month goes on from there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.catalogue import QUANTILES, Catalogue
from streaming_analytics.generator.choice import MonthTables, is_available
from streaming_analytics.generator.members import TASTE_QUANTILES, Members
from streaming_analytics.generator.quantiles import percentile
from streaming_analytics.generator.randomness import sixteen_bits
from streaming_analytics.generator.sessions import Sessions
from streaming_analytics.generator.state import RATED, UnitState
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
    """Runs in order of user and time, and their items in the same order."""

    user: Ints
    title: Ints
    is_first: Bools  # never watched before by this user
    liking: Floats
    items: Ints  # number of items
    release_week: Ints

    run: Ints  # per item: its run
    episode: Ints  # per item: row of the episode arrays, -1 for a film
    position: Ints  # per item: second of the film or episode at which it begins
    seconds: Ints  # per item: seconds to be watched


class Completion:
    """Share of an item that is watched, by liking: REALISM's shapes as quantiles."""

    def __init__(self, world: World) -> None:
        """Work out the quantiles of films and episodes."""
        self.film = _completion_quantiles(*world.viewing.film_completion)
        self.episode = _completion_quantiles(*world.viewing.episode_completion)


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
    tape; `keep_pending` carries that over.
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

    watches = room.sum(axis=1) > 0
    resumed = _resume(catalogue, members, state, tables, completion, watches, rng)
    if len(resumed.user):
        drawn.append(resumed)
        np.add.at(ahead, resumed.user[resumed.run], resumed.seconds)

    for week in range(weeks):
        left = room[:, week] - ahead
        # Nobody watches beyond the last run that begins in the week.
        while (left > 0).any():
            runs = _choose(
                *(world, catalogue, members, state, tables, completion),
                *(np.maximum(left, 0), week, rng),
            )
            drawn.append(runs)
            left -= np.bincount(
                runs.user[runs.run], weights=runs.seconds, minlength=UNIT_USERS
            ).astype(np.int64)
        ahead = -left
    return _in_order(drawn)


def _resume(
    catalogue: Catalogue,
    members: Members,
    state: UnitState,
    tables: MonthTables,
    completion: Completion,
    watches: Bools,
    rng: np.random.Generator,
) -> Runs:
    """Return the runs that the end of an earlier month interrupted."""
    month = tables.month
    user = np.flatnonzero((state.pending_title >= 0) & watches)
    title = state.pending_title[user]
    available = is_available(catalogue, month.first_day, month.end_day)
    # A licence that ended takes the title away from under its viewers.
    kept = available[members.region[user], title]
    state.pending_title[user] = -1
    user, title = user[kept], title[kept]
    items = state.pending_items[user]
    episode = state.pending_episode[user]
    run = np.repeat(np.arange(len(user)), items)
    within = np.arange(len(run)) - np.repeat(np.cumsum(items) - items, items)
    is_film = episode[run] < 0
    row = np.where(is_film, -1, episode[run] + within)
    position = np.where(within == 0, state.pending_position[user][run], 0)
    liking = state.pending_liking[user]
    seconds = _item_seconds(catalogue, completion, title, liking, run, row, rng)
    seconds = np.maximum(seconds - position, SHORTEST_ITEM)
    return Runs(
        *(user, title, state.pending_first[user], liking, items),
        np.zeros(len(user), dtype=np.int64),
        *(run, row, position, seconds),
    )


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
    items = np.where(is_series, np.minimum(reach, there), 1)

    run = np.repeat(np.arange(len(user)), items)
    begins = np.cumsum(items) - items
    within = np.arange(len(run)) - begins[run]
    episode = np.where(is_series[run], first_episode[run] + within, -1)
    seconds = _item_seconds(catalogue, completion, title, liking, run, episode, rng)

    # Runs that would begin after the week is full are not taken up.
    length = np.add.reduceat(seconds, begins)
    before = np.cumsum(length) - length
    user_first = np.cumsum(guess) - guess
    kept = before - before[user_first[user]] < left[user]
    kept_item = kept[run]
    renumber = np.cumsum(kept) - 1

    # A season begun counts as seen; nobody returns to it later for its rest.
    reached = np.where(
        is_series,
        catalogue.episode_season[np.where(is_series, first_episode + items - 1, 0)],
        1,
    )
    marks = np.maximum(reached, seasons).astype(np.uint8)
    rated = state.seen[user[kept], title[kept]] & RATED
    state.seen[user[kept], title[kept]] = marks[kept] | rated
    return Runs(
        *(user[kept], title[kept], is_first[kept], liking[kept], items[kept]),
        np.full(int(kept.sum()), week),
        renumber[run[kept_item]],
        episode[kept_item],
        np.zeros(int(kept_item.sum()), dtype=np.int64),
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
        return (state.seen[viewer, title] & ~np.uint8(RATED)).astype(np.int64)

    title = draw(user)
    seasons = seen(user, title)
    known = np.flatnonzero(seasons >= released[title])
    again = rng.random(len(known), dtype=np.float32) < world.viewing.rewatch_share
    other = known[~again]
    for _ in range(_REDRAWS):
        title[other] = draw(user[other])
        seasons[other] = seen(user[other], title[other])
        other = other[seasons[other] >= released[title[other]]]
    return title, seasons


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
        return Runs(none, none, none > 0, nothing, *[none] * 6)
    names = ("user", "title", "is_first", "liking", "items", "release_week")
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


def keep_pending(
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
    begins = np.cumsum(runs.items) - runs.items
    state.pending_title[user] = runs.title[run]
    state.pending_episode[user] = runs.episode[item]
    watched = np.maximum(stop[item] - starts[item], 0)
    state.pending_position[user] = runs.position[item] + watched
    state.pending_items[user] = runs.items[run] - (item - begins[run])
    state.pending_liking[user] = runs.liking[run]
    state.pending_first[user] = runs.is_first[run]
