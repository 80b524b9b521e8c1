import pytest

from streaming_analytics.bi.naming import (
    Format,
    Total,
    caption,
    format_of,
    plain,
    total_of,
)
from streaming_analytics.mart_contract import Column, Mart


def column(name: str, data_type: str, **meta: str) -> Column:
    return Column(name, data_type, "", False, meta)


def mart(*columns: Column) -> Mart:
    return Mart(
        "agg_x", "mart_x", "", {c.name: c for c in columns}, ("id",), (), "#000"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("watched_hours", "Watched hours"),
        ("mrr_at_risk_usd", "MRR at risk (USD)"),
        ("user_id", "User ID"),
        ("active_days_28d", "Active days 28d"),
    ],
)
def test_captions(name: str, expected: str) -> None:
    assert caption(name) == expected


def test_descriptions_lose_their_markdown() -> None:
    text = "**Grain** One row\nper `user`.\n\n**Mind** It is 3 * 4."
    assert plain(text) == "Grain: One row per user. Mind: It is 3 * 4."


@pytest.mark.parametrize(
    ("name", "data_type", "shown", "total"),
    [
        ("cancels", "integer", Format.WHOLE, Total.SUM),
        ("id", "integer", Format.WHOLE, Total.NONE),
        ("bin_number", "integer", Format.PLAIN, Total.NONE),
        ("local_hour", "integer", Format.PLAIN, Total.NONE),
        ("churn_rate", "numeric(12, 6)", Format.PERCENT, Total.AVERAGE),
        ("churn_rate_lower", "numeric(12, 6)", Format.PERCENT, Total.AVERAGE),
        ("closing_mrr_usd", "numeric(14, 2)", Format.MONEY, Total.SUM),
        ("mean_rating", "numeric(12, 6)", Format.DECIMAL, Total.AVERAGE),
        ("quick_ratio", "numeric(16, 4)", Format.DECIMAL, Total.AVERAGE),
        ("ltv_to_cac_ratio", "numeric(12, 6)", Format.DECIMAL, Total.AVERAGE),
        ("p50_hours", "numeric(16, 4)", Format.DECIMAL, Total.AVERAGE),
        ("average_members", "numeric(12, 1)", Format.DECIMAL, Total.SUM),
        ("is_member", "boolean", Format.YES_NO, Total.NONE),
        ("title", "string", Format.TEXT, Total.NONE),
        ("viewed_date", "date", Format.DATE, Total.NONE),
    ],
)
def test_formats_and_totals(
    name: str, data_type: str, shown: Format, total: Total
) -> None:
    one = column(name, data_type)
    assert format_of(one) is shown
    assert total_of(mart(one), one) is total


def test_what_the_yaml_says_wins() -> None:
    one = column("oddity", "integer", format="percent", total="average")
    assert format_of(one) is Format.PERCENT
    assert total_of(mart(one), one) is Total.AVERAGE
