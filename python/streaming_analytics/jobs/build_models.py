"""dbt's part of a build: the models, the fits from them, and what these score."""

import re
from collections.abc import Sequence
from dataclasses import replace

from streaming_analytics.built_nodes import BuiltNodes, downstream, nodes_of
from streaming_analytics.dbt_run import DbtJob, DbtOutcome
from streaming_analytics.errors import UserError
from streaming_analytics.jobs.build_request import BuildRequest
from streaming_analytics.models.training import (
    MODEL_NAMES,
    Training,
    describe_training,
    train,
)
from streaming_analytics.progress import Progress
from streaming_analytics.reading import Held
from streaming_analytics.side_process import ProcessKilledError, SideProcess
from streaming_analytics.warehouse.connection import Connection

# PostgreSQL's words; only there can a part of the project be built.
_NO_RELATION = re.compile(r'relation "([^"]+)" does not exist')
_NAMES_SHOWN = 5
# What `streaming train` writes: the source, and the ids of its tables.
_FITS, _FITTED = "source:ml", "source.streaming_analytics.ml."


class LeavingOut:
    """What a job leaves out of its runs of dbt, since nothing has changed for it."""

    def __init__(
        self,
        connection: Connection,
        dbt: DbtJob,
        progress: Progress,
        *,
        all_runs: bool,
    ) -> None:
        """Read the project; with `all_runs` nothing counts that was built before."""
        manifest = dbt.manifest(progress)
        self._nodes = nodes_of(manifest, dbt.project.root, dbt.variables)
        self._built = BuiltNodes(self._nodes, dbt.target)
        self._connection = connection
        self._scored = downstream(
            self._nodes, [name for name in self._nodes if name.startswith(_FITTED)]
        )
        if all_runs:
            with connection.connect() as session:
                self._built.forget(session)

    @property
    def tables(self) -> set[tuple[str, str]]:
        """Schema and name of all that the project makes."""
        return {node.table for node in self._nodes.values() if node.table}

    def before(self, *, scores: bool | None) -> dict[str, str]:
        """Return what a run can leave out of what it would do, with its compiled SQL.

        Args:
            scores: True of the run of what reads the fits, which were just written;
                False of the run of the rest; None of a run of all.
        """
        with self._connection.connect() as session:
            left = self._built.leave(session, _FITTED if scores else "")
        return {
            name: code
            for name, code in left.items()
            if scores is None or scores == (name in self._scored)
        }

    def after(self, outcome: DbtOutcome) -> None:
        """Keep what the run has finished."""
        with self._connection.connect() as session:
            self._built.keep(session, outcome.finished)


def build_models(
    held: Held,
    dbt: DbtJob,
    request: BuildRequest,
    progress: Progress,
    side: SideProcess | None = None,
    leaving: LeavingOut | None = None,
) -> DbtOutcome:
    """Build everything once: what models are fitted from, the fits, what scores them.

    A model that cannot be fitted is told, and the build goes on with its last fit.
    With `side` they are fitted there, where what that takes is loaded. Without
    `leaving` all that is selected runs.
    """
    if request.select or not request.trains:
        selection = ["--select", *request.select] if request.select else []
        return _run_dbt(dbt, request, selection, progress, leaving)
    fitted = f"{_FITS}+"
    first = _run_dbt(
        dbt, request, ["--exclude", fitted], progress, leaving, scores=False
    )
    if first.failures:
        return first
    with progress.step("fitting"):
        trained = _train(held, dbt, request, progress, side)
    for training in trained:
        progress.say(describe_training(training))
    second = _run_dbt(
        dbt, request, ["--select", fitted], progress, leaving, scores=True
    )
    return first.followed_by(second)


def _train(
    held: Held,
    dbt: DbtJob,
    request: BuildRequest,
    progress: Progress,
    side: SideProcess | None,
) -> list[Training]:
    task = (held, dbt.project, request.target, MODEL_NAMES)
    if side is None:
        return train(*task, progress)
    try:
        return side.run(progress, train, *task)
    except ProcessKilledError as error:
        raise UserError(
            f"{error}, while it fitted the models; nothing was published and the marts "
            "stay as they were. To build with the last fits: --no-train"
        ) from error


def require_success(outcome: DbtOutcome, request: BuildRequest) -> None:
    """Raise UserError, with the first names, when models or tests failed."""
    count = len(outcome.failures)
    if count:
        shown = [failure.name for failure in outcome.failures[:_NAMES_SHOWN]]
        more = f" and {count - len(shown)} more" if count > len(shown) else ""
        raise UserError(
            f"{count} of the models and tests failed ({', '.join(shown)}{more}); "
            "nothing was published and the marts stay as they were"
            f"{_unbuilt(outcome, request)}"
        )


def _unbuilt(outcome: DbtOutcome, request: BuildRequest) -> str:
    """Return what to do if a selected model reads one that is not built yet."""
    for failure in outcome.failures if request.select else ():
        missing = _NO_RELATION.search(failure.message)
        if missing and missing[1].startswith(f"{request.target}_"):
            return (
                f". What {failure.name} reads is not built yet: "
                f"build that as well, with --select +{failure.name}"
            )
    return ""


def _run_dbt(
    dbt: DbtJob,
    request: BuildRequest,
    selection: Sequence[str],
    progress: Progress,
    leaving: LeavingOut | None,
    *,
    scores: bool | None = None,
) -> DbtOutcome:
    left = leaving.before(scores=scores) if leaving else {}
    # Unit tests test the code, not the data: `dbt build` and `make test` run them.
    arguments = [*selection, "--exclude-resource-type", "unit_test"]
    if left:
        progress.say(
            f"nothing changed for {len(left)} models and tests, which are left as they "
            "are (--full-refresh builds them all the same)"
        )
    if request.full_refresh:
        arguments += ["--full-refresh"]
    if request.threads is not None:
        arguments += ["--threads", str(request.threads)]
    with progress.step("dbt"):
        outcome = dbt.build(
            arguments, progress, leaves=left, is_last=scores is not False
        )
    if leaving is None:
        return outcome
    leaving.after(outcome)
    return replace(outcome, counts={**outcome.counts, "unchanged": len(left)})
