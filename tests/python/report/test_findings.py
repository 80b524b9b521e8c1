"""What the charts say, over marts made by hand: signs, plurals and intervals."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from streaming_analytics.report.figures import key_figures, relative_change
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels import (
    PANELS,
    churn_risk,
    genres,
    growth,
    movements,
    recommender,
    retention,
    risk_drivers,
    seasons,
    signals,
    signups,
    survival,
    titles,
    viewing_hours,
    watch_time,
)
from streaming_analytics.report.questions import QUESTIONS, decisions
from streaming_analytics.report.questions.answer import Answer
from streaming_analytics.report.recommenders import BASELINE, GAIN, NDCG, SERVED

TWO = {"NORTH": "North", "SOUTH": "South"}


def made(
    regions: dict[str, str] | None = None, **frames: list[dict[str, Any]]
) -> Marts:
    names = TWO if regions is None else regions
    rows = [{"region_code": code, "region_name": name} for code, name in names.items()]
    tables = {"regions": rows} | frames
    return Marts(
        {name: pd.DataFrame(t, dtype=object) for name, t in tables.items()}, {}
    )


def months(*members: int, **columns: int) -> list[dict[str, Any]]:
    """Return one platform's months with these closing members."""
    return [
        {
            "region_code": ALL,
            "month_start_date": date(2024 + place // 12, place % 12 + 1, 1),
            "signups": 10,
            "opening_members": 100,
            "gross_adds": 5,
            "cancels": 3,
            "net_adds": 2,
            "closing_members": closing,
            "average_members": 100.0,
            "closing_mrr_usd": 1000.0,
            "revenue_usd": 1000.0,
        }
        | columns
        for place, closing in enumerate(members)
    ]


def risk(
    code: str, rate: float, error: float, *, exposure: int = 1000
) -> dict[str, Any]:
    return {
        "region_code": code,
        "region_name": TWO.get(code, code.title()),
        "exposure_months": exposure,
        "standardised_churn_rate": rate,
        "standardised_churn_rate_standard_error": error,
        "standardised_churn_rate_lower": rate - 2 * error,
        "standardised_churn_rate_upper": rate + 2 * error,
        "churn_rate": rate,
        "churn_rate_lower": rate - 2 * error,
        "churn_rate_upper": rate + 2 * error,
        "platform_churn_rate": rate,
        "members": 10,
        "mrr_usd": 100.0,
        "mrr_at_risk_usd": 10.0,
        "leading_driver_code": "voluntary",
        "leading_driver": "Members decide to leave",
        "suggested_strategy": "Ask why.",
    }


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.key)
def test_without_any_data_every_chart_says_so(panel) -> None:
    marts = made({})
    assert panel.rows(marts) == []
    assert panel.finding(marts, ALL)
    assert "nan" not in panel.finding(marts, ALL).lower()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text[:20])
def test_without_any_data_every_question_has_an_answer(question) -> None:
    answer = question.answer(made({}))
    for text in (*answer.sentences, answer.action):
        assert text.endswith(".")
        assert "nan" not in text.lower()


@pytest.mark.parametrize(
    ("members", "told"),
    [
        (
            [*range(100, 113)],
            "112 paid members at the end of January 2025, up 12% from 100",
        ),
        ([*range(112, 99, -1)], "down 11% from 112 a year before"),
        ([100] * 13, "as many as a year before"),
        ([0] * 12 + [5], "none a year before"),
        ([0, 0], "Nobody has been a paid member yet"),
        ([1], "1 paid member at the end of January 2024"),
        ([4, 5], "up 25% from 4 in January 2024"),
    ],
)
def test_growth_says_where_it_goes(members: list[int], told: str) -> None:
    assert told in growth.PANEL.finding(made(growth=months(*members)), ALL)


def test_joining_and_leaving_are_netted_with_a_sign() -> None:
    losing = made(growth=months(10, 9, 8, gross_adds=1, cancels=2))
    assert movements.PANEL.finding(losing, ALL) == (
        "2 joined and 4 left in the last 2 months: \N{MINUS SIGN}2 net"
    )
    one = made(growth=months(10, 9))
    assert "the last 1 month:" in movements.PANEL.finding(one, ALL)


