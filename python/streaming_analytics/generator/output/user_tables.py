"""Raw tables of a unit block's month: users, bills, changes of plan, plays, ratings."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.accounts.names import mailbox, name_pool
from streaming_analytics.generator.catalogue.catalogue import Catalogue
from streaming_analytics.generator.numeric.compiled import compiled
from streaming_analytics.generator.numeric.play_keys import play_ids
from streaming_analytics.generator.numeric.randomness import stream
from streaming_analytics.generator.output import columns
from streaming_analytics.generator.simulation.platform import Platform
from streaming_analytics.generator.simulation.unit_month import UnitMonth
from streaming_analytics.generator.watching.plays import Plays
from streaming_analytics.generator.world.calendar import DAY_SECONDS, Month
from streaming_analytics.generator.world.span import Span
from streaming_analytics.generator.world.world import SHARD_UNITS, UNIT_USERS, World

Ints = NDArray[np.int64]

_DEVICES = ("tv", "mobile", "computer", "tablet")
_STATUSES = ("paid", "failed", "refunded")
_PLAY_TYPES = ("main", "trailer")


@dataclass(frozen=True)
class Labels:
    """Keys that millions of plays point at."""

    content_ids: pa.Array
    episode_ids: pa.Array

    @classmethod
    def of(cls, catalogue: Catalogue) -> Self:
        """Write the keys of a catalogue."""
        return cls(
            columns.ids("c", np.arange(catalogue.size) + 1),
            columns.ids("e", np.arange(len(catalogue.episode_title)) + 1),
        )


def unit_month_tables(
    platform: Platform, labels: Labels, done: UnitMonth, span: Span
) -> dict[str, pa.Table]:
    """Return a unit block's rows of a month that the span holds."""
    world, members, month = platform.world, done.members, done.month
    found = {
        "users": _users(world, members, month, span),
        "payments": _payments(members, done.subscriptions.payments, span),
        "plan_changes": _plan_changes(
            world, members, done.subscriptions.plan_changes, span
        ),
        "viewing": _viewing(platform, labels, done, span),
        "ratings": _ratings(done, span),
    }
    return {name: rows for name, rows in found.items() if rows.num_rows}


def _users(world: World, members: Members, month: Month, span: Span) -> pa.Table:
    day = members.signup_day
    load = day + 1
    new = np.flatnonzero(
        (day >= month.first_day) & (day < month.end_day) & span.holds(load)
    )
    places = world.places
    full_names, emails = [], []
    for index in new:
        place = places[members.country[index]]
        first, last = name_pool(world.countries[place.country_code].locale)
        given = first[int(members.first_name[index] * len(first))]
        family = last[int(members.last_name[index] * len(last))]
        full_names.append(f"{given} {family}")
        box = ".".join(filter(None, [mailbox(given), mailbox(family)])) or "member"
        emails.append(f"{box}.{members.number[index]}@example.com")
    return pa.table(
        {
            "user_id": columns.ids("u", members.number[new]),
            "full_name": pa.array(full_names, pa.string()),
            "email": pa.array(emails, pa.string()),
            "birth_date": columns.dates(members.birth_day[new]),
            "country_code": columns.choices(
                [place.country_code for place in places], members.country[new]
            ),
            "channel_code": columns.choices(list(world.channels), members.channel[new]),
            "signed_up_at": columns.timestamps(
                day[new] * DAY_SECONDS + members.signup_second[new]
            ),
            "loaded_at": columns.load_times(load[new]),
        },
    )


def _payments(members: Members, events: dict[str, Ints], span: Span) -> pa.Table:
    load = events["day"] + 1
    kept = span.holds(load)
    user = members.number[events["user"][kept]]
    spell, bill = events["spell"][kept], events["bill"][kept]
    return pa.table(
        {
            "payment_id": columns.ids("b", user, spell, bill),
            "subscription_id": columns.ids("s", user, spell),
            "billed_date": columns.dates(events["day"][kept]),
            "amount_usd": columns.decimals(events["cents"][kept], 10, 2),
            "status": columns.choices(list(_STATUSES), events["status"][kept]),
            "loaded_at": columns.load_times(load[kept]),
        },
    )


