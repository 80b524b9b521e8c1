"""Which faults are delivered together, and how often.

Fewer rows of a table are set aside than stop a load, and each fault befalls some.
"""

from .platform import Faults

#: Everything that is published, with or without a warning.
PUBLISHED: Faults = {
    # viewing
    "exact_duplicate": 0.0003,
    "conflicting_duplicate": 0.002,
    "late_arrival": 0.003,
    "very_late": 0.004,
    "out_of_order": None,
    "future_timestamp": 0.0002,
    "epoch_timestamp": 0.0002,
    "negative_watch_time": 0.0002,
    "watched_over_runtime": 0.002,
    "watched_far_over_runtime": 0.0002,
    "null_key": 0.0002,
    "unknown_user": 0.0002,
    "unknown_content": 0.0002,
    "naive_timestamp": 0.0002,
    "offset_timestamp": 0.001,
    "clock_change": 0.01,
    "day_boundary": 0.002,
    "repeated_header": 0.0002,
    "type_drift": 0.0002,
    "leading_zero_id": 0.001,
    "view_before_release": 0.002,
    "view_after_licence": 0.01,
    "bot": 0.0004,
    "marts_disagree": 0.0003,
    "clock_skew": 0.9,
    # content
    "unicode_title": 0.02,
    "newline_title": 0.02,
    "formula_title": 0.02,
    "deleted_content": 0.02,
    # payments
    "nan": 0.004,
    "overflow": 0.004,
    "date_format": 0.004,
    "impossible_date": 0.004,
    "negative_refund": 0.004,
    # users
    "country_case": 0.02,
    "country_na": 0.02,
    "unknown_country": 0.01,
    "user_moves": 0.03,
    # the rest
    "two_plan_changes": 0.1,
    "overlapping_subscriptions": 0.01,
    "cancel_before_start": 0.01,
    "gap_within_grace": 0.03,
    "trial_never_converts": 0.03,
    "rating_out_of_range": 0.015,
    "half_star": 0.015,
    "duplicate_rating": 0.03,
    "rating_without_view": 0.02,
}

#: What stops a build. The spike is delivered in some days of its own, because it would
#: make up for the drop.
STOPPED: Faults = {
    "volume_drop": 0.7,
    "device_mix_drift": 0.15,
    "unit_change": 0.15,
    "stale_source": None,
    "personal_text": 0.01,
}
SPIKE: Faults = {"volume_spike": 1.0}

#: What happens to a file on its way; these only a manifest can tell.
BY_MANIFEST = ("truncated_at_line_end", "column_order", "missing_column")
