"""The machine and the checkout: disk, folders, Python, packages, PostgreSQL's files."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version

import psutil
import yaml

from streaming_analytics.errors import UserError
from streaming_analytics.health.finding import Finding
from streaming_analytics.project import Project, own_checkout
from streaming_analytics.run_log import last_run
from streaming_analytics.warehouse.binaries import bundled_programs
from streaming_analytics.warehouse.processes import orphans
from streaming_analytics.warehouse.server import EmbeddedServer

_GIGABYTE = 10**9
# A build of the sample writes a third of a gigabyte, one of the demo four.
_FREE_TO_BUILD = 0.5 * _GIGABYTE
_FREE_TO_BE_AT_EASE = 5 * _GIGABYTE
_PACKAGE = "streaming-analytics"
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_REQUIRED = re.compile(r"^[A-Za-z0-9._-]+")
_NAMES_SHOWN = 3


def look_at_disk(project: Project) -> Finding:
    """Hold what is free for data and checkout to what a build needs."""
    places = {project.root: shutil.disk_usage(project.root).free}
    home = EmbeddedServer(project).home
    if home.is_dir():
        places[home] = shutil.disk_usage(home).free
    place, free = min(places.items(), key=lambda each: each[1])
    text = f"{free / _GIGABYTE:.1f} GB free at {place}"
    if free < _FREE_TO_BUILD:
        return Finding("disk", "fail", text, "free some space: nothing can be built")
    if free < _FREE_TO_BE_AT_EASE:
        return Finding("disk", "warn", text, "enough for the sample, not for the demo")
    return Finding("disk", "ok", text)


def look_at_folders(project: Project) -> Finding:
    """Find folders that commands write and this user cannot."""
    folders = (
        *(project.root, project.warehouse, project.data, project.site),
        *(project.root / "target", project.root / "logs", project.run_logs),
    )
    shut = [
        str(folder)
        for folder in folders
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK)
    ]
    if shut:
        return Finding(
            "folders",
            "fail",
            f"{', '.join(shut)} cannot be written by this user",
            "give them to this user (chown -R), or run as their owner",
        )
    return Finding("folders", "ok", f"the checkout is {project.root}")


def look_at_python(project: Project) -> Finding:
    """Say which Python runs, and whether the code is that of this checkout."""
    text = f"{'.'.join(map(str, sys.version_info[:3]))} of {sys.prefix}"
    code = own_checkout().root
    if (code / "dbt_project.yml").is_file() and code != project.root.resolve():
        return Finding(
            "python",
            "warn",
            f"{text}; its code is that of {code}, not of this checkout",
            "run .venv/bin/streaming of this checkout (make env)",
        )
    return Finding("python", "ok", text)


def look_at_packages(project: Project) -> Finding:
    """Compare what is installed with the lock file."""
    missing = [name for name in _required() if _version(name) is None]
    if missing:
        return Finding(
            "packages", "fail", f"not installed: {_some(missing)}", "make env"
        )
    lock = project.root / "requirements.lock"
    if not lock.is_file():
        return Finding("packages", "warn", f"there is no {lock.name} to compare with")
    locked: dict[str, set[str]] = {}
    for name, pinned in _LOCKED.findall(lock.read_text(encoding="utf-8")):
        locked.setdefault(name, set()).add(pinned)
    found = {name: _version(name) for name in locked}
    # What the lock has for other systems is not installed here.
    there = {name: one for name, one in found.items() if one is not None}
    others = [
        f"{name} {one} instead of {' or '.join(sorted(locked[name]))}"
        for name, one in there.items()
        if one not in locked[name]
    ]
    if others:
        return Finding("packages", "warn", _some(others), "make env")
    return Finding("packages", "ok", f"{len(there)} as {lock.name} has them")


def look_at_dbt(project: Project) -> Finding:
    """Hold dbt to the versions that the project asks for."""
    core, adapter = _version("dbt-core"), _version("dbt-postgres")
    if core is None or adapter is None:
        return Finding("dbt", "fail", "dbt is not installed", "make env")
    stated = yaml.safe_load((project.root / "dbt_project.yml").read_text("utf-8"))
    wanted = stated.get("require-dbt-version", [])
    limits = [wanted] if isinstance(wanted, str) else wanted
    text = f"core {core}, adapter for PostgreSQL {adapter}"
    if not all(_holds(core, limit) for limit in limits):
        asked = " ".join(limits)
        return Finding("dbt", "fail", f"{text}; asked for is {asked}", "make env")
    return Finding("dbt", "ok", text)


def look_at_postgresql(project: Project) -> Finding:
    """Compare the embedded server's programs with the data that they have to read."""
    done = subprocess.run(
        [bundled_programs() / "postgres", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    number = done.stdout.split()[-1]
    server = EmbeddedServer(project)
    if not server.exists():
        return Finding("postgresql", "ok", f"{number}, embedded; no data yet")
    try:
        made_by = (server.data / "PG_VERSION").read_text(encoding="ascii").strip()
    except PermissionError:
        # Of the user who runs the server; it says so itself when it starts.
        return Finding("postgresql", "ok", f"{number}, embedded")
    if number.split(".")[0] != made_by:
        return Finding(
            "postgresql",
            "fail",
            f"{number} cannot read the data of {made_by} in {server.data}",
            "streaming warehouse remove, then: streaming build",
        )
    left = orphans(server.data) if server.running() is None else []
    if left:
        return Finding(
            "postgresql",
            "warn",
            f"{number}; a server that was killed left {len(left)} processes",
            "streaming warehouse start ends them",
        )
    return Finding("postgresql", "ok", f"{number}, embedded; data in {server.data}")


def look_at_last_run(project: Project) -> Finding:
    """Say how the last command ended, from its log."""
    run = last_run(project.run_logs)
    if run is None:
        return Finding("last run", "ok", "no command has left a log yet")
    text = f"{run.command}; see {run.path}"
    if run.ended == "well":
        return Finding("last run", "ok", text)
    if run.ended is not None:
        return Finding("last run", "warn", f"{run.command}: {run.ended}; {run.path}")
    if run.pid and psutil.pid_exists(run.pid):
        return Finding("last run", "ok", f"{run.command} runs, pid {run.pid}")
    return Finding(
        "last run",
        "warn",
        f"{run.command} has no end in {run.path}: it was killed",
        "run it again: what was published before is still there",
    )


def _required() -> Iterator[str]:
    try:
        stated = requires(_PACKAGE) or []
    except PackageNotFoundError as error:
        raise UserError(f"{_PACKAGE} itself is not installed; run: make env") from error
    for line in stated:
        name = _REQUIRED.match(line)
        if name and "extra ==" not in line:
            yield name[0]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _holds(found: str, limit: str) -> bool:
    """Whether a version keeps a limit such as `>=1.11.0`."""
    kept = {
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "=": lambda a, b: a == b,
    }
    sign = next((sign for sign in kept if limit.startswith(sign)), "")
    if not sign:
        return True
    return kept[sign](_numbers(found), _numbers(limit[len(sign) :]))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _NAMES_SHOWN
    shown = ", ".join(listed[:_NAMES_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
