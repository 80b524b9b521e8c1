"""dbt, run in this process: quiet, with progress, and its outcome as data."""

import difflib
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from threading import Thread
from typing import Any

from streaming_analytics.dbt_connections import kept_connections
from streaming_analytics.dbt_events import Watcher, one_line
from streaming_analytics.dbt_parses import KeptParse
from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.reading import Warehouse
from streaming_analytics.warehouse.work_lock import WorkLock

# Which session holds the work lock: macros/cross_db/require_work_lock.sql.
_LOCK = "STREAMING_WORK_LOCK"
# The tag, while dbt runs, of what a run leaves out.
_UNCHANGED = "unchanged"


@dataclass(frozen=True)
class NodeProblem:
    """A test or model that failed or warned; the message is one line."""

    name: str
    kind: str
    message: str


@dataclass(frozen=True)
class DbtOutcome:
    """What a run found.

    Attributes:
        counts: The number of nodes per status.
        finished: The compiled SQL of what succeeded without a warning, by dbt's ids.
    """

    failures: tuple[NodeProblem, ...]
    warnings: tuple[NodeProblem, ...]
    counts: dict[str, int]
    seconds: float
    finished: dict[str, str]

    def followed_by(self, other: "DbtOutcome") -> "DbtOutcome":
        """Return the outcome of this run and the one after it."""
        return DbtOutcome(
            self.failures + other.failures,
            self.warnings + other.warnings,
            dict(Counter(self.counts) + Counter(other.counts)),
            self.seconds + other.seconds,
            self.finished | other.finished,
        )


class DbtJob:
    """dbt's commands on a warehouse for a target: the project is read once for all."""

    def __init__(
        self,
        project: Project,
        warehouse: Warehouse,
        *,
        target: str,
        variables: Mapping[str, Any],
        lock: WorkLock | None = None,
    ) -> None:
        """State what is built where; nothing is read yet.

        Args:
            project: The checkout; logs go to its `logs/`.
            warehouse: Goes to dbt as the variables that the profile reads.
            target: A target of `profiles.yml.example`.
            variables: dbt's `--vars`.
            lock: Held by the job; without it dbt builds nothing into `candidate`.
        """
        self._lock = lock
        self.project = project
        self._warehouse = warehouse
        self.target = target
        self.variables = variables
        self._manifest: Any = None

    def build(
        self,
        arguments: Sequence[str],
        progress: Progress,
        *,
        leaves: Mapping[str, str] | None = None,
        is_last: bool = True,
    ) -> DbtOutcome:
        """Run `dbt build` with more of dbt's own arguments.

        A run that is not the job's last leaves it to that one to write the manifest.
        What it `leaves` out, of its selection too, stands in the manifest all the same,
        with the SQL that is given here by dbt's ids.

        Raises:
            UserError: dbt did not get as far as building, as when a model does not
                parse or a selection is empty.
            KeyboardInterrupt: The user stopped it; its queries were cancelled.
        """
        began = time.monotonic()
        progress.update("starting dbt")
        command = ["build", *arguments, *([] if is_last else ["--no-write-json"])]
        failed = "dbt did not build"
        with kept_connections():
            if leaves:
                self._parse(progress, failed)
                command += _leave_out(self._manifest, leaves)
            result = self._run(command, progress, failed)
        nodes = getattr(result.result, "results", None)
        if nodes is None:
            raise self._error("dbt did not build", result)
        counts: dict[str, int] = {}
        for node in nodes:
            counts[str(node.status)] = counts.get(str(node.status), 0) + 1
        return DbtOutcome(
            failures=_problems(
                nodes, {"error", "fail", "runtime error", "partial success"}
            ),
            warnings=_problems(nodes, {"warn"}),
            counts=counts,
            seconds=time.monotonic() - began,
            finished={
                node.node.unique_id: getattr(node.node, "compiled_code", None) or ""
                for node in nodes
                if str(node.status) in {"success", "pass"}
            },
        )

    def manifest(self, progress: Progress) -> Any:
        """Return dbt's own manifest of the project, which its runs write into.

        Raises:
            UserError: The project does not parse.
        """
        self._parse(progress, "dbt cannot read the project")
        return self._manifest

    def require_selected(self, selectors: Sequence[str], progress: Progress) -> None:
        """Refuse a selector that nothing matches, before anything is built.

        Raises:
            UserError: It is misspelt, or the project does not parse.
        """
        progress.update("reading the selection")
        failed = "dbt cannot read the selection"
        for selector in selectors:
            result = self._run(
                ["ls", "--quiet", "--select", selector], progress, failed
            )
            if not result.success:
                raise self._error(failed, result)
            if not result.result:
                raise UserError(
                    f"--select {selector} matches nothing in the project"
                    f"{self._near(selector)}; dbt ls lists what there is"
                )

    def _near(self, selector: str) -> str:
        """Return the model that a selector may have meant, as an aside."""
        names = [node.name for node in self._manifest.nodes.values()]
        close = difflib.get_close_matches(selector.strip("+@"), names, 1)
        return f" (is it {close[0]}?)" if close else ""

    def catalog(self, *, compiles: bool, progress: Progress) -> dict[str, Any]:
        """Ask the server for what was built, and return dbt's catalog of it.

        With `compiles` the models' SQL is put into `target/manifest.json`, which takes
        longer and is not needed after a build.

        Raises:
            UserError: dbt could not, as when nothing has been built.
        """
        progress.update("asking the server for the catalog")
        command = ["docs", "generate", *([] if compiles else ["--no-compile"])]
        failed = "dbt could not make its docs"
        result = self._run(command, progress, failed)
        if not result.success:
            raise self._error(failed, result)
        return result.result.to_dict(omit_none=False)

    def _run(self, command: Sequence[str], progress: Progress, failed: str) -> Any:
        self._parse(progress, failed)
        return self._invoke(command, progress)

    def _parse(self, progress: Progress, failed: str) -> None:
        if self._manifest is None:
            # The commands after it write the manifest, with the SQL that they ran.
            parsed = self._invoke(["parse", "--no-write-json"], progress)
            if not parsed.success:
                raise self._error(failed, parsed)
            self._manifest = parsed.result

    def _invoke(self, command: Sequence[str], progress: Progress) -> Any:
        return _invoke(
            self.project,
            command,
            target=self.target,
            variables=self.variables,
            environment={**self._warehouse.environment()}
            | ({_LOCK: str(self._lock.pid)} if self._lock else {}),
            progress=progress,
            manifest=self._manifest,
        )

    def _error(self, failed: str, result: Any) -> UserError:
        return UserError(
            f"{failed}: {one_line(str(result.exception))}; "
            f"see {self.project.root / 'logs' / 'dbt.log'}"
        )


