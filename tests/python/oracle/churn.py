"""mart_churn: months of an account, churn, revenue movements."""

from decimal import Decimal
from itertools import pairwise

from .calendar import full_months, month_start, months
from .membership import country_of, members, paid_spells, region_months
from .numbers import ratio, wilson
from .raw import Raw, Table, once

ZERO = Decimal(0)


def movement(
    was: bool, is_now: bool, ever_before: bool, same_plan: bool, change: Decimal
) -> str:
    """Name what happened to an account's revenue; the first that applies."""
    if was and not is_now:
        return "churn"
    if not is_now:
        return "away"
    if not ever_before:
        return "new"
    if not was:
        return "reactivation"
    if change == 0:
        return "unchanged"
    if same_plan:
        return "price_change"
    return "expansion" if change > 0 else "contraction"


@once
def fct_user_months(raw: Raw) -> Table:
    found: Table = []
    closings = members(raw)
    accounts = {user for own in closings.values() for user in own}
    for user in sorted(accounts):
        memberships = [closings[month.start].get(user) for month in months(raw)]
        places = [n for n, membership in enumerate(memberships) if membership]
        first, last = places[0], places[-1]
        padded = [None, *memberships]
        for place, (before, now) in enumerate(pairwise(padded)):
            if not first <= place <= last + 1:
                continue
            month = months(raw)[place]
            price = now.price if now else ZERO
            price_before = before.price if before else ZERO
            found.append(
                {
                    "user_id": user,
                    "region_code": country_of(raw)[user]["region_code"],
                    "plan_code": now.plan if now else None,
                    "previous_plan_code": before.plan if before else None,
                    "mrr_movement": movement(
                        before is not None,
                        now is not None,
                        place > first,
                        bool(now and before and now.plan == before.plan),
                        price - price_before,
                    ),
                    "spell_number": now.spell.number if now else None,
                    "tenure_months": (
                        full_months(now.spell.paid_from, month.closing) if now else None
                    ),
                    "mrr_usd": price,
                    "previous_mrr_usd": price_before,
                    "mrr_change_usd": price - price_before,
                    "is_member": now is not None,
                    "was_member": before is not None,
                    "is_complete_month": month.is_complete,
                    "month_start_date": month.start,
                }
            )
    return found


@once
def agg_churn_by_region_month(raw: Raw) -> Table:
    found: Table = []
    region_of = {user: row["region_code"] for user, row in country_of(raw).items()}
    opening = {row["region_code"]: 0 for row in raw.reference["regions"]}
    for region, month in region_months(raw):
        own = [s for s in paid_spells(raw) if region_of[s.user_id] == region]
        adds = [s for s in own if month_start(s.paid_from) == month.start]
        cancels = [s for s in own if s.ended and month_start(s.ended) == month.start]
        reasons = [s.subscriptions[-1]["end_reason"] for s in cancels]
        resubscribes = sum(s.is_resubscription for s in adds)
        closing = sum(m.region == region for m in members(raw)[month.start].values())
        lost = min(len(cancels), opening[region])
        lower, upper = wilson(lost, opening[region])
        found.append(
            {
                "region_code": region,
                "opening_members": opening[region],
                "gross_adds": len(adds),
                "new_members": sum(s.is_first_paid for s in adds),
                "returning_members": sum(not s.is_first_paid for s in adds),
                "resubscribes": resubscribes,
                "cancels": len(cancels),
                "voluntary_cancels": reasons.count("voluntary"),
                "involuntary_cancels": reasons.count("involuntary"),
                "closing_members": closing,
                "gross_churn_rate": ratio(len(cancels), opening[region]),
                "gross_churn_rate_lower": lower,
                "gross_churn_rate_upper": upper,
                "net_churn_rate": ratio(len(cancels) - resubscribes, opening[region]),
                "is_complete_month": month.is_complete,
                "month_start_date": month.start,
            }
        )
        opening[region] = closing
    return found


def agg_mrr_movements_by_month(raw: Raw) -> Table:
    found: Table = []
    kinds = ["new", "reactivation", "expansion", "contraction", "price_change", "churn"]
    opening = {row["region_code"]: ZERO for row in raw.reference["regions"]}
    for region, month in region_months(raw):
        own = [
            row
            for row in fct_user_months(raw)
            if (row["region_code"], row["month_start_date"]) == (region, month.start)
        ]
        closing = sum(
            (m.price for m in members(raw)[month.start].values() if m.region == region),
            ZERO,
        )
        found.append(
            {
                f"{kind}_mrr_usd": sum(
                    (r["mrr_change_usd"] for r in own if r["mrr_movement"] == kind),
                    ZERO,
                )
                for kind in kinds
            }
            | {
                "region_code": region,
                "opening_mrr_usd": opening[region],
                "closing_mrr_usd": closing,
                "is_complete_month": month.is_complete,
                "month_start_date": month.start,
            }
        )
        opening[region] = closing
    return found
