"""The business questions, each with an answer in two sentences and what follows."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from streaming_analytics.report.intervals import Estimate, share_difference
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels import (
    churn_risk,
    genres,
    growth,
    recommender,
    retention,
    risk_drivers,
    seasons,
    signals,
    signups,
    survival,
    titles,
    watch_time,
)
from streaming_analytics.report.panels.panel import Panel
from streaming_analytics.report.wording import (
    capitalised,
    count,
    interval,
    interval_points,
    listing,
    month_name,
    number,
    percent,
    points,
    the_place,
    usd,
)

_IDLE = 0.1
_EARLY = 3


@dataclass(frozen=True)
class Answer:
    """What the marts say to a question.

    Attributes:
        sentences: Two, with their numbers and how sure they are.
        action: What to do, no stronger than the sentences.
    """

    sentences: tuple[str, str]
    action: str


@dataclass(frozen=True)
class Question:
    """A business question, the charts that bear on it and its answer."""

    text: str
    panels: tuple[Panel, ...]
    answer: Callable[[Marts], Answer]


def unanswered(question: Question, marts: Marts) -> Answer | None:
    """Return what to say when the marts hold nothing on it; None when they do."""
    missing = sorted({t for p in question.panels for t in p.missing_tables(marts)})
    if missing:
        return Answer(
            (
                f"Not published: {', '.join(missing)}.",
                "There is nothing to answer with.",
            ),
            "Run the whole build, so that these tables are published.",
        )
    return None


def _watching(marts: Marts) -> Answer:
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
    return Answer((first, _signal(marts)), _watching_action(marts, idle))


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


def _regions(marts: Marts) -> Answer:
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
    return Answer(
        (_risk_sentence(found), _revenue_sentence(marts)), _regions_action(marts, found)
    )


def _risk_sentence(found: churn_risk.Spread) -> str:
    highest, lowest = found.highest, found.lowest
    told = interval_points(found.difference.lower, found.difference.upper)
    verdict = "" if found.difference.excludes_zero else ", no clear difference"
    return (
        f"At equal tenure and plans {percent(highest['standardised_churn_rate'], 1)} "
        "of "
        f"members leave in a month in {the_place(highest['region_name'])} and "
        f"{percent(lowest['standardised_churn_rate'], 1)} in "
        f"{the_place(lowest['region_name'])}: {points(found.difference.value)} "
        f"({told}){verdict}."
    )


def _revenue_sentence(marts: Marts) -> str:
    risk = marts["churn_risk"]
    row = risk.loc[risk["mrr_at_risk_usd"].astype(float).idxmax()]
    total = float(risk["mrr_at_risk_usd"].sum())
    return (
        f"Most recurring revenue at risk is in {the_place(row['region_name'])}, "
        f"{usd(row['mrr_at_risk_usd'])} of the {usd(total)} that all regions have at "
        "risk in a month; as observed there, "
        f"{percent(row['churn_rate'], 1)} leave in a month "
        f"({interval(row['churn_rate_lower'], row['churn_rate_upper'])})."
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


def _shows(marts: Marts) -> Answer:
    top = marts.of_region("titles", ALL)
    if top.empty:
        return Answer(
            (
                "Nobody watched anything yet.",
                "Completion and ratings follow with the first plays.",
            ),
            "Wait for the first plays.",
        )
    first = top.iloc[0]
    drew = (
        f"{count(len(top), 'title')} drew "
        f"{percent(float(top['watched_share'].sum()))} of "
        f"all hours, {first['title']} alone {percent(first['watched_share'])} (counts, "
        "without sampling error)"
    )
    ahead = _ahead_of_peers(top)
    if ahead is None:
        completed = "none of them is finished clearly more often than its peers"
    else:
        row, difference = ahead
        told = interval_points(difference.lower, difference.upper, 0)
        completed = (
            f"{row['title']} is finished by "
            f"{percent(row['completers'] / row['starters'])} "
            f"of its starters, {points(difference.value, 0)} on its peers ({told})"
        )
    return Answer(
        (f"{drew}; {completed}.", _underrated(marts)), _shows_action(marts, ahead)
    )


def _ahead_of_peers(top: pd.DataFrame) -> tuple[pd.Series, Estimate] | None:
    """Return the title furthest above titles of like length, if any clearly is."""
    best = None
    for _, row in top.iterrows():
        difference = share_difference(
            row["completers"],
            row["starters"],
            row["peer_completers"] or 0,
            row["peer_starters"] or 0,
            comparisons=len(top),
        )
        is_ahead = difference is not None and difference.lower > 0
        if is_ahead and (best is None or difference.value > best[1].value):
            best = (row, difference)
    return best


def _underrated(marts: Marts) -> str:
    mean, below = genres.platform_rating(marts), genres.clearly_below(marts)
    if mean is None:
        return "Nobody has rated anything yet."
    if not below:
        return (
            "No genre is rated clearly below the platform's mean of "
            f"{number(mean, 2)} stars."
        )
    known = genres.rated(marts).set_index("genre_name")
    told = [
        f"{name} ({number(known.loc[name, 'shrunk_rating'], 2)} stars, 95% interval "
        f"{number(known.loc[name, 'shrunk_rating_lower'], 2)} to "
        f"{number(known.loc[name, 'shrunk_rating_upper'], 2)})"
        for name in below
    ]
    verb = "underperforms" if len(below) == 1 else "underperform"
    return f"{listing(told)} {verb} the mean rating of {number(mean, 2)} stars."


def _shows_action(marts: Marts, ahead: tuple[pd.Series, Estimate] | None) -> str:
    below = genres.clearly_below(marts)
    parts = []
    if ahead is not None:
        parts.append(
            f"Renew {ahead[0]['title']}, and look for more that is finished like it."
        )
    else:
        parts.append(
            "Choose what to place prominently by hours; completion does not tell."
        )
    if below:
        parts.append(
            f"Review the next acquisitions in {listing([n.lower() for n in below])}."
        )
    return " ".join(parts)


def _growth(marts: Marts) -> Answer:
    months = marts.of_region("growth", ALL)
    if months.empty:
        return Answer(
            (
                "No month is complete yet, so there are no seasons to see.",
                "Growth follows with the first complete month.",
            ),
            "Wait for a complete month.",
        )
    above, below = seasons.clear_seasons(marts, "month")
    return Answer(
        (_season_sentence(marts, above, below), _trajectory(marts)),
        _growth_action(marts, above),
    )


def _season_sentence(
    marts: Marts, above: list[seasons.Season], below: list[seasons.Season]
) -> str:
    if not seasons.seasons(marts, "month"):
        return "The data are too short to tell a season of sign-ups from a trend."
    if not above and not below:
        return "No month of the year stands out clearly from the trend of sign-ups."
    season = (above or below)[0]
    told = (
        f"95% interval {number(season.index.lower, 2)} to "
        f"{number(season.index.upper, 2)}, widened for twelve months"
    )
    years = seasons.years_behind(marts)
    caution = " of one year only" if years == 1 else f" over {count(years, 'year')}"
    others = [one.name for one in above[1:]]
    also = f", and {listing(others)} clearly above it too" if others else ""
    low = (
        f"; {listing([one.name for one in below])} clearly below"
        if above and below
        else ""
    )
    return (
        f"{season.name} brings {number(season.index.value, 2)} times the trend's "
        f"sign-ups ({told}){also}{low}, on data{caution}."
    )


def _trajectory(marts: Marts) -> str:
    grown = growth.PANEL.finding(marts, ALL)
    ahead = growth.forecast_at_end(marts, ALL)
    if ahead is None:
        return f"{grown}; there is too little history for a forecast."
    return (
        f"{grown}; the forecast for {month_name(ahead['month_start_date'])} is "
        f"{number(ahead['forecast_members'])} (95% interval "
        f"{number(ahead['forecast_members_lower'])} to "
        f"{number(ahead['forecast_members_upper'])})."
    )


def _growth_action(marts: Marts, above: list[seasons.Season]) -> str:
    if not above:
        plan = "Spread acquisition evenly over the year until a season shows."
    else:
        names = listing([season.name for season in above])
        plan = f"Have campaigns and launches ready before {names}."
        if seasons.years_behind(marts) == 1:
            plan += " Treat it as a bet: one year cannot tell a season from an event."
    ahead = growth.forecast_at_end(marts, ALL)
    if ahead is not None and not growth.is_informed(ahead):
        plan += " Do not plan capacity on the forecast; so far it beats no naive one."
    return plan


def _curation(marts: Marts) -> Answer:
    known, mean = genres.rated(marts), genres.platform_rating(marts)
    if known.empty or mean is None:
        return Answer(
            (
                "No genre has both ratings and viewing yet.",
                "There is nothing to curate by.",
            ),
            "Wait for the first ratings.",
        )
    best = known.iloc[0]
    above = genres.clearly_above(marts)
    told = (
        f"95% interval {number(best['shrunk_rating_lower'], 2)} to "
        f"{number(best['shrunk_rating_upper'], 2)}"
    )
    verdict = (
        "clearly above" if best["genre_name"] in above else "not clearly different from"
    )
    first = (
        f"{best['genre_name']} is rated highest, {number(best['shrunk_rating'], 2)} "
        "stars "
        f"({told}), {verdict} the mean of {number(mean, 2)}."
    )
    watched = known.loc[known["watched_to_catalogue_ratio"].astype(float).idxmax()]
    neglected = known.loc[known["watched_to_catalogue_ratio"].astype(float).idxmin()]
    second = (
        f"{watched['genre_name']} draws {percent(watched['watched_share'], 1)} of the "
        "hours "
        f"with {percent(watched['catalogue_share'], 1)} of the catalogue, "
        f"{neglected['genre_name'].lower()} {percent(neglected['watched_share'], 1)} "
        "with "
        f"{percent(neglected['catalogue_share'], 1)} (counts, without sampling error)."
    )
    return Answer(
        (first, second), _curation_action(known, above, genres.clearly_below(marts))
    )


def _curation_action(known: pd.DataFrame, above: list[str], below: list[str]) -> str:
    verdicts = known.set_index("genre_name")["verdict"]
    parts = []
    for verdict, names, told in (
        (
            "promote",
            above,
            "Give {} more room on the home page: liked, but little watched.",
        ),
        ("invest", above, "Invest in {}: watched and liked."),
        ("improve", below, "Raise the quality of {} before adding to it."),
        ("trim", below, "Let licences in {} run out first."),
    ):
        chosen = [name.lower() for name in names if verdicts[name] == verdict]
        if chosen:
            parts.append(told.format(listing(chosen)))
    if not parts:
        return (
            "Keep the mix: no genre's rating is clearly above or below the mean, so "
            "curate by hours per title and gather more ratings."
        )
    rest = len(known) - len(above) - len(below)
    if rest:
        parts.append(
            f"Ratings do not tell the other {count(rest, 'genre')} from the mean; "
            "judge "
            "them by hours."
        )
    return " ".join(parts)


def _cohorts(marts: Marts) -> Answer:
    months = retention.milestone(marts)
    kept = None if months is None else retention.retained(marts, ALL, months)
    if months is None or kept is None:
        return Answer(
            (
                "No cohort is old enough yet to tell how long members stay.",
                "The first anniversaries will show it.",
            ),
            "Wait for the first cohorts to grow older.",
        )
    span = count(months, "month")
    told = interval(kept.lower, kept.upper, 0)
    first = f"{percent(kept.value)} of members are still there after {span} ({told})"
    return Answer(
        (f"{first}{_between_regions(marts, months)}.", _between_plans(marts)),
        _cohort_action(marts, months),
    )


def _between_regions(marts: Marts, months: int) -> str:
    found = retention.extremes(marts, months)
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
        return "There are too few spells yet to compare plans."
    longest, shortest, difference = found
    span = count(survival.milestone(marts) or 0, "month")
    told = interval_points(difference.lower, difference.upper, 0)
    if not difference.excludes_zero:
        return (
            f"Between plans there is no clear difference in how many last {span} "
            f"({longest['plan_name']} less {shortest['plan_name']}: {told})."
        )
    return (
        f"By plan, {percent(longest['survival_rate'])} of spells on "
        f"{longest['plan_name']} outlive {span} and "
        f"{percent(shortest['survival_rate'])} "
        f"on {shortest['plan_name']}: {points(difference.value, 0)} ({told})."
    )


def _cohort_action(marts: Marts, months: int) -> str:
    early, late = (retention.retained(marts, ALL, span) for span in (_EARLY, months))
    parts = []
    if months > _EARLY and early is not None and late is not None and late.value < 1:
        share = (1 - early.value) / (1 - late.value)
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


def _recommendations(marts: Marts) -> Answer:
    ours = recommender.served(marts)
    theirs = recommender.metric(marts, recommender.BASELINE, recommender.NDCG)
    if ours is None or theirs is None:
        first = "The recommender has not been trained, so its quality is unknown."
        action = "Run `streaming train`, then build again."
    else:
        told = (
            f"NDCG@10 of {number(ours['metric_value'], 3)} "
            f"(95% interval {number(ours['lower_value'], 3)} to "
            f"{number(ours['upper_value'], 3)}) against "
            f"{number(theirs['metric_value'], 3)} "
            f"({number(theirs['lower_value'], 3)} to "
            f"{number(theirs['upper_value'], 3)}) "
            "for popularity"
        )
        if recommender.is_clearly_better(marts):
            first = f"The lists foretell what people chose next better: {told}."
            action = (
                "Serve the lists, and measure them in an experiment against "
                "popularity: "
                "offline figures only know what people chose from what they were shown."
            )
        else:
            first = (
                f"Popularity foretells what people chose next better: {told}."
                if recommender.is_clearly_worse(marts)
                else f"The lists are not clearly better than popularity: {told}."
            )
            action = "Keep serving popularity, and gather more viewing before training."
    return Answer((first, _lists_sentence(marts)), action)


def _lists_sentence(marts: Marts) -> str:
    made = recommender.lists(marts)
    if made is None:
        return "No account has a list yet."
    total = made["recommendations"]
    told = (
        f"{capitalised(count(int(made['users']), 'account'))} have a list, over "
        f"{count(int(made['titles']), 'title')}; "
        f"{percent(made['from_history'] / total)} "
        "of the places come from the account's own history"
    )
    coverage = recommender.metric(marts, recommender.SERVED, "coverage_at_10")
    if coverage is None:
        return f"{told}."
    reach = percent(coverage["metric_value"])
    return f"{told}, and the tested lists reach {reach} of the catalogue."


QUESTIONS = (
    Question(
        "How does total watch time vary across users, and what viewing behaviour "
        "signals "
        "low or high engagement?",
        (watch_time.PANEL, signals.PANEL),
        _watching,
    ),
    Question(
        "Which regions show higher churn risk, and how should retention strategy "
        "differ "
        "by geography?",
        (churn_risk.PANEL, risk_drivers.PANEL),
        _regions,
    ),
    Question(
        "Which shows drive the most total watch time and completion? Which genres "
        "underperform in ratings?",
        (titles.PANEL,),
        _shows,
    ),
    Question(
        "Are there seasonal patterns in sign-ups? What is the trajectory of platform "
        "growth?",
        (signups.PANEL, seasons.PANEL, growth.PANEL),
        _growth,
    ),
    Question(
        "Which genres receive the highest average ratings, and how does this influence "
        "curation?",
        (genres.PANEL,),
        _curation,
    ),
    Question(
        "How do cohorts retain over time, by region and plan?",
        (retention.PANEL, survival.PANEL),
        _cohorts,
    ),
    Question(
        "What should each user watch next, and how good are those recommendations?",
        (recommender.PANEL,),
        _recommendations,
    ),
)
