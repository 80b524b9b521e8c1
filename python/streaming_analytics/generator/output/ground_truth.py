"""What was planted, for tests that hold the marts to it; see docs/truth.md."""

from dataclasses import asdict

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.members import Members
from streaming_analytics.generator.accounts.subscriptions import (
    DRIVERS,
    Decisions,
    SubscriptionMonth,
)
from streaming_analytics.generator.output import columns
from streaming_analytics.generator.simulation.platform import Platform
from streaming_analytics.generator.watching.choice import launch_boosts
from streaming_analytics.generator.watching.ratings import title_effect
from streaming_analytics.generator.world.calendar import Month
from streaming_analytics.generator.world.span import Span

# Bills after this one share a row of the hazards.
LAST_BILL = 60
LAST_SPELL = 3


class TruthLog:
    """Collects what drove the subscriptions of one shard of the users."""

    def __init__(self, platform: Platform) -> None:
        """Start with nothing."""
        world = platform.world
        self.platform = platform
        self.shape = (
            len(world.regions),
            len(world.plans),
            len(world.channels),
            LAST_SPELL,
            LAST_BILL,
        )
        # First days of months, cells that had bills in them, and their five counts.
        nothing = np.zeros(0, dtype=np.int64)
        self.hazards: list[tuple[int, NDArray, NDArray]] = [
            (0, nothing, np.zeros((5, 0)))
        ]
        self.departures: list[tuple[Members, Decisions, np.ndarray]] = []

    def add(self, members: Members, month: Month, done: SubscriptionMonth) -> None:
        """Add the decisions of a unit block's month that the platform's end holds."""
        decisions = done.decisions
        held = decisions.day + 1 <= self.platform.end_day
        user = decisions.user
        cell = np.ravel_multi_index(
            (
                members.region[user],
                decisions.plan,
                members.channel[user],
                np.minimum(decisions.spell, LAST_SPELL) - 1,
                np.minimum(decisions.bill, LAST_BILL) - 1,
            ),
            self.shape,
        )
        cells, place = np.unique(cell[held], return_inverse=True)
        paid = 1 - decisions.failure
        counts = [
            np.bincount(place, weights=weight[held], minlength=len(cells))
            for weight in (
                np.ones(len(user)),
                decisions.failure,
                decisions.fails,
                # Only who could pay decides.
                paid * decisions.hazard,
                decisions.leaves,
            )
        ]
        self.hazards.append((month.first_day, cells, np.stack(counts)))
        gone = np.flatnonzero(held & (decisions.leaves | decisions.fails))
        self.departures.append((members, decisions, gone))

    def tables(self, members: list[Members], span: Span) -> dict[str, pa.Table]:
        """Return the shard's rows of the truth tables."""
        return {
            "users": self._users(members, span),
            "hazards": self._hazards(),
            "departures": self._departures(),
        }

    def _users(self, members: list[Members], span: Span) -> pa.Table:
        tables = []
        for block in members:
            known = np.flatnonzero(span.holds(block.signup_day + 1))
            hidden = {
                "lasting_viewing": block.lasting,
                "frailty": block.frailty,
                "return_ratio": block.return_ratio,
                "card_ratio": block.card_ratio,
                "rating_bias_stars": block.rating_bias,
                "rating_ratio": block.rating_ratio,
            }
            taste = {
                f"taste_{code}": block.taste[:, index]
                for index, code in enumerate(self.platform.world.genres)
            }
            tables.append(
                pa.table(
                    {"user_id": columns.ids("u", block.number[known])}
                    | {
                        name: pa.array(values[known])
                        for name, values in (hidden | taste).items()
                    }
                )
            )
        return pa.concat_tables(tables)

    def _hazards(self) -> pa.Table:
        world = self.platform.world
        size = int(np.prod(self.shape))
        days = np.concatenate([np.full(len(c), day) for day, c, _ in self.hazards])
        cells = np.concatenate([cells for _, cells, _ in self.hazards])
        kept, place = np.unique(days * size + cells, return_inverse=True)
        counts = np.stack(
            [
                np.bincount(place, weights=row, minlength=len(kept))
                for row in np.concatenate([c for _, _, c in self.hazards], axis=1)
            ]
        )
        region, plan, channel, spell, bill = np.unravel_index(kept % size, self.shape)
        return pa.table(
            {
                "region_code": columns.choices(list(world.regions), region),
                "plan_code": columns.choices(list(world.plans), plan),
                "channel_code": columns.choices(list(world.channels), channel),
                "spell_number": pa.array(spell + 1, pa.int32()),
                "bill_number": pa.array(bill + 1, pa.int32()),
                "bill_month_start_date": columns.dates(kept // size),
                "bills": pa.array(counts[0], pa.int64()),
                "expected_failures": pa.array(counts[1]),
                "failures": pa.array(counts[2], pa.int64()),
                "expected_cancels": pa.array(counts[3]),
                "cancels": pa.array(counts[4], pa.int64()),
            }
        )

    def _departures(self) -> pa.Table:
        tables = []
        for members, decisions, gone in self.departures:
            number = members.number[decisions.user[gone]]
            drivers = {
                f"log_hazard_{name}": pa.array(decisions.effects[gone, index])
                for index, name in enumerate(DRIVERS)
            }
            tables.append(
                pa.table(
                    {
                        "subscription_id": columns.ids(
                            "s", number, decisions.spell[gone]
                        ),
                        "billed_date": columns.dates(decisions.day[gone]),
                        "bill_number": pa.array(decisions.bill[gone], pa.int32()),
                        "is_voluntary": pa.array(decisions.leaves[gone]),
                        "cancel_probability": pa.array(decisions.hazard[gone]),
                        "failure_probability": pa.array(decisions.failure[gone]),
                    }
                    | drivers
                )
            )
        return pa.concat_tables(tables) if tables else pa.table({})


def title_truth(platform: Platform) -> pa.Table:
    """Return what was planted for each title."""
    catalogue, world = platform.catalogue, platform.world
    pulls = {
        f"pull_{code.lower()}": pa.array(catalogue.region_pull[index])
        for index, code in enumerate(world.regions)
    }
    return pa.table(
        {
            "content_id": columns.ids("c", np.arange(catalogue.size) + 1),
            "log_appeal": pa.array(catalogue.log_appeal),
            "quality": pa.array(catalogue.quality),
            "rating_effect_stars": pa.array(title_effect(world, catalogue)),
        }
        | pulls
    )


def sign_up_truth(platform: Platform) -> pa.Table:
    """Return the planted intensity of sign-ups by day."""
    days = platform.end_day - platform.world.start_day
    day = platform.world.start_day + np.arange(days)
    return pa.table(
        {
            "sign_up_date": columns.dates(day),
            "expected_sign_ups": pa.array(platform.signups.daily[:days]),
        }
    )


def shared_truth(platform: Platform) -> dict[str, pa.Table]:
    """Return the truth tables that do not belong to users."""
    return {"titles": title_truth(platform), "sign_ups": sign_up_truth(platform)}


def summary(platform: Platform) -> dict:
    """Return the planted numbers, ready for JSON."""
    world = platform.world
    return {
        "hazard_ratio": {
            "region": {code: r.hazard_ratio for code, r in world.regions.items()},
            "plan": {code: p.hazard_ratio for code, p in world.plans.items()},
            "channel": {code: c.hazard_ratio for code, c in world.channels.items()},
        },
        "payment_failure": {
            code: r.payment_failure for code, r in world.regions.items()
        },
        "season_index": {
            "sign_ups": list(world.growth.months),
            "viewing": list(world.viewing.months),
        },
        "genre_rating_effect": {
            code: genre.rating_effect for code, genre in world.genres.items()
        },
        "launch_boost": dict(
            zip(("film", "series"), launch_boosts(world), strict=True)
        ),
        "world": asdict(world),
    }
