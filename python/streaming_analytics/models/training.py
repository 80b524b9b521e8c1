"""`streaming train`: fit each model from the marts and write what it learned."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from streaming_analytics.code_version import code_version
from streaming_analytics.definitions import Definitions, read_definitions
from streaming_analytics.models.declaration import read_fitted_tables
from streaming_analytics.models.fits import Fit, UntrainableError, write_fit
from streaming_analytics.models.training_data import TrainingData, read_training_data
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.reading import Held

# Where the function lies that fits a model from the marts: it takes the training data,
# the definitions that the marts were built by and the progress line, and raises
# UntrainableError when there is nothing to learn.
_TRAINERS = {
    "churn": "streaming_analytics.models.churn.trainer:fit",
    "recommend": "streaming_analytics.models.recommender.trainer:fit",
}
MODEL_NAMES = tuple(_TRAINERS)

Trainer = Callable[[TrainingData, Definitions, Progress], Fit]


@dataclass(frozen=True)
class Training:
    """What came of fitting a model; without a run it kept the fit before.

    `message` is one line: how good the fit is, or why there is none.
    """

    model_name: str
    run_id: int | None
    message: str
    seconds: float


def load_trainers() -> None:
    """Load all that fits the models: scikit-learn takes a second or two."""
    for place in _TRAINERS.values():
        import_module(place.split(":")[0])
    # The recommender loads it only when there is something to judge.
    import_module("streaming_analytics.models.recommender.evaluation")


def train(
    held: Held,
    project: Project,
    target: str,
    model_names: Sequence[str],
    progress: Progress,
) -> list[Training]:
    """Fit models from the marts of `target`, each written in a transaction.

    A model that cannot learn from the data is told in its message and leaves its
    fit before, and the other models, as they are.

    Raises:
        UserError: The marts are not there.
    """
    return [_train(held, project, target, name, progress) for name in model_names]


def _train(
    held: Held, project: Project, target: str, name: str, progress: Progress
) -> Training:
    began = time.monotonic()
    progress.update(f"training {name}")
    module, function = _TRAINERS[name].split(":")
    fit_model: Trainer = getattr(import_module(module), function)
    try:
        with held.fitting() as store:
            data = read_training_data(store, target)
            fit = fit_model(data, read_definitions(project.root), progress)
            run_id = write_fit(
                data, fit, read_fitted_tables(project.root), code_version(project.root)
            )
        message = fit.summary
    except UntrainableError as error:
        run_id, message = None, str(error)
    finally:
        progress.clear()
    return Training(name, run_id, message, time.monotonic() - began)


def describe_training(training: Training) -> str:
    """Return one line for people."""
    if training.run_id is None:
        return (
            f"{training.model_name} was not trained: {training.message}; "
            "its last fit, or its baseline, stays in use"
        )
    return (
        f"{training.model_name} trained in {training.seconds:.1f} s "
        f"(run {training.run_id}): {training.message}"
    )
