"""Who the users of a unit block are: what is known of them, and what is hidden."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.accounts.growth import SignUps
from streaming_analytics.generator.numeric.randomness import stream
from streaming_analytics.generator.world.calendar import (
    DAY_SECONDS,
    SLOT_SECONDS,
    Month,
    month_number,
    utc_offsets,
)
from streaming_analytics.generator.world.world import (
    REFERENCE_DAYS,
    UNIT_USERS,
    World,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TASTE_QUANTILES = 256


class Viewers(NamedTuple):
    """What of the users of a unit block decides which titles they take up."""

    region: Ints
    taste_table: NDArray[np.uint8]  # user x 256 quantiles -> genre
    match: NDArray[np.float32]  # user x genre, standardised log taste


@dataclass(frozen=True)
class Members:
    """The users of one unit block, one entry each; nothing here ever changes."""

    unit: int
    number: Ints  # from 1, over the whole platform
    signup_day: Ints
    signup_second: Ints  # of the UTC day
    country: Ints  # place among those of the market
    region: Ints
    channel: Ints
    first_plan: Ints
    has_trial: NDArray[np.bool_]
    converts: NDArray[np.bool_]
    birth_day: Ints
    first_name: Floats  # uniform, picks a name of the country's locale
    last_name: Floats

    lasting: Floats  # viewing relative to the average user
    frailty: Floats  # monthly probability of leaving before any effect
    return_ratio: Floats
    card_ratio: Floats  # factor on the chance that a bill stays unpaid
    rating_bias: Floats  # stars
    rating_ratio: Floats
    # Uniform thresholds below which a session is on television, mobile, computer.
    devices: NDArray[np.float32]
    taste: Floats  # user x genre, sums to 1
    taste_table: NDArray[np.uint8]  # user x 256 quantiles -> genre
    match: NDArray[np.float32]  # user x genre, standardised log taste

    @property
    def viewers(self) -> Viewers:
        """What compiled loops look up of the users."""
        return Viewers(self.region, self.taste_table, self.match)


def draw_members(world: World, signups: SignUps, unit: int) -> Members:
    """Draw the users of a unit block.

    Args:
        world: The world.
        signups: Intensity of sign-ups; must reach the end of the span.
        unit: Number of the block, from 0.
    """
    rng = stream(world.seed, "members", unit)
    count = UNIT_USERS
    places = world.places
    signup_day = signups.days_of(unit)

    regions = list(world.regions)
    age = np.clip((signup_day - world.start_day) / REFERENCE_DAYS, 0, 1)[:, None]
    first = np.array([region.share_first for region in world.regions.values()])
    last = np.array([region.share_last for region in world.regions.values()])
    by_country = np.array(
        [
            [
                world.countries[place.country_code].share
                if place.region_code == code
                else 0.0
                for place in places
            ]
            for code in regions
        ]
    )
    country = _pick(rng, (first + (last - first) * age) @ by_country)
    region = np.array([regions.index(place.region_code) for place in places])[country]

    channels = list(world.channels.values())
    channel = _pick(rng, np.array([c.shares for c in channels]).T[region])
    plans = list(world.plans.values())
    plan_weights = np.array([plan.shares for plan in plans]).T[region]
    # Social sign-ups take the cheap plan more often.
    social = np.array([name == "social" for name in world.channels])[channel]
    plan_weights[:, 0] *= np.where(social, 1.5, 1.0)
    first_plan = _pick(rng, plan_weights)
    has_trial = rng.random(count) < np.array([c.trial_share for c in channels])[channel]
    conversion = np.array([c.trial_conversion for c in channels])[channel]
    converts = rng.random(count) < conversion

    years = np.clip(18 + rng.gamma(2.6, 8.5, count), 18, 88)
    birth_day = signup_day - (years * 365.25).astype(np.int64)

    shape = world.viewing.lasting_shape
    lasting = rng.gamma(shape, 1 / shape, count)
    lasting *= np.array([c.hours_ratio for c in channels])[channel]
    lasting = np.maximum(lasting, 0.02)
    frailty = rng.beta(world.leaving.sbg_alpha, world.leaving.sbg_beta, count)

    settings = [world.countries[place.country_code] for place in places]
    length = np.array(world.viewing.device_length)
    mix = np.array([setting.devices for setting in settings])[country] / length
    # Households differ: each has its own mix around the country's.
    mix = rng.gamma(np.maximum(3.0 * mix / mix.sum(axis=1, keepdims=True), 0.02))
    mix = np.maximum(mix, 1e-9)
    devices = np.cumsum(mix / mix.sum(axis=1, keepdims=True), axis=1)[:, :3]

    mean_taste = np.array([genre.taste_share for genre in world.genres.values()])
    spread = rng.normal(0.0, 1.0, (count, len(mean_taste)))
    taste = mean_taste * np.exp(1.0 * spread)
    taste /= taste.sum(axis=1, keepdims=True)
    steps = np.round(np.cumsum(taste, axis=1) * TASTE_QUANTILES).astype(np.int64)
    runs = np.diff(steps, axis=1, prepend=0)
    table = np.repeat(
        np.tile(np.arange(len(mean_taste), dtype=np.uint8), count), runs.ravel()
    ).reshape(count, TASTE_QUANTILES)

    rating = world.rating
    return Members(
        unit=unit,
        number=unit * UNIT_USERS + np.arange(count) + 1,
        signup_day=signup_day,
        signup_second=_signup_seconds(world, rng, country),
        country=country,
        region=region,
        channel=channel,
        first_plan=first_plan,
        has_trial=has_trial,
        converts=converts,
        birth_day=birth_day,
        first_name=rng.random(count),
        last_name=rng.random(count),
        lasting=lasting,
        frailty=frailty,
        return_ratio=rng.gamma(3.0, 1 / 3.0, count),
        rating_bias=rng.normal(0.0, rating.user_sigma, count),
        rating_ratio=rng.gamma(
            rating.propensity_shape, 1 / rating.propensity_shape, count
        ),
        card_ratio=rng.gamma(
            world.leaving.card_shape, 1 / world.leaving.card_shape, count
        ),
        devices=devices.astype(np.float32),
        taste=taste,
        taste_table=table,
        match=spread.astype(np.float32),
    )


def _pick(rng: np.random.Generator, weights: Floats) -> Ints:
    """Return one column for each row of weights (row x column)."""
    cumulated = np.cumsum(weights, axis=1)
    points = rng.random(len(weights)) * cumulated[:, -1]
    return (points[:, None] >= cumulated[:, :-1]).sum(axis=1)


def _signup_seconds(world: World, rng: np.random.Generator, country: Ints) -> Ints:
    """Return the second of the UTC day: people sign up when they would watch."""
    hours = np.asarray(world.viewing.hours)
    local = np.searchsorted(np.cumsum(hours / hours.sum()), rng.random(len(country)))
    # The winter offset is near enough for the hour of a sign-up.
    month = Month(month_number(world.start_day), world.start_day)
    offsets = np.array(
        [utc_offsets(place.time_zone, month)[0] for place in world.places]
    )
    second = local * 3600 + rng.integers(0, 2 * SLOT_SECONDS, len(country))
    return (second - offsets[country]) % DAY_SECONDS
