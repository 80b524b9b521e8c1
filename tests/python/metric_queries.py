"""What every metric is, in SQL written from its definition."""

MAIN_PLAYS = "dev_mart_core.fct_viewing where play_type = 'main' and not is_bot"
CHURN = "dev_mart_churn.agg_churn_by_region_month"
MRR = "dev_mart_churn.agg_mrr_movements_by_month"
GROWTH = "dev_mart_acquisition.agg_platform_growth_by_month"
SESSIONS = "dev_mart_engagement.fct_sessions"
STARTERS = "dev_mart_core.fct_content_viewers where is_starter"
RATINGS = "dev_mart_core.fct_ratings"

# Metric: (what, from where, by which date).
EXPECTED = {
    "watched_hours": ("sum(watched_seconds) / 3600.0", MAIN_PLAYS, "viewed_date"),
    "watched_seconds": ("sum(watched_seconds)", MAIN_PLAYS, "viewed_date"),
    "plays": ("count(*)", MAIN_PLAYS, "viewed_date"),
    "valid_views": (
        "count(*)",
        "dev_mart_core.fct_viewing where is_valid_view and not is_bot",
        "viewed_date",
    ),
    "active_users": (
        "count(distinct user_id)",
        "dev_mart_core.fct_viewing where is_valid_view and not is_bot",
        "viewed_date",
    ),
    "watched_hours_per_active_user": (
        "sum(watched_seconds) / 3600.0"
        " / count(distinct user_id) filter (where is_valid_view)",
        MAIN_PLAYS,
        "viewed_date",
    ),
    "autoplay_seconds": (
        "sum(watched_seconds) filter (where is_autoplayed)",
        MAIN_PLAYS,
        "viewed_date",
    ),
    "autoplay_share": (
        "1.0 * sum(watched_seconds) filter (where is_autoplayed)"
        " / sum(watched_seconds)",
        MAIN_PLAYS,
        "viewed_date",
    ),
    "sessions": ("count(*)", SESSIONS, "session_date"),
    "watched_seconds_in_sessions": ("sum(watched_seconds)", SESSIONS, "session_date"),
    "minutes_per_session": ("avg(watched_seconds) / 60", SESSIONS, "session_date"),
    "binges": ("count(*) filter (where is_binge)", SESSIONS, "session_date"),
    "binge_share": ("avg(is_binge::integer)", SESSIONS, "session_date"),
    "titles": ("count(*)", "dev_mart_core.dim_content", "release_date"),
    "starters": ("count(*)", STARTERS, "first_started_at"),
    "measured_starters": (
        "count(is_completer)",
        STARTERS,
        "first_started_at",
    ),
    "completers": (
        "count(*) filter (where is_completer)",
        STARTERS,
        "first_started_at",
    ),
    "completion_rate": ("avg(is_completer::integer)", STARTERS, "first_started_at"),
    "ratings": ("count(*)", RATINGS, "rated_date"),
    "rating_sum": ("sum(rating)", RATINGS, "rated_date"),
    "average_rating": ("avg(rating)", RATINGS, "rated_date"),
    "member_months": ("sum(opening_members)", CHURN, "month_start_date"),
    "gross_adds": ("sum(gross_adds)", CHURN, "month_start_date"),
    "cancels": ("sum(cancels)", CHURN, "month_start_date"),
    "net_adds": ("sum(net_adds)", GROWTH, "month_start_date"),
    "voluntary_cancels": ("sum(voluntary_cancels)", CHURN, "month_start_date"),
    "involuntary_cancels": ("sum(involuntary_cancels)", CHURN, "month_start_date"),
    "involuntary_share": (
        "1.0 * sum(involuntary_cancels) / nullif(sum(cancels), 0)",
        CHURN,
        "month_start_date",
    ),
    "resubscribes": ("sum(resubscribes)", CHURN, "month_start_date"),
    "gross_churn_rate": (
        "1.0 * sum(cancels) / nullif(sum(opening_members), 0)",
        CHURN,
        "month_start_date",
    ),
    "net_churn_rate": (
        "1.0 * sum(cancels - resubscribes) / nullif(sum(opening_members), 0)",
        CHURN,
        "month_start_date",
    ),
    "members": ("sum(closing_members)", CHURN, "month_start_date"),
    "mrr": ("sum(closing_mrr_usd)", MRR, "month_start_date"),
    "new_mrr": ("sum(new_mrr_usd)", MRR, "month_start_date"),
    "churned_mrr": ("-sum(churn_mrr_usd)", MRR, "month_start_date"),
    "expansion_mrr": ("sum(expansion_mrr_usd)", MRR, "month_start_date"),
    "reactivation_mrr": ("sum(reactivation_mrr_usd)", MRR, "month_start_date"),
    "contraction_mrr": ("-sum(contraction_mrr_usd)", MRR, "month_start_date"),
    "mrr_months": ("sum(opening_mrr_usd)", MRR, "month_start_date"),
    "kept_mrr": (
        "sum(opening_mrr_usd + churn_mrr_usd + contraction_mrr_usd)",
        MRR,
        "month_start_date",
    ),
    "kept_and_expanded_mrr": (
        "sum(opening_mrr_usd + churn_mrr_usd + contraction_mrr_usd"
        " + expansion_mrr_usd)",
        MRR,
        "month_start_date",
    ),
    "gross_revenue_retention_rate": (
        "1 + sum(churn_mrr_usd + contraction_mrr_usd)"
        " / nullif(sum(opening_mrr_usd), 0)",
        MRR,
        "month_start_date",
    ),
    "net_revenue_retention_rate": (
        "1 + sum(churn_mrr_usd + contraction_mrr_usd + expansion_mrr_usd)"
        " / nullif(sum(opening_mrr_usd), 0)",
        MRR,
        "month_start_date",
    ),
    "gained_mrr": (
        "sum(new_mrr_usd + reactivation_mrr_usd + expansion_mrr_usd)",
        MRR,
        "month_start_date",
    ),
    "lost_mrr": (
        "-sum(churn_mrr_usd + contraction_mrr_usd)",
        MRR,
        "month_start_date",
    ),
    "quick_ratio": (
        "sum(new_mrr_usd + reactivation_mrr_usd + expansion_mrr_usd)"
        " / nullif(-sum(churn_mrr_usd + contraction_mrr_usd), 0)",
        MRR,
        "month_start_date",
    ),
    "resubscribe_share": (
        "1.0 * sum(resubscribes) / nullif(sum(gross_adds), 0)",
        CHURN,
        "month_start_date",
    ),
    "signups": ("count(*)", "dev_mart_core.dim_users", "signup_date"),
    "revenue": ("sum(revenue_usd)", GROWTH, "month_start_date"),
    "average_member_months": ("sum(average_members)", GROWTH, "month_start_date"),
    "arm": (
        "sum(revenue_usd) / nullif(sum(average_members), 0)",
        GROWTH,
        "month_start_date",
    ),
}
