"""Which regions lose members, and what that asks for."""

from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels import (
    churn_risk,
    risk_drivers,
)
from streaming_analytics.report.questions.answer import NOT_ESTIMATED, Answer
from streaming_analytics.report.wording import (
    interval,
    interval_points,
    number,
    percent,
    points,
    the_place,
    usd,
)


def answer(marts: Marts) -> Answer:
    """Return the answer that the marts give."""
    risk = churn_risk.known_risk(marts)
    if risk.empty:
        return Answer(
            (
                "Nobody could have left yet, so there is no churn to compare.",
                "The first complete month with members will show some.",
            ),
            "Wait for a complete month with members.",
        )
    found = churn_risk.spread(marts)
    if found is None:
        only = risk.iloc[0]
        told = interval(
            only["standardised_churn_rate_lower"], only["standardised_churn_rate_upper"]
        )
        return Answer(
            (
                f"{percent(only['standardised_churn_rate'], 1)} of members leave in a "
                f"month ({told}).",
                f"All of them are in {the_place(only['region_name'])}, so there is no "
                "other region to compare it with.",
            ),
            "Direct retention by plan and tenure; geography has nothing to say yet.",
        )
    effect, worth = _effect(marts)
    return Answer(
        (_risk_sentence(found), _revenue_sentence(marts)),
        _regions_action(marts, found),
        effect,
        worth,
    )


def _effect(marts: Marts) -> tuple[str, float | None]:
    """Return what is to be won, in words and in dollars a month."""
    risk = churn_risk.known_risk(marts)
    above = risk[risk["region_name"].isin(churn_risk.clearly_above(marts))]
    if not above.empty:
        row = above.iloc[0]
        excess = churn_risk.against_rest(marts, row["region_code"])
        assert excess is not None
        mrr = float(row["mrr_usd"])
        worth = excess.value * mrr
        return (
            f"At the rest's rate {the_place(row['region_name'])} would lose "
            f"{usd(worth)} of MRR less in a month (95% interval "
            f"{usd(excess.lower * mrr)} to {usd(excess.upper * mrr)}).",
            worth,
        )
    everyone = risk_drivers.members(marts, ALL)
    if everyone is None or not everyone["riskiest_mrr_at_risk_usd"]:
        return f"{NOT_ESTIMATED}the churn model is not trained.", None
    worth = float(everyone["riskiest_mrr_at_risk_usd"])
    return (
        f"At most {usd(worth)} of MRR a month: what the model predicts the top 20% by "
        "risk to take with them.",
        worth,
    )


def _risk_sentence(found: churn_risk.Spread) -> str:
    highest, lowest = found.highest, found.lowest
    told = interval_points(found.difference.lower, found.difference.upper)
    verdict = "" if found.difference.excludes_zero else ", no clear difference"
    return (
        "Standardised for tenure and plan, "
        f"{percent(highest['standardised_churn_rate'], 1)} "
        "of "
        f"members leave in a month in {the_place(highest['region_name'])} and "
        f"{percent(lowest['standardised_churn_rate'], 1)} in "
        f"{the_place(lowest['region_name'])}: {points(found.difference.value)} "
        f"({told}){verdict}."
    )


def _revenue_sentence(marts: Marts) -> str:
    column = "riskiest_mrr_at_risk_usd"
    predicted = {
        region: float(row[column])
        for region in marts.regions
        if (row := risk_drivers.members(marts, region)) is not None and row[column]
    }
    everyone = risk_drivers.members(marts, ALL)
    if everyone is None or not predicted:
        return "Nothing predicts yet which recurring revenue is at risk."
    most = max(predicted, key=lambda region: predicted[region])
    return (
        f"Of the {usd(everyone[column])} of MRR that the model predicts the top 20% of "
        "members by risk to take with them in a month, most, "
        f"{usd(predicted[most])}, is in {the_place(marts.regions[most])}."
    )


def _regions_action(marts: Marts, found: churn_risk.Spread) -> str:
    first = risk_drivers.leading(marts, ALL)
    begin = _geography(marts, found)
    if first is None:
        return begin
    return (
        f"{begin} Of the members most at risk, begin with the "
        f"{number(first['members'])} marked “{first['driver'].lower()}”: "
        f"{_lowered(first['suggested_action'])}"
    )


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _geography(marts: Marts, found: churn_risk.Spread) -> str:
    above = churn_risk.clearly_above(marts)
    if above:
        risk = churn_risk.known_risk(marts)
        told = [
            f"{row['region_name']}: {row['suggested_strategy']}"
            for _, row in risk[risk["region_name"].isin(above)].iterrows()
        ]
        return " ".join(told)
    if found.difference.excludes_zero:
        row = found.highest
        strategy = _lowered(row["suggested_strategy"])
        return f"Begin in {the_place(row['region_name'])}: {strategy}"
    return (
        "Do not split the retention budget by geography yet: the order of the regions "
        "may be chance. Try each region's suggested strategy as an experiment of its "
        "own."
    )
