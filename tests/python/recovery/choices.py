"""How many viewers each title should have, from taste, appeal and availability."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from streaming_analytics.generator.simulation.platform import Platform
from streaming_analytics.generator.watching.choice import build_tables
from streaming_analytics.generator.world.calendar import DAY_SECONDS, EPOCH

from .recovered import Recovered

Floats = NDArray[np.float64]


def expected_viewers(recovered: Recovered, log_appeal: Floats | None = None) -> Floats:
    """Return the viewers that each title should have, in order of the titles.

    A title is chosen with the share that it holds of the pull of its genre, in the
    region and week; a genre by the user's taste. Of n choices of a user at least one
    falls on a title of share p with probability 1 - exp(-n p).

    Args:
        recovered: The platform; how much each user watches is taken from the marts.
        log_appeal: The appeal of the titles, if not as it was planted.
    """
    shares = _shares(recovered, log_appeal)
    users = recovered.truth("users").set_index("user_id")
    taste = users.filter(like="taste_").to_numpy()
    known = recovered.query(
        """
        select users.user_id, users.region_code, count(viewers.content_id) as titles
        from mart_core.dim_users as users
        left join mart_core.fct_content_viewers as viewers using (user_id)
        group by 1, 2
        """
    ).set_index("user_id")
    known = known.reindex(users.index)
    viewers = np.zeros(shares.shape[2])
    for region, code in enumerate(recovered.world.regions):
        inside = (known.region_code == code).to_numpy()
        chosen = (taste[inside] @ shares[region]) * known.titles.to_numpy()[
            inside, None
        ]
        viewers -= np.expm1(-chosen).sum(axis=0)
    return viewers * known.titles.sum() / viewers.sum()


def _shares(recovered: Recovered, log_appeal: Floats | None) -> Floats:
    """Return region x genre x title: share of the choices, by what was watched."""
    world = recovered.world
    platform = Platform(world, world.start_day + 731)
    catalogue = platform.catalogue
    if log_appeal is not None:
        catalogue = replace(catalogue, log_appeal=log_appeal)
    watched = recovered.query(
        """
        select
            date_trunc('month', viewed_date)::date as month,
            sum(watched_seconds) as n
        from mart_core.fct_viewing
        where play_type = 'main'
        group by 1
        """
    )
    seconds = pd.Series(watched.n.to_numpy(float), index=watched.month)
    regions, genres = len(world.regions), len(world.genres)
    shares = np.zeros((regions, genres, catalogue.size))
    row = np.arange(regions)[:, None]
    for month in platform.months:
        tables = build_tables(world, catalogue, month)
        first = EPOCH + timedelta(days=month.first_day)
        weeks = np.diff(tables.slice_starts, append=month.days * DAY_SECONDS)
        titles = tables.pull.titles.reshape(regions, -1)
        for pull, length in zip(tables.pull.reached, weeks, strict=True):
            # Cumulated over the genres of a region, each of which adds 1.
            reached = pull.reshape(regions, -1) - row * genres
            share = np.diff(reached, axis=1, prepend=0.0)
            genre = np.clip(np.ceil(reached) - 1, 0, genres - 1).astype(np.int64)
            weight = (
                float(seconds.get(first, 0.0)) * length / (month.days * DAY_SECONDS)
            )
            np.add.at(shares, (row, genre, titles), share * weight)
    return shares / seconds.sum()
