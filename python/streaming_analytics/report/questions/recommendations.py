"""What each user should watch next, and how good the lists are."""

from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels import (
    recommender,
)
from streaming_analytics.report.questions.answer import NOT_ESTIMATED, Answer
from streaming_analytics.report.recommenders import BASELINE, GAIN, NDCG, SERVED
from streaming_analytics.report.wording import (
    capitalised,
    count,
    number,
    percent,
    signed,
)


def answer(marts: Marts) -> Answer:
    """Return the answer that the marts give."""
    ours = recommender.served(marts)
    theirs = recommender.metric(marts, BASELINE, NDCG)
    gain = recommender.metric(marts, SERVED, GAIN)
    if ours is None or theirs is None or gain is None:
        first = "The recommender has not been trained, so its quality is unknown."
        action = "Run `streaming train`, then build again."
    else:
        told = (
            "on a scale from 0 (no listed title was chosen) to 1 (exactly the first "
            f"ten were) the lists reach {number(ours['metric_value'], 3)} "
            f"(95% interval {number(ours['lower_value'], 3)} to "
            f"{number(ours['upper_value'], 3)}) against "
            f"{number(theirs['metric_value'], 3)} "
            f"({number(theirs['lower_value'], 3)} to "
            f"{number(theirs['upper_value'], 3)}) "
            "for popularity (NDCG@10), account by account "
            f"{signed(gain['metric_value'], 3)} "
            f"({signed(gain['lower_value'], 3)} to "
            f"{signed(gain['upper_value'], 3)})"
        )
        if recommender.is_clearly_better(marts):
            first = f"The lists predict what people chose next better: {told}."
            action = (
                "Serve the lists, and measure them in an experiment against "
                "popularity: "
                "offline figures only know what people chose from what they were shown."
            )
        else:
            first = (
                f"Popularity predicts what people chose next better: {told}."
                if recommender.is_clearly_worse(marts)
                else f"The lists are not clearly better than popularity: {told}."
            )
            action = "Keep serving popularity, and gather more viewing before training."
    return Answer(
        (first, _lists_sentence(marts)),
        action,
        f"{NOT_ESTIMATED}offline figures know no revenue; an experiment does.",
    )


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
    coverage = recommender.metric(marts, SERVED, "coverage_at_10")
    if coverage is None:
        return f"{told}."
    reach = percent(coverage["metric_value"])
    return f"{told}, and the tested lists reach {reach} of the catalogue."
