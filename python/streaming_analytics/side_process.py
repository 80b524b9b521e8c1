"""A process beside this one, which loads what it needs while this one is at work.

Libraries for fits, checks and pages take seconds to load. dbt reads the project for
longer than that, on one core: they are loaded on another meanwhile.
"""

import signal
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Any, Self

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress

# How often whoever waits is told that it goes on.
_SECONDS_BETWEEN_LOOKS = 0.5


class SideProcess:
    """Runs one function at a time in a process of its own, in the order asked.

    What it is given and returns has to be picklable. It ends with this process.
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
        """End the process."""
        self._process.terminate()
        self._process.join()
        self._pipe.close()

    def begin(self, function: Callable[..., Any], *args: Any) -> None:
        """Have `function` run; `result` waits for it.

        As its last argument it gets the line to show its progress on.
        """
        try:
            self._pipe.send((function, args))
        except BrokenPipeError as error:
            raise _killed() from error

    def result(self, progress: Progress) -> Any:
        """Return what the function of the last `begin` returned.

        Meanwhile `progress` shows what the function shows.

        Raises:
            UserError: The process was killed.
            BaseException: What the function raised.
        """
        shown = ""
        while True:
            while not self._pipe.poll(_SECONDS_BETWEEN_LOOKS):
                if shown:
                    progress.update(shown)
            try:
                kind, value = self._pipe.recv()
            except (EOFError, ConnectionResetError) as error:
                raise _killed() from error
            if kind == "returned":
                return value
            if kind == "raised":
                raise value
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
    for prepare in preparations:
        with suppress(Exception):
            prepare()
    while True:
        try:
            function, args = pipe.recv()
        except EOFError:
            return
        try:
            outcome = ("returned", function(*args, _PipedProgress(pipe)))
        except Exception as error:
            if not isinstance(error, UserError):
                error.add_note(traceback.format_exc())
            outcome = ("raised", error)
        try:
            pipe.send(outcome)
        except BrokenPipeError:
            return


def _killed() -> UserError:
    return UserError(
        "a process of this job was killed, perhaps for want of memory, so the job "
        "cannot go on; what was published stays as it was. Look with: streaming doctor"
    )
