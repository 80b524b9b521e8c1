"""What BI tools are told about columns beyond their type: places, levels, order."""

from dataclasses import dataclass

Place = tuple[str, str]


@dataclass(frozen=True)
class Hierarchy:
    """Columns of one table from the coarsest to the finest, to drill down along."""

    name: str
    table: str
    columns: tuple[str, ...]


HIERARCHIES = (
    Hierarchy(
        "Year, quarter, month",
        "dim_dates",
        ("year_number", "quarter_number", "month_name"),
    ),
    Hierarchy("Region, country", "dim_countries", ("region_name", "country_name")),
    Hierarchy("Season, episode", "dim_episodes", ("season_number", "episode_number")),
)

# Columns that name a country, and whether by its two letters (ISO 3166-1).
COUNTRIES: dict[Place, bool] = {
    ("dim_countries", "country_code"): True,
    ("dim_countries", "country_name"): False,
}

# Names that are read in the order of a number beside them.
SORTED_BY: dict[Place, str] = {
    ("dim_dates", "month_name"): "month_number",
    ("dim_dates", "weekday_name"): "weekday_number",
}

# What is compared with, and how many months back it lies.
SPANS = {"month": 1, "year": 12}

# Metrics that readers compare with the month and the year before.
COMPARED = (
    "members",
    "signups",
    "mrr",
    "arm",
    "gross_churn_rate",
    "cancels",
    "revenue",
    "watched_hours",
    "active_users",
)
