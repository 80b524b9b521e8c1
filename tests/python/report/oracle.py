"""What the pages must say, asked of the marts by queries of the tests' own.

`figures` and `tables` are what the dashboard shows, `pools` all the numbers that its
findings, notes and answers may contain. Where two marts hold the same number, the one
is asked that the report does not read.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import hypot
from typing import Any

from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

ALL = "ALL"
MINUS = "\N{MINUS SIGN}"
_NUMBER = re.compile(rf"(?<![\w.])[{MINUS}+]?\$?\d[\d,]*(?:\.\d+)?%?")
_MONTH = re.compile(
    r"(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|"
    r"October|November|December) \d{4}"
)


@dataclass(frozen=True)
class Shown:
    """A number in a text: its value, and by how much rounding may have moved it."""

    text: str
    value: float
    slack: float

    def is_one_of(self, values: Iterable[float]) -> bool:
        """Return whether one of the values is shown like this."""
        return any(abs(self.value - value) <= self.slack for value in values)


def shown(text: str) -> Shown:
    """Read a number as the pages write it: thousands, signs, dollars and percent."""
    digits = re.sub(r"[^\d.]", "", text)
    places = len(digits.partition(".")[2])
    value = float(digits) * (-1 if MINUS in text else 1)
    return Shown(text, value, 0.5 * 10**-places + 1e-9)


def numbers_in(text: str, *, but: Iterable[str] = ()) -> list[Shown]:
    """Return the numbers of a text, those in dates and in the words of `but` aside."""
    for words in sorted(but, key=len, reverse=True):
        text = re.sub(re.escape(words), "", text, flags=re.IGNORECASE)
    return [shown(found) for found in _NUMBER.findall(_MONTH.sub("", text))]


class Oracle:
    """The marts of one server, asked for what a page must say about a region."""

    def __init__(self, connection: Connection) -> None:
        """Ask the marts of `connection`."""
        self._connection = connection
        self._kept: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def ask(self, text: str, region: str = ALL) -> list[dict[str, Any]]:
        """Return the rows of a query in which `{of_region}` limits to the region."""
        if (text, region) not in self._kept:
            within = "true" if region == ALL else f"region_code = '{region}'"
            with self._connection.connect() as session:
                cursor = session.execute(trusted(text.replace("{of_region}", within)))
                names = [column.name for column in cursor.description or ()]
                self._kept[text, region] = [
                    dict(zip(names, map(_plain, row), strict=True))
                    for row in cursor.fetchall()
                ]
        return self._kept[text, region]

    def regions(self) -> dict[str, str]:
        """Return the regions that have accounts: code to name."""
        rows = self.ask("""
            select region_code, region_name
            from mart_core.dim_regions
            where region_code in (select region_code from mart_core.dim_users)
            order by 1
        """)
        return {row["region_code"]: row["region_name"] for row in rows}

    def months(self, region: str) -> list[dict[str, Any]]:
        """Return members, adds, cancels, MRR and sign-ups by complete month."""
        members = self.ask(
            """
            select
                month_start_date,
                sum(opening_members) as opening,
                sum(gross_adds) as adds,
                sum(cancels) as cancels,
                sum(closing_members) as members
            from mart_churn.agg_churn_by_region_month
            where is_complete_month and {of_region}
            group by 1
            order by 1
            """,
            region,
        )
        revenue = self.ask(
            """
            select month_start_date, sum(mrr_usd) as mrr
            from mart_churn.fct_user_months
            where {of_region}
            group by 1
            """,
            region,
        )
        signups = self.ask(
            """
            select signup_month_start_date as month_start_date, count(*) as signups
            from mart_core.dim_users
            where {of_region}
            group by 1
            """,
            region,
        )
        viewing = self.ask(
            """
            select
                viewing.month_start_date,
                sum(viewing.watched_seconds) / 3600.0 as hours
            from mart_engagement.agg_viewing_by_user_month as viewing
            inner join mart_core.dim_users as users
                on viewing.user_id = users.user_id
            where {of_region}
            group by 1
            """,
            region,
        )
        active = self.ask(
            """
            select
                date_trunc('month', date_day)::date as month_start_date,
                sum(monthly_active_users) as active,
                sum(user_days_in_window) as user_days
            from mart_engagement.agg_active_users_by_day
            where
                {of_region}
                and date_day
                = date_trunc('month', date_day) + interval '1 month - 1 day'
            group by 1
            """,
            region,
        )
        billed = self.ask(
            """
            select month_start_date, sum(revenue_usd) as revenue,
                sum(average_members) as average
            from mart_acquisition.agg_platform_growth_by_month
            where {of_region}
            group by 1
            """,
            region,
        )
        found = []
        for row in members:
            month = row["month_start_date"]
            joined = dict(row)
            for other in (revenue, signups, viewing, active, billed):
                for one in other:
                    if one["month_start_date"] == month:
                        joined |= one
            found.append({"signups": 0, "mrr": 0.0, "hours": 0.0} | joined)
        return found

    def figures(self, region: str) -> dict[str, list[float]]:
        """Return the numbers of each key figure, the newest month's value first."""
        months = self.months(region)
        chosen = [months[-1], months[-13], months[-2]]
        values = {
            "members": [m["members"] for m in chosen],
            "signups": [m["signups"] for m in chosen],
            "mrr": [m["mrr"] for m in chosen],
            "arm": [m["revenue"] / m["average"] for m in chosen],
            "churn": [m["cancels"] / m["opening"] * 100 for m in chosen],
            "active": [m["active"] for m in chosen],
            "hours": [m["hours"] for m in chosen],
            "stickiness": [m["user_days"] / (28 * m["active"]) * 100 for m in chosen],
        }
        now = months[-1]
        low, high = proportion_confint(now["cancels"], now["opening"], method="wilson")
        per_day = [m["hours"] / _days_of(m["month_start_date"]) for m in chosen]
        pools = {}
        for key, (value, year, month) in values.items():
            change = value - year
            share = change / year * 100 if year else 0.0
            pools[key] = [value, change, share, month, 95]
        pools["churn"] += [low * 100, high * 100, now["opening"]]
        pools["active"] += [28]
        pools["hours"] += [per_day[0], (per_day[0] / per_day[1] - 1) * 100]
        pools["stickiness"] += [28]
        return pools

    def tables(self, region: str) -> dict[str, list[list[Any]]]:
        """Return the rows of each chart's table; rates as percent, None as unknown."""
        names = self.regions()
        months = self.months(region)
        later = months[1:]
        return {
            "growth": [
                [
                    _month(m["month_start_date"]),
                    m["members"],
                    m["mrr"],
                    None,
                    None,
                    None,
                ]
                for m in months[:-1]
            ]
            + [
                [
                    _month(months[-1]["month_start_date"]),
                    months[-1]["members"],
                    months[-1]["mrr"],
                    *[months[-1]["members"] if self._forecast(region) else None] * 3,
                ]
            ]
            + [
                [
                    _month(row["month_start_date"]),
                    None,
                    None,
                    row["forecast_members"],
                    row["forecast_members_lower"],
                    row["forecast_members_upper"],
                ]
                for row in self._forecast(region)
            ],
            "movements": [
                [
                    _month(m["month_start_date"]),
                    m["adds"],
                    m["cancels"],
                    m["adds"] - m["cancels"],
                ]
                for m in later
            ],
            "signups": [[_month(m["month_start_date"]), m["signups"]] for m in later],
            "seasons": [
                [
                    row["season_name"],
                    row["seasonality_index"],
                    *_poisson(row["seasonality_index"], row["signups"]),
                    row["signups"],
                    row["observations"],
                ]
                for row in self.ask(_SEASONS)
            ],
            "churn_risk": [
                [
                    row["region_name"],
                    row["members"],
                    *[
                        row[name] * 100
                        for name in (
                            "churn_rate",
                            "standardised_churn_rate",
                            "standardised_churn_rate_lower",
                            "standardised_churn_rate_upper",
                        )
                    ],
                    row["leading_driver"],
                ]
                for row in self.ask(_RISK)
            ],
            "risk_drivers": [
                [
                    row["driver"],
                    row["members"],
                    row["mrr_at_risk_usd"],
                    row["suggested_action"],
                ]
                for row in self.ask(_DRIVERS, region)
            ],
            "recommender": [
                [
                    _RECOMMENDER_NAMES[row["model_name"]],
                    row["metric_value"],
                    row["lower_value"],
                    row["upper_value"],
                    row["users"],
                ]
                for row in self.ask(_RECOMMENDERS)
                if row["metric_name"] == "ndcg_at_10"
            ],
            "retention": [
                [
                    names[row["segment_code"]]
                    if row["segment_type"] == "region"
                    else "All regions",
                    row["tenure_month"],
                    row["at_risk_spells"],
                    *[
                        row[name] * 100
                        for name in (
                            "survival_rate",
                            "survival_rate_lower",
                            "survival_rate_upper",
                        )
                    ],
                ]
                for row in self.ask(_RETENTION)
            ],
            "survival": [
                [
                    row["plan_name"],
                    row["tenure_month"],
                    row["at_risk_spells"],
                    *[
                        row[name] * 100
                        for name in (
                            "survival_rate",
                            "survival_rate_lower",
                            "survival_rate_upper",
                        )
                    ],
                ]
                for row in self.ask(_SURVIVAL)
            ],
            "watch_time": [
                [
                    row["bin_label"],
                    row["users"],
                    row["users"] / row["all_users"] * 100,
                    row["watched_seconds"] / 3600,
                    row["watched_seconds"] / row["all_seconds"] * 100,
                ]
                for row in self._bins()
            ],
            "signals": [
                [
                    row["behaviour_name"],
                    row["high_with_member_months"] / row["high_member_months"] * 100,
                    row["low_with_member_months"] / row["low_member_months"] * 100,
                    row["with_retained"] / row["with_member_months"] * 100,
                    row["without_retained"] / row["without_member_months"] * 100,
                    (
                        row["with_retained"] / row["with_member_months"]
                        - row["without_retained"] / row["without_member_months"]
                    )
                    * 100,
                    row["retention_difference_lower"] * 100,
                    row["retention_difference_upper"] * 100,
                    row["standardised_retention_difference"] * 100
                    if row["compared_member_months"] >= 0.9 * row["member_months"]
                    else None,
                ]
                for row in self.ask(_SIGNALS)
            ],
            "viewing_hours": [
                [
                    ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[
                        row["local_weekday"] - 1
                    ],
                    row["local_hour"],
                    row["hours"],
                    row["hours"] / row["all_hours"] * 100,
                ]
                for row in self.ask(_HOURS, region)
            ],
            "titles": [
                [
                    row["title"],
                    row["content_type"],
                    row["hours"],
                    row["hours"] / row["all_hours"] * 100,
                    row["starters"],
                    _of(row["completers"], row["starters"]),
                    _of(row["peer_completers"], row["peer_starters"]),
                ]
                for row in self.ask(_TITLES, region)
            ],
            "genres": [
                [
                    row["genre_name"],
                    row["verdict"] if self._is_decided(row) else "undecided",
                    row["titles"],
                    row["weighted_hours"],
                    row["catalogue_share"] * 100,
                    row["watched_share"] * 100,
                    row["shrunk_rating"],
                    row["shrunk_rating_lower"],
                    row["shrunk_rating_upper"],
                    row["completion_rate"] * 100,
                ]
                for row in self.ask(_GENRES)
            ],
        }

    def _forecast(self, region: str) -> list[dict[str, Any]]:
        code = "all" if region == ALL else region
        return [row for row in self.ask(_FORECAST) if row["segment_code"] == code]

    def _bins(self) -> list[dict[str, Any]]:
        rows = self.ask(_BINS)
        while rows and not rows[-1]["users"]:
            rows = rows[:-1]
        return rows

    def pools(self, region: str) -> dict[str, list[float]]:
        """Return the numbers that each chart's words may hold."""
        months = self.months(region)
        later, year = months[1:], months[1:][-12:]
        now = months[-1]["members"]
        then = months[-13 if len(months) > 12 else 0]["members"]
        ahead = self._forecast(region)
        signups = sorted(m["signups"] for m in later)
        middle = len(signups) // 2
        usual = (
            signups[middle]
            if len(signups) % 2
            else (signups[middle - 1] + signups[middle]) / 2
        )
        bins = self._bins()
        return {
            "growth": [now, then, abs(now - then) / then * 100 if then else 0, 95]
            + [
                value
                for row in ahead[-1:]
                for value in (
                    row["forecast_members"],
                    row["forecast_members_lower"],
                    row["forecast_members_upper"],
                    row["backtest_forecasts"] or 0,
                    (row["backtest_mape_rate"] or 0) * 100,
                )
            ],
            "movements": [
                sum(m["adds"] for m in year),
                sum(m["cancels"] for m in year),
                sum(m["adds"] - m["cancels"] for m in year),
                len(year),
                months[0]["adds"],
            ],
            "signups": [
                signups[-1],
                usual,
                months[0]["signups"],
                sum(not m["signups"] for m in months),
            ],
            "seasons": [
                95,
                *[row["observations"] for row in self.ask(_SEASONS)],
                *[
                    value
                    for row in self.ask(_SEASONS)
                    for value in (
                        row["seasonality_index"],
                        *_poisson(
                            row["seasonality_index"],
                            row["signups"],
                            comparisons=len(self.ask(_SEASONS)),
                        ),
                    )
                ],
                *range(1, 12),
            ],
            "churn_risk": self._risk_pool(),
            "risk_drivers": self._driver_pool(region),
            "recommender": self._recommender_pool(),
            "retention": self._retention_pool(),
            "survival": self._survival_pool(),
            "watch_time": [
                bins[0]["all_users"],
                bins[0]["p50_hours"],
                bins[0]["p90_hours"],
                bins[0]["users"] / bins[0]["all_users"] * 100,
                *[row["mrr"] for row in self.ask(_IDLE)],
                *[
                    (1 - row[name]) * 100
                    for row in bins
                    for name in ("cumulative_users_share", "cumulative_watched_share")
                ],
            ],
            "signals": self._signal_pool(),
            "viewing_hours": self._hours_pool(region),
            "titles": self._title_pool(region),
            "genres": self._genre_pool(),
        }

    def _risk_pool(self) -> list[float]:
        rows = self.ask(_RISK)
        pool = [95.0]
        # Of revenue, what is predicted and no other.
        for region in self.regions():
            scored = self.ask(_SCORED, region)
            riskiest = [row for row in scored if (row["risk_decile"] or 0) > 8]
            pool += [sum(row["mrr_at_risk_usd"] for row in riskiest)]
        for row in rows:
            pool += [
                row[name] * 100
                for name in (
                    "churn_rate",
                    "churn_rate_lower",
                    "churn_rate_upper",
                    "standardised_churn_rate",
                )
            ]
        name = "standardised_churn_rate"
        pool += self._excess_pool(rows)
        return pool + _gaps([(r[name], r[f"{name}_standard_error"]) for r in rows])

    def _excess_pool(self, rows: list[dict[str, Any]]) -> list[float]:
        """Return what each region loses beyond the rest, US dollars a month."""
        name = "standardised_churn_rate"
        z = norm.ppf(1 - 0.05 / 2 / len(rows))
        pool = []
        for row in rows:
            others = [one for one in rows if one is not row]
            weight = sum(one["exposure_months"] for one in others)
            rest = sum(one[name] * one["exposure_months"] for one in others) / weight
            errors = [
                one[f"{name}_standard_error"] * one["exposure_months"] / weight
                for one in others
            ]
            half = z * hypot(row[f"{name}_standard_error"], *errors)
            gap = row[name] - rest
            pool += [(gap + side * half) * row["mrr_usd"] for side in (-1, 0, 1)]
        return pool

    def _driver_pool(self, region: str) -> list[float]:
        # The top 20% are the two highest deciles.
        pool = [95.0, 20.0, *[row["members"] for row in self.ask(_DRIVERS, region)]]
        members = self.ask(_SCORED, region)
        riskiest = [row for row in members if (row["risk_decile"] or 0) > 8]
        predicted = sum(row["churn_probability"] for row in members)
        losses = sum(row["churn_probability"] for row in riskiest)
        pool += [
            len(riskiest),
            sum(row["mrr_at_risk_usd"] for row in riskiest),
            losses / predicted * 100 if predicted else 0,
            *[row["asked"] for row in self.ask(_ASKED, region)],
        ]
        for row in self.ask(_CHURN_MODEL):
            pool += [
                row[name]
                for name in ("metric_value", "lower_value", "upper_value")
                if row[name] is not None
            ]
        return pool

    def _recommender_pool(self) -> list[float]:
        # NDCG@10 itself holds a number and has a scale; the last 20 % are held out.
        pool = [95.0, 10.0, 20.0, 0.0, 1.0]
        rows = self.ask(_RECOMMENDERS)
        for row in rows:
            known = (row["metric_value"], row["lower_value"], row["upper_value"])
            pool += [value for value in known if value is not None]
            pool += [row["metric_value"] * 100, row["users"]]
        accuracy = {
            row["model_name"]: row["metric_value"]
            for row in rows
            if row["metric_name"] == "ndcg_at_10"
        }
        if accuracy:
            ours, theirs = accuracy["ease_top_100_diverse"], accuracy["popularity"]
            pool += [(ours / theirs - 1) * 100]
        pool += [row["gain"] * 100 for row in self.ask(_GAIN_PER_USER)]
        (lists,) = self.ask(_LISTS)
        pool += [lists["users"], lists["titles"]]
        return [*pool, lists["history"] / lists["places"] * 100]

    def _retention_pool(self) -> list[float]:
        pool = [95.0, 30.0]
        for months in (1, 3, 6, 12):
            rows = [r for r in self.ask(_RETENTION) if r["tenure_month"] == months]
            regions = [row for row in rows if row["segment_type"] == "region"]
            names = ("survival_rate", "survival_rate_lower", "survival_rate_upper")
            pool += [months, *[row[name] * 100 for row in rows for name in names]]
            pool += _gaps(
                [
                    (row["survival_rate"], row["survival_rate_standard_error"])
                    for row in regions
                ]
            )
        # Of a year's losses, those of the first three months.
        for row in self.ask(_EARLY_LOSSES):
            pool += [row["early_percent"], row["early"]]
        return [*pool, self.figures(ALL)["arm"][0]]

    def _survival_pool(self) -> list[float]:
        pool = [95.0]
        for months in (1, 3, 6, 12):
            rows = [r for r in self.ask(_SURVIVAL) if r["tenure_month"] == months]
            pool += [months, *[row["survival_rate"] * 100 for row in rows]]
            pool += _gaps(
                [(r["survival_rate"], r["survival_rate_standard_error"]) for r in rows]
            )
        return pool

    def _signal_pool(self) -> list[float]:
        rows = self.ask(_SIGNALS)
        pool = [95.0]
        for row in rows:
            counts = [
                (row["with_retained"], row["with_member_months"]),
                (row["without_retained"], row["without_member_months"]),
            ]
            pool += [hits / trials * 100 for hits, trials in counts]
            pool += _newcombe(counts, comparisons=len(rows))
            pool += [
                row[f"{side}_with_member_months"] / row[f"{side}_member_months"] * 100
                for side in ("high", "low")
            ]
        return pool

    def _hours_pool(self, region: str) -> list[float]:
        rows = self.ask(_HOURS, region)
        peak = max(rows, key=lambda row: row["hours"])
        weekend = sum(row["hours"] for row in rows if row["local_weekday"] > 5)
        every = sum(row["hours"] for row in rows)
        hour = peak["local_hour"] % 12
        return [hour, weekend / every * 100, 2 / 7 * 100]

    def _title_pool(self, region: str) -> list[float]:
        rows = self.ask(_TITLES, region)
        pool = [95.0, len(rows)]
        pool += [row["hours"] / row["all_hours"] * 100 for row in rows]
        pool += [sum(row["hours"] for row in rows) / rows[0]["all_hours"] * 100]
        for row in rows:
            cost = row["licence_cost_usd"] or 0
            pool += [cost, cost / row["hours"]]
            counts = [
                (row["completers"], row["starters"]),
                (row["peer_completers"], row["peer_starters"]),
            ]
            if all(trials for _, trials in counts):
                pool += [counts[0][0] / counts[0][1] * 100]
                pool += _newcombe(counts, comparisons=len(rows))
        return pool

    def _is_decided(self, row: dict[str, Any]) -> bool:
        (mean,) = self.ask("select avg(rating) as mean from mart_core.fct_ratings")
        return not (
            row["shrunk_rating_lower"] <= mean["mean"] <= row["shrunk_rating_upper"]
        )

    def _genre_pool(self) -> list[float]:
        rows = self.ask(_GENRES)
        (mean,) = self.ask("select avg(rating) as mean from mart_core.fct_ratings")
        pool = [95.0, mean["mean"], *range(len(rows) + 1)]
        for row in rows:
            pool += [
                row["watched_share"] / row["catalogue_share"],
                row["watched_share"] * 100,
                row["catalogue_share"] * 100,
                row["shrunk_rating"],
                row["shrunk_rating_lower"],
                row["shrunk_rating_upper"],
            ]
        return pool


