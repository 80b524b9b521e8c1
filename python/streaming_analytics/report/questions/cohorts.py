"""How cohorts stay, by region and plan."""

from streaming_analytics.report.figures import key_figures
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels import (
    retention,
    survival,
)
from streaming_analytics.report.questions.answer import NOT_ESTIMATED, Answer
from streaming_analytics.report.wording import (
    count,
    interval,
    interval_points,
    percent,
    points,
    the_place,
)

# As in queries/early_losses.sql.
_EARLY = 3


def answer(marts: Marts) -> Answer:
    """Return the answer that the marts give."""
    months = retention.milestone(marts)
    kept = None if months is None else retention.retained(marts, ALL, months)
    if months is None or kept is None:
        return Answer(
            (
                "No subscription period is old enough yet to tell how long they last.",
                "The first anniversaries will show it.",
            ),
            "Wait for the first cohorts to grow older.",
        )
    span = count(months, "month")
    told = interval(kept.lower, kept.upper, 0)
    first = f"{percent(kept.value)} of subscription periods outlive {span} ({told})"
    return Answer(
        (f"{first}{_between_regions(marts)}.", _between_plans(marts)),
        _cohort_action(marts, months),
        _effect(marts, months),
    )


def _effect(marts: Marts, months: int) -> str:
    lost = retention.early_losses(marts, months) if months > _EARLY else None
    arm = next((one for one in key_figures(marts, ALL) if one.key == "arm"), None)
    if not lost or arm is None:
        return f"{NOT_ESTIMATED}the cohorts are too young."
    return (
        f"Each of the {count(lost, 'member')} lost so early would pay {arm.value} a "
        "month, the revenue per member."
    )


def _between_regions(marts: Marts) -> str:
    found = retention.extremes(marts)
    if found is None:
        return ", all of them in one region"
    most, fewest, difference = found
    told = interval_points(difference.lower, difference.upper, 0)
    best, worst = (the_place(marts.regions[region]) for region in (most, fewest))
    if not difference.excludes_zero:
        return (
            f", with no clear difference between regions ({best} less {worst}: {told})"
        )
    more = points(difference.value, 0).removeprefix("+")
    return f"; {best} keeps {more} more than {worst} ({told})"


def _between_plans(marts: Marts) -> str:
    found = survival.extremes(marts)
    if found is None:
        return "There are too few subscription periods yet to compare plans."
    longest, shortest, difference = found
    span = count(survival.milestone(marts) or 0, "month")
    told = interval_points(difference.lower, difference.upper, 0)
    if not difference.excludes_zero:
        return (
            f"Between plans there is no clear difference in how many last {span} "
            f"({longest['plan_name']} less {shortest['plan_name']}: {told})."
        )
    return (
        f"By plan, {percent(longest['survival_rate'])} of subscription periods on "
        f"{longest['plan_name']} outlive {span} and "
        f"{percent(shortest['survival_rate'])} "
        f"on {shortest['plan_name']}: {points(difference.value, 0)} ({told})."
    )


def _cohort_action(marts: Marts, months: int) -> str:
    share = retention.early_share(marts, months) if months > _EARLY else None
    parts = []
    if share is not None:
        parts.append(
            f"Work on the first {count(_EARLY, 'month')}: {percent(share)} of the "
            "losses "
            f"of {count(months, 'month')} fall in them."
        )
    found = survival.extremes(marts)
    if found is not None and found[2].excludes_zero:
        parts.append(
            f"Offer members of {found[1]['plan_name']} a trial of "
            f"{found[0]['plan_name']}, as a test: who chooses a plan differs, too."
        )
    return " ".join(parts) or "Keep watching; no cohort calls for action of its own."
