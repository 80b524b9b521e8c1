"""Whether the house is in order: machine, shell, server, and what ran last.

`streaming status` says what the warehouse holds; this says what stands in the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from streaming_analytics.errors import UserError
from streaming_analytics.health import database, machine
from streaming_analytics.health.finding import Finding, looked_at
from streaming_analytics.health.shell import look_at_shell
from streaming_analytics.jobs.status import Status, describe_build, read_status
from streaming_analytics.project import Project
from streaming_analytics.warehouse.selection import running_server


@dataclass(frozen=True)
class Diagnosis:
    """All findings in their order, and what to run next."""

    findings: tuple[Finding, ...]
    next_step: str

    @property
    def is_sound(self) -> bool:
        """Whether nothing failed."""
        return all(finding.verdict != "fail" for finding in self.findings)


def diagnose(project: Project) -> Diagnosis:
    """Look at everything; starts no server and changes nothing."""
    findings = [*_look_around(project), *_look_at_server(project)]
    try:
        status = read_status(project)
    except Exception:
        # Why it cannot be read is among the findings.
        return Diagnosis(tuple(findings), _first_remedy(findings))
    findings += [_last_build(status), _last_publication(status)]
    is_sound = all(finding.verdict != "fail" for finding in findings)
    step = status.next_step if is_sound else _first_remedy(findings)
    return Diagnosis(tuple(findings), step)


def describe_diagnosis(diagnosis: Diagnosis) -> list[str]:
    """Return a line for each finding, and what to run next."""
    width = max(len(finding.name) for finding in diagnosis.findings)
    lines = [
        f"{finding.verdict:<4}  {finding.name:<{width}}  {finding.text}"
        + (f"; {finding.remedy}" if finding.remedy else "")
        for finding in diagnosis.findings
    ]
    return [*lines, "", f"next: {diagnosis.next_step}"]


def _look_around(project: Project) -> Iterator[Finding]:
    yield looked_at("folders", partial(machine.look_at_folders, project))
    yield looked_at("disk", partial(machine.look_at_disk, project))
    yield looked_at("python", partial(machine.look_at_python, project))
    yield looked_at("packages", partial(machine.look_at_packages, project))
    yield looked_at("dbt", partial(machine.look_at_dbt, project))
    yield looked_at("postgresql", partial(machine.look_at_postgresql, project))
    yield looked_at("shell", look_at_shell)
    yield looked_at("last run", partial(machine.look_at_last_run, project))


def _look_at_server(project: Project) -> Iterator[Finding]:
    try:
        selection = running_server(project)
        if selection is None:
            yield Finding(
                "server", "ok", "does not run; commands start it when they need it"
            )
            return
        with selection.connection.connect(
            application="streaming doctor", autocommit=True
        ) as session:
            look = database.look_at_server
            yield looked_at("server", partial(look, selection, session))
            yield looked_at("role", partial(database.look_at_owner, session))
            yield looked_at("work lock", partial(database.look_at_work_lock, session))
            yield looked_at("sessions", partial(database.look_at_sessions, session))
    except UserError as error:
        yield Finding("server", "fail", " ".join(str(error).split()))


def _last_build(status: Status) -> Finding:
    build = status.build
    if build is None:
        return Finding("last build", "ok", "none yet")
    text = describe_build(status)
    if status.was_killed:
        return Finding("last build", "warn", text, "build again when you like")
    if build.status == "failed":
        return Finding("last build", "warn", text, "what was published stays")
    return Finding("last build", "ok", text)


def _last_publication(status: Status) -> Finding:
    published = status.published
    if published is None:
        return Finding("published", "ok", "nothing yet")
    return Finding(
        "published",
        "ok",
        f"{published.tables} tables as of {published.as_of_date}, "
        f"{published.published_at:%Y-%m-%d %H:%M}",
    )


def _first_remedy(findings: list[Finding]) -> str:
    for finding in findings:
        if finding.verdict == "fail":
            return finding.remedy or f"see to what {finding.name} says"
    return "streaming status"
