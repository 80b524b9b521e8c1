"""The numbers that both BI tools are asked for, and how a reader would choose them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from metric_queries import EXPECTED

from streaming_analytics.mart_contract import MartContract
from streaming_analytics.report.marts import ALL, Marts

Cell = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """One number, as it is asked for in both BI tools.

    Attributes:
        name: What it is, in the words of this module.
        label: Power BI's measure; None for the plain sum of `column`.
        field: Tableau's calculated field; None for the plain sum of `column`.
        filters: Table and column with their only value, as a reader of Power BI
            would choose them.
        where: The same choice among the rows of Tableau's table.
        column: Table and column of a plain sum.
    """

    name: str
    label: str | None
    field: str | None
    filters: tuple[tuple[Cell, Any], ...]
    where: str
    column: Cell | None = None


# Key of the dashboard: metric, and Power BI's name of it.
_METRICS = {
    "members": ("members", "Members"),
    "signups": ("signups", "Sign-ups"),
    "mrr": ("mrr", "MRR"),
    "arm": ("arm", "ARM"),
    "churn": ("gross_churn_rate", "Gross churn"),
    "hours": ("watched_hours", "Hours viewed"),
}
# The same as of the last day of the month.
_ACTIVE = {
    "active": ("monthly_active_users", "Monthly active users"),
    "stickiness": ("stickiness", "Stickiness"),
}
_RISK = {
    "risk": ("standardised_churn_rate", "Standardised churn rate"),
    "risk as observed": ("churn_rate", "Churn rate"),
}
_GENRE = {
    "rating": ("shrunk_rating", "Shrunk rating (Genre performance)"),
    "watched share": ("watched_share", "Watched share (Genre performance)"),
}
_BINS = {
    "accounts share": ("users_share", "Users share"),
    "hours share": ("watched_share", "Watched share (Watch time distribution)"),
}


def asked_numbers(marts: Marts, contract: MartContract) -> list[Asked]:
    """Return what both BI tools are asked, for the platform that `marts` holds."""
    assert marts.month is not None
    return [
        *_key_figures(marts, contract, marts.month),
        *_by_region(marts),
        *_by_title(marts),
        *_by_genre(marts),
        *_by_bin(marts, marts.month),
        *_by_season(marts),
        *_survival(marts),
    ]


def _key_figures(marts: Marts, contract: MartContract, month: date) -> list[Asked]:
    last_day = marts["active_users"]["month_start_date"].max()
    assert last_day == month
    found = []
    for code in (ALL, *marts.regions):
        regions = _region(marts, code)
        for key, (metric, label) in _METRICS.items():
            _, table, when = EXPECTED[metric]
            name = table.split()[0].split(".")[1]
            where = f"date_trunc('month', {when})::date = date '{month}'"
            if code != ALL:
                has_region = "region_code" in contract[name].columns
                where += " and " + (
                    f"region_code = '{code}'"
                    if has_region
                    else "user_id in (select user_id from dev_mart_core.dim_users "
                    f"where region_code = '{code}')"
                )
            filters = ((("dim_dates", "month_start_date"), month), *regions)
            found.append(
                Asked(f"{key} {code}", label, f"metric_{metric}", filters, where)
            )
        day = (
            "(date_trunc('month', date_day) + interval '1 month - 1 day')::date"
            f" = date_day and date_trunc('month', date_day)::date = date '{month}'"
        )
        if code != ALL:
            day += f" and region_code = '{code}'"
        table = "agg_active_users_by_day"
        end = (("dim_dates", "date_day"), _month_end(month))
        for key, (column, label) in _ACTIVE.items():
            found.append(
                Asked(
                    f"{key} {code}",
                    label,
                    f"measure_{table}_{column}",
                    (end, *regions),
                    day,
                )
            )
    return found


def _month_end(month: date) -> date:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _region(marts: Marts, code: str) -> tuple[tuple[Cell, Any], ...]:
    if code == ALL:
        return ()
    return ((("dim_regions", "region_name"), marts.regions[code]),)


def _by_region(marts: Marts) -> list[Asked]:
    table = "agg_churn_risk_by_region"
    found = []
    for code in marts.regions:
        regions, where = _region(marts, code), f"region_code = '{code}'"
        found += [
            Asked(f"{key} {code}", label, f"measure_{table}_{column}", regions, where)
            for key, (column, label) in _RISK.items()
        ]
        column = (table, "mrr_at_risk_usd")
        name = f"revenue at risk {code}"
        found.append(Asked(name, None, None, regions, where, column))
    return found


def _by_title(marts: Marts) -> list[Asked]:
    table = "agg_content_performance"
    found = []
    for title in marts.of_region("titles", ALL)["title"]:
        filters = (((table, "title_label"), title),)
        where = f"title_label = {_quoted(title)}"
        found += [
            Asked(
                f"hours of {title}",
                None,
                None,
                filters,
                where,
                (table, "watched_hours"),
            ),
            Asked(
                f"completion of {title}",
                "Completion rate (Content performance)",
                f"measure_{table}_completion_rate",
                filters,
                where,
            ),
        ]
    return found


def _by_genre(marts: Marts) -> list[Asked]:
    table = "agg_genre_performance"
    return [
        Asked(
            f"{key} of {genre}",
            label,
            f"measure_{table}_{column}",
            (((table, "genre_name"), genre),),
            f"genre_name = {_quoted(genre)}",
        )
        for genre in marts["genres"]["genre_name"]
        for key, (column, label) in _GENRE.items()
    ]


def _by_bin(marts: Marts, month: date) -> list[Asked]:
    table = "agg_watch_time_distribution"
    return [
        Asked(
            f"{key} of {bin_label}",
            label,
            f"measure_{table}_{column}",
            (
                ((table, "bin_label"), bin_label),
                ((table, "month_start_date"), month),
            ),
            f"bin_label = {_quoted(bin_label)} and month_start_date = date '{month}'",
        )
        for bin_label in marts["watch_time"]["bin_label"]
        for key, (column, label) in _BINS.items()
    ]


def _by_season(marts: Marts) -> list[Asked]:
    table = "agg_signup_seasonality"
    return [
        Asked(
            f"season of {name}",
            "Seasonality index",
            f"measure_{table}_seasonality_index",
            (((table, "season_name"), name),),
            f"season_name = {_quoted(name)}",
        )
        for name in marts["seasons"]["season_name"]
    ]


def _survival(marts: Marts) -> list[Asked]:
    table = "agg_survival_by_segment"
    plans = marts["survival_by_plan"]
    segments = {("plan", code): code for code in plans["plan_code"].unique()}
    segments |= {("region", code): code for code in marts.regions}
    return [
        Asked(
            f"a year on {code}",
            "Survival rate",
            f"measure_{table}_survival_rate",
            (
                ((table, "segment_type"), kind),
                ((table, "segment_code"), code),
                ((table, "tenure_month"), 12),
            ),
            f"segment_type = '{kind}' and segment_code = {_quoted(code)}"
            " and tenure_month = 12",
        )
        for kind, code in segments
    ]


def _quoted(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