def test_months_without_signups_are_said() -> None:
    quiet = months(5, 5, 5, 5, signups=0)
    assert (
        signups.PANEL.finding(made(growth=quiet), ALL)
        == "Nobody signed up after the first month"
    )
    quiet[2]["signups"] = 4
    marts = made(growth=quiet)
    assert "peaked in March 2024 at 4, against 0" in signups.PANEL.finding(marts, ALL)
    assert "3 months had none" in signups.PANEL.note(marts, ALL)


def test_a_peak_that_is_reached_twice_is_no_peak() -> None:
    assert "never exceeded 10" in signups.PANEL.finding(
        made(growth=months(1, 2, 3)), ALL
    )


def test_regions_whose_intervals_overlap_are_not_told_apart() -> None:
    marts = made(churn_risk=[risk("NORTH", 0.06, 0.01), risk("SOUTH", 0.05, 0.01)])
    assert churn_risk.PANEL.finding(marts, ALL).startswith("No clear difference")
    assert "no clear difference" in churn_risk.PANEL.finding(marts, "NORTH")
    answer = QUESTIONS[1].answer(marts)
    assert "no clear difference" in answer.sentences[0]
    assert answer.action.startswith("Do not split")


def test_a_region_clearly_above_is_named_with_its_strategy() -> None:
    marts = made(churn_risk=[risk("NORTH", 0.09, 0.005), risk("SOUTH", 0.04, 0.005)])
    assert churn_risk.PANEL.finding(marts, ALL).startswith("North carries more churn")
    assert "clearly above" in churn_risk.PANEL.finding(marts, "NORTH")
    assert "clearly below" in churn_risk.PANEL.finding(marts, "SOUTH")
    answer = QUESTIONS[1].answer(marts)
    assert "+5.0 points" in answer.sentences[0]
    assert answer.action == "North: Ask why."


def test_the_same_gap_is_less_clear_among_more_regions() -> None:
    gap = [risk("NORTH", 0.071, 0.007), risk("SOUTH", 0.05, 0.007)]
    assert "No clear" not in churn_risk.PANEL.finding(made(churn_risk=gap), ALL)
    others = [risk(code, 0.06, 0.007) for code in ("EAST", "WEST", "MIDDLE")]
    ranked = [gap[0], *others, gap[1]]
    assert "No clear" in churn_risk.PANEL.finding(made(churn_risk=ranked), ALL)


def test_a_single_region_is_compared_with_nobody() -> None:
    marts = made({"NORTH": "North"}, churn_risk=[risk("NORTH", 0.06, 0.01)])
    assert "one region only" in churn_risk.PANEL.finding(marts, ALL)
    assert "no other region" in QUESTIONS[1].answer(marts).sentences[1]


def outlived(
    region: str, rate: float, error: float, spells: int = 100
) -> dict[str, Any]:
    return {
        "region_code": region,
        "tenure_month": 12,
        "at_risk_spells": spells,
        "survival_rate": rate,
        "survival_rate_standard_error": error,
        "survival_rate_lower": rate - 2 * error,
        "survival_rate_upper": rate + 2 * error,
    }


def lasting(north: float, south: float, spells: int = 100) -> list[dict[str, Any]]:
    return [
        outlived("NORTH", north, 0.03, spells),
        outlived("SOUTH", south, 0.03, spells),
        outlived(ALL, (north + south) / 2, 0.02, 2 * spells),
    ]


def test_retention_tells_regions_apart_only_when_they_are() -> None:
    alike = made(survival_by_region=lasting(0.45, 0.42))
    assert "no clear difference" in retention.PANEL.finding(alike, ALL)
    apart = made(survival_by_region=lasting(0.7, 0.3))
    assert retention.PANEL.finding(apart, ALL) == (
        "70% of subscription periods outlive 12 months in North, 30% in South"
    )
    told = QUESTIONS[5].answer(apart).sentences[0]
    assert "North keeps 40 points more than South" in told


