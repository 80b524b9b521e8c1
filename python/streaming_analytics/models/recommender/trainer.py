"""`streaming train recommend`: item weights from the marts, and how good they are."""

from typing import TYPE_CHECKING

from streaming_analytics.definitions import Definitions
from streaming_analytics.models.fits import Fit, UntrainableError
from streaming_analytics.models.recommender.settings import ListRules, list_rules
from streaming_analytics.models.training_data import TrainingData
from streaming_analytics.progress import Progress

if TYPE_CHECKING:
    import pandas as pd
    from scipy import sparse

    from streaming_analytics.models.recommender.choosing import Chosen
    from streaming_analytics.models.recommender.evaluation import Evaluation
    from streaming_analytics.models.recommender.feedback import Feedback

MODEL_NAME = "recommend"
SERVED = "ease_top_100_diverse"
_LEAST = 2


def fit(data: TrainingData, definitions: Definitions, progress: Progress) -> Fit:
    """Judge the recommenders on what was held out, then fit EASE on everything.

    Raises:
        UntrainableError: Fewer than two accounts or titles, or nobody whose last
            choices could be held out.
        UserError: A definition is not there, or no whole number.
    """
    choices = data.read(
        """
        select user_id, content_id, feedback_percent, chosen_at
        from {mart_recommendation}.fct_content_feedback
        """
    )
    titles = data.read(
        "select content_id, leading_genre_code from {mart_core}.dim_content"
    )
    users = data.read("select user_id, region_code from {mart_core}.dim_users")
    return fit_feedback(choices, titles, users, list_rules(definitions), progress)


def fit_feedback(
    choices: "pd.DataFrame",
    titles: "pd.DataFrame",
    users: "pd.DataFrame",
    rules: ListRules,
    progress: Progress,
) -> Fit:
    """Fit from rows of `fct_content_feedback`, `dim_content` and `dim_users`.

    Raises:
        UntrainableError: As `fit`.
    """
    from threadpoolctl import threadpool_limits

    from streaming_analytics.models.recommender.choosing import choose
    from streaming_analytics.models.recommender.ease import fit_ease
    from streaming_analytics.models.recommender.evaluation import SPLITS, evaluate
    from streaming_analytics.models.recommender.feedback import read_feedback
    from streaming_analytics.models.recommender.settings import (
        MOST_TITLES,
        NEIGHBOURS,
    )

    _require_something(choices)
    viewed = choices["content_id"].value_counts().sort_index()
    known = viewed.sort_values(ascending=False, kind="stable").index[:MOST_TITLES]
    feedback = read_feedback(choices[choices["content_id"].isin(known)], titles, users)
    # Several threads wait for each other at every step of a matrix of this size: where
    # other programs run, they take longer than one does.
    with threadpool_limits(limits=1, user_api="blas"):
        evaluations = {}
        for name, split in SPLITS.items():
            progress.update(f"training recommend: judging by the {name} split")
            evaluation = evaluate(feedback, split(feedback), rules)
            if evaluation is not None:
                evaluations[name] = evaluation
        if "per_user" not in evaluations:
            raise UntrainableError(
                "no account has chosen five titles, so no last choices can be held "
                "out to judge a recommender by"
            )
        progress.update("training recommend: fitting the weights")
        chosen = choose(feedback, rules).ease
        ease = fit_ease(feedback.known(), len(feedback.titles), chosen.setting)
        weights = ease.neighbours(NEIGHBOURS)
    return Fit(
        model_name=MODEL_NAME,
        trained_from_date=choices["chosen_at"].min().date(),
        trained_until_date=choices["chosen_at"].max().date(),
        trained_rows=len(feedback),
        tables={
            "content_weights": _weights_table(feedback, weights),
            "region_weights": _regions_table(feedback, weights),
            "recommender_settings": _settings_table(chosen),
            "recommender_evaluation": _evaluation_table(evaluations),
        },
        summary=_summary(feedback, evaluations["per_user"], chosen),
    )


def _require_something(choices: "pd.DataFrame") -> None:
    for column, name in (("user_id", "accounts"), ("content_id", "titles")):
        found = choices[column].nunique()
        if found < _LEAST:
            raise UntrainableError(
                f"there is nothing to compare: {found} {name} with a choice, and at "
                f"least {_LEAST} are needed"
            )


def _weights_table(feedback: "Feedback", weights: "sparse.csr_array") -> "pd.DataFrame":
    import pandas as pd
    from scipy import sparse

    cells = sparse.coo_array(weights[: len(feedback.titles)])
    watched, scored = cells.coords
    return pd.DataFrame(
        {
            "content_id": feedback.titles[watched],
            "neighbour_content_id": feedback.titles[scored],
            "weight_billionths": cells.data,
        }
    )


def _regions_table(feedback: "Feedback", weights: "sparse.csr_array") -> "pd.DataFrame":
    """Return what living in each region says for each title, with living anywhere."""
    import numpy as np
    import pandas as pd

    from streaming_analytics.models.recommender.feedback import REGION_SHARE

    of_regions = weights[len(feedback.titles) :].toarray() * REGION_SHARE
    # Living anywhere comes first.
    spoken = of_regions[0] + of_regions[1:]
    region, title = np.nonzero(spoken)
    return pd.DataFrame(
        {
            "region_code": feedback.regions[region],
            "content_id": feedback.titles[title],
            "weight_billionths": spoken[region, title],
        }
    )


def _settings_table(chosen: "Chosen") -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        [{"penalty": chosen.setting, "taste_titles": chosen.taste_titles}]
    )


def _evaluation_table(evaluations: "dict[str, Evaluation]") -> "pd.DataFrame":
    import pandas as pd

    rows = pd.DataFrame(
        [
            {
                "split_name": split,
                "model_name": measure.model,
                "metric_name": measure.metric,
                "metric_value": measure.value,
                "lower_value": measure.lower,
                "upper_value": measure.upper,
                "setting_value": chosen.setting if chosen else None,
                "taste_titles": chosen.taste_titles if chosen else None,
                "users": evaluation.users,
                "held_out_choices": evaluation.held_out,
                "titles": evaluation.titles,
            }
            for split, evaluation in evaluations.items()
            for measure in evaluation.measures
            for chosen in [evaluation.choice.of(measure.model)]
        ]
    )
    # Whole numbers beside NULL.
    return rows.astype({"taste_titles": "Int64"})


def _summary(feedback: "Feedback", evaluation: "Evaluation", fitted: "Chosen") -> str:
    ours = evaluation.measure(SERVED, "ndcg_at_10")
    theirs = evaluation.measure("popularity", "ndcg_at_10")
    users, titles = feedback.shape
    judged = evaluation.choice.ease
    return (
        f"{len(feedback):,} choices of {titles:,} titles by {users:,} accounts, "
        f"lambda {fitted.setting:g} and {fitted.taste_titles} titles a taste; "
        f"NDCG@10 {ours.value:.3f} ({ours.lower:.3f} to {ours.upper:.3f}) on held-out "
        f"choices with lambda {judged.setting:g} and {judged.taste_titles} titles, "
        f"{theirs.value:.3f} for popularity"
    )
