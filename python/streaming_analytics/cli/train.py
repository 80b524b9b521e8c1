"""`streaming train`: fit the models that the marts score with."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

from collections.abc import Sequence

import click

from streaming_analytics.cli.groups import TeachingGroup
from streaming_analytics.models.targets import PUBLISHED, TARGETS

_target = click.option(
    "--target",
    type=click.Choice(TARGETS),
    help=f"Whose marts to learn from: {PUBLISHED} (the default), or a dbt target's.",
)


@click.group(cls=TeachingGroup, invoke_without_command=True)
@_target
@click.pass_context
def train(context: click.Context, target: str | None) -> None:
    """Fit the models from the marts; SQL scores with what they learned.

    The parameters go to schema ml as one numbered run per model, in one transaction.
    The newest run on the same raw data is used by the next build. `streaming build`
    trains by itself: use this to try a model, or to train on marts of your own.

    Data with nothing to learn from (nobody has left yet, say) is told in one line, and
    the fit before stays in use; without any, the marts use a baseline and say so.

    \b
    Examples:
      streaming train                      all models, from the published marts
      streaming train churn --target dev   one model, from the marts of dbt's dev
      dbt build --select source:ml+        score with it
    """
    context.obj = target or PUBLISHED
    if context.invoked_subcommand is None:
        _run(None, context.obj)


@train.command()
@_target
@click.pass_obj
def churn(target_of_all: str, target: str | None) -> None:
    """Fit the risk that a member leaves next month.

    A logistic regression on member-months, from features known when the month opens.
    It is judged on the newest months, which it has not seen, beside the plain rate by
    tenure and plan; ml.churn_evaluation holds the result.

    \b
    Example:
      streaming train churn
    """
    _run(["churn"], target or target_of_all)


@train.command()
@_target
@click.pass_obj
def recommend(target_of_all: str, target: str | None) -> None:
    """Fit EASE to what accounts chose, and judge it on what they chose next.

    Writes the 100 largest weights of each title to ml.content_weights, and to
    ml.recommender_evaluation how well popularity, neighbours (kNN) and EASE predict
    choices that were held out, by two splits in time.

    \b
    Examples:
      streaming train recommend
      streaming load ml-latest-small --adapter movielens && streaming build --loaded
    """
    _run(["recommend"], target or target_of_all)


def _run(model_names: Sequence[str] | None, target: str) -> None:
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.jobs.train import train as train_models
    from streaming_analytics.models.training import MODEL_NAMES, describe_training
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    project = find_project()
    progress = Progress()
    selection = chosen_server(project, progress)
    trainings = train_models(
        project, selection, target, progress, model_names or MODEL_NAMES
    )
    for training in trainings:
        click.echo(describe_training(training))
    if all(training.run_id is None for training in trainings):
        raise SystemExit(1)
