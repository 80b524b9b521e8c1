"""How each fault of the catalogue has to end, as docs/faults.md words it."""

from dataclasses import dataclass
from typing import Literal

Behaviour = Literal["set aside", "repaired", "taken", "warned", "stopped", "refused"]


@dataclass(frozen=True)
class Wanted:
    """What has to become of the rows of a fault.

    Attributes:
        behaviour: Set aside; taken after a repair; taken as they are; taken with a
            warning; or the build or the load stops.
        by: Who notices: columns and reasons of the quarantine, a finding of the load, a
            test, an expectation, or words of a message.
        also: Reasons for which some of the rows may be set aside before.
    """

    behaviour: Behaviour
    by: str
    also: tuple[str, ...] = ()


def _aside(by: str) -> Wanted:
    return Wanted("set aside", by)


def _taken(by: str) -> Wanted:
    return Wanted("taken", by)


def _refused(by: str) -> Wanted:
    return Wanted("refused", by)


def _warned(by: str, *also: str) -> Wanted:
    return Wanted("warned", by, also)


def _stopped(by: str) -> Wanted:
    return Wanted("stopped", by)


LATE = "assert_few_plays_arrive_late"
LICENCES = "assert_titles_are_played_while_licensed"
CHANGED_MIND = "assert_few_plays_arrive_with_other_values"

WANTED = {
    "exact_duplicate": Wanted("repaired", "the row is there once"),
    "conflicting_duplicate": _warned(CHANGED_MIND),
    "late_arrival": _taken("the play is there"),
    "very_late": _warned(LATE),
    "out_of_order": _taken("no row is lost"),
    "future_timestamp": _aside("started_at: after_load"),
    "epoch_timestamp": _aside("started_at: too_early"),
    "negative_watch_time": _aside("watched_seconds: too_small"),
    "watched_over_runtime": Wanted("repaired", "the play lasts the runtime"),
    "watched_far_over_runtime": _aside(
        "watched_seconds: too_great, over_runtime or trailer_too_long"
    ),
    "null_key": _aside("play_id: missing"),
    "unknown_user": _aside("user_id: unknown"),
    "unknown_content": _aside("content_id: unknown"),
    "naive_timestamp": _aside("started_at: no_offset"),
    "offset_timestamp": _taken("the same moment in UTC"),
    "clock_change": _taken("the hour on the clocks of the country"),
    "day_boundary": _taken("the day in UTC"),
    "unicode_title": _taken("the title byte for byte"),
    "newline_title": _taken("the title byte for byte"),
    "formula_title": _taken("the title byte for byte"),
    "byte_order_mark": _taken("the same rows as without"),
    "crlf": _taken("the same rows as without"),
    "latin_1": _refused("is not UTF-8"),
    "nul_byte": _refused("byte 0x00"),
    "truncated_in_quote": _refused("a quoted field has no end"),
    "truncated_at_line_end": _refused("manifest"),
    "column_order": _refused("manifest"),
    "extra_column": _refused("unknown extra"),
    "missing_column": _refused("manifest"),
    "duplicate_column": _refused("repeated play_id"),
    "repeated_header": _aside("started_at: not_a_moment"),
    "type_drift": _aside("watched_seconds: not_a_number"),
    "nan": _aside("amount_usd: not_finite"),
    "overflow": _aside("amount_usd: too_large"),
    "leading_zero_id": _taken("the key as text"),
    "date_format": _aside("billed_date: not_a_date"),
    "impossible_date": _aside("billed_date: no_such_day"),
    "country_case": Wanted("repaired", "the country as it is usually written"),
    "country_na": _taken("the country is Namibia"),
    "unknown_country": _aside("country_code: not_allowed"),
    "user_moves": _taken("the last country, and one version that is current"),
    "two_plan_changes": _taken("the second plan, and both changes"),
    "overlapping_subscriptions": _aside("started_date: overlap"),
    "cancel_before_start": _aside("ended_date: not_after"),
    "gap_within_grace": _taken("one spell"),
    "trial_never_converts": _taken("a spell that was never paid"),
    "half_star": _aside("rating: off_grid"),
    "rating_out_of_range": _aside("rating: too_great"),
    "duplicate_rating": _taken("the last rating"),
    "rating_without_view": _warned("assert_ratings_follow_a_play"),
    "deleted_content": _warned("load of content", "unknown"),
    "view_before_release": _warned(LICENCES, "before_launch"),
    "view_after_licence": _warned(LICENCES, "after_load"),
    "empty_file": _refused("is empty"),
    "volume_drop": _stopped("known_days_keep_their_plays"),
    "volume_spike": _stopped("no_day_has_three_times_its_plays"),
    "device_mix_drift": _stopped("no_mix_has_turned_over"),
    "unit_change": _stopped("quantiles_have_not_changed_their_unit"),
    "bot": _warned("nobody_watches_more_than_a_day_in_a_day"),
    "clock_skew": _warned("assert_clocks_of_devices_agree", "before_launch"),
    "negative_refund": _aside("amount_usd: too_small"),
    "personal_text": _stopped("no_mart_holds_addresses_or_phone_numbers"),
    "stale_source": _stopped("no_table_is_a_day_behind"),
    "marts_disagree": _aside("user_id or content_id: unknown"),
}