def _plan_changes(
    world: World, members: Members, events: dict[str, Ints], span: Span
) -> pa.Table:
    load = events["day"] + 1
    kept = span.holds(load)
    user = members.number[events["user"][kept]]
    spell, sequence = events["spell"][kept], events["sequence"][kept]
    return pa.table(
        {
            "plan_change_id": columns.ids("k", user, spell, sequence),
            "subscription_id": columns.ids("s", user, spell),
            "plan_code": columns.choices(list(world.plans), events["plan"][kept]),
            "changed_date": columns.dates(events["day"][kept]),
            "sequence_number": pa.array(sequence.astype(np.int32)),
            "loaded_at": columns.load_times(load[kept]),
        },
    )


def _viewing(
    platform: Platform, labels: Labels, done: UnitMonth, span: Span
) -> pa.Table:
    members, month, plays = done.members, done.month, done.plays
    started, load = _moments(plays.start, plays.late_days, month.first_day)
    again = _delivered_again(platform.world, members, month, plays)
    nights = np.concatenate([load, load[again] + 1])
    kept = slice(None)
    first_month = platform.months[0].number
    keys = play_ids(members.unit, month.number - first_month, plays.size)
    # Most months lie wholly within the span: next to nothing has to be copied.
    if not span.holds_all(month):
        held = span.holds(nights)
        kept = np.concatenate([np.arange(plays.size), again])[held]
        nights, again = nights[held], again[:0]
        keys = keys.take(pa.array(kept))
    title, episode = plays.title[kept], plays.episode[kept]
    found = {
        "play_id": keys,
        "user_id": columns.choices(
            _shard_users(members.unit // SHARD_UNITS),
            (members.unit % SHARD_UNITS * UNIT_USERS + plays.user[kept]).astype(
                np.int16
            ),
        ),
        "content_id": columns.choices(labels.content_ids, title),
        "episode_id": columns.choices(labels.episode_ids, episode),
        "device_code": columns.choices(list(_DEVICES), plays.device[kept]),
        "play_type": columns.choices(list(_PLAY_TYPES), plays.is_trailer[kept]),
        "started_at": columns.timestamps(started[kept]),
        "watched_seconds": pa.array(plays.watched[kept]),
        "paused_seconds": pa.array(plays.paused[kept]),
        "start_position_seconds": pa.array(plays.position[kept]),
        "is_autoplayed": pa.array(plays.is_autoplayed[kept]),
    }
    if len(again):
        place = pa.array(again)
        found = {
            name: pa.chunked_array([column, column.take(place)])
            for name, column in found.items()
        }
    return pa.table(found | {"loaded_at": columns.load_times(nights)})


@compiled
def _moments(
    start: NDArray[np.int32], late_days: NDArray[np.uint8], first_day: int
) -> tuple[Ints, Ints]:
    """Return the second at which each play began, and the day of its load."""
    started, load = np.empty(len(start), np.int64), np.empty(len(start), np.int64)
    for row in range(len(start)):
        started[row] = first_day * DAY_SECONDS + start[row]
        load[row] = first_day + start[row] // DAY_SECONDS + 1 + late_days[row]
    return started, load


def _delivered_again(
    world: World, members: Members, month: Month, plays: Plays
) -> Ints:
    """Return which plays arrive a second time, the night after: some that were in time.

    A collector that is not sure of an answer sends the row again; nothing in it differs
    but the night of the load.
    """
    rng = stream(world.seed, "delivered again", members.unit, month.number)
    count = rng.binomial(plays.size, world.viewing.duplicate_share)
    again = np.unique(rng.integers(0, max(plays.size, 1), count))
    return again[plays.late_days[again] == 0]


@lru_cache(maxsize=8)
def _shard_users(shard: int) -> pa.Array:
    """Return the keys of a shard's users: blocks of one dictionary share row groups."""
    size = SHARD_UNITS * UNIT_USERS
    return columns.ids("u", np.arange(size) + shard * size + 1)


def _ratings(done: UnitMonth, span: Span) -> pa.Table:
    ratings, month = done.ratings, done.month
    load = month.first_day + ratings.second // DAY_SECONDS + 1
    kept = span.holds(load)
    user = done.members.number[ratings.user[kept]]
    title = ratings.title[kept] + 1
    return pa.table(
        {
            "rating_id": columns.ids("r", user, title),
            "user_id": columns.ids("u", user),
            "content_id": columns.ids("c", title),
            "rating": columns.decimals(ratings.stars[kept] * 10, 2, 1),
            "rated_at": columns.timestamps(
                month.first_day * DAY_SECONDS + ratings.second[kept]
            ),
            "loaded_at": columns.load_times(load[kept]),
        },
    )
