"""mart_acquisition: sign-ups, growth, channels, seasons and a forecast."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import dropwhile, pairwise
from math import sqrt

from .calendar import add_months, days, month_start, months
from .churn import agg_churn_by_region_month, kaplan_meier, tenures_by_segment
from .core import dim_users
from .engagement import first_views
from .membership import (
    members,
    spells,
    spells_by_user,
)
from .money import earned_by_user_month, money_by_region_month
from .numbers import Z, hours, percentile, ratio, rounded, wilson
from .raw import Raw, Row, Table, once
from .variables import variable

YEAR = 12


def agg_signups_by_day(raw: Raw) -> Table:
    grain = ("signup_date", "country_code", "channel_code", "first_plan_code")
    grouped: dict[tuple[object, ...], Table] = defaultdict(list)
    for user in dim_users(raw):
        grouped[tuple(user[name] for name in grain)].append(user)
    found: Table = []
    for own in grouped.values():
        firsts = [
            spells_by_user(raw)[user["user_id"]][0]
            for user in own
            if user["user_id"] in spells_by_user(raw)
        ]
        trials = [spell for spell in firsts if spell.trial_end is not None]
        found.append(
            {
                "country_code": own[0]["country_code"],
                "region_code": own[0]["region_code"],
                "channel_code": own[0]["channel_code"],
                "plan_code": own[0]["first_plan_code"],
                "signups": len(own),
                "trials": len(trials),
                "trials_converted": sum(spell.is_paid(raw.as_of) for spell in trials),
                "paid_at_once": len(firsts) - len(trials),
                "signup_date": own[0]["signup_date"],
            }
        )
    return found


def agg_platform_growth_by_month(raw: Raw) -> Table:
    signups: dict[tuple[str, date], int] = defaultdict(int)
    for user in dim_users(raw):
        signups[user["region_code"], user["signup_month_start_date"]] += 1
    money = money_by_region_month(raw)
    closings = {
        (flow["region_code"], flow["month_start_date"]): flow["closing_members"]
        for flow in agg_churn_by_region_month(raw)
    }
    found: Table = []
    for flow in agg_churn_by_region_month(raw):
        region, month = flow["region_code"], flow["month_start_date"]
        opening, closing = flow["opening_members"], flow["closing_members"]
        year_before = closings.get((region, month.replace(year=month.year - 1)))
        average = Fraction(opening + closing, 2)
        own = money.get((region, month), {})
        revenue = own.get("revenue_usd", Decimal(0))
        mrr = sum(
            (m.price for m in members(raw)[month].values() if m.region == region),
            Decimal(0),
        )
        found.append(
            flow
            | {
                "signups": signups[region, month],
                "net_adds": flow["gross_adds"] - flow["cancels"],
                "average_members": rounded(average, 1),
                "closing_mrr_usd": mrr,
                "revenue_usd": revenue,
                "cash_received_usd": own.get("cash_received_usd", Decimal(0)),
                "refunded_usd": own.get("refunded_usd", Decimal(0)),
                "arm_usd": ratio(Fraction(revenue), average, 4),
                "member_growth_rate": ratio(closing - opening, opening),
                "members_year_before": year_before,
                "member_growth_year_rate": ratio(
                    closing - (year_before or 0), year_before or 0
                ),
            }
        )
    return found


def agg_activation_by_cohort(raw: Raw) -> Table:
    signed_up = {row["user_id"]: row["signed_up_at"] for row in raw.tables["users"]}
    first = first_views(raw)
    over = datetime.combine(raw.as_of, time()) + timedelta(days=1)
    cohorts: dict[date, list[str]] = defaultdict(list)
    for user in dim_users(raw):
        cohorts[user["signup_month_start_date"]].append(user["user_id"])
    found: Table = []
    for month, users in cohorts.items():
        row: Row = {"users": len(users), "cohort_month_start_date": month}
        waits: list[timedelta] = []
        for name, span in (("24h", timedelta(hours=24)), ("7d", timedelta(days=7))):
            eligible = [user for user in users if signed_up[user] + span <= over]
            waits = [
                first[user] - signed_up[user]
                for user in eligible
                if user in first and first[user] - signed_up[user] <= span
            ]
            lower, upper = wilson(len(waits), len(eligible))
            row[f"eligible_users_{name}"] = len(eligible)
            row[f"activated_users_{name}"] = len(waits)
            row[f"activation_rate_{name}"] = ratio(len(waits), len(eligible))
            row[f"activation_rate_{name}_lower"] = lower
            row[f"activation_rate_{name}_upper"] = upper
        seconds = [int(wait.total_seconds()) for wait in waits]
        row["median_hours_to_first_view"] = (
            hours(percentile(seconds, Fraction(1, 2))) if seconds else None
        )
        row["is_immature"] = row["eligible_users_7d"] < len(users)
        found.append(row)
    return found


@once
def channel_of(raw: Raw) -> dict[str, str]:
    """Return the channel of each account's sign-up."""
    return {row["user_id"]: row["channel_code"] for row in raw.tables["users"]}