def test_early_losses_are_a_share_of_those_of_the_same_cohorts() -> None:
    # 50 of 100 are lost in a year, 10 of these within three months; younger
    # cohorts lost no more than that so far.
    losses = [
        {"months_since": span, "losses": 50 if span == 12 else 2, "early_losses": 10}
        for span in range(1, 13)
    ]
    marts = made(survival_by_region=lasting(0.5, 0.5), early_losses=losses)
    told = QUESTIONS[5].answer(marts).action
    assert "20% of the losses of 12 months" in told


def test_few_members_make_no_curve() -> None:
    marts = made(survival_by_region=lasting(0.5, 0.5, 10))
    assert retention.PANEL.rows(marts) == []
    assert "old enough" in retention.PANEL.finding(marts, ALL)


def spell(plan: str, rate: float, error: float) -> dict[str, Any]:
    return {
        "plan_code": plan,
        "plan_name": plan.title(),
        "plan_rank": 1,
        "tenure_month": 12,
        "at_risk_spells": 100,
        "survival_rate": rate,
        "survival_rate_standard_error": error,
        "survival_rate_lower": rate - 2 * error,
        "survival_rate_upper": rate + 2 * error,
    }


def test_plans_are_told_apart_only_when_they_are() -> None:
    apart = [spell("basic", 0.3, 0.03), spell("gold", 0.6, 0.03)]
    assert survival.PANEL.finding(made(survival_by_plan=apart), ALL) == (
        "Gold lasts: 60% outlive 12 months, against 30% on Basic"
    )
    alike = [spell("basic", 0.5, 0.03), spell("gold", 0.53, 0.03)]
    told = survival.PANEL.finding(made(survival_by_plan=alike), ALL)
    assert told.startswith("No clear difference")


def behaviour(name: str, with_it: tuple[int, int], without: tuple[int, int]):
    rates = with_it[0] / with_it[1], without[0] / without[1]
    return {
        "behaviour_name": name,
        "member_months": with_it[1] + without[1],
        "compared_member_months": with_it[1],
        "with_retained": with_it[0],
        "with_member_months": with_it[1],
        "without_retained": without[0],
        "without_member_months": without[1],
        "with_retention_rate": rates[0],
        "without_retention_rate": rates[1],
        "retention_difference": rates[0] - rates[1],
        "retention_difference_lower": 0.0,
        "retention_difference_upper": 0.1,
        "standardised_retention_difference": 0.01,
        "high_engagement_share": 0.9,
        "low_engagement_share": 0.1,
    }


def test_a_behaviour_is_a_signal_only_when_clear() -> None:
    weak = made(signals=[behaviour("Rated", (96, 100), (95, 100))])
    assert signals.PANEL.finding(weak, ALL).startswith("No behaviour goes clearly")
    assert "no behaviour goes clearly" in QUESTIONS[0].answer(weak).sentences[1]
    strong = made(signals=[behaviour("Rated", (990, 1000), (900, 1000))])
    assert signals.PANEL.finding(strong, ALL) == (
        "Rated: 99.0% stay another month, against 90.0% of the others"
    )
    assert "+9.0 points" in QUESTIONS[0].answer(strong).sentences[1]


def test_like_for_like_is_hidden_where_few_can_be_compared() -> None:
    row = behaviour("Rated", (990, 1000), (900, 1000))
    (shown,) = signals.PANEL.rows(made(signals=[row]))
    assert shown["standardised_retention_difference"] is None
    row["compared_member_months"] = row["member_months"]
    (shown,) = signals.PANEL.rows(made(signals=[row]))
    assert shown["standardised_retention_difference"] == 0.01


def genre(name: str, rating: float, error: float, ratio: float = 1.0) -> dict[str, Any]:
    return {
        "genre_code": name.lower(),
        "genre_name": name,
        "verdict": "invest" if rating > 3.5 else "improve",
        "titles": 5,
        "weighted_hours": 10.0,
        "catalogue_share": 0.1,
        "watched_share": 0.1 * ratio,
        "watched_to_catalogue_ratio": ratio,
        "completion_rate": 0.5,
        "shrunk_rating": rating,
        "shrunk_rating_lower": rating - error,
        "shrunk_rating_upper": rating + error,
    }


