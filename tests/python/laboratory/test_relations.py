"""What must hold on any platform, on generated ones of a few accounts.

Every relation compares whole mart tables. The statements are the ones dbt compiled;
they run in PostgreSQL, on tables of a few rows, in a transaction that is never
committed.
"""

import os
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from dbt_sample import Built
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle.tables import ORACLES, differences, primary_keys

from .compiled import load
from .paid_yearly import paid_for_a_year
from .platforms import (
    REFERENCE,
    STEADY_COUNTRIES,
    Tables,
    accounts,
    as_raw,
    observed,
    tiny_platform,
    together,
)
from .tiny import Laboratory, Rows

DRAWS = st.integers(0, 2**32 - 1).map(Random)

#: Years after which every date falls on the same weekday again, leap days included.
YEARS = 28

#: Marts in which each row belongs to one account: those of two platforms, together.
OF_ONE_ACCOUNT = [
    "agg_viewing_by_user_day",
    "agg_viewing_by_user_month",
    "dim_users",
    "fct_churn_features",
    "fct_content_viewers",
    "fct_ratings",
    "fct_sessions",
    "fct_subscriptions",
    "fct_user_months",
    "fct_viewing",
]
#: Marts of counts and sums: mart -> the columns that add up over accounts.
ADDED_UP = {
    "agg_active_users_by_day": [
        *("daily_active_users", "weekly_active_users", "monthly_active_users"),
        "user_days_in_window",
    ],
    "agg_catalogue_use_by_region_month": ["watched_seconds"],
    "agg_churn_by_region_month": [
        *("opening_members", "gross_adds", "new_members", "returning_members"),
        *("resubscribes", "cancels", "voluntary_cancels", "involuntary_cancels"),
        "closing_members",
    ],
    "agg_content_performance": [
        *("viewers", "plays", "starters", "watchers", "completers"),
        *("watched_seconds", "starters_unique_seconds", "ratings", "rating_sum"),
        *("finished_seasons", "finished_seasons_7d"),
    ],
    "agg_content_performance_by_region": [
        *("viewers", "plays", "starters", "measured_starters", "completers"),
        "watched_seconds",
    ],
    "agg_episode_performance": [
        *("viewers", "starters", "completers", "watched_seconds"),
        *("previous_starters", "continued_starters", "season_finishers"),
    ],
    "agg_mrr_movements_by_month": [
        *("opening_mrr_usd", "new_mrr_usd", "reactivation_mrr_usd"),
        *("expansion_mrr_usd", "contraction_mrr_usd", "price_change_mrr_usd"),
        *("rate_mrr_usd", "churn_mrr_usd", "closing_mrr_usd", "kept_mrr_usd"),
        "closing_constant_rate_mrr_usd",
        *("kept_and_expanded_mrr_usd", "gained_mrr_usd", "lost_mrr_usd"),
    ],
    "agg_platform_growth_by_month": [
        *("signups", "opening_members", "gross_adds", "cancels", "net_adds"),
        *("closing_members", "average_members", "closing_mrr_usd", "revenue_usd"),
        *("cash_received_usd", "refunded_usd"),
    ],
    "agg_retention_by_cohort": [
        *("eligible_members", "retained_members", "retained_or_back_members"),
    ],
    "agg_signups_by_day": ["signups", "trials", "trials_converted", "paid_at_once"],
    "agg_survival_by_segment": ["at_risk_spells", "ended_spells", "censored_spells"],
    "agg_viewing_by_hour": ["plays", "watched_seconds", "region_watched_seconds"],
    "agg_viewing_retention_by_cohort": [
        *("eligible_users", "active_users", "eligible_users_7d"),
        *("active_users_7d", "active_or_later_users"),
    ],
    "agg_watch_time_distribution": [
        *("users", "watched_seconds", "month_users", "month_watched_seconds"),
    ],
    "agg_winback_by_month": ["eligible_cancels", "returned_cancels"],
}


#: Every test run tries a tenth of the examples, `make laboratory` all of them.
IS_WHOLE = os.environ.get("LABORATORY") == "whole"