def _leave_out(manifest: Any, leaves: Mapping[str, str]) -> list[str]:
    """Mark nodes as left out, and return what leaves them out and nothing else.

    Named one by one, dbt would look for each among all. With tests that only read what
    is left out it would leave out others, unless every node speaks for itself.
    """
    for name, node in manifest.nodes.items():
        node.tags = [tag for tag in node.tags if tag != _UNCHANGED]
        if name in leaves:
            node.tags.append(_UNCHANGED)
            if leaves[name]:
                node.compiled, node.compiled_code = True, leaves[name]
    return ["--indirect-selection", "empty", "--exclude", f"tag:{_UNCHANGED}"]


def run_dbt_parse(project: Project, progress: Progress) -> dict[str, Any]:
    """Return dbt's manifest of the project; no server is needed.

    Raises:
        UserError: The project does not parse.
    """
    progress.update("reading the dbt project")
    result = _invoke(
        project,
        ["parse"],
        target="candidate",
        variables={"raw_data": "sample"},
        environment={},
        progress=progress,
    )
    if not result.success:
        raise UserError(
            f"dbt cannot read the project: {one_line(str(result.exception))}"
        )
    return result.result.writable_manifest().to_dict(omit_none=False)


@contextmanager
def loading_dbt() -> Generator[None]:
    """Load dbt while the block waits for something else, such as the start of a server.

    It is loaded when the block ends: others that load at the same time may need what it
    loads.
    """

    def load() -> None:
        # What fails here fails again, and is told, where dbt is used.
        with suppress(Exception):
            import_module("dbt.cli.main")

    thread = Thread(target=load)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _invoke(
    project: Project,
    command: Sequence[str],
    *,
    target: str,
    variables: Mapping[str, Any],
    environment: Mapping[str, str],
    progress: Progress,
    manifest: Any = None,
) -> Any:
    """Run one dbt command in this process and return dbt's own result."""
    from dbt.cli.main import dbtRunner

    # Why the project is read anew is told. Which node took how long is in our own log.
    level = "info" if manifest is None else "warn"
    watcher = Watcher(progress)
    runner = dbtRunner(manifest=manifest, callbacks=[watcher])
    # Which session holds the lock is another each time, and changes no reading.
    read_with = {name: environment[name] for name in environment if name != _LOCK}
    parse = KeptParse(project, target, variables, read_with)
    arguments = [
        *command,
        *(parse.arguments if manifest is None else ()),
        *("--project-dir", str(project.root)),
        *("--profiles-dir", str(_make_profile(project))),
        *("--target", target),
        *("--vars", json.dumps(dict(variables))),
        *("--log-path", str(project.root / "logs")),
        # The terminal is ours: see the watcher and the outcome.
        *("--log-level", "none", "--log-level-file", level),
        *("--no-use-colors", "--no-send-anonymous-usage-stats"),
    ]
    with _environment({**environment, "DO_NOT_TRACK": "1"}):
        result = runner.invoke(arguments)
    progress.clear()
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    watcher.tell_cut_off()
    if manifest is None and result.success:
        parse.keep()
    return result


def _make_profile(project: Project) -> str:
    """Copy the example profile to where dbt looks for it, and return the folder.

    The user's own `profiles.yml` may name another server than the one that is
    going to be published to.
    """
    folder = project.warehouse / "profiles"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(project.root / "profiles.yml.example", folder / "profiles.yml")
    return str(folder)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Generator[None]:
    """Set environment variables for the time being; dbt's profile reads them."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _problems(nodes: Sequence[Any], statuses: set[str]) -> tuple[NodeProblem, ...]:
    return tuple(
        NodeProblem(node.node.name, str(node.node.resource_type), _message(node))
        for node in nodes
        if str(node.status) in statuses
    )


def _message(node: Any) -> str:
    """Return what a node came to: of a test that found rows in its own words."""
    if str(node.status) in {"fail", "warn"} and node.node.description:
        words = " ".join(node.node.description.split())
        return f"{words} (found: {node.failures})"
    return one_line(node.message or "")