def rated(*of: dict[str, Any]) -> Marts:
    return made(genres=list(of), ratings=[{"ratings": 100, "mean_rating": 3.5}])


def test_genres_stand_out_only_with_their_whole_interval() -> None:
    unclear = rated(genre("War", 3.6, 0.2), genre("Crime", 3.4, 0.2))
    assert genres.PANEL.finding(unclear, ALL) == (
        "No genre is rated clearly above or below the mean"
    )
    answer = QUESTIONS[4].answer(unclear)
    assert "not clearly different from the mean" in answer.sentences[0]
    assert answer.action.startswith("Keep the mix")
    clear = rated(genre("War", 3.9, 0.2), genre("Crime", 3.1, 0.2, ratio=1.5))
    assert genres.PANEL.finding(clear, ALL) == (
        "War is rated clearly above the mean; Crime is rated clearly below the mean; "
        "Crime is watched 1.5 times its share of the catalogue"
    )
    assert QUESTIONS[4].answer(clear).action == (
        "Invest in war: watched and liked. Raise the quality of crime before adding "
        "to it."
    )


def test_several_genres_take_the_plural() -> None:
    told = genres.PANEL.finding(
        rated(*(genre(name, 3.9, 0.2) for name in ("A", "B", "C", "D", "E"))), ALL
    )
    assert told == "A, B, C and 2 more are rated clearly above the mean"


def season(name: str, number: int, index: float, signups: int) -> dict[str, Any]:
    return {
        "season_type": "month",
        "season_name": name,
        "season_number": number,
        "observations": 1,
        "signups": signups,
        "seasonality_index": index,
    }


def test_seasons_stand_out_only_with_enough_signups() -> None:
    few = made(seasons=[season("May", 5, 0.5, 2), season("June", 6, 1.5, 6)])
    assert seasons.PANEL.finding(few, ALL).startswith("No month of the year stands out")
    many = made(seasons=[season("May", 5, 0.5, 200), season("June", 6, 1.5, 600)])
    assert seasons.PANEL.finding(many, ALL) == (
        "June brings clearly more sign-ups than the trend, May fewer"
    )
    assert "at most 1 year" in seasons.PANEL.note(many, ALL)


Bounded = tuple[float, float, float]


def trained(ours: Bounded, theirs: Bounded, gain: Bounded) -> Marts:
    return made(
        recommender=[
            {
                "split_name": "global",
                "model_name": model,
                "metric_name": metric,
                "metric_value": value,
                "lower_value": lower,
                "upper_value": upper,
                "users": 50,
            }
            for model, metric, (value, lower, upper) in (
                (SERVED, NDCG, ours),
                (BASELINE, NDCG, theirs),
                (SERVED, GAIN, gain),
            )
        ]
    )


def test_recommendations_are_better_when_the_same_accounts_say_so() -> None:
    # The two intervals overlap, that of the difference is above zero.
    better = trained((0.15, 0.11, 0.19), (0.1, 0.06, 0.14), (0.05, 0.01, 0.09))
    assert "50% better" in recommender.PANEL.finding(better, ALL)
    assert "+0.050 (+0.010 to +0.090)" in QUESTIONS[6].answer(better).sentences[0]
    assert QUESTIONS[6].answer(better).action.startswith("Serve the lists")
    assert recommender.PANEL.note(better, ALL).startswith(
        "Held out: the last 20% of all choices, of 50 users"
    )
    flattered = better["recommender"].assign(split_name="per_user")
    flattered.loc[flattered["metric_name"] == GAIN, "metric_value"] = 0.09
    rows = [*better["recommender"].to_dict("records"), *flattered.to_dict("records")]
    both = made(recommender=rows)
    # What knows the future of others is told beside, and never in the title.
    assert "50% better" in recommender.PANEL.finding(both, ALL)
    assert "own history, the gain is 90%" in recommender.PANEL.note(both, ALL)
    only = made(recommender=flattered.to_dict("records"))
    assert "90% better" in recommender.PANEL.finding(only, ALL)
    assert "the history of 50 users" in recommender.PANEL.note(only, ALL)
    alike = trained((0.11, 0.09, 0.13), (0.1, 0.08, 0.12), (0.01, 0.0, 0.02))
    assert recommender.PANEL.finding(alike, ALL).startswith("No clear difference")
    assert QUESTIONS[6].answer(alike).action.startswith("Keep serving popularity")


