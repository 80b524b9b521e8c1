"""The faults of single rows."""

from streaming_analytics.generator.faults import edits
from streaming_analytics.generator.faults.kinds import RowFault

_EMOJI_RTL_COMBINING = " \N{CLAPPER BOARD} \u05e2\u05d1\u05e8\u05d9\u05ea e\u0301"

ROW_FAULTS = {
    "exact_duplicate": RowFault(
        1,
        "a play arrives twice, as real exports show",
        "viewing",
        0.00024,
        edits.again(),
    ),
    "conflicting_duplicate": RowFault(
        2,
        "a play arrives again a day later with 1 second watched",
        "viewing",
        0.0005,
        edits.again_later(watched_seconds="1"),
    ),
    "late_arrival": RowFault(
        3,
        "a play arrives two days late, within the lookback",
        "viewing",
        0.01,
        edits.late(days=2),
    ),
    "very_late": RowFault(
        4,
        "a play arrives thirty days late",
        "viewing",
        0.001,
        edits.late(days=30),
    ),
    "future_timestamp": RowFault(
        6,
        "a play starts 900 days in the future",
        "viewing",
        0.001,
        edits.moved("started_at", days=900),
    ),
    "epoch_timestamp": RowFault(
        7,
        "a play starts at 1970-01-01, as real exports show",
        "viewing",
        0.003,
        edits.changed(started_at="1970-01-01T00:00:00Z"),
    ),
    "negative_watch_time": RowFault(
        8,
        "a play of -60 seconds",
        "viewing",
        0.001,
        edits.changed(watched_seconds="-60"),
    ),
    "watched_over_runtime": RowFault(
        9,
        "a play that lasts 3 % longer than its film or episode",
        "viewing",
        0.001,
        edits.over_runtime,
    ),
    "watched_far_over_runtime": RowFault(
        10,
        "a play a thousand times as long",
        "viewing",
        0.001,
        edits.scaled("watched_seconds", 1_000.0),
    ),
    "null_key": RowFault(
        11, "a play without a key", "viewing", 0.001, edits.changed(play_id="")
    ),
    "unknown_user": RowFault(
        12,
        "a play of a user that there is not",
        "viewing",
        0.001,
        edits.changed(user_id="u0"),
    ),
    "unknown_content": RowFault(
        13,
        "a play of a title that there is not",
        "viewing",
        0.001,
        edits.changed(content_id="c0"),
    ),
    "naive_timestamp": RowFault(
        14, "a start without a time zone", "viewing", 0.001, edits.without_zone
    ),
    "offset_timestamp": RowFault(
        14,
        "a start in local time with its offset",
        "viewing",
        0.001,
        edits.with_offset,
    ),
    "clock_change": RowFault(
        15,
        "a play within half an hour of a change of the clocks",
        "viewing",
        0.001,
        edits.at_clock_change,
    ),
    "day_boundary": RowFault(
        16,
        "a play starts in the first or last second of a day",
        "viewing",
        0.001,
        edits.at_day_boundary,
    ),
    "unicode_title": RowFault(
        17,
        "a title with an emoji, Hebrew and a combining accent",
        "content",
        0.01,
        edits.appended("title", _EMOJI_RTL_COMBINING),
    ),
    "newline_title": RowFault(
        18,
        "a title with a line break",
        "content",
        0.01,
        edits.appended("title", "\nII"),
    ),
    "formula_title": RowFault(
        19,
        "a title that a spreadsheet would execute",
        "content",
        0.01,
        edits.changed(title='=HYPERLINK("http://example.com","x")'),
    ),
    "repeated_header": RowFault(
        29,
        "the header again between the rows",
        "viewing",
        0.0002,
        edits.repeated_header,
    ),
    "type_drift": RowFault(
        30,
        "a word where seconds should be",
        "viewing",
        0.001,
        edits.changed(watched_seconds="many"),
    ),
    "nan": RowFault(
        31,
        "an amount that is not a number",
        "payments",
        0.001,
        edits.changed(amount_usd="NaN"),
    ),
    "overflow": RowFault(
        32,
        "an amount beyond every number",
        "payments",
        0.001,
        edits.changed(amount_usd="1e309"),
    ),
    "leading_zero_id": RowFault(
        33,
        "a key of digits that begins with zeros",
        "viewing",
        0.001,
        edits.with_leading_zeros,
    ),
    "date_format": RowFault(
        34,
        "a date written 01/02/2024",
        "payments",
        0.001,
        edits.changed(billed_date="01/02/2024"),
    ),
    "impossible_date": RowFault(
        35,
        "the thirtieth of February",
        "payments",
        0.001,
        edits.changed(billed_date="2024-02-30"),
    ),
    "country_case": RowFault(
        36,
        "a country in small letters between blanks",
        "users",
        0.02,
        edits.in_small_letters,
    ),
    "country_na": RowFault(
        37,
        "a user in Namibia, whose code NA reads like no value",
        "users",
        0.02,
        edits.changed(country_code="NA"),
    ),
    "unknown_country": RowFault(
        38,
        "a country that there is not",
        "users",
        0.005,
        edits.changed(country_code="XX"),
    ),
    "user_moves": RowFault(
        39,
        "a user arrives again a day later, in another country",
        "users",
        0.02,
        edits.again_later(country_code="NA"),
    ),
    "two_plan_changes": RowFault(
        40,
        "a second change of plan on the same day",
        "plan_changes",
        0.1,
        edits.plan_changed_twice,
    ),
    "overlapping_subscriptions": RowFault(
        41,
        "a subscription runs twice at the same time",
        "subscriptions",
        0.005,
        edits.overlapping,
    ),
    "cancel_before_start": RowFault(
        42,
        "a subscription ends before it started",
        "subscriptions",
        0.005,
        edits.changed(ended_date="2001-01-01", end_reason="voluntary"),
    ),
    "gap_within_grace": RowFault(
        43,
        "a subscription pauses for four days, less than the grace",
        "subscriptions",
        0.02,
        edits.with_gap,
    ),
    "trial_never_converts": RowFault(
        44,
        "a subscription ends with its trial, and was never paid",
        "subscriptions",
        0.02,
        edits.never_converted,
        ("payments", "plan_changes"),
    ),
    "rating_out_of_range": RowFault(
        45, "seven stars", "ratings", 0.01, edits.changed(rating="7.0")
    ),
    "half_star": RowFault(
        45, "three stars and a half", "ratings", 0.01, edits.changed(rating="3.5")
    ),
    "duplicate_rating": RowFault(
        46, "a user rates a title again", "ratings", 0.01, edits.rated_again
    ),
    "rating_without_view": RowFault(
        47,
        "a rating of a title that was perhaps never watched",
        "ratings",
        0.01,
        edits.changed(content_id="c1"),
    ),
    "deleted_content": RowFault(
        48, "a title is gone that has been watched", "content", 0.02, edits.dropped
    ),
    "view_before_release": RowFault(
        49,
        "a play on the evening before the release",
        "viewing",
        0.001,
        edits.before_release,
    ),
    "view_after_licence": RowFault(
        49,
        "a play on the first evening without a licence",
        "viewing",
        0.01,
        edits.after_licence,
    ),
    "volume_drop": RowFault(
        51, "three fifths of the plays are missing", "viewing", 0.6, edits.dropped
    ),
    "volume_spike": RowFault(
        52, "every play arrives under four keys", "viewing", 1.0, edits.four_times
    ),
    "device_mix_drift": RowFault(
        53,
        "half of the plays are on tablets",
        "viewing",
        0.5,
        edits.changed(device_code="tablet"),
    ),
    "unit_change": RowFault(
        54,
        "minutes instead of seconds",
        "viewing",
        1.0,
        edits.scaled("watched_seconds", 1 / 60),
    ),
    "bot": RowFault(
        55,
        "thirty hours of viewing within half an hour",
        "viewing",
        0.0001,
        edits.bot,
    ),
    "clock_skew": RowFault(
        56,
        "plays on tablets start seven hours early",
        "viewing",
        1.0,
        edits.skewed("tablet", hours=-7),
    ),
    "negative_refund": RowFault(
        57, "a negative amount", "payments", 0.002, edits.negated("amount_usd")
    ),
    "personal_text": RowFault(
        58,
        "an e-mail address in a title",
        "content",
        0.01,
        edits.changed(title="Mail me: ada.love@example.com"),
    ),
    "marts_disagree": RowFault(
        60,
        "plays without a user or without a title, by turns",
        "viewing",
        0.002,
        edits.of_nobody,
    ),
}
