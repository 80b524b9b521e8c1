"""Platforms to recover the truth from, each built once for all the tests."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from dbt_sample import Dbt
from psycopg import sql

from streaming_analytics.generator.run.run import Request, generate_files
from streaming_analytics.generator.world.behaviour import Leaving, Rating
from streaming_analytics.generator.world.world import World
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.loader import load
from streaming_analytics.progress import Progress
from streaming_analytics.project import own_checkout
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

from .recovered import TARGET, Recovered

MARTS = (
    "agg_churn_risk_by_region",
    "agg_survival_by_segment",
    "fct_user_months",
    "agg_signup_seasonality",
    "agg_channel_economics",
    "agg_content_performance",
    "agg_genre_performance",
)

Build = Callable[[World, tuple[str, ...]], Recovered]


@pytest.fixture(scope="session")
def build(
    warehouse: Connection, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Build]:
    """Yield a function that generates two years of a world, loads and builds them."""
    names: list[str] = []

    def make(world: World, marts: tuple[str, ...]) -> Recovered:
        names.append(f"recovery_{len(names)}")
        with warehouse.connect(autocommit=True) as session:
            session.execute(
                sql.SQL("create database {}").format(sql.Identifier(names[-1]))
            )
        connection = replace(warehouse, database=names[-1])
        folder = tmp_path_factory.mktemp(names[-1])
        project = own_checkout()
        generate_files(Request(project, world, 731, "parquet", folder / "data"))
        tables = read_raw_contract(project.raw_contract)
        with work_lock(connection, "load") as lock:
            options = Options(project.reference_seeds)
            load(lock, folder / "data", tables, Progress(), options=options)
        completed = dbt(
            "build",
            "--target",
            TARGET,
            "--vars",
            "raw_data: loaded",
            "--resource-type",
            "model",
            "--resource-type",
            "seed",
            "--select",
            *(f"+{name}" for name in marts),
            connection=connection,
            target=folder / "target",
        )
        assert completed.returncode == 0, completed.stdout
        return Recovered(world, folder / "data", connection)

    yield make
    with warehouse.connect(autocommit=True) as session:
        for name in names:
            session.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="session")
def recovered(build: Build) -> Recovered:
    """Return a platform of many users who watch little and rate much.

    What happens once a month needs users, what is watched needs titles and plays of
    which none are missing: 24,000 users at 0.7 % of their hours make 390,000 plays.
    """
    world = World(
        seed=7,
        start_day=19_723,  # 2024-01-01
        users=24_000,
        titles=1_500,
        intensity=0.007,
        rating=Rating(share=0.8, propensity_shape=8.0),
    )
    return build(world, MARTS)


@pytest.fixture(scope="session")
def another(build: Build) -> Recovered:
    """Return a platform on which regions differ in another way, and members alike.

    Without what nobody sees there is no selection, so that the marts must show the
    planted hazard ratios themselves. Without trials and changes of plan, a spell keeps
    the plan and the number under which the truth counts its bills.
    """
    plain = World(seed=11, start_day=19_723, users=7_000, titles=120, intensity=0.003)
    regions = dict(plain.regions)
    for code, ratio in (("LATAM", 0.6), ("APAC", 1.5)):
        regions[code] = replace(regions[code], hazard_ratio=ratio)
    leaving = replace(
        Leaving(),
        sbg_alpha=2_000.0,
        sbg_beta=48_000.0,
        interest_effect=0.0,
        lasting_effect=0.0,
        dormant_effect=0.0,
        satisfaction_effect=0.0,
        price_rise_effect=0.0,
        spell_effect=(0.0, 0.0, 0.0),
        plan_change=0.0,
        plan_change_after_rise=0.0,
    )
    channels = {
        code: replace(channel, trial_share=0.0)
        for code, channel in plain.channels.items()
    }
    world = replace(plain, regions=regions, channels=channels, leaving=leaving)
    marts = (
        "agg_churn_risk_by_region",
        "agg_survival_by_segment",
        "fct_user_months",
        "fct_subscriptions",
    )
    return build(world, marts)
