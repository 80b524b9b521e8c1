"""mart_churn: what is known of members, and how likely they are to be lost."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import log

from .calendar import add_months, full_months, month_end, months
from .membership import members
from .numbers import ratio, rounded
from .raw import Raw, Row, Table, once
from .variables import variable
from .watching import main_plays

RECENT = timedelta(days=28)
WINDOW = timedelta(days=84)


@once
def plays_by_user(raw: Raw) -> dict[str, Table]:
    found: dict[str, Table] = defaultdict(list)
    for play in main_plays(raw):
        found[play["user_id"]].append(play)
    return found


@once
def fct_churn_features(raw: Raw) -> Table:
    channel_of = {row["user_id"]: row["channel_code"] for row in raw.tables["users"]}
    complete = {month.start for month in months(raw) if month.is_complete}
    found: Table = []
    for month in months(raw):
        following = add_months(month.start, 1)
        for user, member in members(raw)[month.start].items():
            spell, closing = member.spell, month.closing
            asked = spell.cancel_requested
            if asked is not None and asked <= closing:
                continue
            # The earliest day on which it is known that the member is lost.
            decided = [day for day in (asked, spell.ended) if day is not None]
            before = [
                members(raw).get(add_months(month.start, -back), {}).get(user)
                for back in (1, 2)
            ]
            prices = [
                other.listed.monthly
                for other in before
                if other and other.spell is spell and other.plan == member.plan
            ]
            tenure = full_months(spell.paid_from, closing)
            found.append(
                {
                    "user_id": user,
                    "region_code": member.region,
                    "channel_code": channel_of[user],
                    "plan_code": member.plan,
                    "tenure_months": tenure,
                    "log_tenure_months": log(1 + tenure),
                    **watched(plays_by_user(raw)[user], spell.started, closing),
                    "is_returned": spell.number > 1,
                    "has_price_rise": any(
                        price < member.listed.monthly for price in prices
                    ),
                    "is_lost_next_month": (
                        any(day <= month_end(following) for day in decided)
                        if following in complete
                        else None
                    ),
                    "month_start_date": month.start,
                    "closing_date": closing,
                }
            )
    return found


def watched(plays: Table, started, closing) -> Row:
    """Return what a member's plays up to a day say, as rates per day with access."""
    days = (closing - started).days + 1
    recent_days, earlier_days = min(days, 28), max(0, min(days - 28, 56))
    known = [p for p in plays if started <= p["started_at"].date() <= closing]
    recent = [p for p in known if p["started_at"].date() > closing - RECENT]
    window = [p for p in known if p["started_at"].date() > closing - WINDOW]
    earlier = [p for p in window if p["started_at"].date() <= closing - RECENT]
    views = [p for p in recent if p["is_valid_view"]]
    measured = [
        p
        for p in views
        if p["runtime_seconds"] is not None and p["end_position_seconds"] is not None
    ]
    finished = [
        p
        for p in measured
        if 100 * p["end_position_seconds"]
        >= variable("completer_percent") * p["runtime_seconds"]
    ]
    active = {p["started_at"].date() for p in views}
    last = max(
        (p["started_at"].date() for p in window if p["is_valid_view"]), default=None
    )
    since = min(days, 84) if last is None else (closing - last).days
    now = ratio(sum(p["watched_seconds"] for p in recent), 3600 * recent_days)
    then = ratio(sum(p["watched_seconds"] for p in earlier), 3600 * earlier_days)
    assert now is not None
    log_now = log(float(now) + 0.05)
    return {
        "recent_hours_per_day": now,
        "earlier_hours_per_day": then,
        "days_since_view": since,
        "log_recent_hours": log_now,
        "log_hours_change": 0.0 if then is None else log_now - log(float(then) + 0.05),
        "active_day_rate": ratio(len(active), recent_days),
        "log_days_since_view": log(1 + since),
        "finished_view_rate": ratio(
            len(finished) + Fraction(8, 5), len(measured) + Fraction(2)
        ),
        "is_dormant": not active,
    }


def band(raw: Raw, tenure: int) -> str:
    (label,) = [
        row["band_label"]
        for row in raw.reference["tenure_bands"]
        if row["from_months"] <= tenure < row["until_months"]
    ]
    return label


def dim_user_churn_risk(raw: Raw) -> Table:
    """Before training: everyone has the rate of those of their tenure and plan."""
    known = [r for r in fct_churn_features(raw) if r["is_lost_next_month"] is not None]
    platform = ratio(sum(r["is_lost_next_month"] for r in known), len(known), 12)

    def rate(tenure: int, plan: str) -> Decimal | None:
        if platform is None:
            return None
        own = [
            row
            for row in known
            if row["plan_code"] == plan
            and band(raw, row["tenure_months"]) == band(raw, tenure)
        ]
        losses = sum(row["is_lost_next_month"] for row in own)
        return rounded(
            (losses + variable("churn_baseline_prior_months") * Fraction(platform))
            / (len(own) + variable("churn_baseline_prior_months")),
            12,
        )

    rates: dict[tuple[str, str], Decimal | None] = {}
    last = months(raw)[-1]
    undecided = {
        row["user_id"]
        for row in fct_churn_features(raw)
        if row["month_start_date"] == last.start
    }
    words = {r["driver_code"]: r for r in raw.reference["churn_drivers"]}
    found: Table = []
    for user, member in members(raw)[last.start].items():
        tenure = full_months(member.spell.paid_from, last.closing)
        group = band(raw, tenure), member.plan
        if group not in rates:
            rates[group] = rate(tenure, member.plan)
        has_asked = user not in undecided
        probability = Decimal(1) if has_asked else rates[group]
        source = "unknown" if probability is None else "baseline"
        found.append(
            {
                "user_id": user,
                "region_code": member.region,
                "plan_code": member.plan,
                "risk_source": "asked" if has_asked else source,
                "first_driver_code": None,
                "first_driver": None,
                "second_driver": None,
                "third_driver": None,
                "suggested_action": words["asked" if has_asked else "unknown"][
                    "suggested_action"
                ],
                "tenure_months": tenure,
                "churn_probability": probability,
                "baseline_probability": rates[group],
                "mrr_usd": member.price,
                "mrr_at_risk_usd": (
                    None
                    if probability is None
                    else rounded(member.price * probability, 2)
                ),
                "has_asked_to_leave": has_asked,
                "as_of_date": last.closing,
            }
        )
    predicted = [
        r["churn_probability"] for r in found if r["risk_source"] == "baseline"
    ]
    for row in found:
        row["risk_decile"] = None
        if row["risk_source"] == "baseline":
            lower = sum(other < row["churn_probability"] for other in predicted)
            row["risk_decile"] = lower * 10 // len(predicted) + 1
    return found


def agg_churn_model_evaluation(raw: Raw) -> Table:
    """Nothing was trained; test_churn_model.py has the rest."""
    return []


def agg_churn_model_calibration(raw: Raw) -> Table:
    """Nothing was trained; test_churn_model.py has the rest."""
    return []