def projection(raw: Raw, channel: str) -> tuple[Decimal | None, list[float]]:
    """Return ARM and the survival curve, none of it where there is none."""
    complete = [n for n, month in enumerate(months(raw)) if month.is_complete]
    starts = [months(raw)[n].start for n in complete]
    closings = [
        sum(
            channel_of(raw)[user] == channel
            for user in members(raw)[months(raw)[n].start]
        )
        for n in complete
    ]
    average = sum(
        (Fraction(a + b, 2) for a, b in pairwise([0, *closings])), Fraction(0)
    )
    revenue = sum(
        (
            Fraction(amount)
            for user, month, amount in earned_by_user_month(raw)
            if channel_of(raw)[user] == channel and month in starts
        ),
        Fraction(0),
    )
    arm = ratio(revenue, average, 4)
    tenures = tenures_by_segment(raw).get(("channel", channel))
    if not tenures:
        return arm, []
    curve = [float(row["survival_rate"]) for row in kaplan_meier(tenures)]
    return arm, curve[: variable("ltv_horizon_months")]


def agg_channel_economics(raw: Raw) -> Table:
    found: Table = []
    for channel in raw.reference["channels"]:
        code = channel["channel_code"]
        arm, curve = projection(raw, code)
        margins = (
            []
            if arm is None
            else [
                float(arm) * variable("gross_margin_percent") / 100 * left
                for left in curve
            ]
        )
        discounted = sum(
            margin * (1 + variable("ltv_annual_discount_percent") / 100) ** (-n / 12)
            for n, margin in enumerate(margins)
        )
        own = [spell for spell in spells(raw) if channel_of(raw)[spell.user_id] == code]
        for month in months(raw):
            start = month.start
            spend = sum(
                (
                    row["spend_usd"]
                    for row in raw.tables["campaign_spend"]
                    if (row["channel_code"], row["month_start_date"]) == (code, start)
                ),
                Decimal(0),
            )
            trials = [
                spell
                for spell in own
                if spell.trial_end and month_start(spell.started) == start
            ]
            eligible = [s for s in trials if (s.trial_end or start) <= raw.as_of]
            converted = sum(spell.is_paid(raw.as_of) for spell in eligible)
            lower, upper = wilson(converted, len(eligible))
            adds = [
                spell
                for spell in own
                if spell.is_paid(raw.as_of) and month_start(spell.paid_from) == start
            ]
            new = {spell.user_id for spell in adds if spell.is_first_paid}
            revenue = sum(
                (
                    amount
                    for user, _, amount in earned_by_user_month(raw)
                    if user in new
                ),
                Decimal(0),
            )
            cac = ratio(spend, len(new), 4)
            found.append(
                {
                    "channel_code": code,
                    "spend_usd": spend,
                    "signups": sum(
                        user["channel_code"] == code
                        and user["signup_month_start_date"] == start
                        for user in dim_users(raw)
                    ),
                    "trials": len(trials),
                    "eligible_trials": len(eligible),
                    "converted_trials": converted,
                    "trial_conversion_rate": ratio(converted, len(eligible)),
                    "trial_conversion_rate_lower": lower,
                    "trial_conversion_rate_upper": upper,
                    "new_members": len(new),
                    "returning_members": len(adds) - len(new),
                    "cac_usd": cac,
                    "revenue_to_date_usd": revenue,
                    "gross_margin_to_date_usd": rounded(
                        revenue * variable("gross_margin_percent") / 100, 4
                    ),
                    "observed_ltv_usd": ratio(
                        revenue * variable("gross_margin_percent") / 100, len(new), 4
                    ),
                    "arm_usd": arm,
                    "projected_months": len(curve) or None,
                    "projected_ltv_usd": discounted if margins else None,
                    "projected_ltv_to_cac_ratio": (
                        discounted / float(cac) if cac and margins else None
                    ),
                    "payback_months": payback(margins, spend, cac),
                    "is_immature": not month.is_complete or len(eligible) < len(trials),
                    "cohort_month_start_date": start,
                }
            )
    return found