def test_one_title_alone_is_told_as_such() -> None:
    row = {
        "region_code": ALL,
        "title": "Solo",
        "title_rank": 1,
        "watched_share": 1.0,
        "starters": 2,
        "completers": 1,
        "peer_starters": 0,
        "peer_completers": 0,
    }
    assert titles.PANEL.finding(made(titles=[row]), ALL) == (
        "Solo is all that was watched"
    )


def test_watch_time_takes_the_top_that_is_nearest_to_a_fifth() -> None:
    bins = [
        {
            "bin_number": number,
            "cumulative_users_share": users,
            "cumulative_watched_share": watched,
            "month_watched_hours": 10.0,
            "users_share": 0.3,
        }
        for number, users, watched in ((1, 0.3, 0.0), (2, 0.75, 0.4), (3, 1.0, 1.0))
    ]
    period = [
        {
            "first_date": date(2024, 1, 1),
            "as_of_date": date(2024, 1, 31),
            "month_start_date": date(2024, 1, 1),
        }
    ]
    marts = made(watch_time=bins, period=period)
    assert watch_time.PANEL.finding(marts, ALL) == (
        "The most active 25% of accounts watched 60% of the hours of January 2024"
    )
    assert watch_time.idle_share(marts) == 0.3


def test_the_hour_of_most_viewing_is_told_in_words() -> None:
    hours = [
        {
            "region_code": ALL,
            "local_weekday": weekday,
            "local_hour": hour,
            "watched_hours": hours,
            "watched_share": hours / 4,
        }
        for weekday, hour, hours in ((6, 21, 3.0), (1, 9, 1.0))
    ]
    assert viewing_hours.PANEL.finding(made(viewing_hours=hours), ALL) == (
        "Viewing peaks on Saturdays at 9 pm; the weekend draws 75% of the hours"
    )


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (110, 100, ("+10 (+10.0%) on May", "up")),
        (90, 100, ("\N{MINUS SIGN}10 (\N{MINUS SIGN}10.0%) on May", "down")),
        (100, 100, ("as in May", "level")),
        (5, 0, ("+5 from none in May", "up")),
        (5, None, ("no earlier month to compare with", "level")),
    ],
)
def test_changes(now, before, told) -> None:
    assert relative_change(now, before, "May") == told


def test_a_figure_is_compared_with_its_month_of_the_year_before() -> None:
    # Each month has ten more than the one before.
    rows = months(*range(100, 240, 10))
    members = key_figures(made(growth=rows), ALL)[0]
    assert members.value == "230"
    assert members.change == "+120 (+109.1%) on February 2024"
    assert members.before == "January: 220"
    assert members.direction == "up"
    # A first year has the month before only, and says that its season is in it.
    young = key_figures(made(growth=rows[:3]), ALL)[0]
    assert young.change == "+10 (+9.1%) on February, season included"
    assert young.before == ""


def test_what_is_worth_most_is_decided_first() -> None:
    answers = [
        Answer(("", ""), f"Act {place}.", worth_usd=worth)
        for place, worth in enumerate([None, 5.0, None, 40.0, 7.5])
    ]
    assert decisions(answers) == [3, 4, 1]
    assert decisions(answers[:3]) == [1, 0, 2]


def test_a_change_of_churn_within_chance_is_not_told_as_one() -> None:
    rows = months(100, 100, cancels=5)
    rows[0]["cancels"] = 7
    churn = {figure.key: figure for figure in key_figures(made(growth=rows), ALL)}
    assert churn["churn"].change == "no clear change on January, season included"
    assert churn["churn"].direction == "level"
    rows[0]["cancels"] = 40
    churn = {figure.key: figure for figure in key_figures(made(growth=rows), ALL)}
    assert churn["churn"].change == (
        "\N{MINUS SIGN}35.0 points on January, season included"
    )
    assert churn["churn"].direction == "down"


