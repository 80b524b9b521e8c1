"""Each singular test about plays meets faults that it is there for, and finds them.

They read tables that add plays up, so a chain of tests leads from a mart to its plays:
each link is broken on both sides.
"""

from collections.abc import Iterator

import psycopg
import pytest
from dbt_sample import Built

from streaming_analytics.warehouse.statements import trusted

#: One row of a table, to be changed: that with the lowest address of those that match.
ONE = "ctid = (select min(ctid) from {table} where {condition})"
PLAYS = "dev_mart_core.fct_viewing"
STAGED = "dev_staging.stg_streaming_app__viewing"
RAW_DAYS = "dev_staging.stg_streaming_app__viewing_days"
ACCOUNT_DAYS = "dev_intermediate.int_viewing_by_user_title_day"
REGION_DAYS = "dev_intermediate.int_content_days"
PLAY_DAYS = "dev_intermediate.int_plays_by_day"
ARRIVALS = "dev_staging.stg_streaming_app__viewing_arrivals"
VIEWERS = "dev_mart_core.fct_content_viewers"
RATINGS = "dev_mart_core.fct_ratings"
USER_DAYS = "dev_mart_engagement.agg_viewing_by_user_day"
ACTIVE = "dev_mart_engagement.agg_active_users_by_day"
TITLES_BY_REGION = "dev_mart_content.agg_content_performance_by_region"
LAUNCHES = "dev_mart_content.agg_content_launch_curve"
LAST_DAY = "(select as_of_date from dev_intermediate.util_as_of_date)"


def changed(table: str, change: str, condition: str = "true") -> str:
    """Return a statement that changes one row of a table."""
    return f"update {table} set {change} where " + ONE.format(
        table=table, condition=condition
    )


def gone(table: str, condition: str = "true") -> str:
    """Return a statement that deletes one row of a table."""
    return f"delete from {table} where " + ONE.format(table=table, condition=condition)


#: On one day a title has a play too many and another one too few, on another day it is
#: the other way about: each title and each day has its plays.
TRADED = f"""
update {ACCOUNT_DAYS} as changed
set plays = plays + traded.change
from (
    select changes.*
    from {ACCOUNT_DAYS} as one
    inner join {ACCOUNT_DAYS} as other
        on one.viewed_date = other.viewed_date and one.content_id < other.content_id
    inner join {ACCOUNT_DAYS} as one_later
        on one.content_id = one_later.content_id
        and one.viewed_date < one_later.viewed_date
    inner join {ACCOUNT_DAYS} as other_later
        on other.content_id = other_later.content_id
        and one_later.viewed_date = other_later.viewed_date
    cross join lateral (
        values
            (one.ctid, 1), (other.ctid, -1), (one_later.ctid, -1), (other_later.ctid, 1)
    ) as changes (row_place, change)
    where other.plays > 1 and one_later.plays > 1
    limit 4
) as traded
where changed.ctid = traded.row_place
"""


def traded(table: str, column: str) -> str:
    """Return a statement by which two titles of a day trade one of what is counted."""
    return f"""
    update {table} as changed
    set {column} = {column} + traded.change
    from (
        select changes.*
        from {table} as one
        inner join {table} as other
            on one.viewed_date = other.viewed_date and one.content_id < other.content_id
        cross join lateral (values (one.ctid, 1), (other.ctid, -1))
            as changes (row_place, change)
        where other.{column} > 1
        limit 2
    ) as traded
    where changed.ctid = traded.row_place
    """