def _plain(value: Any) -> Any:
    return float(value) if type(value).__name__ == "Decimal" else value


def _month(day: Any) -> str:
    return f"{day:%b %Y}"


def _days_of(month: Any) -> int:
    following = month.replace(
        year=month.year + month.month // 12, month=month.month % 12 + 1
    )
    return (following - month).days


def _of(part: int, whole: int) -> float | None:
    return part / whole * 100 if whole else None


def _wilson(hits: int, trials: int) -> list[float]:
    return [x * 100 for x in proportion_confint(hits, trials, method="wilson")]


def _poisson(index: float, count: int, *, comparisons: int = 1) -> list[float]:
    half = norm.isf(0.025 / comparisons) * index / count**0.5
    return [max(0.0, index - half), index + half]


def _gaps(rates: Sequence[tuple[float, float]]) -> list[float]:
    """Return all differences of rates with their intervals, in points."""
    pairs = list(combinations(rates, 2))
    pool = []
    for (one, one_error), (other, other_error) in pairs:
        half = norm.isf(0.025 / len(pairs)) * hypot(one_error, other_error)
        gap = one - other
        pool += [
            sign * x * 100 for x in (gap, gap - half, gap + half) for sign in (1, -1)
        ]
    return pool


def _newcombe(
    counts: Sequence[tuple[int, int]], *, comparisons: int = 1
) -> list[float]:
    """Return all differences of shares with Newcombe's intervals, in points."""
    pool = []
    for one, other in combinations(counts, 2):
        if not (one[1] and other[1]):
            continue
        gap = one[0] / one[1] - other[0] / other[1]
        low, high = confint_proportions_2indep(
            *one, *other, method="newcomb", compare="diff", alpha=0.05 / comparisons
        )
        pool += [sign * x * 100 for x in (gap, low, high) for sign in (1, -1)]
    return pool


