"""mart_churn: months of an account, churn, revenue movements, curves."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import count, pairwise
from math import exp, log, sqrt

from .calendar import add_months, full_months, month_start, months
from .membership import (
    Membership,
    Spell,
    country_of,
    members,
    paid_spells,
    plan_on,
    region_months,
)
from .numbers import Number, Z, ratio, rounded, wilson
from .raw import Raw, Row, Table, once
from .variables import variable

ZERO = Decimal(0)


def movement(was: Membership | None, now: Membership | None, ever_before: bool) -> str:
    """Name what happened to an account's revenue; the first that applies."""
    if was and not now:
        return "churn"
    if not now:
        return "away"
    if not ever_before:
        return "new"
    if not was:
        return "reactivation"
    if now.price == was.price:
        return "unchanged"
    if now.plan == was.plan:
        same = (now.listed.currency, rounded(now.listed.monthly, 4)) == (
            was.listed.currency,
            rounded(was.listed.monthly, 4),
        )
        return "rate" if same else "price_change"
    return "expansion" if now.price > was.price else "contraction"


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
                    "mrr_movement": movement(before, now, place > first),
                    "currency_code": now.listed.currency if now else None,
                    "spell_number": now.spell.number if now else None,
                    "tenure_months": (
                        full_months(now.spell.paid_from, month.closing) if now else None
                    ),
                    "mrr_usd": price,
                    "previous_mrr_usd": price_before,
                    "mrr_change_usd": price - price_before,
                    "constant_rate_mrr_usd": now.constant_rate_price if now else ZERO,
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
                "resubscribe_share": ratio(resubscribes, len(adds)),
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
    kinds = ["new", "reactivation", "expansion", "contraction"]
    kinds += ["price_change", "rate", "churn"]
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
        constant = sum(
            (
                m.constant_rate_price
                for m in members(raw)[month.start].values()
                if m.region == region
            ),
            ZERO,
        )
        sums = {
            kind: sum(
                (r["mrr_change_usd"] for r in own if r["mrr_movement"] == kind), ZERO
            )
            for kind in kinds
        }
        lost = -sums["churn"] - sums["contraction"]
        gained = sums["new"] + sums["reactivation"] + sums["expansion"]
        kept = opening[region] - lost
        found.append(
            {f"{kind}_mrr_usd": amount for kind, amount in sums.items()}
            | {
                "region_code": region,
                "opening_mrr_usd": opening[region],
                "closing_mrr_usd": closing,
                "closing_constant_rate_mrr_usd": constant,
                "kept_mrr_usd": kept,
                "gross_retention_rate": ratio(kept, opening[region]),
                "kept_and_expanded_mrr_usd": kept + sums["expansion"],
                "net_retention_rate": ratio(kept + sums["expansion"], opening[region]),
                "gained_mrr_usd": gained,
                "lost_mrr_usd": lost,
                "quick_ratio": ratio(gained, lost, 4),
                "is_complete_month": month.is_complete,
                "month_start_date": month.start,
            }
        )
        opening[region] = closing
    return found


@once
def paid_spells_by_user(raw: Raw) -> dict[str, list[Spell]]:
    """Return each account's paid spells in order."""
    grouped: dict[str, list[Spell]] = defaultdict(list)
    for spell in paid_spells(raw):
        grouped[spell.user_id].append(spell)
    return grouped


def lasts_beyond(spell: Spell, day: date) -> bool:
    """Tell whether the spell has not ended by that day."""
    return spell.ended is None or spell.ended > day


def agg_retention_by_cohort(raw: Raw) -> Table:
    cohorts: dict[tuple[str, date], list[list[Spell]]] = defaultdict(list)
    for user, own in paid_spells_by_user(raw).items():
        region = country_of(raw)[user]["region_code"]
        cohorts[region, month_start(own[0].paid_from)].append(own)
    found: Table = []
    for (region, month), cohort in cohorts.items():
        for since in count():
            eligible = [
                (own, anniversary)
                for own in cohort
                if (anniversary := add_months(own[0].paid_from, since)) <= raw.as_of
            ]
            if not eligible:
                break
            retained = sum(lasts_beyond(own[0], day) for own, day in eligible)
            back = sum(
                any(lasts_beyond(spell, day) for spell in own) for own, day in eligible
            )
            lower, upper = wilson(retained, len(eligible))
            back_lower, back_upper = wilson(back, len(eligible))
            found.append(
                {
                    "region_code": region,
                    "months_since": since,
                    "cohort_members": len(cohort),
                    "eligible_members": len(eligible),
                    "retained_members": retained,
                    "retention_rate": ratio(retained, len(eligible)),
                    "retention_rate_lower": lower,
                    "retention_rate_upper": upper,
                    "retained_or_back_members": back,
                    "unbounded_retention_rate": ratio(back, len(eligible)),
                    "unbounded_retention_rate_lower": back_lower,
                    "unbounded_retention_rate_upper": back_upper,
                    "is_immature": len(eligible) < len(cohort),
                    "cohort_month_start_date": month,
                }
            )
    return found


