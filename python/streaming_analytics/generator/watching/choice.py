"""What can be chosen in a month, and how strongly each title pulls."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import TASTE_QUANTILES, Viewers
from streaming_analytics.generator.catalogue.catalogue import Catalogue
from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.world.calendar import (
    DAY_SECONDS,
    NEVER,
    SLOT_SECONDS,
    Month,
    utc_offsets,
)
from streaming_analytics.generator.world.world import World

Floats = NDArray[np.float64]

_SLOT_QUANTILES = 65_536
# Quantiles that share a place from which to look for their slot.
SLOT_STEP = 64
# Steps into which a region x genre is divided, to find a title without a search.
PULL_STEPS = 256
_WEEKS_OF_DECAY = 160
# Half a year, in weeks: the age up to which REALISM counts a title as new.
_NEW_WEEKS = 26


class Slots(NamedTuple):
    """When sessions begin: country x half-hour slot of the month (UTC)."""

    # Sessions that begin by the end of the slot, of 65,536.
    ends: NDArray[np.int32]
    # For each 64 of them the slot from which to look.
    starts: NDArray[np.int16]


class Pull(NamedTuple):
    """How strongly titles pull within each region x genre, in one release week."""

    # Per entry: cumulated share of the pair's pull, plus the number of the pair.
    reached: Floats
    # Per 256th of each pair: the entry from which to look.
    starts: NDArray[np.int32]
    # Per entry: its title.
    titles: NDArray[np.int32]
    genres: int


class MonthPull(NamedTuple):
    """The pull in each release week of a month: the arrays of `Pull`, week first."""

    reached: Floats
    starts: NDArray[np.int32]
    titles: NDArray[np.int32]  # the same in every week
    genres: int

    def in_week(self, week: int) -> Pull:
        """Return the pull in one of the weeks."""
        return Pull(self.reached[week], self.starts[week], self.titles, self.genres)


@dataclass(frozen=True)
class MonthTables:
    """What all users share in a month."""

    month: Month
    # Start of each release week, seconds from the first day of the month.
    slice_starts: NDArray[np.int64]
    slots: Slots
    # Share of a usual month's sessions, by country.
    level: Floats
    pull: MonthPull
    # Region x title: whether one licence covers the month.
    available: NDArray[np.bool_]
    # Slice x title: seasons released by then (1 for films).
    seasons: NDArray[np.int64]


@compiled
def find_pull(wanted: float, reached: Floats, starts: NDArray[np.int32]) -> np.int64:
    """Return the entry of a week's pull that holds a point.

    Args:
        wanted: Number of the region x genre, plus a share of its pull.
        reached: As in `Pull`.
        starts: As in `Pull`.
    """
    step = min(np.int64(wanted * PULL_STEPS), len(starts) - 1)
    entry = np.int64(starts[step])
    while entry < len(reached) - 1 and reached[entry] <= wanted:
        entry += 1
    return entry


@compiled
def draw_title(
    user: int, point: int, uniform: float, viewers: Viewers, pull: Pull
) -> np.int32:
    """Return a title: a genre by the user's taste, then one by its pull in the region.

    Args:
        user: User of the unit block.
        point: Sixteen random bits, for the genre.
        uniform: Between 0 and 1, for the title.
        viewers: Regions and tastes of the users.
        pull: Pull in the week.
    """
    genre = viewers.taste_table[user, point % TASTE_QUANTILES]
    wanted = viewers.region[user] * pull.genres + genre + uniform
    return pull.titles[find_pull(wanted, pull.reached, pull.starts)]


def launch_weights(world: World, decay: tuple[float, ...], boost: float) -> Floats:
    """Return the pull by week since release, relative to an old title."""
    later = decay[-1] * world.catalogue.decay_later ** np.arange(1, _WEEKS_OF_DECAY)
    return np.maximum(1.0, boost * np.concatenate([decay, later]))


def launch_boosts(world: World) -> tuple[float, float]:
    """Return the pull of a film and a series in their first week.

    Chosen so that the titles released in a half-year hold `new_share` of its hours:
    with r releases a week and L old titles, a title of age a weeks counts for the
    share 1 - a / 26 of the half-year that is left for it, so that new ones pull
    r B times the sum of (1 - a / 26) decay(a), and old ones L.
    """
    settings = world.catalogue
    old = world.titles * (1 + settings.library_share) / 2
    weekly = world.titles * (1 - settings.library_share) / (REFERENCE_WEEKS)
    odds = settings.new_share / (1 - settings.new_share)

    def boost(decay: tuple[float, ...]) -> float:
        later = decay[-1] * settings.decay_later ** np.arange(1, _NEW_WEEKS)
        left = 1 - np.arange(_NEW_WEEKS) / _NEW_WEEKS
        mass = float((left * np.concatenate([decay, later])[:_NEW_WEEKS]).sum())
        return settings.new_pull * odds * old / (weekly * mass)

    return boost(settings.decay_film), boost(settings.decay_series)


REFERENCE_WEEKS = 104


def build_tables(world: World, catalogue: Catalogue, month: Month) -> MonthTables:
    """Work out the shared tables of a month."""
    boosts = launch_boosts(world)
    settings = world.catalogue
    film = launch_weights(world, settings.decay_film, boosts[0])
    series = launch_weights(world, settings.decay_series, boosts[1])

    titles, ranks = np.nonzero(catalogue.genres >= 0)
    genres = catalogue.genres[titles, ranks]
    order = np.argsort(genres, kind="stable")
    titles, genres, ranks = titles[order], genres[order], ranks[order]
    counts = (catalogue.genres >= 0).sum(axis=1)
    shares = np.array(settings.genre_weights)
    share = shares[ranks] / np.cumsum(shares)[counts[titles] - 1]

    base = np.exp(catalogue.log_appeal)
    base = base * np.where(catalogue.is_series, settings.series_pull, 1.0)
    pulls, seasons = [], []
    for day in month.slice_days:
        latest, released = _released(catalogue, int(day))
        weeks = np.clip((day - latest) // 7, 0, len(film) - 1)
        # What the library already had at the start is past its launch.
        was_there = latest < world.start_day
        fresh = np.where(catalogue.is_series, series[weeks], film[weeks])
        pull = base * np.where(was_there, 1.0, fresh) * (released > 0)
        pulls.append(
            _cumulate(world, catalogue, pull, titles, genres, share, day, month)
        )
        seasons.append(released)
    slots, level = _slot_tables(world, month)
    steps = np.arange(len(world.regions) * len(world.genres) * PULL_STEPS) / PULL_STEPS
    return MonthTables(
        month=month,
        slice_starts=(month.slice_days - month.first_day) * DAY_SECONDS,
        slots=slots,
        level=level,
        pull=MonthPull(
            reached=np.stack(pulls),
            starts=np.stack(
                [np.searchsorted(pull, steps, side="right") for pull in pulls]
            ).astype(np.int32),
            titles=np.tile(titles, len(world.regions)).astype(np.int32),
            genres=len(world.genres),
        ),
        available=is_available(catalogue, month.first_day, month.end_day),
        seasons=np.stack(seasons),
    )


def is_available(catalogue: Catalogue, day: int, until: int) -> NDArray[np.bool_]:
    """Return region x title: whether one licence covers day to before until."""
    starts, ends = catalogue.licences[..., 0], catalogue.licences[..., 1]
    covers = (starts <= day) & (ends >= until)
    return np.logical_or.reduce(covers, axis=2)


def _released(
    catalogue: Catalogue, day: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the day of each title's latest release, and its seasons released."""
    latest = np.where(catalogue.release_day <= day, catalogue.release_day, NEVER)
    released = np.where(catalogue.is_series, 0, catalogue.release_day <= day)
    out = catalogue.season_release <= day
    np.maximum.at(latest, catalogue.season_title[out], catalogue.season_release[out])
    latest = np.where(latest == NEVER, day, latest)
    released = released + np.bincount(
        catalogue.season_title[out], minlength=catalogue.size
    )
    return latest, released


