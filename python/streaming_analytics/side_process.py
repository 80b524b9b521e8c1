"""A process beside this one, which loads what it needs while this one is at work.

Libraries for fits, checks and pages take seconds to load. dbt reads the project for
longer than that, on one core: they are loaded on another meanwhile.
"""

import copy
import gc
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Any, Self

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.rare_collections import collect_rarely

# How often whoever waits is told that it goes on.
_SECONDS_BETWEEN_LOOKS = 0.5
# A matrix is inverted to the end before a signal is heard.
_SECONDS_TO_END = 5
# What a pipe says of a process that is no more.
_CLOSED = (EOFError, BrokenPipeError, ConnectionResetError)


class ProcessKilledError(UserError):
    """The process beside this one is no more; nobody knows what it still did."""

    def __init__(self) -> None:
        """Say it in words that whoever waits can go on from."""
        super().__init__("a process of this job was killed, perhaps for want of memory")


class SideProcess:
    """Runs one function at a time in a process of its own, in the order asked.

    What it is given and returns has to be picklable. It is ended with the block. Where
    this process was killed, it ends when its function does, or has progress to show.
    """

    def __init__(self, *preparations: Callable[[], object]) -> None:
        """Begin with what can be prepared; what fails there is left to who needs it."""
        context = get_context("spawn")
        self._pipe, there = context.Pipe()
        # A daemon, so that it is ended when this process ends by an error.
        self._process = context.Process(
            target=_serve, args=(there, preparations), daemon=True
        )
        self._process.start()
        there.close()

    def __enter__(self) -> Self:
        """Return the process; leaving the block ends it, also amid its work."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process; what does not listen is killed."""
        self._process.terminate()
        self._process.join(_SECONDS_TO_END)
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def begin(self, function: Callable[..., Any], *args: Any) -> None:
        """Have `function` run; `result` waits for it.

        As its last argument it gets the line to show its progress on.
        """
        # That the process was killed is told by `result`.
        with suppress(*_CLOSED):
            self._pipe.send((function, args))

    def result(self, progress: Progress) -> Any:
        """Return what the first function returned whose result nobody has taken yet.

        Meanwhile `progress` shows what the function shows.

        Raises:
            ProcessKilledError: The process was killed.
            BaseException: What the function raised.
        """
        try:
            kind, value = self._answer(progress)
        except _CLOSED as error:
            raise ProcessKilledError from error
        finally:
            progress.clear()
        if kind == "raised":
            raise value
        return value

    def _answer(self, progress: Progress) -> tuple[str, Any]:
        shown = ""
        while True:
            while not self._pipe.poll(_SECONDS_BETWEEN_LOOKS):
                if shown:
                    progress.update(shown)
            kind, value = self._pipe.recv()
            if kind != "shown":
                return kind, value
            shown = value
            progress.update(shown)

    def run(self, progress: Progress, function: Callable[..., Any], *args: Any) -> Any:
        """Return what `function` returns, as `begin` and `result` do."""
        self.begin(function, *args)
        return self.result(progress)


class _PipedProgress(Progress):
    """Shows on the other side's progress line."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self._pipe = pipe

    def update(self, text: str) -> None:
        self._pipe.send(("shown", text))

    def clear(self) -> None:
        """Leave that to the other side."""


def _serve(pipe: Pipe, preparations: Sequence[Callable[[], object]]) -> None:
    """Prepare, then run what comes until nobody is there to ask."""
    # Ctrl-C reaches both processes of a terminal, and the other one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    collect_rarely()
    for prepare in preparations:
        with suppress(Exception):
            prepare()
    while True:
        try:
            function, args = pipe.recv()
        except _CLOSED:
            return
        try:
            outcome = ("returned", function(*args, _PipedProgress(pipe)))
        except Exception as error:
            outcome = ("raised", _as_it_can_be_sent(error))
        try:
            pipe.send(outcome)
        except _CLOSED:
            return
        except Exception as error:
            pipe.send(("raised", _in_words(error)))


def _end(*_: object) -> None:
    """End as a process normally does, so that libraries give back what they hold."""
    # Without a last search for unreachable objects, which takes most of a second.
    gc.freeze()
    sys.exit()


def _as_it_can_be_sent(error: Exception) -> Exception:
    """Return the error with where it came from, in words if it cannot be made again."""
    try:
        sent = copy.copy(error)
    except Exception:
        return _in_words(error)
    if not isinstance(error, UserError):
        sent.add_note("".join(traceback.format_exception(error)))
    return sent


def _in_words(error: Exception) -> Exception:
    return RuntimeError("".join(traceback.format_exception(error)))
