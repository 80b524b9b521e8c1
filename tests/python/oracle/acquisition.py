"""mart_acquisition: sign-ups and growth."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .calendar import month_start
from .churn import agg_churn_by_region_month
from .core import dim_users
from .membership import country_of, members, spells_by_user, subscriptions
from .numbers import ratio, rounded
from .raw import Raw, Table


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


def revenue_by_region_month(raw: Raw) -> dict[tuple[str, date], Decimal]:
    """Return the bills that were paid, by region and month."""
    owner = {row["subscription_id"]: row["user_id"] for row in subscriptions(raw)}
    revenue: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for bill in raw.until_today("payments", "billed_date"):
        if bill["status"] == "paid":
            region = country_of(raw)[owner[bill["subscription_id"]]]["region_code"]
            revenue[region, month_start(bill["billed_date"])] += bill["amount_usd"]
    return revenue


def agg_platform_growth_by_month(raw: Raw) -> Table:
    signups: dict[tuple[str, date], int] = defaultdict(int)
    for user in dim_users(raw):
        signups[user["region_code"], user["signup_month_start_date"]] += 1
    revenue = revenue_by_region_month(raw)
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
                "revenue_usd": revenue[region, month],
                "arm_usd": ratio(Fraction(revenue[region, month]), average, 4),
                "member_growth_rate": ratio(closing - opening, opening),
                "members_year_before": year_before,
                "member_growth_year_rate": ratio(
                    closing - (year_before or 0), year_before or 0
                ),
            }
        )
    return found
