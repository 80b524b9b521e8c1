"""Each invariant is broken once by hand, and must say so."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from . import test_invariants as invariants
from .conftest import DAY, Measured, make_world, measure

DAYS = 150

Break = Callable[[Measured], Measured]


@pytest.fixture(scope="module")
def small() -> Measured:
    """Return half a year in which everything happens: returns, ratings, changes."""
    world = make_world(900, 150, intensity=0.1)
    world = replace(
        world,
        rating=replace(world.rating, share=0.6),
        leaving=replace(world.leaving, plan_change=0.1),
    )
    return measure(world, DAYS)


def with_table(measured: Measured, name: str, frame: pd.DataFrame) -> Measured:
    schema = measured.tables[name].schema
    rows = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    return replace(measured, tables=measured.tables | {name: rows})


def doubled(name: str) -> Break:
    def broken(measured: Measured) -> Measured:
        frame = measured.frame(name)
        return with_table(measured, name, pd.concat([frame, frame.tail(1)]))

    return broken


def with_column(name: str, column: str, change: Callable) -> Break:
    """Change the values of a column, given the table."""

    def broken(measured: Measured) -> Measured:
        frame = measured.frame(name)
        frame[column] = change(frame)
        return with_table(measured, name, frame)

    return broken


def with_plays(**columns: Callable) -> Break:
    def broken(measured: Measured) -> Measured:
        return replace(measured, plays=measured.plays.assign(**columns))

    return broken


def first_only(change: Callable) -> Callable:
    """Return the change of a column's first value alone."""

    def changed(values: pd.Series) -> pd.Series:
        values = values.copy()
        values.iloc[0] = change(values.iloc[0])
        return values

    return changed


def without_ends(measured: Measured) -> Measured:
    """Return spells that overlap: the first of someone who came back runs on."""
    frame = measured.frame("subscriptions")
    first = frame[frame.user_id.duplicated(keep="last")].index[:1]
    assert len(first)
    frame.loc[first, ["ended_date", "end_reason"]] = None
    return with_table(measured, "subscriptions", frame)


def crowded(measured: Measured) -> Measured:
    """Return an account with four streams at a time."""
    plays = measured.plays
    copies = pd.concat([plays, *[plays.head(1)] * 3])
    copies = copies.sort_values(["user", "start"], kind="stable")
    return replace(measured, plays=copies.reset_index(drop=True))


def unreleased(measured: Measured) -> Measured:
    titles = measured.titles.copy()
    titles.loc[measured.plays.title.iloc[0], "release_date"] = date(2030, 1, 1)
    return replace(measured, titles=titles)


def unlicensed(measured: Measured) -> Measured:
    play = measured.plays.iloc[0]
    frame = measured.frame("content_licences")
    gone = frame.content_id == f"c{play.title}"
    gone &= frame.region_code == measured.users.region_code[play.user]
    assert gone.any()
    return with_table(measured, "content_licences", frame[~gone])


def expired(measured: Measured) -> Measured:
    play = measured.plays.iloc[0]
    frame = measured.frame("content_licences")
    frame.loc[frame.content_id == f"c{play.title}", "available_until_date"] = date(
        2024, 1, 1
    )
    return with_table(measured, "content_licences", frame)


def unwatched(measured: Measured) -> Measured:
    """Return a rating of a title by someone who has watched none of it."""
    frame = measured.frame("ratings").sort_values("rated_at", ignore_index=True)
    user = int(frame.user_id[0][1:])
    seen = set(measured.plays.title[measured.plays.user == user])
    other = next(title for title in measured.titles.index if title not in seen)
    frame.loc[0, "content_id"] = f"c{other}"
    return with_table(measured, "ratings", frame)


BREAKS: dict[str, tuple[str, Break]] = {
    "a user twice": ("keys_are_unique", doubled("users")),
    "a subscription twice": ("keys_are_unique", doubled("subscriptions")),
    "a play twice in one load": ("keys_are_unique", doubled("viewing")),
    "loaded later": (
        "everything_was_loaded_by_the_end",
        with_column("viewing", "loaded_at", lambda f: f.loaded_at + timedelta(days=9)),
    ),
    "plays after the end": (
        "plays_lie_in_a_running_spell",
        with_column("subscriptions", "ended_date", lambda f: f.started_date),
    ),
    "a play before the sign-up": (
        "plays_lie_in_a_running_spell",
        with_plays(start=lambda f: first_only(lambda v: v - 900 * DAY)(f.start)),
    ),
    "a title not yet released": (
        "plays_follow_the_release_within_a_licence",
        unreleased,
    ),
    "a title without a licence": (
        "plays_follow_the_release_within_a_licence",
        unlicensed,
    ),
    "a licence that is over": ("plays_follow_the_release_within_a_licence", expired),
    "four streams": ("STREAMS", crowded),
    "no time watched": ("STREAMS", with_plays(watched=lambda f: f.watched * 0)),
    "beyond the runtime": (
        "positions_stay_within_the_runtime",
        with_plays(watched=lambda f: first_only(lambda v: v + 50_000)(f.watched)),
    ),
    "a rating before the view": (
        "ratings_follow_a_view",
        with_column("ratings", "rated_at", lambda f: f.rated_at - timedelta(days=400)),
    ),
    "a rating without a view": ("ratings_follow_a_view", unwatched),
    "half a star": (
        "ratings_follow_a_view",
        with_column("ratings", "rating", lambda f: f.rating / 2),
    ),
    "spells at the same time": ("spells_do_not_overlap", without_ends),
    "another amount": (
        "payments_match_plans_and_prices",
        with_column(
            "payments",
            "amount_usd",
            lambda f: first_only(lambda v: v + 1)(f.amount_usd),
        ),
    ),
    "a change of plan that is not billed": (
        "payments_match_plans_and_prices",
        lambda m: with_table(m, "plan_changes", m.frame("plan_changes").iloc[:0]),
    ),
    "a bill after the end": (
        "payments_match_plans_and_prices",
        with_column("subscriptions", "ended_date", lambda f: f.started_date),
    ),
}


def invariant(name: str) -> Callable[..., None]:
    if name == "STREAMS":
        name = "an_account_has_two_streams_at_most"
        if not hasattr(invariants, name):
            name = "plays_of_an_account_do_not_overlap"
    return getattr(invariants, name)


@pytest.mark.parametrize("name", BREAKS)
def test_an_invariant_that_is_broken_says_so(small: Measured, name: str) -> None:
    check, broken = BREAKS[name]
    more = [DAYS] if check == "everything_was_loaded_by_the_end" else []
    invariant(check)(small, *more)
    with pytest.raises(AssertionError):
        invariant(check)(broken(small), *more)
