"""A process beside this one: what comes back from it, and how it ends."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.side_process import ProcessKilledError, SideProcess


def quiet() -> Progress:
    return Progress(io.StringIO())


def divide(number: int, by: int, _: Progress) -> tuple[int, float]:
    return os.getpid(), number / by


def refuse(_: Progress) -> None:
    raise UserError("no such table; run: streaming build")


def tell(progress: Progress) -> None:
    progress.update("half of it is done")


def end_itself(_: Progress) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep_on(marker: Path, _: Progress) -> None:
    marker.write_text(str(os.getpid()))
    time.sleep(600)


class TwoWordsError(Exception):
    """Cannot be made again from its message."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def raise_two_words(_: Progress) -> None:
    raise TwoWordsError("this", "that")


def return_a_lock(_: Progress) -> object:
    return threading.Lock()


def fail() -> None:
    raise ImportError("scikit-learn is not there")


class Shown(Progress):
    """Keeps what was shown."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.texts: list[str] = []

    def update(self, text: str) -> None:
        self.texts.append(text)


def test_functions_run_in_turn_in_one_other_process() -> None:
    with SideProcess() as side:
        first, half = side.run(quiet(), divide, 1, 2)
        second, third = side.run(quiet(), divide, 1, 4)
    assert (half, third) == (0.5, 0.25)
    assert first == second != os.getpid()


def test_what_a_function_shows_is_shown_here() -> None:
    shown = Shown()
    with SideProcess() as side:
        side.run(shown, tell)
    assert shown.texts == ["half of it is done"]


def test_an_error_is_raised_here_and_the_next_function_runs() -> None:
    with SideProcess() as side:
        with pytest.raises(UserError, match=r"^no such table; run: streaming build$"):
            side.run(quiet(), refuse)
        with pytest.raises(ZeroDivisionError) as raised:
            side.run(quiet(), divide, 1, 0)
        assert "return os.getpid(), number / by" in raised.value.__notes__[0]
        with pytest.raises(RuntimeError, match="this and that"):
            side.run(quiet(), raise_two_words)
        with pytest.raises(RuntimeError, match=r"cannot pickle '_thread\.lock'"):
            side.run(quiet(), return_a_lock)
        assert side.run(quiet(), divide, 1, 2)[1] == 0.5


def test_what_cannot_be_prepared_is_left_to_who_needs_it() -> None:
    with SideProcess(fail) as side:
        assert side.run(quiet(), divide, 1, 2)[1] == 0.5


def test_a_process_that_was_killed_is_told() -> None:
    with SideProcess() as side:
        for function in (end_itself, tell):
            with pytest.raises(ProcessKilledError, match=r"^a process of this"):
                side.run(quiet(), function)


ENDS_WITH_A_SEMAPHORE = """
import io
import multiprocessing
from streaming_analytics.progress import Progress
from streaming_analytics.side_process import SideProcess

def hold_on(_):
    global held
    held = multiprocessing.get_context("spawn").Semaphore()

if __name__ == "__main__":
    with SideProcess() as side:
        side.run(Progress(io.StringIO()), hold_on)
"""


def test_nothing_is_said_of_what_libraries_held(tmp_path: Path) -> None:
    script = tmp_path / "ends.py"
    script.write_text(ENDS_WITH_A_SEMAPHORE)
    ended = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True
    )
    assert ended.stdout + ended.stderr == ""


def test_it_ends_amid_its_work(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    with SideProcess() as side:
        side.begin(sleep_on, marker)
        while not marker.exists() or not marker.read_text():
            time.sleep(0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)
