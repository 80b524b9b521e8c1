"""Which channels bring better members: conversion and hours as planted."""

import numpy as np
import pandas as pd

from .agreement import Comparison
from .recovered import CHANNEL, Recovered


def compare_conversion(recovered: Recovered, planted: pd.Series) -> Comparison:
    """Compare the share of trials that became paid memberships.

    Args:
        recovered: The platform.
        planted: Share of trials, by channel, whose first bill falls due.
    """
    mart = recovered.query(
        """
        select
            channel_code,
            sum(eligible_trials) as trials,
            sum(converted_trials) as converted
        from mart_acquisition.agg_channel_economics
        group by 1
        """
    ).set_index(CHANNEL)
    first = recovered.hazards().query("bill_number == 1")
    unpaid = first.groupby(CHANNEL).expected_failures.sum() / mart.trials
    expected = planted.reindex(mart.index) - unpaid
    return Comparison(
        mart.converted / mart.trials,
        expected,
        np.sqrt(expected * (1 - expected) / mart.trials),
    )


def planted_conversion(recovered: Recovered) -> pd.Series:
    channels = recovered.world.channels
    return pd.Series({code: one.trial_conversion for code, one in channels.items()})


def test_trials_convert_as_planted(recovered: Recovered) -> None:
    comparison = compare_conversion(recovered, planted_conversion(recovered))
    assert comparison.agrees, comparison


def test_trials_refute_another_conversion(recovered: Recovered) -> None:
    planted = planted_conversion(recovered)
    alike = pd.Series(planted.mean(), index=planted.index)
    swapped = planted.copy()
    swapped[["social", "search"]] = planted[["search", "social"]].to_numpy()
    assert not compare_conversion(recovered, alike).agrees
    assert not compare_conversion(recovered, swapped).agrees


# Hours of the first four weeks, in which nobody can have left but from a trial: whether
# a trial converts has nothing to do with viewing.
FIRST_HOURS = """
with access as (
    select
        users.user_id,
        users.channel_code,
        spells.first_plan_code as plan_code,
        users.signup_date,
        least(
            coalesce(spells.ended_date, date '2025-12-31'),
            users.signup_date + 28,
            date '2025-12-31'
        ) - users.signup_date as days
    from mart_core.dim_users as users
    join mart_core.fct_subscriptions as spells
        on users.user_id = spells.user_id and spells.spell_number = 1
)
select
    access.channel_code,
    access.plan_code,
    access.days,
    coalesce(sum(viewing.watched_seconds), 0) / 3600.0 as hours
from access
left join mart_core.fct_viewing as viewing
    on access.user_id = viewing.user_id
    and viewing.viewed_date >= access.signup_date
    and viewing.viewed_date < access.signup_date + access.days
group by access.user_id, 1, 2, 3
"""


def compare_hours(recovered: Recovered, planted: dict[str, float]) -> Comparison:
    """Compare logs of hours per day against television, on plans of equal hours."""
    users = recovered.query(FIRST_HOURS)
    plans = {code: plan.hours_ratio for code, plan in recovered.world.plans.items()}
    users["days"] *= users.plan_code.map(plans)
    sums = users.groupby(CHANNEL)[["hours", "days"]].sum()
    rate = sums.hours / sums.days
    # Of a ratio of sums over users, relative to it.
    strays = (users.hours - users.days * users[CHANNEL].map(rate)) ** 2
    error = np.sqrt(strays.groupby(users[CHANNEL]).sum()) / sums.hours
    ratio = pd.Series(np.log(list(planted.values())), list(planted))
    others = rate.index.drop("television")
    return Comparison(
        np.log(rate / rate["television"])[others],
        (ratio - ratio["television"])[others],
        np.hypot(error, error["television"])[others],
    )


def test_members_of_a_channel_watch_as_planted(recovered: Recovered) -> None:
    channels = recovered.world.channels
    planted = {code: channel.hours_ratio for code, channel in channels.items()}
    comparison = compare_hours(recovered, planted)
    assert comparison.agrees, comparison
    alike = dict.fromkeys(planted, 1.0)
    assert not compare_hours(recovered, alike).agrees
    swapped = planted | {"social": planted["referral"], "referral": planted["social"]}
    assert not compare_hours(recovered, swapped).agrees


def test_projected_worth_is_in_the_order_of_survival(recovered: Recovered) -> None:
    """The channel whose members were planted to leave soonest is worth least."""
    mart = recovered.query(
        """
        select channel_code, min(projected_ltv_usd) as worth
        from mart_acquisition.agg_channel_economics
        group by 1
        """
    ).set_index(CHANNEL)
    ratios = pd.Series(recovered.hazard_ratios(CHANNEL))
    assert mart.worth.idxmin() == ratios.idxmax()
    assert mart.worth.idxmax() == ratios.idxmin()
