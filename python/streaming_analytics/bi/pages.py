"""The four pages that Tableau, Power BI and Superset all show."""

from dataclasses import dataclass
from enum import Enum


class Mark(Enum):
    """How a visual draws."""

    BAR = "bar"
    COLUMN = "column"
    LINE = "line"
    TABLE = "table"


@dataclass(frozen=True)
class Field:
    """A column to split by. `by_month` takes a date to its month."""

    table: str
    column: str
    by_month: bool = False


@dataclass(frozen=True)
class Total:
    """The sum of a column that adds up."""

    table: str
    column: str


@dataclass(frozen=True)
class Measured:
    """The measure that takes the place of a column: a ratio, say."""

    table: str
    column: str


@dataclass(frozen=True)
class MetricValue:
    """One of dbt's metrics, which reads `table` only."""

    table: str
    metric: str


Value = Total | Measured | MetricValue


@dataclass(frozen=True)
class Interval:
    """A value between the ends of its interval; none of the three adds up."""

    value: Measured
    lower: Measured
    upper: Measured


@dataclass(frozen=True)
class Visual:
    """One chart or table.

    Attributes:
        name: Short and stable: part of ids and file names.
        title: What it shows, with the unit.
        mark: How it draws.
        rows: What it splits by; a table has one column for each.
        value: What it measures; None in a table of texts.
        series: Splits into colours.
        sort_by: A column that orders `rows`; None sorts by the value, largest first.
        top: Keeps so many of the largest, by `top_by`.
        top_by: What is largest, by default the value.
        only: A boolean column that has to be true.
        interval: A number that a table of texts tells beside them.
    """

    name: str
    title: str
    mark: Mark
    rows: tuple[Field, ...]
    value: Value | None
    series: Field | None = None
    sort_by: str | None = None
    top: int | None = None
    top_by: Value | None = None
    only: str | None = None
    interval: Interval | None = None

    @property
    def beside(self) -> tuple[Measured, ...]:
        """The numbers of the interval: the value, then its ends."""
        if self.interval is None:
            return ()
        return (self.interval.value, self.interval.lower, self.interval.upper)

    @property
    def table(self) -> str:
        """The mart whose rows are measured."""
        return self.value.table if self.value is not None else self.rows[-1].table


@dataclass(frozen=True)
class Page:
    """A dashboard; its visuals fill it two by two, an odd last one the whole width."""

    name: str
    title: str
    subtitle: str
    visuals: tuple[Visual, ...]


_HOURS = "agg_watch_time_distribution"
_RISK = "agg_churn_risk_by_region"
_CHURN = "agg_churn_by_region_month"
_TITLES = "agg_content_performance"
_SIGNUPS = "agg_signups_by_day"
REGION = Field("dim_regions", "region_name")
_CHANNEL = Field("dim_channels", "channel_name")

PAGES = (
    Page(
        "watch_time",
        "Watch-time distribution",
        "How the hours of a month spread over the accounts. Complete months only.",
        (
            Visual(
                "accounts_by_hours",
                "Share of accounts by hours watched in the month",
                Mark.COLUMN,
                (Field(_HOURS, "bin_label"),),
                Measured(_HOURS, "users_share"),
                sort_by="bin_number",
                only="is_complete_month",
            ),
            Visual(
                "watch_time_by_hours",
                "Share of all watch time by the same groups",
                Mark.COLUMN,
                (Field(_HOURS, "bin_label"),),
                Measured(_HOURS, "watched_share"),
                sort_by="bin_number",
                only="is_complete_month",
            ),
            Visual(
                "median_hours",
                "Median hours per account and month",
                Mark.LINE,
                (Field(_HOURS, "month_start_date", by_month=True),),
                Measured(_HOURS, "p50_hours"),
                sort_by="month_start_date",
                only="is_complete_month",
            ),
        ),
    ),
    Page(
        "churn_risk",
        "Churn risk by region",
        "Revenue at risk at the observed rate; as predicted, it is on the dashboard.",
        (
            Visual(
                "risk_by_region",
                "Monthly churn risk, standardised for tenure and plan",
                Mark.BAR,
                (REGION,),
                Measured(_RISK, "standardised_churn_rate"),
            ),
            Visual(
                "mrr_at_risk",
                "Monthly revenue at risk, at the observed rate (USD)",
                Mark.BAR,
                (REGION,),
                Total(_RISK, "mrr_at_risk_usd"),
            ),
            Visual(
                "churn_by_month",
                "Gross churn by month and region",
                Mark.LINE,
                (Field(_CHURN, "month_start_date", by_month=True),),
                MetricValue(_CHURN, "gross_churn_rate"),
                series=REGION,
                sort_by="month_start_date",
                only="is_complete_month",
            ),
            Visual(
                "strategies",
                "Risk with its 95 % interval, leading driver and strategy",
                Mark.TABLE,
                (
                    REGION,
                    Field(_RISK, "leading_driver"),
                    Field(_RISK, "suggested_strategy"),
                ),
                None,
                interval=Interval(
                    Measured(_RISK, "standardised_churn_rate"),
                    Measured(_RISK, "standardised_churn_rate_lower"),
                    Measured(_RISK, "standardised_churn_rate_upper"),
                ),
            ),
        ),
    ),
    Page(
        "top_shows",
        "Top 10 shows",
        "The ten titles with the most hours, and whether they are finished and liked.",
        (
            Visual(
                "hours_by_title",
                "Hours watched",
                Mark.BAR,
                (Field(_TITLES, "title_label"),),
                Total(_TITLES, "watched_hours"),
                top=10,
            ),
            Visual(
                "completion_by_title",
                "Completion rate of the same titles",
                Mark.BAR,
                (Field(_TITLES, "title_label"),),
                Measured(_TITLES, "completion_rate"),
                top=10,
                top_by=Total(_TITLES, "watched_hours"),
            ),
            Visual(
                "rating_by_title",
                "Mean rating of the same titles (1 to 5)",
                Mark.BAR,
                (Field(_TITLES, "title_label"),),
                Measured(_TITLES, "mean_rating"),
                top=10,
                top_by=Total(_TITLES, "watched_hours"),
            ),
        ),
    ),
    Page(
        "signups",
        "Sign-up trends",
        "New accounts by month, region and channel.",
        (
            Visual(
                "signups_by_month",
                "Sign-ups by month and region",
                Mark.LINE,
                (Field(_SIGNUPS, "signup_date", by_month=True),),
                Total(_SIGNUPS, "signups"),
                series=REGION,
                sort_by="signup_date",
            ),
            Visual(
                "signups_by_channel",
                "Sign-ups by channel",
                Mark.BAR,
                (_CHANNEL,),
                Total(_SIGNUPS, "signups"),
            ),
            Visual(
                "signups_by_region",
                "Sign-ups by region",
                Mark.BAR,
                (REGION,),
                Total(_SIGNUPS, "signups"),
            ),
        ),
    ),
)


def tables_of(visual: Visual) -> set[str]:
    """Return the marts that a visual reads."""
    fields = [*visual.rows, *([visual.series] if visual.series else [])]
    return {visual.table} | {field.table for field in fields}


def knows_regions(page: Page) -> bool:
    """Return whether a page can be held to one region."""
    return any(REGION.table in tables_of(visual) for visual in page.visuals)


def tables_on_pages() -> set[str]:
    """Return the marts that any page reads."""
    return {
        table
        for page in PAGES
        for visual in page.visuals
        for table in tables_of(visual)
    }
