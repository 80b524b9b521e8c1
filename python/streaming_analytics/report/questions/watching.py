"""How watch time varies, and what goes with much and little of it."""

from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels import (
    signals,
    watch_time,
)
from streaming_analytics.report.questions.answer import NOT_ESTIMATED, Answer
from streaming_analytics.report.wording import (
    count,
    interval_points,
    month_name,
    number,
    percent,
    points,
    usd,
)

_IDLE = 0.1


def answer(marts: Marts) -> Answer:
    """Return the answer that the marts give."""
    top, month = watch_time.heaviest(marts), marts.month
    bins = marts["watch_time"]
    if top is None or month is None:
        first = "Nobody watched anything in a complete month yet."
    else:
        row = bins.iloc[0]
        accounts = count(int(row["month_users"]), "account")
        first = (
            f"In {month_name(month)} the median account watched "
            f"{number(row['p50_hours'], 1)} h and one in ten more than "
            f"{number(row['p90_hours'], 1)} h; the most active "
            f"{percent(top.users_share)} "
            f"drew {percent(top.watched_share)} of the hours (a count of all "
            f"{accounts}, without sampling error)."
        )
    idle = watch_time.idle_share(marts)
    paid = _idle_revenue(marts) if idle >= _IDLE else None
    return Answer(
        (first, _signal(marts)),
        _watching_action(marts, idle),
        f"{NOT_ESTIMATED}what a prompt does to staying needs a test."
        if paid is None
        else f"At most {usd(paid)} of MRR: what the members among them pay.",
        paid,
    )


def _idle_revenue(marts: Marts) -> float | None:
    """Return what members who watched nothing pay a month; None without any."""
    idle = marts["idle_members"]
    if idle.empty or not idle["mrr_usd"].iloc[0]:
        return None
    return float(idle["mrr_usd"].iloc[0])


def _signal(marts: Marts) -> str:
    telling, found = signals.most_telling(marts), signals.strongest(marts)
    if telling is None or found is None:
        return "There are no two complete months yet in which to see who stays."
    row, difference = found
    sign = (
        f"What sets heavy viewers apart most is “{telling['behaviour_name'].lower()}” "
        f"({percent(telling['high_engagement_share'])} of the highest quarter, "
        f"{percent(telling['low_engagement_share'])} of the lowest)"
    )
    told = interval_points(difference.lower, difference.upper)
    if difference.lower <= 0:
        return f"{sign}; no behaviour goes clearly with staying another month."
    return (
        f"{sign}; “{row['behaviour_name'].lower()}” goes most with staying another "
        f"month: {points(difference.value)} ({told})."
    )


def _watching_action(marts: Marts, idle: float) -> str:
    found = signals.strongest(marts)
    test = (
        f"Test whether prompting “{found[0]['behaviour_name'].lower()}” keeps members: "
        "so far it is an association."
        if found is not None and found[1].lower > 0
        else "Test prompts before relying on any one behaviour as a sign of staying."
    )
    if idle >= _IDLE:
        return (
            f"Win back the {percent(idle)} of accounts that watched nothing in the "
            "month "
            f"before their next bill. {test}"
        )
    return test
