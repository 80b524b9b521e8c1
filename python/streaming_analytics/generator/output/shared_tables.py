"""Raw tables that do not belong to users: catalogue, plans, prices, marketing spend."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.campaigns import month_spend
from streaming_analytics.generator.accounts.growth import SignUps
from streaming_analytics.generator.accounts.prices import PriceBook
from streaming_analytics.generator.catalogue.catalogue import (
    LANGUAGES,
    MATURITY,
    Catalogue,
)
from streaming_analytics.generator.output import columns
from streaming_analytics.generator.simulation.platform import Platform
from streaming_analytics.generator.world.calendar import NEVER, Month, first_day_of
from streaming_analytics.generator.world.span import Span
from streaming_analytics.generator.world.world import World

Ints = NDArray[np.int64]


def shared_tables(platform: Platform, span: Span) -> dict[str, pa.Table]:
    """Return the rows of the tables that do not belong to users."""
    world, catalogue = platform.world, platform.catalogue
    return {
        "content": _content(world, catalogue, span),
        "episodes": _episodes(world, catalogue, span),
        "genres": _genres(world, span),
        "content_genres": _content_genres(world, catalogue, span),
        "content_licences": _content_licences(world, catalogue, span),
        "plans": _plans(world, span),
        "plan_prices": _plan_prices(world, platform.prices, span),
        "campaign_spend": _campaign_spend(
            world, platform.signups, platform.months, span
        ),
    }


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
