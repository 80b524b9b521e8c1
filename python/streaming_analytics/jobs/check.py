"""A build held to what was published before, ahead of its publication."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.publishing.builds import Build, finish_build, newest_build
from streaming_analytics.publishing.publisher import CANDIDATE_TARGET
from streaming_analytics.quality.expecting import Checked, Result, hold, load_library
from streaming_analytics.side_process import ProcessKilledError, SideProcess
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import work_lock

if TYPE_CHECKING:
    import pandas as pd

    from streaming_analytics.quality.suites import Suite

# How a broken expectation is named among the failed tests of a build.
_FAILED = "expectation "


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes:
        build: The build that was checked.
        checked: Every suite with its results.
        note: Why nothing could be compared; mostly empty.
        page: The Data Docs.
        seconds: How long it took.
    """

    build: Build
    checked: tuple[Checked, ...]
    note: str
    page: Path
    seconds: float

    def with_outcome(self, *outcomes: str) -> list[Result]:
        """Return the results with any of some outcomes."""
        return [
            result
            for suite in self.checked
            for result in suite.results
            if result.outcome in outcomes
        ]

    @property
    def failed_names(self) -> list[str]:
        """What stopped the build, as it is recorded with it."""
        return [_FAILED + r.expectation.name for r in self.with_outcome("stopped")]

    def require_passed(self) -> None:
        """Raise a UserError when an expectation stopped the build."""
        stopped = self.with_outcome("stopped")
        if stopped:
            first = stopped[0].expectation.name
            raise UserError(
                f"{len(stopped)} of the expectations are broken "
                f"({'; '.join(result.describe() for result in stopped)}), so nothing "
                f"was published and the marts stay as they were; see {self.page}, and "
                f"if the data are right: streaming check --accept {first} --why "
                '"what happened"'
            )


def check_build(
    side: SideProcess,
    connection: Connection,
    project: Project,
    build: Build,
    progress: Progress,
) -> CheckReport:
    """Check a build that is whole, and record what was found.

    The caller holds the work lock; `side` holds the suites to their tables: it has
    the library loaded, or loads it now.
    """
    # pandas, which a refused command does without.
    from streaming_analytics.quality import records
    from streaming_analytics.quality.data_docs import write_data_docs
    from streaming_analytics.quality.frames import FRAMES
    from streaming_analytics.quality.measuring import measure
    from streaming_analytics.quality.suites import read_suites

    began = time.monotonic()
    progress.update("measuring what was built")
    with connection.connect(application="streaming check") as session:
        records.make_tables(session)
        measures = measure(session, CANDIDATE_TARGET)
        baseline, note = records.read_baseline(session, build, measures)
        accepted = records.accepted_of(session, build)
        progress.update("holding it to what was published before")
        suites = [
            (suite, FRAMES[suite.frame](measures, baseline, suite.measures))
            for suite in read_suites()
        ]
        try:
            checked = side.run(progress, _hold, suites, accepted, not baseline)
        except ProcessKilledError as error:
            raise UserError(
                f"{error}, so nothing was published; "
                "run: streaming check, then: streaming publish"
            ) from error
        results = [result for suite in checked for result in suite.results]
        records.write_measures(session, build, measures)
        records.write_results(session, build, results)
    page = write_data_docs(
        project.site / "checks", checked, f"Build {build.build_id}.", note
    )
    progress.clear()
    return CheckReport(build, checked, note, page, time.monotonic() - began)


def _hold(
    suites: "Sequence[tuple[Suite, pd.DataFrame]]",
    accepted: frozenset[str],
    is_first: bool,
    _progress: Progress,
) -> tuple[Checked, ...]:
    return hold(suites, accepted, is_first=is_first)


def check(
    project: Project,
    selection: Selection,
    accepts: Sequence[tuple[str, str]],
    progress: Progress,
) -> CheckReport:
    """Check the newest build, letting it break some expectations, each with a reason.

    A build that failed by its expectations alone has passed when none stops it now.

    Raises:
        UserError: There is no build whose tests passed, or a name is not known.
    """
    from streaming_analytics.quality import records
    from streaming_analytics.quality.suites import expectation_names

    names = expectation_names()
    for name, _ in accepts:
        if name not in names:
            raise UserError(
                f"there is no expectation {name}; known are {', '.join(names)}"
            )
    connection = selection.connection
    with work_lock(connection, "check"):
        build = newest_build(connection)
        failed_by_tests = [
            name for name in build.failed_tests if not name.startswith(_FAILED)
        ]
        if build.status in ("running", "partial") or failed_by_tests:
            raise UserError(
                "the newest build did not pass its tests, or made a selection of the "
                "models only, so there is nothing to check; run: streaming build"
            )
        with connection.connect() as session:
            records.make_tables(session)
            for name, reason in accepts:
                records.accept(session, build, name, reason)
        with SideProcess(load_library) as side:
            report = check_build(side, connection, project, build, progress)
        if build.status != "published":
            failed = report.failed_names
            finish_build(
                connection,
                build,
                "failed" if failed else "passed",
                failed_tests=failed,
                as_of_date=build.as_of_date,
            )
    return report


def describe_check(report: CheckReport) -> list[str]:
    """Return what to tell: warnings and stops with a line each, sums, the page."""
    lines = [f"note: {report.note}"] if report.note else []
    for outcome in ("stopped", "accepted", "warned"):
        lines += [
            f"{outcome}: {result.describe()}" for result in report.with_outcome(outcome)
        ]
    counts = ", ".join(
        f"{len(found)} {outcome}"
        for outcome in ("passed", "warned", "accepted", "stopped", "not compared")
        if (found := report.with_outcome(outcome))
    )
    lines.append(f"checks took {report.seconds:.1f} s ({counts})")
    return lines
