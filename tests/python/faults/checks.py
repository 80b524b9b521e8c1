"""What has to be true of the marts where rows of a fault are taken."""

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from .platform import HERE, Row
from .seen import Delivered, Seen

Check = Callable[[Seen, list[Delivered]], None]

PLAY = "select * from mart_core.fct_viewing where play_id = %s"
STAGED = "select * from candidate_staging.stg_streaming_app__viewing where play_id = %s"
USER = "select * from mart_core.dim_users where user_id = %s"
TITLE = "select * from mart_core.dim_content where content_id = %s"
SPELL = """
    select * from mart_core.fct_subscriptions
    where user_id = %s and started_date = %s
"""


def moment(text: str) -> datetime:
    """Return a moment of a file as a mart has it, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def last_of(found: list[Delivered]) -> Iterator[Row]:
    """Yield the last row in the place of each."""
    return (one.after[-1] for one in found if one.rows)


def kept_once(seen: Seen, found: list[Delivered]) -> None:
    for row in last_of(found):
        assert seen.one(PLAY, row["play_id"])["watched_seconds"] == int(
            row["watched_seconds"]
        )
    (again,) = seen.rows(
        "select value from audit.measurements where measure = 'arrived_again'"
        " order by build_id desc limit 1"
    )
    keys = seen.taken_keys("viewing")
    # With the other fault of this kind, and a few that arrive again by themselves.
    assert again["value"] == len(keys) - len(set(keys))


def as_delivered(seen: Seen, found: list[Delivered]) -> None:
    for row in last_of(found):
        play = seen.one(PLAY, row["play_id"])
        assert play["started_at"] == moment(row["started_at"])
        # A few plays of any platform arrive again by themselves.
        assert play["loaded_at"] >= moment(row["loaded_at"])
        assert play["watched_seconds"] == int(row["watched_seconds"])
        assert play["user_id"] == row["user_id"]
        assert play["content_id"] == row["content_id"]
        assert play["device_code"] == row["device_code"]


def in_any_order(seen: Seen, _: list[Delivered]) -> None:
    assert seen.one(
        """
        select count(*) as wrong from audit.row_reconciliation
        where rows_in != rows_accepted + rows_quarantined + rows_repeated
        """
    ) == {"wrong": 0}
    counts = seen.one(
        """
        select rows_in, rows_accepted, rows_quarantined
        from audit.row_reconciliation where table_name = 'viewing'
        order by loaded_at desc limit 1
        """
    )
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines()) - 1
        for path in seen.dirty.glob("viewing_*.csv")
    )
    aside = [name for name, _ in seen.quarantined if name.startswith("viewing")]
    assert counts["rows_in"] == lines
    assert counts["rows_quarantined"] == len(aside)


def lasts_the_runtime(seen: Seen, found: list[Delivered]) -> None:
    for one in found:
        play = seen.one(PLAY, one.after[0]["play_id"])
        assert play["watched_seconds"] == play["runtime_seconds"]
        assert play["watched_seconds"] < int(one.after[0]["watched_seconds"])
    cut = seen.one(
        """
        select sum(rows) as rows from audit.load_findings
        where level = 'repaired' and column_name = 'watched_seconds'
        """
    )
    assert cut["rows"] >= len(found)


def hour_of_the_country(seen: Seen, found: list[Delivered]) -> None:
    with HERE.countries.open(encoding="utf-8", newline="") as file:
        zones = {
            row["country_code"]: ZoneInfo(row["time_zone"])
            for row in csv.DictReader(file)
        }
    for row in last_of(found):
        zone = zones[seen.one(USER, row["user_id"])["country_code"]]
        local = datetime.fromisoformat(row["started_at"]).astimezone(zone)
        play = seen.one(PLAY, row["play_id"])
        assert (play["local_hour"], play["local_viewed_date"]) == (
            local.hour,
            local.date(),
        )


def day_in_utc(seen: Seen, found: list[Delivered]) -> None:
    for row in last_of(found):
        day = date.fromisoformat(row["started_at"][:10])
        assert seen.one(PLAY, row["play_id"])["viewed_date"] == day


def title_as_delivered(seen: Seen, found: list[Delivered]) -> None:
    for row in last_of(found):
        assert seen.one(TITLE, row["content_id"])["title"] == row["title"]


def usual_country(seen: Seen, found: list[Delivered]) -> None:
    for row in last_of(found):
        country = seen.one(USER, row["user_id"])["country_code"]
        assert country == row["country_code"].strip().upper() != row["country_code"]


def namibia(seen: Seen, found: list[Delivered]) -> None:
    for row in last_of(found):
        assert seen.one(USER, row["user_id"])["country_code"] == "NA"


def one_current_version(seen: Seen, found: list[Delivered]) -> None:
    namibia(seen, found)
    for row in last_of(found):
        version = seen.one(
            "select * from candidate_snapshots.users_history"
            " where user_id = %s and dbt_valid_to is null",
            row["user_id"],
        )
        assert version["country_code"] == "NA"


def second_plan(seen: Seen, found: list[Delivered]) -> None:
    for one in found:
        first, second = one.after
        periods = seen.rows(
            """
            select int_plan_periods.plan_code
            from candidate_intermediate.int_plan_periods
            inner join candidate_intermediate.int_subscriptions_in_spells
                using (spell_id)
            where subscription_id = %s and valid_from_date = %s
            """,
            second["subscription_id"],
            second["changed_date"],
        )
        assert [period["plan_code"] for period in periods] == [second["plan_code"]]
        assert seen.one(
            "select count(*) as changes"
            " from candidate_staging.stg_streaming_app__plan_changes"
            " where plan_change_id = any(%s)",
            [first["plan_change_id"], second["plan_change_id"]],
        ) == {"changes": 2}


def one_spell(seen: Seen, found: list[Delivered]) -> None:
    for one in found:
        first, second = one.after
        spells = seen.rows(
            """
            select distinct spell_id
            from candidate_intermediate.int_subscriptions_in_spells
            where subscription_id = any(%s)
            """,
            [first["subscription_id"], second["subscription_id"]],
        )
        assert len(spells) == 1


def never_paid(seen: Seen, found: list[Delivered]) -> None:
    subscriptions = [row for row in last_of(found) if "trial_end_date" in row]
    assert subscriptions
    for row in subscriptions:
        spell = seen.one(SPELL, row["user_id"], row["started_date"])
        assert not spell["is_paid"]


def last_rating(seen: Seen, found: list[Delivered]) -> None:
    for row in last_of(found):
        rating = seen.one(
            "select * from mart_core.fct_ratings"
            " where user_id = %s and content_id = %s",
            row["user_id"],
            row["content_id"],
        )
        assert (rating["rating_id"], rating["rating"]) == (row["rating_id"], 1)


def rated(seen: Seen, found: list[Delivered]) -> None:
    for row in last_of(found):
        assert seen.rows(
            "select 1 from mart_core.fct_ratings where user_id = %s"
            " and content_id = %s",
            row["user_id"],
            row["content_id"],
        )


def a_row_for_the_title(seen: Seen, found: list[Delivered]) -> None:
    for one in found:
        key = one.before["content_id"]
        title = seen.one(TITLE, key)
        assert title["title"] == f"Deleted title {key}"
        assert seen.one(
            "select count(*) > 0 as has_plays from mart_core.fct_viewing"
            " where content_id = %s",
            key,
        ) or not seen.rows("select 1 from raw.viewing where content_id = %s", key)


def flagged_and_left_out(seen: Seen, found: list[Delivered]) -> None:
    for one in found:
        for row in one.after:
            play = seen.one(PLAY, row["play_id"])
            assert play["is_bot"]
            assert not seen.rows(
                "select 1 from mart_engagement.agg_viewing_by_user_day"
                " where user_id = %s and viewed_date = %s",
                row["user_id"],
                play["viewed_date"],
            )


def staged_in_utc(seen: Seen, found: list[Delivered]) -> None:
    for row in last_of(found):
        assert not row["started_at"].endswith("Z")
        assert seen.one(STAGED, row["play_id"])["started_at"] == moment(
            row["started_at"]
        )


#: By fault; the others of which rows are taken are plays, there as they were delivered.
CHECKS: dict[str, Check] = {
    "exact_duplicate": kept_once,
    "out_of_order": in_any_order,
    "watched_over_runtime": lasts_the_runtime,
    "offset_timestamp": staged_in_utc,
    "clock_change": hour_of_the_country,
    "day_boundary": day_in_utc,
    "unicode_title": title_as_delivered,
    "newline_title": title_as_delivered,
    "formula_title": title_as_delivered,
    "country_case": usual_country,
    "country_na": namibia,
    "user_moves": one_current_version,
    "two_plan_changes": second_plan,
    "gap_within_grace": one_spell,
    "trial_never_converts": never_paid,
    "duplicate_rating": last_rating,
    "rating_without_view": rated,
    "deleted_content": a_row_for_the_title,
    "bot": flagged_and_left_out,
}
