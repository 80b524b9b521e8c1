"""Raw tables from what was simulated, in the columns of the raw contract."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streaming_analytics.generator import columns
from streaming_analytics.generator.campaigns import month_spend
from streaming_analytics.generator.catalogue import (
    LANGUAGES,
    MATURITY,
    NEVER,
    Catalogue,
)
from streaming_analytics.generator.compiled import compiled
from streaming_analytics.generator.growth import SignUps
from streaming_analytics.generator.members import Members
from streaming_analytics.generator.names import mailbox, name_pool
from streaming_analytics.generator.prices import PriceBook
from streaming_analytics.generator.randomness import stream
from streaming_analytics.generator.subscriptions import SubscriptionMonth
from streaming_analytics.generator.timeline import (
    DAY_SECONDS,
    Month,
    first_day_of,
)
from streaming_analytics.generator.viewing import Plays
from streaming_analytics.generator.world import PART_UNITS, UNIT_USERS, World

if TYPE_CHECKING:
    from streaming_analytics.generator.platform import Platform, Span, UnitMonth

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
    def of(cls, catalogue: Catalogue) -> Labels:
        """Write the keys of a catalogue."""
        return cls(
            columns.ids("c", np.arange(catalogue.size) + 1),
            columns.ids("e", np.arange(len(catalogue.episode_title)) + 1),
        )


def unit_month_tables(
    platform: Platform, done: UnitMonth, span: Span
) -> dict[str, pa.Table]:
    """Return a unit block's rows of a month that the span holds."""
    world, members, month = platform.world, done.members, done.month
    found = {
        "users": _users(world, members, month, span),
        "payments": _payments(members, done.subscriptions.payments, span),
        "plan_changes": _plan_changes(
            world, members, done.subscriptions.plan_changes, span
        ),
        "viewing": _viewing(platform, members, month, done.plays, span),
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
    platform: Platform, members: Members, month: Month, plays: Plays, span: Span
) -> pa.Table:
    started, load = _moments(plays.start, plays.late_days, month.first_day)
    again = _delivered_again(platform.world, members, month, plays)
    nights = np.concatenate([load, load[again] + 1])
    kept = slice(None)
    first_month = platform.months[0].number
    play_ids = columns.play_ids(members.unit, month.number - first_month, plays.count)
    # Most months lie wholly within the span: next to nothing has to be copied.
    if not span.holds_all(month):
        held = span.holds(nights)
        kept = np.concatenate([np.arange(plays.count), again])[held]
        nights, again = nights[held], again[:0]
        play_ids = play_ids.take(pa.array(kept))
    labels = platform.labels
    title, episode = plays.title[kept], plays.episode[kept]
    found = {
        "play_id": play_ids,
        "user_id": columns.choices(
            _part_users(members.unit // PART_UNITS),
            (members.unit % PART_UNITS * UNIT_USERS + plays.user[kept]).astype(
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
    count = rng.binomial(plays.count, world.viewing.duplicate_share)
    again = np.unique(rng.integers(0, max(plays.count, 1), count))
    return again[plays.late_days[again] == 0]


@lru_cache(maxsize=8)
def _part_users(part: int) -> pa.Array:
    """Return the keys of a part's users: blocks of one dictionary share row groups."""
    size = PART_UNITS * UNIT_USERS
    return columns.ids("u", np.arange(size) + part * size + 1)


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


class SpellLog:
    """Subscriptions as they last looked."""

    _NAMES = (
        *("number", "spell", "plan", "started", "trial_ends"),
        *("requested", "ends", "involuntary"),
    )

    def __init__(self) -> None:
        """Start empty."""
        self.months: list[dict[str, Ints]] = []

    def add(self, members: Members, month: SubscriptionMonth) -> None:
        """Note what a month touched."""
        number = members.number[month.touched["user"]]
        self.months.append(month.touched | {"number": number})

    def table(self, world: World, span: Span) -> pa.Table:
        """Return each subscription as the end of the span knows it.

        Only those are returned to which something happened within the span.
        """
        rows = {
            name: np.concatenate([month[name] for month in self.months])
            if self.months
            else np.zeros(0, dtype=np.int64)
            for name in self._NAMES
        }
        # Months come in order: the last row of a subscription is its latest state.
        key = rows["number"] * 1_000 + rows["spell"]
        _, from_end = np.unique(key[::-1], return_index=True)
        latest = len(key) - 1 - from_end
        rows = {name: values[latest] for name, values in rows.items()}

        def known(day: Ints) -> Ints:
            return np.where(day + 1 <= span.end_day, day, NEVER)

        started = known(rows["started"])
        requested, ends = known(rows["requested"]), known(rows["ends"])
        load = 1 + np.max(
            [np.where(day == NEVER, -1, day) for day in (started, requested, ends)],
            axis=0,
        )
        kept = (started != NEVER) & span.holds(load)
        reason = np.where(ends == NEVER, -1, rows["involuntary"])
        return pa.table(
            {
                "subscription_id": columns.ids(
                    "s", rows["number"][kept], rows["spell"][kept]
                ),
                "user_id": columns.ids("u", rows["number"][kept]),
                "plan_code": columns.choices(list(world.plans), rows["plan"][kept]),
                "started_date": columns.dates(started[kept]),
                "trial_end_date": columns.dates(rows["trial_ends"][kept]),
                "cancel_requested_date": columns.dates(requested[kept]),
                "ended_date": columns.dates(ends[kept]),
                "end_reason": columns.choices(
                    ["voluntary", "involuntary"], reason[kept]
                ),
                "loaded_at": columns.load_times(load[kept]),
            },
        )


def shared_tables(
    world: World,
    catalogue: Catalogue,
    prices: PriceBook,
    signups: SignUps,
    months: list[Month],
    span: Span,
) -> dict[str, pa.Table]:
    """Return the rows of the tables that do not belong to users."""
    found = {
        "content": _content(world, catalogue, span),
        "episodes": _episodes(world, catalogue, span),
        "genres": _genres(world, span),
        "content_genres": _content_genres(world, catalogue, span),
        "content_licences": _content_licences(world, catalogue, span),
        "plans": _plans(world, span),
        "plan_prices": _plan_prices(world, prices, span),
        "campaign_spend": _campaign_spend(world, signups, months, span),
    }
    return found


def _first_load(world: World, day: Ints) -> Ints:
    """Return the load of things that were there at the start, or came later."""
    return np.where(day <= world.start_day, world.start_day, day + 1)


def _content(world: World, catalogue: Catalogue, span: Span) -> pa.Table:
    load = _first_load(world, catalogue.release_day)
    kept = np.flatnonzero(span.holds(load))
    runtime = catalogue.runtime[kept].astype(np.int32)
    return pa.table(
        {
            "content_id": columns.ids("c", kept + 1),
            "title": pa.array([catalogue.titles[index] for index in kept], pa.string()),
            "content_type": columns.choices(
                ["film", "series"], catalogue.is_series[kept].astype(np.int8)
            ),
            "original_language": columns.choices(
                list(LANGUAGES), catalogue.language[kept]
            ),
            "maturity_rating": columns.choices(
                list(MATURITY), catalogue.maturity[kept]
            ),
            "is_original": pa.array(catalogue.is_original[kept]),
            "runtime_seconds": pa.array(runtime, mask=runtime == 0),
            "release_date": columns.dates(catalogue.release_day[kept]),
            "licence_cost_usd": columns.decimals(
                np.round(catalogue.cost[kept] * 100).astype(np.int64), 12, 2
            ),
            "loaded_at": columns.load_times(load[kept]),
        },
    )


def _episodes(world: World, catalogue: Catalogue, span: Span) -> pa.Table:
    load = _first_load(world, catalogue.episode_release)
    kept = np.flatnonzero(span.holds(load))
    return pa.table(
        {
            "episode_id": columns.ids("e", kept + 1),
            "content_id": columns.ids("c", catalogue.episode_title[kept] + 1),
            "season_number": pa.array(catalogue.episode_season[kept].astype(np.int32)),
            "episode_number": pa.array(catalogue.episode_number[kept].astype(np.int32)),
            "runtime_seconds": pa.array(catalogue.episode_runtime[kept]),
            "release_date": columns.dates(catalogue.episode_release[kept]),
            "loaded_at": columns.load_times(load[kept]),
        },
    )


def _genres(world: World, span: Span) -> pa.Table:
    load = np.full(len(world.genres), world.start_day)
    kept = np.flatnonzero(span.holds(load))
    codes = list(world.genres)
    return pa.table(
        {
            "genre_code": pa.array([codes[index] for index in kept], pa.string()),
            "genre_name": pa.array(
                [world.genres[codes[index]].name for index in kept], pa.string()
            ),
            "loaded_at": columns.load_times(load[kept]),
        },
    )


def _content_genres(world: World, catalogue: Catalogue, span: Span) -> pa.Table:
    title, rank = np.nonzero(catalogue.genres >= 0)
    load = _first_load(world, catalogue.release_day)[title]
    kept = span.holds(load)
    title, rank = title[kept], rank[kept]
    return pa.table(
        {
            "content_id": columns.ids("c", title + 1),
            "genre_code": columns.choices(
                list(world.genres), catalogue.genres[title, rank]
            ),
            "genre_rank": pa.array((rank + 1).astype(np.int32)),
            "loaded_at": columns.load_times(load[kept]),
        },
    )


def _content_licences(world: World, catalogue: Catalogue, span: Span) -> pa.Table:
    region, title, window = np.nonzero(catalogue.licences[..., 0] < NEVER)
    order = np.lexsort((window, region, title))
    region, title, window = region[order], title[order], window[order]
    starts, ends = catalogue.licences[region, title, window].T
    load = _first_load(world, starts)
    kept = span.holds(load)
    return pa.table(
        {
            "content_id": columns.ids("c", title[kept] + 1),
            "region_code": columns.choices(list(world.regions), region[kept]),
            "available_from_date": columns.dates(starts[kept]),
            "available_until_date": columns.dates(ends[kept]),
            "loaded_at": columns.load_times(load[kept]),
        },
    )


def _plans(world: World, span: Span) -> pa.Table:
    load = np.full(len(world.plans), world.start_day)
    kept = np.flatnonzero(span.holds(load))
    codes = [list(world.plans)[index] for index in kept]
    plans = [world.plans[code] for code in codes]
    return pa.table(
        {
            "plan_code": pa.array(codes, pa.string()),
            "plan_name": pa.array([plan.name for plan in plans], pa.string()),
            "plan_rank": pa.array([plan.rank for plan in plans], pa.int32()),
            "has_ads": pa.array([plan.has_ads for plan in plans], pa.bool_()),
            "max_streams": pa.array([plan.max_streams for plan in plans], pa.int32()),
            "loaded_at": columns.load_times(load[kept]),
        },
    )


def _plan_prices(world: World, prices: PriceBook, span: Span) -> pa.Table:
    rows = np.array(
        [
            (plan, region, day, cents)
            for region in range(len(world.regions))
            for day, step in zip(
                prices.valid_from[region], prices.cents[region], strict=True
            )
            for plan, cents in enumerate(step)
        ]
    )
    load = _first_load(world, rows[:, 2])
    plan, region, day, cents = rows[span.holds(load)].T
    return pa.table(
        {
            "plan_code": columns.choices(list(world.plans), plan),
            "region_code": columns.choices(list(world.regions), region),
            "valid_from_date": columns.dates(day),
            "monthly_price_usd": columns.decimals(cents, 8, 2),
            "loaded_at": columns.load_times(load[span.holds(load)]),
        },
    )


def _campaign_spend(
    world: World, signups: SignUps, months: list[Month], span: Span
) -> pa.Table:
    rows = [
        (first_day_of(month.number), channel, region, round(spend * 100), month.end_day)
        for month in months
        for region, by_channel in enumerate(month_spend(world, signups, month))
        for channel, spend in enumerate(by_channel)
        if list(world.channels.values())[channel].cost_per_signup > 0
    ]
    values = np.array(rows, dtype=np.int64).reshape(-1, 5)
    day, channel, region, cents, load = values[span.holds(values[:, 4])].T
    return pa.table(
        {
            "month_start_date": columns.dates(day),
            "channel_code": columns.choices(list(world.channels), channel),
            "region_code": columns.choices(list(world.regions), region),
            "spend_usd": columns.decimals(cents, 12, 2),
            "loaded_at": columns.load_times(load),
        },
    )
