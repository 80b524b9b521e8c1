"""How tests run side by side, with `-n` of pytest-xdist.

Tests that share what is dear to make are one worker's, so that it is made once. The
sample is built by the worker that needs it first, and handed to the others.
"""

import os
import signal
from pathlib import Path, PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Folders whose tests share platforms: each is one worker's. Of others, every file goes
# to whichever is free.
TOGETHER = ("recovery", "generator")
# They come first, so that nobody waits for them at the end. The first builds the sample
# while the next three, which need none, go on.
LONGEST = (
    "report/test_dashboard.py",
    "recovery",
    "faults/test_faults.py",
    "generator/run/test_run.py",
    "oracle/test_marts.py",
    "dbt_project/test_constraints.py",
    "dbt_project/test_mapped_tables.py",
    "bi/test_surfaces.py",
    "report/test_paper.py",
    "generator",
    "laboratory/test_relations.py",
    "jobs/test_build.py",
)
# Each needs about two gigabytes of memory, and some seconds to read all the tests.
MOST_WORKERS = 8


class Together(LoadScopeScheduling):
    """Gives a worker a folder of `TOGETHER`, or a file."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def _group(nodeid: str) -> str:
    file = PurePosixPath(nodeid.partition("::")[0].removeprefix("tests/python/"))
    folder = str(file.parent)
    return folder if folder in TOGETHER else str(file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    # By default, groups of most tests would come first.
    config.option.loadscopereorder = False
    return Together(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """Return for `-n auto` one worker more than cores: each waits now and then."""
    return min(len(os.sched_getaffinity(0)) + 1, MOST_WORKERS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put `LONGEST` first, in its order."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(_group(item.nodeid), len(place)))


_IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ


def pytest_configure() -> None:
    """Let a worker be interrupted, even where it was started in the background.

    So it is told to end when the process that started it is gone.
    """
    if _IS_WORKER:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_keyboard_interrupt() -> None:
    """Let a worker end what its tests started, whoever interrupts it once more."""
    if _IS_WORKER:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of this run that all its workers share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if _IS_WORKER else own