def test_hours_are_compared_by_day_so_that_february_does_not_fall() -> None:
    viewing = [
        {
            "region_code": ALL,
            "month_start_date": date(2024, month, 1),
            "watched_hours": float(days),
        }
        for month, days in ((1, 31), (2, 29))
    ]
    marts = made(growth=months(10, 10), viewing_months=viewing)
    hours = {figure.key: figure for figure in key_figures(marts, ALL)}["hours"]
    assert hours.value == "29 h"
    assert hours.change == "0.0% a day on January, season included"
    assert hours.direction == "level"


def at_risk(members: int, *, scored: int = 100) -> dict[str, Any]:
    return {
        "region_code": ALL,
        "members": 100,
        "scored_members": scored,
        "riskiest_members": members,
        "asked_members": 1,
        "riskiest_losses": 3.0,
        "predicted_losses": 6.0,
        "riskiest_mrr_at_risk_usd": 40.0,
    }


def driver(name: str, members: int) -> dict[str, Any]:
    return {
        "region_code": ALL,
        "driver": name,
        "suggested_action": "Write to them.",
        "members": members,
        "mrr_at_risk_usd": 20.0,
    }


def test_the_reason_of_most_members_at_risk_is_told() -> None:
    marts = made(
        risk_members=[at_risk(20)],
        risk_drivers=[driver("Watches little", 12), driver("New membership", 8)],
        churn_risk=[risk("NORTH", 0.06, 0.01), risk("SOUTH", 0.05, 0.01)],
    )
    assert risk_drivers.PANEL.finding(marts, ALL) == (
        "“Watches little” comes first for 12 of the 20 members most at risk"
    )
    note = risk_drivers.PANEL.note(marts, ALL)
    assert "take, so the model, $40 of MRR with them in a month" in note
    assert "They are 50% of the members predicted to leave" in note
    assert "; 1 more has asked to leave already." in note
    # No word on how good the model is where it was not judged.
    assert "months it had not seen" not in note
    assert (
        QUESTIONS[1]
        .answer(marts)
        .action.endswith("begin with the 12 marked “watches little”: write to them.")
    )


def test_without_training_no_reason_is_told() -> None:
    marts = made(
        risk_members=[at_risk(0, scored=0)],
        churn_risk=[risk("NORTH", 0.06, 0.01), risk("SOUTH", 0.05, 0.01)],
    )
    assert "not trained yet" in risk_drivers.PANEL.finding(marts, ALL)
    assert risk_drivers.PANEL.note(marts, ALL) == ""
    assert "marked" not in QUESTIONS[1].answer(marts).action


def test_popularity_may_be_better_and_is_told_so() -> None:
    worse = trained((0.1, 0.09, 0.11), (0.15, 0.14, 0.16), (-0.05, -0.07, -0.03))
    assert recommender.PANEL.finding(worse, ALL).startswith("Popularity predicts")
    answer = QUESTIONS[6].answer(worse)
    assert answer.sentences[0].startswith("Popularity predicts")
    assert answer.action.startswith("Keep serving popularity")


def test_an_action_has_its_money_or_says_why_not() -> None:
    marts = made(
        risk_members=[at_risk(20), at_risk(20) | {"region_code": "SOUTH"}],
        risk_drivers=[driver("Watches little", 12)],
        churn_risk=[risk("NORTH", 0.06, 0.01), risk("SOUTH", 0.05, 0.01)],
    )
    answer = QUESTIONS[1].answer(marts)
    assert answer.sentences[1].startswith("Of the $40 of MRR that the model predicts")
    assert answer.sentences[1].endswith("most, $40, is in South.")
    assert answer.effect.startswith("At most $40 of MRR a month: what the model")
    # Before training nothing is predicted, and what was observed takes no place of it.
    young = QUESTIONS[1].answer(made(churn_risk=marts["churn_risk"].to_dict("records")))
    assert young.effect == "Not estimated: the churn model is not trained."
    assert "$" not in "".join(young.sentences)
