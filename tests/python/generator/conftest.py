"""Platforms that several tests measure, generated once per session."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from streaming_analytics.generator.output.arrow_functions import pc
from streaming_analytics.generator.run.walk import simulate
from streaming_analytics.generator.world.behaviour import Rating
from streaming_analytics.generator.world.calendar import day_number
from streaming_analytics.generator.world.places import own_places
from streaming_analytics.generator.world.world import World

START = date(2024, 1, 1)
DAYS = 731
DAY = 86_400


def make_world(users: int, titles: int, **changes) -> World:
    return World(
        seed=7, start_day=day_number(START), users=users, titles=titles, **changes
    )


def number_of(keys: pa.ChunkedArray) -> np.ndarray:
    """Return the number in keys such as u12, -1 for NULL."""
    text = keys.cast(pa.string())
    numbers = pc.cast(pc.utf8_slice_codeunits(text, 1), pa.int64())
    return pc.fill_null(numbers, -1).to_numpy()


def second_of(moments: pa.ChunkedArray) -> np.ndarray:
    """Return seconds since 1970-01-01."""
    return moments.cast(pa.int64()).to_numpy() // 1_000


@dataclass(frozen=True)
class Measured:
    """A platform and the frames that tests measure."""

    world: World
    tables: dict[str, pa.Table]
    plays: pd.DataFrame  # main plays in order of user and start
    trailers: pd.DataFrame
    titles: pd.DataFrame  # by number
    episodes: pd.DataFrame  # by number
    users: pd.DataFrame  # by number

    def frame(self, name: str) -> pd.DataFrame:
        return self.tables[name].to_pandas()


def once(viewing: pa.Table) -> pa.Table:
    """Return the plays without the second arrival of some."""
    keys = viewing["play_id"].combine_chunks().dictionary_encode().indices
    _, first = np.unique(keys.to_numpy(), return_index=True)
    return viewing.take(pa.array(np.sort(first)))


def measure(world: World, days: int = DAYS) -> Measured:
    tables = simulate(world, days)
    viewing = once(tables["viewing"])
    plays = pd.DataFrame(
        {
            "user": number_of(viewing["user_id"]),
            "title": number_of(viewing["content_id"]),
            "episode": number_of(viewing["episode_id"]),
            "device": viewing["device_code"].to_pandas(),
            "start": second_of(viewing["started_at"]),
            "watched": viewing["watched_seconds"].to_numpy().astype(np.int64),
            "paused": viewing["paused_seconds"].to_numpy().astype(np.int64),
            "position": viewing["start_position_seconds"].to_numpy().astype(np.int64),
            "is_autoplayed": viewing["is_autoplayed"].to_numpy(),
            "loaded": second_of(viewing["loaded_at"]),
        }
    )
    plays["end"] = plays.start + plays.watched + plays.paused
    is_main = pc.equal(viewing["play_type"].cast(pa.string()), "main").to_numpy()
    titles = tables["content"].to_pandas()
    titles.index = pd.Index(number_of(tables["content"]["content_id"]))
    episodes = tables["episodes"].to_pandas()
    episodes.index = pd.Index(number_of(tables["episodes"]["episode_id"]))
    episodes["title"] = number_of(tables["episodes"]["content_id"])
    places = pd.DataFrame(
        [(p.country_code, p.region_code, p.time_zone) for p in own_places()],
        columns=["country_code", "region_code", "time_zone"],
    )
    users = tables["users"].to_pandas()
    users["number"] = number_of(tables["users"]["user_id"])
    users["country_code"] = users.country_code.astype(str)
    users = users.merge(places, on="country_code").set_index("number")
    main = plays[is_main].sort_values(["user", "start"], kind="stable")
    main = main.reset_index(drop=True)
    main["runtime"] = np.where(
        main.episode >= 0,
        episodes.runtime_seconds.reindex(main.episode).to_numpy(),
        titles.runtime_seconds.reindex(main.title).to_numpy(),
    )
    return Measured(world, tables, main, plays[~is_main], titles, episodes, users)


@pytest.fixture(scope="session")
def full() -> Measured:
    """Full viewing: 2,000 users who make about three million plays."""
    return measure(make_world(2_000, 2_000))


@pytest.fixture(scope="session")
def wide() -> Measured:
    """Many users with thin viewing, for what happens once a month."""
    world = make_world(24_000, 600, intensity=0.03)
    return measure(replace(world, rating=replace(Rating(), share=0.5)))