def agg_winback_by_month(raw: Raw) -> Table:
    cancels: dict[date, list[tuple[date, date | None]]] = defaultdict(list)
    for own in paid_spells_by_user(raw).values():
        for spell, following in pairwise([*own, None]):
            if spell and spell.ended:
                back = following.paid_from if following else None
                cancels[month_start(spell.ended)].append((spell.ended, back))
    found: Table = []
    for month, leavers in cancels.items():
        for since in count(1):
            eligible = [
                (end, back)
                for ended, back in leavers
                if (end := add_months(ended, since)) <= raw.as_of
            ]
            if not eligible:
                break
            returned = sum(back is not None and back < end for end, back in eligible)
            lower, upper = wilson(returned, len(eligible))
            found.append(
                {
                    "months_since": since,
                    "cancels": len(leavers),
                    "eligible_cancels": len(eligible),
                    "returned_cancels": returned,
                    "winback_rate": ratio(returned, len(eligible)),
                    "winback_rate_lower": lower,
                    "winback_rate_upper": upper,
                    "is_immature": len(eligible) < len(leavers),
                    "cancel_month_start_date": month,
                }
            )
    return found


@once
def tenures_by_segment(raw: Raw) -> dict[tuple[str, str], list[tuple[int, bool]]]:
    """Return full months as a member and whether the spell ended, by segment."""
    channel_of = {row["user_id"]: row["channel_code"] for row in raw.tables["users"]}
    segments: dict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for user, own in paid_spells_by_user(raw).items():
        for place, spell in enumerate(own, start=1):
            tenure = full_months(spell.paid_from, spell.ended or raw.as_of)
            for segment in (
                ("all", "all"),
                ("region", country_of(raw)[user]["region_code"]),
                ("plan", plan_on(raw, spell, spell.started)),
                ("channel", channel_of[user]),
                ("spell", "3+" if place > 2 else str(place)),
            ):
                segments[segment].append((tenure, spell.ended is not None))
    return segments


def kaplan_meier(tenures: list[tuple[int, bool]]) -> Iterator[Row]:
    """Yield one row per month of tenure up to the longest."""
    survival, greenwood = Fraction(1), Fraction(0)
    for month in range(max(tenure for tenure, _ in tenures) + 1):
        at_risk = sum(tenure >= month for tenure, _ in tenures)
        ended = tenures.count((month, True))
        survival *= 1 - Fraction(ended, at_risk)
        error = lower = upper = None
        if survival:
            greenwood += Fraction(ended, at_risk * (at_risk - ended))
            spread = sqrt(greenwood)
            error = float(survival) * spread
            lower = upper = 1.0
            if survival < 1:
                margin = Z * spread / log(survival)
                lower = float(survival) ** exp(-margin)
                upper = float(survival) ** exp(margin)
        yield {
            "tenure_month": month,
            "at_risk_spells": at_risk,
            "ended_spells": ended,
            "censored_spells": tenures.count((month, False)),
            "hazard_rate": ratio(ended, at_risk),
            "survival_rate": rounded(survival, 6),
            "survival_rate_standard_error": error,
            "survival_rate_lower": lower,
            "survival_rate_upper": upper,
        }


def agg_survival_by_segment(raw: Raw) -> Table:
    return [
        {"segment_type": kind, "segment_code": code} | row
        for (kind, code), tenures in tenures_by_segment(raw).items()
        for row in kaplan_meier(tenures)
    ]


@dataclass(frozen=True)
class AtRisk:
    """A member at the opening of a month, and whether and why the spell ended in it."""

    region: str
    band: int
    plan: str
    reason: str | None


@once
def at_risk(raw: Raw) -> list[AtRisk]:
    """Return the exposure of the last complete months."""
    complete = [n for n, month in enumerate(months(raw)) if month.is_complete]
    bands = raw.reference["tenure_bands"]
    found: list[AtRisk] = []
    for place in complete[-variable("churn_risk_months") :]:
        if place == 0:
            continue
        month, before = months(raw)[place], months(raw)[place - 1]
        for member in members(raw)[before.start].values():
            tenure = full_months(member.spell.paid_from, before.closing)
            ended = member.spell.ended
            leaves = ended is not None and month_start(ended) == month.start
            found.append(
                AtRisk(
                    region=member.region,
                    band=next(
                        row["band_number"]
                        for row in bands
                        if row["from_months"] <= tenure < row["until_months"]
                    ),
                    plan=member.plan,
                    reason=(
                        member.spell.subscriptions[-1]["end_reason"] if leaves else None
                    ),
                )
            )
    return found