def payback(margins: list[float], spend: Decimal, cac: Decimal | None) -> int | None:
    """Return after how many months billed a new member's cost is covered."""
    if cac is None:
        return None
    if not spend:
        return 0
    total = 0.0
    for number, margin in enumerate(margins, start=1):
        total += margin
        if total >= float(cac):
            return number
    return None


def agg_member_forecast_by_month(raw: Raw) -> Table:
    complete = [month for month in months(raw) if month.is_complete]
    segments = [("all", "all")]
    segments += [("region", row["region_code"]) for row in raw.reference["regions"]]
    found: Table = []
    for kind, code in segments:
        closing = [
            sum(
                code in ("all", member.region)
                for member in members(raw)[month.start].values()
            )
            for month in complete
        ]
        # The history of a segment begins with its first members.
        closing = list(dropwhile(lambda members: not members, closing))
        origin = len(closing) - 1
        if origin < YEAR:
            continue
        for ahead in range(1, variable("forecast_months") + 1):
            past = [
                (rule(closing, place, ahead), closing[place], closing[place + ahead])
                for place in range(YEAR, origin - ahead + 1)
            ]
            forecast = rule(closing, origin, ahead)
            error = (
                sqrt(sum((a - b) ** 2 for a, _, b in past) / len(past))
                if past
                else None
            )
            found.append(
                {
                    "segment_type": kind,
                    "segment_code": code,
                    "horizon_months": ahead,
                    "origin_members": closing[origin],
                    "forecast_members": forecast,
                    "forecast_members_lower": (
                        None if error is None else max(0.0, forecast - Z * error)
                    ),
                    "forecast_members_upper": (
                        None if error is None else forecast + Z * error
                    ),
                    "backtest_forecasts": len(past),
                    "backtest_root_mean_square_error": error,
                    "backtest_mape_rate": mean_miss([(a, b) for a, _, b in past]),
                    "naive_mape_rate": mean_miss([(n, b) for _, n, b in past]),
                    "origin_month_start_date": complete[-1].start,
                    "month_start_date": add_months(complete[-1].start, ahead),
                }
            )
    return found


def mean_miss(past: list[tuple[int, int]]) -> Decimal | None:
    """Return the mean of the absolute errors ÷ outcomes."""
    misses = [Fraction(abs(said - was), was) for said, was in past if was]
    return ratio(sum(misses, Fraction(0)), len(misses))


def rule(closing: list[int], origin: int, ahead: int) -> int:
    """Add to the members the net adds of the same months a year before."""
    year_before = origin - YEAR
    return max(0, closing[origin] + closing[year_before + ahead] - closing[year_before])


def agg_signup_seasonality(raw: Raw) -> Table:
    per_day: dict[date, int] = defaultdict(int)
    for user in dim_users(raw):
        per_day[user["signup_date"]] += 1
    first = min(per_day)
    whole = [m for m in months(raw) if m.is_complete and m.start >= first]
    per_month = [
        sum(n for day, n in per_day.items() if month_start(day) == month.start)
        for month in whole
    ]
    cells: dict[tuple[str, int], list[tuple[int, Fraction]]] = defaultdict(list)
    for place in range(6, len(whole) - 6):
        window = per_month[place - 6 : place + 7]
        trend = (sum(window[1:-1]) + Fraction(window[0] + window[-1], 2)) / 12
        cells["month", whole[place].start.month].append((per_month[place], trend))
    observed = days(first, raw.as_of)
    for place in range(3, len(observed) - 3):
        window = [per_day.get(day, 0) for day in observed[place - 3 : place + 4]]
        cells["weekday", observed[place].isoweekday()].append(
            (window[3], Fraction(sum(window), 7))
        )
    raw_index: dict[tuple[str, int], Fraction] = {}
    for cell, own in cells.items():
        if cell[0] == "weekday":
            if total := sum(trend for _, trend in own):
                raw_index[cell] = sum(n for n, _ in own) / total
        elif ratios := [n / trend for n, trend in own if trend]:
            raw_index[cell] = sum(ratios, Fraction(0)) / len(ratios)
    found: Table = []
    for season in raw.reference["seasons"]:
        cell = season["season_type"], season["season_number"]
        own = cells[cell]
        level = [index for (kind, _), index in raw_index.items() if kind == cell[0]]
        found.append(
            season
            | {
                "observations": len(own),
                "signups": sum(n for n, _ in own),
                "trend_signups": rounded(sum((t for _, t in own), Fraction(0)), 6),
                "raw_index": (
                    rounded(raw_index[cell], 6) if cell in raw_index else None
                ),
                "seasonality_index": (
                    rounded(raw_index[cell] * len(level) / sum(level, Fraction(0)), 6)
                    if cell in raw_index and any(level)
                    else None
                ),
            }
        )
    return found