def _cumulate(
    world: World,
    catalogue: Catalogue,
    pull: Floats,
    titles: NDArray[np.int64],
    genres: NDArray[np.int64],
    share: Floats,
    day: int,
    month: Month,
) -> Floats:
    available = is_available(catalogue, int(day), month.end_day)
    first = np.searchsorted(genres, np.arange(len(world.genres)))
    last = np.searchsorted(genres, np.arange(len(world.genres)), side="right")
    flat = []
    for region in range(len(world.regions)):
        weight = (pull * catalogue.region_pull[region] * available[region])[titles]
        cumulated = np.cumsum(weight * share)
        before = np.concatenate([[0.0], cumulated])[first]
        total = cumulated[last - 1] - before
        within = (cumulated - before[genres]) / total[genres]
        flat.append(within + region * len(world.genres) + genres)
    # Rounding must not leave a gap at the end of a group.
    return np.concatenate(flat)


def _slot_tables(world: World, month: Month) -> tuple[Slots, Floats]:
    viewing = world.viewing
    hours = np.array(viewing.hours) ** viewing.start_sharpness
    weekdays = np.array(viewing.weekdays)
    by_hour = np.tile(hours, (7, 1))
    by_hour[5:, 13:17] *= viewing.weekend_afternoon
    by_hour *= (weekdays / by_hour.sum(axis=1))[:, None]
    # The hours of all days of a mean month add up to one.
    by_hour /= by_hour.sum() / 7 * (365.25 / 12)

    slots = month.days * DAY_SECONDS // SLOT_SECONDS
    start = month.first_day * DAY_SECONDS + np.arange(slots) * SLOT_SECONDS
    ends, levels = [], []
    zones: dict[str, tuple[NDArray[np.int64], float]] = {}
    points = (np.arange(_SLOT_QUANTILES) + 0.5) / _SLOT_QUANTILES
    for place in world.places:
        if place.time_zone not in zones:
            # The weight of a start is that of its session's middle.
            local = start + utc_offsets(place.time_zone, month)
            local = local + viewing.half_session_minutes * 60
            weekday = (local // DAY_SECONDS + 3) % 7
            weight = by_hour[weekday, local % DAY_SECONDS // 3600]
            cumulated = np.cumsum(weight)
            reached = np.searchsorted(points, cumulated / cumulated[-1])
            # Two half-hour slots share an hour's weight.
            zones[place.time_zone] = reached, cumulated[-1] / 2
        reached, level = zones[place.time_zone]
        ends.append(reached)
        levels.append(level * viewing.months[month.calendar_month])
    steps = np.arange(0, _SLOT_QUANTILES, SLOT_STEP)
    starts = [np.searchsorted(reached, steps, side="right") for reached in ends]
    slots = Slots(np.stack(ends).astype(np.int32), np.stack(starts).astype(np.int16))
    return slots, np.array(levels)