def standardised(
    own: list[AtRisk],
    platform: list[AtRisk],
    stratum: Callable[[AtRisk], object],
    leaves: Callable[[AtRisk], bool],
) -> tuple[Fraction, float, Fraction, int]:
    """Return rate, standard error, share of the platform covered, and strata."""
    strata = {stratum(unit) for unit in own}
    covered = [unit for unit in platform if stratum(unit) in strata]
    rate, variance = Fraction(0), Fraction(0)
    for one in strata:
        units = [unit for unit in own if stratum(unit) == one]
        weight = Fraction(sum(stratum(unit) == one for unit in covered), len(covered))
        share = Fraction(sum(map(leaves, units)), len(units))
        rate += weight * share
        variance += weight**2 * share * (1 - share) / len(units)
    covered_share = Fraction(len(covered), len(platform))
    return rate, sqrt(variance), covered_share, len(strata)


def agg_churn_risk_by_region(raw: Raw) -> Table:
    strategies = {
        row["driver_code"]: row for row in raw.reference["retention_strategies"]
    }
    platform = at_risk(raw)
    last = members(raw)[months(raw)[-1].start].values()
    found: Table = []
    for region in raw.reference["regions"]:
        code = region["region_code"]
        own = [unit for unit in platform if unit.region == code]
        reasons = [unit.reason for unit in own if unit.reason]
        lower, upper = wilson(len(reasons), len(own))
        mrr = sum((member.price for member in last if member.region == code), ZERO)
        row: Row = {
            "region_code": code,
            "exposure_months": len(own),
            "cancels": len(reasons),
            "voluntary_cancels": reasons.count("voluntary"),
            "involuntary_cancels": reasons.count("involuntary"),
            "involuntary_share_rate": ratio(reasons.count("involuntary"), len(reasons)),
            "churn_rate": ratio(len(reasons), len(own)),
            "churn_rate_lower": lower,
            "churn_rate_upper": upper,
            "platform_churn_rate": ratio(
                sum(unit.reason is not None for unit in platform), len(platform)
            ),
            "members": sum(member.region == code for member in last),
            "mrr_usd": mrr,
        } | effects(own, platform)
        driver = row["leading_driver_code"]
        row["leading_driver"] = strategies[driver]["driver_name"]
        row["suggested_strategy"] = strategies[driver]["strategy"]
        row["mrr_at_risk_usd"] = (
            None if row["churn_rate"] is None else rounded(mrr * row["churn_rate"], 2)
        )
        found.append(row)
    return found


def effects(own: list[AtRisk], platform: list[AtRisk]) -> Row:
    """Return where a region's excess over the platform comes from."""
    if not own:
        names = (
            *("standardised_churn_rate", "standardised_churn_rate_standard_error"),
            *("standardised_churn_rate_lower", "standardised_churn_rate_upper"),
            *("excess_rate", "mix_effect", "tenure_effect", "plan_effect"),
            *("voluntary_effect", "involuntary_effect"),
        )
        return dict.fromkeys(names) | {
            "leading_driver_code": "none",
            "strata": 0,
            "covered_exposure_rate": rounded(0, 6),
        }

    def has_left(unit: AtRisk) -> bool:
        return unit.reason is not None

    def has_chosen_to_leave(unit: AtRisk) -> bool:
        return unit.reason == "voluntary"

    def both(unit: AtRisk) -> object:
        return unit.band, unit.plan

    def share(units: list[AtRisk], leaves: Callable[[AtRisk], bool]) -> Decimal:
        return rounded(Fraction(sum(map(leaves, units)), len(units)), 6)

    rate, error, covered, strata = standardised(own, platform, both, has_left)
    by_tenure, *_ = standardised(own, platform, lambda unit: unit.band, has_left)
    raw_rate, standard = share(own, has_left), rounded(rate, 6)
    row: Row = {
        "standardised_churn_rate": standard,
        "standardised_churn_rate_standard_error": error,
        "standardised_churn_rate_lower": max(0.0, float(rate) - Z * error),
        "standardised_churn_rate_upper": min(1.0, float(rate) + Z * error),
        "strata": strata,
        "covered_exposure_rate": rounded(covered, 6),
        "excess_rate": raw_rate - share(platform, has_left),
        "mix_effect": raw_rate - standard,
        "tenure_effect": raw_rate - rounded(by_tenure, 6),
        "plan_effect": rounded(by_tenure, 6) - standard,
    }
    # Of published rates, so that the effects add up to the excess to the last digit.
    chosen, *_ = standardised(own, platform, both, has_chosen_to_leave)
    row["voluntary_effect"] = rounded(chosen, 6) - share(platform, has_chosen_to_leave)
    row["involuntary_effect"] = (
        row["standardised_churn_rate"]
        - share(platform, has_left)
        - row["voluntary_effect"]
    )
    candidates: list[tuple[str, Number | float]] = [
        ("involuntary", row["involuntary_effect"]),
        ("voluntary", row["voluntary_effect"]),
        ("young_tenure", row["tenure_effect"]),
        ("plan_mix", row["plan_effect"]),
    ]
    largest = max(float(effect) for _, effect in candidates)
    row["leading_driver_code"] = "none"
    if row["excess_rate"] > 0:
        row["leading_driver_code"] = next(
            code for code, effect in candidates if float(effect) > largest - 1e-9
        )
    return row