FAULTS = {
    "assert_every_staged_play_is_in_fct_viewing": {
        "a play is lost": gone(PLAYS),
        "a play is staged no more": gone(STAGED),
        "a play is another": changed(PLAYS, "play_id = 'another'"),
        "a play is there twice": f"insert into {STAGED} select * from {STAGED} limit 1",
    },
    "assert_days_of_plays_add_up_to_the_plays": {
        "a play is lost": gone(PLAYS),
        "a play has other seconds": changed(
            PLAYS, "watched_seconds = watched_seconds + 1"
        ),
        "a day is lost": gone(PLAY_DAYS),
        "a day is another": changed(PLAY_DAYS, "viewed_date = '2001-02-03'"),
    },
    "assert_arrivals_add_up_to_the_staged_plays": {
        "a play is lost": gone(STAGED),
        "a play has other seconds": changed(
            STAGED, "watched_seconds = watched_seconds + 1"
        ),
        "plays of a day arrived twice": changed(ARRIVALS, "plays = plays * 2"),
        "a day is lost": gone(ARRIVALS),
        "plays came on another day": changed(ARRIVALS, "loaded_date = '2001-02-03'"),
        "a day came earlier": changed(
            ARRIVALS,
            "last_loaded_at = last_loaded_at - interval '1 hour'",
            "last_loaded_at is not null",
        ),
    },
    "assert_titles_and_days_add_up_to_the_plays": {
        "a play is lost": gone(ACCOUNT_DAYS, "plays = 1"),
        "a play counts twice": changed(ACCOUNT_DAYS, "plays = plays + 1"),
        "a play is of another day": changed(ACCOUNT_DAYS, "viewed_date = '2001-02-03'"),
        "a play is of another title": changed(ACCOUNT_DAYS, "content_id = 'c0'"),
        "two titles trade days": TRADED,
        **{
            f"two titles of a {what} trade {column}": traded(table, column)
            for what, table in {"day": ACCOUNT_DAYS, "region": REGION_DAYS}.items()
            for column in ("plays", "valid_views", "watched_seconds")
        },
        "a trailer is lost": changed(
            ACCOUNT_DAYS, "trailers = trailers - 1", "trailers > 0"
        ),
        "a trailer is a play": changed(
            ACCOUNT_DAYS, "trailers = trailers - 1, plays = plays + 1", "trailers > 0"
        ),
        "a view is none": changed(
            ACCOUNT_DAYS, "valid_views = valid_views - 1", "valid_views > 0"
        ),
        "a second is lost": changed(
            ACCOUNT_DAYS, "watched_seconds = watched_seconds - 1", "plays > 0"
        ),
        "a bot is a person": changed(ACCOUNT_DAYS, "is_bot = not is_bot", "plays > 0"),
        "a play came and is not added": changed(
            PLAYS, "play_type = 'main'", "play_type = 'trailer'"
        ),
        "a day of a region is lost": gone(REGION_DAYS),
        "a day of a region is another": changed(
            REGION_DAYS, "viewed_date = '2001-02-03'"
        ),
        "a region counts a second twice": changed(
            REGION_DAYS, "watched_seconds = watched_seconds + 1"
        ),
        "a region counts a view twice": changed(
            REGION_DAYS, "valid_views = valid_views + 1"
        ),
    },
    "assert_viewers_seconds_add_up_to_the_plays": {
        "a viewer is lost": gone(VIEWERS, "watched_seconds > 0"),
        "a second counts twice": changed(
            VIEWERS, "watched_seconds = watched_seconds + 1"
        ),
        "a title has no days": f"delete from {REGION_DAYS} where content_id = "
        f"(select min(content_id) from {REGION_DAYS})",
    },
    "assert_launch_days_are_the_plays_of_the_day": {
        "a second is lost": changed(LAUNCHES, "watched_seconds = watched_seconds + 1"),
        "a day has the seconds of none": changed(
            LAUNCHES, "watched_seconds = 0", "watched_seconds > 0"
        ),
    },
    "assert_titles_and_genres_add_up_to_the_plays": {
        "a title has too much": changed(
            "dev_mart_content.agg_content_performance",
            "watched_seconds = watched_seconds + 1",
        ),
        "a title has a rating too many": changed(
            "dev_mart_content.agg_content_performance", "ratings = ratings + 1"
        ),
        "a genre has too much": changed(
            "dev_mart_content.agg_genre_performance",
            "weighted_seconds = weighted_seconds + 1",
        ),
        "a play is lost": changed(REGION_DAYS, "watched_seconds = watched_seconds - 1"),
        "a title of a region is lost": gone(TITLES_BY_REGION),
        "a title is of another region": changed(
            TITLES_BY_REGION,
            "region_code = 'APAC'",
            "region_code = 'EMEA' and content_id not in (select content_id "
            f"from {TITLES_BY_REGION} where region_code = 'APAC')",
        ),
    }
    | {
        f"a title of a region has {much}": changed(
            TITLES_BY_REGION, f"{much} = {much} + 1"
        )
        for much in (
            *("viewers", "plays", "starters", "measured_starters", "completers"),
            "watched_seconds",
        )
    },
    "assert_days_sessions_and_hours_add_up_to_the_plays": {
        f"a {what} has {much}": changed(table, f"{much} = {much} + 1")
        for much in ("plays", "watched_seconds")
        for what, table in {
            "day": USER_DAYS,
            "session": "dev_mart_engagement.fct_sessions",
            "hour": "dev_mart_engagement.agg_viewing_by_hour",
        }.items()
    }
    | {
        "a session is lost": gone("dev_mart_engagement.fct_sessions"),
        "an account's day is lost": gone(USER_DAYS, "plays > 0"),
        "an account's day is another": changed(
            USER_DAYS,
            f"viewed_date = {LAST_DAY}",
            f"plays > 0 and user_id not in (select user_id from {USER_DAYS} "
            f"where viewed_date = {LAST_DAY})",
        ),
        "all hours are lost": "delete from dev_mart_engagement.agg_viewing_by_hour",
    },
    "assert_user_months_add_up_to_the_plays": {
        "a month of an account has too much": changed(
            "dev_mart_engagement.agg_viewing_by_user_month",
            "watched_seconds = watched_seconds + 1",
        ),
        "a bin has too much": changed(
            "dev_mart_engagement.agg_watch_time_distribution",
            "watched_seconds = watched_seconds + 1",
        ),
        "seconds are of another month": changed(
            ACCOUNT_DAYS, "viewed_date = viewed_date - 31", "watched_seconds > 0"
        ),
    },
    "assert_active_users_are_those_with_an_active_day": {
        "a user of a day is lost": changed(
            ACTIVE, "daily_active_users = daily_active_users + 1"
        ),
        "a user of the last week is lost": changed(
            ACTIVE,
            "weekly_active_users = weekly_active_users - 1",
            f"date_day = {LAST_DAY}",
        ),
        "a user of a month is there twice": changed(
            ACTIVE,
            "monthly_active_users = monthly_active_users + 1",
            f"date_day = {LAST_DAY} - 56",
        ),
        "an active day came": changed(USER_DAYS, "is_active = true", "not is_active"),
        "an active day went": gone(USER_DAYS, "is_active"),
    },
    "assert_titles_are_played_while_licensed": {
        "a play is from before the release": changed(
            REGION_DAYS, "viewed_date = '1901-02-03'"
        ),
        "a title is not released yet": changed(
            "dev_mart_core.dim_content",
            "release_date = '9001-02-03'",
            f"content_id in (select content_id from {REGION_DAYS})",
        ),
        "a play is from after the licence": changed(
            REGION_DAYS,
            "viewed_date = '9998-12-31'",
            "(content_id, region_code) in (select content_id, region_code"
            " from dev_staging.stg_streaming_app__content_licences"
            " group by 1, 2"
            " having count(available_until_date) = count(*))",
        ),
    },
    "assert_ratings_follow_a_play": {
        "the plays did not arrive": f"delete from {VIEWERS} "
        f"where (user_id, content_id) = (select user_id, content_id from {RATINGS} "
        f"where rated_at > (select min(first_started_at) from {VIEWERS}) limit 1)",
        "the plays are of later": f"update {VIEWERS} set first_started_at = rated_at "
        f"+ interval '1 second' from {RATINGS} as ratings "
        f"where {VIEWERS.split('.')[1]}.user_id = ratings.user_id "
        f"and {VIEWERS.split('.')[1]}.content_id = ratings.content_id",
    },
    "assert_few_plays_arrive_late": {
        "a day in a hundred arrives after a month": f"update {RAW_DAYS} "
        "set loaded_date = viewed_date + 30 where extract(day from viewed_date) = 9",
    },
    "assert_few_plays_arrive_with_other_values": {
        "a play in a hundred arrives twice": "insert into dev_sample.viewing_2025 "
        "select (jsonb_populate_record(viewing_2025, jsonb_build_object("
        "'watched_seconds', watched_seconds + 1))).* from dev_sample.viewing_2025 "
        "where hashtext(play_id) % 50 = 0; "
        f"update {RAW_DAYS} set raw_rows = raw_rows + raw_rows / 50 + 1",
    },
    "assert_clocks_of_devices_agree": {
        "a kind of device is nine hours ahead": f"update {STAGED} "
        "set started_at = started_at + interval '9 hours' where device_code = 'tv'",
        "a kind of device is nine hours behind": f"update {STAGED} "
        "set started_at = started_at - interval '9 hours' where device_code = 'tv'",
    },
}


