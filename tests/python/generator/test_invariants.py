"""What holds on every platform, whatever its size, seed, start and span."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaming_analytics.generator.world.calendar import day_number
from streaming_analytics.generator.world.world import World

from .conftest import DAY, Measured, measure


@dataclass(frozen=True)
class Case:
    seed: int
    users: int
    start: date
    days: int
    intensity: float


cases = st.builds(
    Case,
    seed=st.integers(0, 2**40),
    users=st.integers(1, 400),
    start=st.dates(date(2015, 1, 1), date(2030, 12, 31)),
    days=st.integers(1, 420),
    intensity=st.sampled_from([0.05, 0.4]),
)


@given(case=cases)
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_invariants(case: Case) -> None:
    world = World(
        seed=case.seed,
        start_day=day_number(case.start),
        users=case.users,
        titles=150,
        intensity=case.intensity,
    )
    measured = measure(world, case.days)
    keys_are_unique(measured)
    everything_was_loaded_by_the_end(measured, case.days)
    if len(measured.plays):
        plays_lie_in_a_running_spell(measured)
        plays_follow_the_release_within_a_licence(measured)
        an_account_has_two_streams_at_most(measured)
        positions_stay_within_the_runtime(measured)
    ratings_follow_a_view(measured)
    spells_do_not_overlap(measured)
    payments_match_plans_and_prices(measured)


def test_invariants_at_full_viewing(full: Measured) -> None:
    keys_are_unique(full)
    everything_was_loaded_by_the_end(full, 731)
    plays_lie_in_a_running_spell(full)
    plays_follow_the_release_within_a_licence(full)
    an_account_has_two_streams_at_most(full)
    positions_stay_within_the_runtime(full)
    ratings_follow_a_view(full)
    spells_do_not_overlap(full)
    payments_match_plans_and_prices(full)


KEYS = {
    "users": ["user_id"],
    "content": ["content_id"],
    "episodes": ["episode_id"],
    "content_genres": ["content_id", "genre_code"],
    "content_licences": ["content_id", "region_code", "available_from_date"],
    "plan_prices": ["plan_code", "region_code", "valid_from_date"],
    "subscriptions": ["subscription_id"],
    "plan_changes": ["plan_change_id"],
    "payments": ["payment_id"],
    "campaign_spend": ["month_start_date", "channel_code", "region_code"],
    "ratings": ["rating_id"],
    "viewing": ["play_id"],
}


def table(measured: Measured, name: str) -> pd.DataFrame:
    """Return a table, without rows when nothing of the kind happened."""
    return measured.frame(name)


def keys_are_unique(measured: Measured) -> None:
    for name, columns in KEYS.items():
        frame = table(measured, name)
        if name == "viewing":
            frame = arrived_once(frame)
        assert not frame.duplicated(columns).any(), name
        assert frame[columns].notna().all(axis=None), name


def arrived_once(plays: pd.DataFrame) -> pd.DataFrame:
    """Return plays without second arrivals, which come a night later and unchanged."""
    again = plays[plays.duplicated("play_id", keep=False)].sort_values("loaded_at")
    both = again.groupby("play_id").loaded_at
    assert (both.size() == 2).all()
    assert (both.last() - both.first() == pd.Timedelta(days=1)).all()
    rows = again.drop(columns="loaded_at").drop_duplicates()
    assert not rows.duplicated("play_id").any()
    return plays.drop(again.index[again.duplicated("play_id")])


def everything_was_loaded_by_the_end(measured: Measured, days: int) -> None:
    last = (measured.world.start_day + days) * DAY + 3 * 3600
    for name in KEYS:
        loaded = table(measured, name).get("loaded_at")
        if loaded is not None and len(loaded):
            assert loaded.max().timestamp() <= last, name


def seconds_of(days: pd.Series, without: float) -> np.ndarray:
    moments = pd.to_datetime(days).astype("datetime64[s]")
    return moments.astype("int64").where(moments.notna(), without).to_numpy()


def plays_lie_in_a_running_spell(measured: Measured) -> None:
    subscriptions = measured.frame("subscriptions")
    spells = pd.DataFrame(
        {
            "user": subscriptions.user_id.str[1:].astype(np.int64),
            "begins": seconds_of(subscriptions.started_date, 0),
            "ends": seconds_of(subscriptions.ended_date, 2.0**40).astype(np.int64),
        }
    ).sort_values("begins")
    plays = pd.concat([measured.plays, measured.trailers]).sort_values("start")
    joined = pd.merge_asof(plays, spells, left_on="start", right_on="begins", by="user")
    assert joined.begins.notna().all()
    assert (joined.end <= joined.ends).all()
    signed_up = measured.users.signed_up_at.reindex(plays.user)
    seconds = signed_up.astype("int64").to_numpy()
    seconds = seconds // (1_000 if "ms" in str(signed_up.dtype) else 10**9)
    assert (plays.start.to_numpy() >= seconds).all()


def plays_follow_the_release_within_a_licence(measured: Measured) -> None:
    plays = pd.concat([measured.plays, measured.trailers])
    released = seconds_of(measured.titles.release_date.reindex(plays.title), np.inf)
    assert (plays.start.to_numpy() >= released).all()
    episodes = plays[plays.episode >= 0]
    known = measured.episodes.reindex(episodes.episode)
    assert (known.title.to_numpy() == episodes.title.to_numpy()).all()
    assert (episodes.start.to_numpy() >= seconds_of(known.release_date, np.inf)).all()

    licences = measured.frame("content_licences")
    windows = pd.DataFrame(
        {
            "title": licences.content_id.str[1:].astype(np.int64),
            "region": licences.region_code.astype(str),
            "opens": seconds_of(licences.available_from_date, np.inf).astype(np.int64),
            "closes": seconds_of(licences.available_until_date, 2.0**40),
        }
    ).sort_values("opens")
    plays = plays.assign(
        region=measured.users.region_code.reindex(plays.user).to_numpy()
    ).sort_values("start")
    joined = pd.merge_asof(
        plays, windows, left_on="start", right_on="opens", by=["title", "region"]
    )
    assert joined.opens.notna().all()
    assert (joined.end <= joined.closes).all()


def an_account_has_two_streams_at_most(measured: Measured) -> None:
    """Every plan allows two."""
    plays = measured.plays
    assert (plays.watched > 0).all()
    assert (plays.paused >= 0).all()
    moments = pd.concat(
        [
            pd.DataFrame({"user": plays.user, "at": plays.start, "opens": 1}),
            pd.DataFrame({"user": plays.user, "at": plays.end, "opens": -1}),
        ]
    ).sort_values(["user", "at", "opens"])
    assert moments.groupby("user").opens.cumsum().max() <= 2


def positions_stay_within_the_runtime(measured: Measured) -> None:
    plays = measured.plays
    assert (plays.position >= 0).all()
    assert (plays.position + plays.watched <= plays.runtime).all()
    assert (measured.trailers.episode == -1).all()


def ratings_follow_a_view(measured: Measured) -> None:
    ratings = table(measured, "ratings")
    if not len(ratings):
        return
    assert ratings.rating.astype(float).isin([1, 2, 3, 4, 5]).all()
    keys = pd.MultiIndex.from_arrays(
        [
            ratings.user_id.str[1:].astype(int),
            ratings.content_id.str[1:].astype(int),
        ]
    )
    viewed = measured.plays.groupby(["user", "title"]).start.min().reindex(keys)
    rated = ratings.rated_at.dt.tz_localize(None).astype("datetime64[s]")
    rated = rated.astype("int64").to_numpy()
    known = viewed.notna().to_numpy()
    assert (rated[known] > viewed.to_numpy()[known]).all()
    # At the end of the span, the play may still be on its way.
    recent = rated.max() - rated < 4 * DAY
    assert (known | recent).all()


def spells_do_not_overlap(measured: Measured) -> None:
    frame = table(measured, "subscriptions")
    if not len(frame):
        return
    keys = frame.subscription_id.str.extract(r"s(\d+)-(\d+)").astype(int)
    frame = frame.assign(user=keys[0], number=keys[1]).sort_values(["user", "number"])
    begins, ends = frame.started_date, frame.ended_date
    assert (begins <= ends.fillna(date(9999, 1, 1))).all()
    follows = frame.user == frame.user.shift()
    assert ends.shift()[follows].notna().all()
    assert (begins[follows] > ends.shift()[follows]).all()
    assert (frame.number[follows] == frame.number.shift()[follows] + 1).all()
    assert (frame.number[~follows] == 1).all()
    assert (frame.end_reason.notna() == ends.notna()).all()
    requested = frame.cancel_requested_date
    asked = requested.notna()
    assert (begins[asked] <= requested[asked]).all()


def payments_match_plans_and_prices(measured: Measured) -> None:
    payments = table(measured, "payments")
    if not len(payments):
        return
    frame = measured.frame("subscriptions").set_index("subscription_id")
    plan = frame.plan_code.astype(str).reindex(payments.subscription_id).to_numpy()
    billed = pd.DataFrame(
        {
            "subscription_id": payments.subscription_id,
            "day": pd.to_datetime(payments.billed_date),
            "amount": payments.amount_usd.astype(float),
            "status": payments.status.astype(str),
            "plan": plan,
        }
    ).sort_values("day", kind="stable")
    if measured.tables["plan_changes"].num_rows:
        changes = measured.frame("plan_changes")
        changed = pd.DataFrame(
            {
                "subscription_id": changes.subscription_id,
                "day": pd.to_datetime(changes.changed_date),
                "new": changes.plan_code.astype(str),
            }
        ).sort_values("day", kind="stable")
        billed = pd.merge_asof(billed, changed, on="day", by="subscription_id")
        billed["plan"] = billed.new.fillna(billed.plan)
    user = billed.subscription_id.str.extract(r"s(\d+)-")[0].astype(int)
    billed["region"] = measured.users.region_code.reindex(user).to_numpy()
    prices = measured.frame("plan_prices")
    steps = pd.DataFrame(
        {
            "plan": prices.plan_code.astype(str),
            "region": prices.region_code.astype(str),
            "day": pd.to_datetime(prices.valid_from_date),
            "price": prices.monthly_price_usd.astype(float),
        }
    ).sort_values("day")
    billed = pd.merge_asof(billed, steps, on="day", by=["plan", "region"])
    np.testing.assert_allclose(billed.amount, billed.price, atol=1e-9)
    # A month is billed while the subscription runs, and paid unless that ends it.
    ends = pd.to_datetime(frame.ended_date.reindex(billed.subscription_id).to_numpy())
    failed = (billed.status == "failed").to_numpy()
    assert (ends[failed] == billed.day[failed]).all()
    assert (pd.isna(ends) | (billed.day <= ends)).to_numpy().all()
    assert (billed.day[~failed] != ends[~failed]).all()
