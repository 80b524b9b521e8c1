"""Subscriptions, bills and changes of plan, month by month."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.accounts.prices import PriceBook
from streaming_analytics.generator.accounts.state import (
    ACTIVE,
    LAPSED,
    NOBODY,
    AccountState,
)
from streaming_analytics.generator.numeric.randomness import stream
from streaming_analytics.generator.world.calendar import (
    DAY_SECONDS,
    NEVER,
    Month,
    days_of_month,
    first_day_of,
)
from streaming_analytics.generator.world.world import UNIT_USERS, World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PAID, FAILED, REFUNDED = 0, 1, 2
# The drivers of the hazard, in the order of `Decisions.effects`.
DRIVERS = (
    "frailty",
    "region",
    "plan",
    "channel",
    "lasting_viewing",
    "interest",
    "dormant",
    "satisfaction",
    "price_rise",
    "spell",
)


@dataclass(frozen=True)
class Decisions:
    """Bills of a month at which members stay, fail to pay or decide to leave.

    Bills of those who have asked to leave already are not among them.
    """

    user: Ints  # within the unit
    spell: Ints
    bill: Ints  # number of the bill within the subscription, from 1
    plan: Ints
    day: Ints
    hazard: Floats  # planted probability of asking to leave before the next bill
    failure: Floats  # planted probability that the bill stays unpaid
    leaves: Bools
    fails: Bools
    effects: NDArray[np.float32]  # decision x driver: what each adds to log hazard


class Access(NamedTuple):
    """When each user may watch, in seconds from the first day of the month.

    Who may not has from = to.
    """

    opens: Ints
    closes: Ints


@dataclass(frozen=True)
class SubscriptionMonth:
    """What happened to the subscriptions of a unit block in a month.

    Index arrays point at users within the unit; days count from 1970-01-01.
    """

    access: Access
    # State of each subscription that something happened to.
    touched: dict[str, Ints]
    payments: dict[str, Ints]
    plan_changes: dict[str, Ints]
    decisions: Decisions


def step_subscriptions(
    world: World, members: Members, prices: PriceBook, state: AccountState, month: Month
) -> SubscriptionMonth:
    """Move the subscriptions of a unit block through one month, changing `state`."""
    rng = stream(world.seed, "subscriptions", members.unit, month.number)
    # One row of uniforms per question, so that an answer never shifts the next.
    uniform = rng.random((12, UNIT_USERS))
    first, end = month.first_day, month.end_day

    moods = rng.standard_normal(UNIT_USERS)
    _move_moods(world, state, rng)
    opening = _open(world, members, state, month, uniform, moods)
    access_from = np.where(
        opening,
        np.where(
            state.spell == 1,
            (members.signup_day - first) * DAY_SECONDS + members.signup_second,
            # Those who return come back in the course of the day.
            (state.started - first) * DAY_SECONDS
            + (uniform[8] * 0.9 * DAY_SECONDS).astype(np.int64),
        ),
        0,
    )

    bill_day = _bill_days(state.paid_from, month.number, first)
    is_first_bill = state.bills == 0
    billed = (
        (state.status == ACTIVE)
        & (state.paid_from < end)
        & (bill_day < np.minimum(state.ends, end))
    )
    # The card of a sign-up without a trial is charged at once: without it, no spell.
    can_fail = billed & ~(is_first_bill & (state.trial_ends == NEVER))
    failure_chance = np.where(can_fail, _failure_chances(world, members, state), 0.0)
    failed = can_fail & (uniform[3] < failure_chance)
    paid = billed & ~failed
    refunded = paid & (uniform[4] < world.leaving.refunded)

    plan_changes = _change_plans(world, state, paid & ~is_first_bill, bill_day, uniform)
    price = prices.at(members.region, state.plan, np.where(billed, bill_day, first))

    # A change of plan is no price rise: only the same plan at a higher price is.
    rose = billed & (state.last_price > 0) & (price > state.last_price)
    rose &= ~np.isin(np.arange(UNIT_USERS), plan_changes["user"])
    state.since_rise = np.where(rose, 0, state.since_rise + billed)
    state.last_price = np.where(billed, price, state.last_price)
    state.bills = state.bills + billed
    payments = {
        "user": np.flatnonzero(billed),
        "spell": state.spell[billed],
        "bill": state.bills[billed],
        "day": bill_day[billed],
        "cents": price[billed],
        "status": np.where(failed, FAILED, np.where(refunded, REFUNDED, PAID))[billed],
    }

    effects = _effects(world, members, state)
    hazard = 1 - np.exp(-np.exp(effects.sum(axis=1)))
    # Somebody who has asked to leave does not ask again.
    undecided = billed & (state.requested == NEVER)
    leaves = undecided & paid & (uniform[5] < hazard)
    next_bill = _bill_days(state.paid_from, month.number + 1, end)
    decisions = Decisions(
        user=np.flatnonzero(undecided),
        spell=state.spell[undecided],
        bill=state.bills[undecided],
        plan=state.plan[undecided],
        day=bill_day[undecided],
        hazard=hazard[undecided],
        failure=failure_chance[undecided],
        leaves=leaves[undecided],
        fails=failed[undecided],
        effects=effects[undecided].astype(np.float32),
    )
    state.requested = np.where(
        leaves,
        bill_day + (uniform[6] * (next_bill - bill_day)).astype(np.int64),
        state.requested,
    )
    state.ends = np.where(leaves, next_bill, np.where(failed, bill_day, state.ends))
    state.involuntary = np.where(failed, True, state.involuntary)

    running = state.status == ACTIVE
    access_to = np.where(
        running, (np.minimum(state.ends, end) - first) * DAY_SECONDS, 0
    )
    access_from = np.minimum(access_from, access_to)

    def happens(day: Ints) -> Bools:
        return running & (day >= first) & (day < end)

    ending = happens(state.ends)
    touched = happens(state.started) | happens(state.requested) | ending
    rows = {
        "user": np.flatnonzero(touched),
        "spell": state.spell[touched],
        "plan": state.spell_plan[touched],
        "started": state.started[touched],
        "trial_ends": state.trial_ends[touched],
        "requested": state.requested[touched],
        "ends": state.ends[touched],
        "involuntary": state.involuntary[touched].astype(np.int64),
    }
    state.status[ending] = LAPSED
    return SubscriptionMonth(
        Access(access_from, access_to), rows, payments, plan_changes, decisions
    )


def _bill_days(paid_from: Ints, month: int, not_before: int) -> Ints:
    """Return the bill's day in a month, NEVER when nothing is paid yet.

    Bills fall due on the day of the month of the first one, or on the last day of a
    month that is too short for it.
    """
    first, end = first_day_of(month), first_day_of(month + 1)
    anchor = days_of_month(np.where(paid_from == NEVER, 0, paid_from))
    day = first + np.minimum(anchor, end - first) - 1
    day = np.where(paid_from >= max(first, not_before), paid_from, day)
    return np.where(paid_from < end, day, NEVER)


def _move_moods(world: World, state: AccountState, rng: np.random.Generator) -> None:
    viewing = world.viewing
    keep = viewing.interest_persistence
    noise = rng.normal(0.0, viewing.interest_sigma * np.sqrt(1 - keep**2), UNIT_USERS)
    state.interest = keep * state.interest + noise
    flips = rng.random(UNIT_USERS)
    state.dormant = np.where(
        state.dormant, flips >= viewing.dormant_end, flips < viewing.dormant_start
    )


def _open(
    world: World,
    members: Members,
    state: AccountState,
    month: Month,
    uniform: Floats,
    moods: Floats,
) -> Bools:
    """Start first subscriptions and those of returning members; return who."""
    leaving = world.leaving
    first, end = month.first_day, month.end_day
    new = (
        (state.status == NOBODY)
        & (members.signup_day >= first)
        & (members.signup_day < end)
    )
    ended = np.where(state.status == LAPSED, state.ends, first - 1)
    months = ended.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    since = month.number - (months + 1970 * 12)
    chances = np.array([0.0, *leaving.return_months])
    chance = np.where(
        since < len(chances),
        chances[np.minimum(since, len(chances) - 1)],
        leaving.return_later,
    )
    back = (state.status == LAPSED) & (uniform[0] < chance * members.return_ratio)
    opening = new | back
    back_day = first + (uniform[1] * (end - first)).astype(np.int64)

    state.spell = state.spell + opening
    state.status[opening] = ACTIVE
    state.started = np.where(
        new, members.signup_day, np.where(back, back_day, state.started)
    )
    # Ordered from the cheapest plan, so that a small number is the ad plan.
    other = np.minimum(
        (uniform[2] - leaving.returns_to_same_plan)
        / (1 - leaving.returns_to_same_plan)
        * len(world.plans),
        len(world.plans) - 1,
    ).astype(np.int64)
    switches = back & (uniform[2] >= leaving.returns_to_same_plan)
    state.plan = np.where(switches, other, state.plan)
    state.spell_plan = np.where(opening, state.plan, state.spell_plan)

    trial = new & members.has_trial
    trial_ends = state.started + leaving.trial_days
    leaves_trial = trial & ~members.converts
    state.trial_ends = np.where(
        trial, trial_ends, np.where(opening, NEVER, state.trial_ends)
    )
    state.paid_from = np.where(
        opening, np.where(trial, trial_ends, state.started), state.paid_from
    )
    state.requested = np.where(
        leaves_trial,
        state.started + (uniform[7] * leaving.trial_days).astype(np.int64),
        np.where(opening, NEVER, state.requested),
    )
    state.ends = np.where(
        leaves_trial, trial_ends, np.where(opening, NEVER, state.ends)
    )
    for name in ("bills", "changes", "last_price"):
        setattr(state, name, np.where(opening, 0, getattr(state, name)))
    state.since_rise = np.where(opening, 99, state.since_rise)
    state.involuntary = np.where(opening, False, state.involuntary)
    viewing = world.viewing
    state.dormant = np.where(
        opening, uniform[11] < viewing.dormant_at_start, state.dormant
    )
    first_interest = viewing.interest_at_start * viewing.interest_sigma * moods
    state.interest = np.where(opening, first_interest, state.interest)
    state.satisfaction = np.where(opening, 0.0, state.satisfaction)
    return opening


def _change_plans(
    world: World,
    state: AccountState,
    can_change: Bools,
    bill_day: Ints,
    uniform: Floats,
) -> dict[str, Ints]:
    """Change plans with the bill; return the changes."""
    leaving = world.leaving
    after_rise = state.since_rise <= 1
    chance = np.where(after_rise, leaving.plan_change_after_rise, leaving.plan_change)
    changes = can_change & (uniform[9] < chance) & (state.requested == NEVER)
    down = uniform[10] < np.where(after_rise, 0.85, 0.45)
    plan = np.clip(state.plan + np.where(down, -1, 1), 0, len(world.plans) - 1)
    changes &= plan != state.plan
    state.plan = np.where(changes, plan, state.plan)
    state.changes = state.changes + changes
    return {
        "user": np.flatnonzero(changes),
        "spell": state.spell[changes],
        "plan": plan[changes],
        "day": bill_day[changes],
        "sequence": state.changes[changes],
    }


# No card fails more often than this.
_MOST_FAILURES = 0.5


def _failure_chances(world: World, members: Members, state: AccountState) -> Floats:
    """Return each user's probability that a bill stays unpaid after all retries."""
    leaving = world.leaving
    region = np.array([region.payment_failure for region in world.regions.values()])
    effect = (
        leaving.failure_interest_effect * state.interest
        + leaving.failure_lasting_effect * np.log(members.lasting)
        + leaving.failure_dormant_effect * state.dormant
    )
    chance = region[members.region] * members.card_ratio * np.exp(effect)
    return np.minimum(chance, _MOST_FAILURES)


def _effects(world: World, members: Members, state: AccountState) -> Floats:
    """Return user x driver: what each adds to the log of the cumulative hazard."""
    leaving = world.leaving
    interest = np.maximum(state.interest, leaving.least_interest)

    def logs(things: list[float], index: Ints) -> Floats:
        return np.log(np.array(things))[index]

    spell = np.minimum(state.spell, len(leaving.spell_effect)) - 1
    return np.stack(
        [
            np.log(-np.log1p(-np.minimum(members.frailty, 0.95))),
            logs([r.hazard_ratio for r in world.regions.values()], members.region),
            logs([p.hazard_ratio for p in world.plans.values()], state.plan),
            logs([c.hazard_ratio for c in world.channels.values()], members.channel),
            leaving.lasting_effect * np.log(members.lasting),
            leaving.interest_effect * interest,
            leaving.dormant_effect * state.dormant,
            leaving.satisfaction_effect * state.satisfaction,
            leaving.price_rise_effect * (state.since_rise <= 1),
            np.array(leaving.spell_effect)[np.maximum(spell, 0)],
        ],
        axis=1,
    )