@pytest.fixture
def session(built: Built) -> Iterator[psycopg.Connection]:
    """Yield a session on the built sample, and undo what was done in it."""
    with built.connection.connect() as session:
        yield session
        session.rollback()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param(name, fault, id=f"{name}: {fault}")
        for name, faults in FAULTS.items()
        for fault in faults
    ],
)
def test_a_fault_is_found(
    built: Built, session: psycopg.Connection, name: str, fault: str
) -> None:
    test = trusted(
        built.manifest["nodes"][f"test.streaming_analytics.{name}"]["compiled_code"]
    )
    assert session.execute(test).fetchall() == []
    session.execute(trusted(FAULTS[name][fault]))
    assert session.execute(test).fetchall() != []


def test_medians_of_delays_are_the_servers_own(
    built: Built, session: psycopg.Connection
) -> None:
    test = built.manifest["nodes"][
        "test.streaming_analytics.assert_clocks_of_devices_agree"
    ]["compiled_code"]
    steps = test[: test.rindex("select\n    device_medians.device_code")]
    # Of some nobody knows when they arrived.
    session.execute(
        trusted(f"update {STAGED} set loaded_at = null where hashtext(play_id) % 3 = 0")
    )
    for medians, by in (("device_medians", "device_code"), ("platform_median", "1")):
        found, expected = (
            session.execute(trusted(f"{steps} {query} order by {by}")).fetchall()
            for query in (
                f"select {by}, median_minutes from {medians}",
                f"select {by}, percentile_cont(0.5) within group "
                "(order by minutes_to_arrive) from recent_plays"
                + (f" group by {by}" if by != "1" else ""),
            )
        )
        assert found == expected
        assert found