def examples(count: int) -> settings:
    """Return settings for that many examples, the same ones in every run."""
    return settings(
        max_examples=count if IS_WHOLE else count // 10,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def laboratory(built: Built) -> Iterator[Laboratory]:
    """Yield the compiled models over empty tables."""
    with built.connection.connect() as session:
        session.execute("set jit = off")
        yield Laboratory(session, load(built.manifest, built.results))
        session.rollback()


@pytest.fixture(scope="module")
def keys(laboratory: Laboratory) -> dict[str, list[str]]:
    """Return the primary keys of the marts."""
    return {name: key for (_, name), key in primary_keys(laboratory.session).items()}


def marts(laboratory: Laboratory) -> list[str]:
    return [node.name for node in laboratory.compiled.marts()]


def hashes(laboratory: Laboratory, tables: Tables) -> dict[str, tuple[int, int]]:
    """Build a platform and return a fingerprint of each mart."""
    with laboratory.platform(REFERENCE | tables):
        laboratory.build()
        return {name: laboratory.fingerprint(name) for name in marts(laboratory)}


def contents(laboratory: Laboratory, tables: Tables) -> dict[str, Rows]:
    """Build a platform and return the rows of each mart."""
    with laboratory.platform(REFERENCE | tables):
        laboratory.build()
        return {name: laboratory.rows(name) for name in marts(laboratory)}


@examples(160)
@given(draw=DRAWS)
def test_every_mart_is_what_the_definitions_say(
    laboratory: Laboratory, keys: dict[str, list[str]], draw: Random
) -> None:
    tables = tiny_platform(draw)
    raw = as_raw(tables)
    built = contents(laboratory, tables)
    for (_, name), oracle in ORACLES.items():
        assert differences(oracle(raw), built[name], keys[name])[:5] == [], name


def test_a_year_that_is_paid_at_once_is_earned_day_by_day(
    laboratory: Laboratory, keys: dict[str, list[str]]
) -> None:
    tables = paid_for_a_year()
    built = contents(laboratory, tables)
    for (_, name), oracle in ORACLES.items():
        assert differences(oracle(as_raw(tables)), built[name], keys[name])[:5] == []

    def column(mart: str, region: str, name: str) -> list[Decimal]:
        """Return a column of thirteen months, January 2025 to January 2026."""
        rows = [row for row in built[mart] if row["region_code"] == region]
        return [
            row[name] for row in sorted(rows, key=lambda row: row["month_start_date"])
        ]

    growth, movements = "agg_platform_growth_by_month", "agg_mrr_movements_by_month"
    nothing = [Decimal(0)]
    assert column(growth, "UCAN", "closing_mrr_usd") == 12 * [Decimal(10)] + nothing
    dollars = column(growth, "UCAN", "revenue_usd")
    assert (dollars[0], sum(dollars)) == (Decimal("5.59"), Decimal(120))
    assert column(growth, "UCAN", "cash_received_usd") == [Decimal(120), *12 * nothing]
    # In euros: 10.00 at 1.10, then at 1.08.
    assert column(growth, "EMEA", "closing_mrr_usd") == [
        Decimal(11),
        *11 * [Decimal("10.80")],
        *nothing,
    ]
    assert column(movements, "EMEA", "closing_constant_rate_mrr_usd") == [
        *12 * [Decimal(11)],
        *nothing,
    ]
    assert column(movements, "EMEA", "rate_mrr_usd") == [
        *nothing,
        Decimal("-0.20"),
        *11 * nothing,
    ]
    assert column(movements, "EMEA", "churn_mrr_usd")[-1] == Decimal("-10.80")
    assert sum(column(growth, "EMEA", "revenue_usd")) == Decimal(132)


@examples(120)
@given(draw=DRAWS)
def test_neither_order_nor_repetition_of_rows_matters(
    laboratory: Laboratory, draw: Random
) -> None:
    tables = tiny_platform(draw)
    repeated = {name: [*rows, *rows] for name, rows in tables.items()}
    for rows in repeated.values():
        draw.shuffle(rows)
    assert hashes(laboratory, repeated) == hashes(laboratory, tables)


def in_years(value: Any, years: int) -> Any:
    """Return a date, moment or year of a label some years on, the rest as it is."""
    if isinstance(value, str):
        return re.sub(
            r"(?<= \()\d{4}(?=\))", lambda found: str(int(found[0]) + years), value
        )
    if isinstance(value, date):
        return value.replace(year=value.year + years)
    return value


def shifted(rows: Rows, years: int) -> Rows:
    """Return rows with every date some years on; so are the years in whole numbers."""
    return [
        {
            name: value + years if name == "year_number" else in_years(value, years)
            for name, value in row.items()
        }
        for row in rows
    ]


@examples(110)
@given(draw=DRAWS)
def test_twenty_eight_years_later_everything_is_the_same(
    laboratory: Laboratory, keys: dict[str, list[str]], draw: Random
) -> None:
    # Of the reference tables targets alone have dates.
    targets = {"targets": REFERENCE["targets"]}
    tables = tiny_platform(draw, STEADY_COUNTRIES) | targets
    before = contents(laboratory, tables)
    after = contents(
        laboratory, {name: shifted(rows, YEARS) for name, rows in tables.items()}
    )
    for name, rows in before.items():
        assert differences(shifted(rows, YEARS), after[name], keys[name])[:5] == [], (
            name
        )


@examples(110)
@given(draw=DRAWS)
def test_accounts_that_do_not_meet_add_up(
    laboratory: Laboratory, keys: dict[str, list[str]], draw: Random
) -> None:
    left = together(observed(), accounts(draw, ["ana", "ben"]))
    right = together(observed(), accounts(draw, ["cas", "dia"]))
    ours, theirs, nobody, all_of_them = (
        contents(laboratory, tables)
        for tables in (
            left,
            right,
            together(observed(), accounts(draw, [])),
            together(left, right),
        )
    )
    for name in OF_ONE_ACCOUNT:
        alone = {tuple(row[k] for k in keys[name]): row for row in ours[name]}
        alone |= {tuple(row[k] for k in keys[name]): row for row in theirs[name]}
        assert differences(list(alone.values()), all_of_them[name], keys[name]) == []
    for name, columns in ADDED_UP.items():
        assert sums(all_of_them[name], columns) == {
            column: ours_sum
            + sums(theirs[name], columns)[column]
            - sums(nobody[name], columns)[column]
            for column, ours_sum in sums(ours[name], columns).items()
        }, name


def sums(rows: Rows, columns: list[str]) -> dict[str, Any]:
    """Add up columns."""
    return {column: sum(row[column] for row in rows) for column in columns}
