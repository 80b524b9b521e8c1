"""The models, fitted from the marts."""

from collections.abc import Sequence

from streaming_analytics.models.training import MODEL_NAMES, Training
from streaming_analytics.models.training import train as train_models
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import work_lock


def train(
    project: Project,
    selection: Selection,
    target: str,
    progress: Progress,
    model_names: Sequence[str] = MODEL_NAMES,
) -> list[Training]:
    """Fit models from the marts of `target` and write their parameters.

    Raises:
        UserError: The marts are not there, or another job is running.
    """
    with work_lock(selection.connection, "train") as lock:
        return train_models(lock, project, target, model_names, progress)