_FORECAST = """
    select segment_code, month_start_date, forecast_members, forecast_members_lower,
        forecast_members_upper, backtest_forecasts, backtest_mape_rate
    from mart_acquisition.agg_member_forecast_by_month
    order by month_start_date
"""
_SEASONS = """
    select season_name, seasonality_index, signups, observations
    from mart_acquisition.agg_signup_seasonality
    where season_type = 'month' and seasonality_index is not null and signups > 0
    order by season_number
"""
_RISK = """
    select risk.*, regions.region_name
    from mart_churn.agg_churn_risk_by_region as risk
    inner join mart_core.dim_regions as regions
        on risk.region_code = regions.region_code
    where risk.exposure_months > 0
    order by risk.standardised_churn_rate desc, risk.region_code
"""
_RETENTION = """
    select *
    from mart_churn.agg_survival_by_segment
    where
        segment_type in ('all', 'region')
        and at_risk_spells >= 30
        and survival_rate_standard_error is not null
    order by segment_type, segment_code, tenure_month
"""
_EARLY_LOSSES = """
    select
        sum(early.eligible_members - early.retained_members) as early,
        100.0 * sum(early.eligible_members - early.retained_members)
        / sum(late.eligible_members - late.retained_members) as early_percent
    from mart_churn.agg_retention_by_cohort as late
    inner join mart_churn.agg_retention_by_cohort as early
        using (region_code, cohort_month_start_date)
    where late.months_since in (6, 12) and not late.is_immature
        and early.months_since = 3
    group by late.months_since
    having sum(late.eligible_members - late.retained_members) > 0
"""
_SURVIVAL = """
    select survival.*, plans.plan_name
    from mart_churn.agg_survival_by_segment as survival
    inner join mart_core.dim_plans as plans
        on survival.segment_code = plans.plan_code
    where
        survival.segment_type = 'plan'
        and survival.at_risk_spells >= 30
        and survival.survival_rate_standard_error is not null
    order by plans.plan_rank, survival.tenure_month
"""
_IDLE = """
    select sum(mrr_usd) as mrr
    from mart_churn.fct_user_months as months
    where
        is_member
        and month_start_date = (
            select max(month_start_date) from mart_churn.fct_user_months
            where is_complete_month
        )
        and not exists (
            select 1 from mart_core.fct_viewing as plays
            where
                plays.user_id = months.user_id
                and plays.play_type = 'main'
                and not plays.is_bot
                and date_trunc('month', plays.viewed_date) = months.month_start_date
        )
"""
_BINS = """
    select
        *,
        sum(users) over () as all_users,
        sum(watched_seconds) over () as all_seconds
    from mart_engagement.agg_watch_time_distribution
    where month_start_date = (
        select max(month_start_date)
        from mart_churn.agg_churn_by_region_month
        where is_complete_month
    )
    order by bin_number
"""
_SIGNALS = """
    select *
    from mart_engagement.agg_engagement_signals
    order by retention_difference desc, behaviour_code
"""
_HOURS = """
    select
        local_weekday,
        local_hour,
        sum(watched_seconds) / 3600.0 as hours,
        sum(sum(watched_seconds)) over () / 3600.0 as all_hours
    from mart_engagement.agg_viewing_by_hour
    where {of_region}
    group by 1, 2
    order by 1, 2
"""
_TITLES = """
    select
        titles.title,
        titles.content_type,
        titles.peer_starters,
        titles.peer_completers,
        titles.licence_cost_usd,
        sum(viewers.watched_seconds) / 3600.0 as hours,
        (sum(sum(viewers.watched_seconds)) over ()) / 3600.0 as all_hours,
        count(case when viewers.is_starter then viewers.is_completer end) as starters,
        coalesce(sum(cast(viewers.is_completer as integer)), 0) as completers
    from mart_core.fct_content_viewers as viewers
    inner join mart_core.dim_users as users
        on viewers.user_id = users.user_id
    inner join mart_content.agg_content_performance as titles
        on viewers.content_id = titles.content_id
    where {of_region}
    group by 1, 2, 3, 4, 5, titles.content_id
    order by hours desc, titles.content_id
    limit 10
"""
_GENRES = """
    select *
    from mart_content.agg_genre_performance
    where titles > 0 and shrunk_rating is not null
    order by shrunk_rating desc, genre_code
"""
_RECOMMENDER_NAMES = {
    "popularity": "Popularity",
    "item_knn": "Neighbours (kNN)",
    "ease": "EASE",
    "ease_top_100": "EASE, top 100",
    "ease_top_100_diverse": "EASE, diverse (used)",
}
_DRIVERS = """
    select
        coalesce(first_driver, 'No single reason') as driver,
        min(suggested_action) as suggested_action,
        count(*) as members,
        sum(mrr_at_risk_usd) as mrr_at_risk_usd
    from mart_churn.dim_user_churn_risk
    where risk_decile in (9, 10) and risk_source = 'model' and {of_region}
    group by 1
    order by 3 desc, 4 desc, 1
"""
_SCORED = """
    select churn_probability, risk_decile, mrr_at_risk_usd
    from mart_churn.dim_user_churn_risk
    where risk_source = 'model' and {of_region}
"""
_ASKED = """
    select count(*) as asked
    from mart_churn.dim_user_churn_risk
    where has_asked_to_leave and {of_region}
"""
_CHURN_MODEL = """
    select metric_value, lower_value, upper_value
    from mart_churn.agg_churn_model_evaluation
    where
        metric_name = 'auc'
        or (metric_name = 'calibration_slope' and model_name = 'model')
"""
_RECOMMENDERS = """
    select model_name, metric_name, metric_value, lower_value, upper_value, users
    from mart_recommendation.agg_recommender_evaluation
    where split_name = 'global'
    order by metric_name, metric_value desc, model_name
"""
_GAIN_PER_USER = """
    select ours.metric_value / theirs.metric_value - 1 as gain
    from mart_recommendation.agg_recommender_evaluation as ours
    cross join mart_recommendation.agg_recommender_evaluation as theirs
    where
        ours.split_name = 'per_user' and theirs.split_name = 'per_user'
        and ours.metric_name = 'ndcg_at_10' and theirs.metric_name = 'ndcg_at_10'
        and ours.model_name = 'ease_top_100_diverse'
        and theirs.model_name = 'popularity'
"""
_LISTS = """
    select
        count(distinct user_id) as users,
        count(distinct content_id) as titles,
        count(*) as places,
        sum(cast(reason = 'history' as integer)) as history
    from mart_recommendation.fct_recommendations
"""
