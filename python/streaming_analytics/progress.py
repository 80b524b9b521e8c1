"""Progress: one line that is rewritten on a terminal, and a few that stay in a log."""

import os
import shutil
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from streaming_analytics.run_log import current_log

# Fast enough to look alive, slow enough to cost nothing.
_SECONDS_BETWEEN_UPDATES = 0.1
# Where no line can be rewritten, as in a log: a line that stays, so often.
_SECONDS_BETWEEN_LINES = 15


class Progress:
    """A line at the bottom of a terminal.

    Lines that stay are printed by `say`, also where there is no terminal, and go to the
    log of the command that runs. No colour is used, so there is nothing for NO_COLOR to
    switch off.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`, by default standard error."""
        self._stream = sys.stderr if stream is None else stream
        self._is_live = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._began = time.monotonic()
        self._last_update = 0.0 if self._is_live else self._began
        self._is_told = stream is None
        self._is_shown = False
        self._log = current_log()

    @property
    def is_live(self) -> bool:
        """Whether there is a terminal to rewrite a line on."""
        return self._is_live

    def update(self, text: str) -> None:
        """Show `text` in place of what was shown; now and then, where that stays."""
        now = time.monotonic()
        pause = _SECONDS_BETWEEN_UPDATES if self._is_live else _SECONDS_BETWEEN_LINES
        if now - self._last_update < pause:
            return
        self._last_update = now
        if not self._is_live:
            if not self._is_told:
                return
            self._stream.write(f"{text}  ({duration(now - self._began)} so far)\n")
            self._stream.flush()
            return
        width = shutil.get_terminal_size().columns
        self._stream.write(f"\r\x1b[2K{text[: width - 1]}")
        self._stream.flush()
        self._is_shown = True

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._is_shown = False

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.clear()
        self._stream.write(f"{text}\n")
        self._stream.flush()
        self.note(text)

    def note(self, text: str) -> None:
        """Add a line to the log of the command, and show nothing."""
        if self._log is not None:
            self._log.write(text)

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Log how long the block took, whether it ended well or not."""
        self.update(name)
        began = time.monotonic()
        try:
            yield
        finally:
            self.note(f"{name}: {time.monotonic() - began:.2f} s")


class Transfer:
    """Bytes moved out of a known total, told with rate and time left."""

    def __init__(self, progress: Progress, total_bytes: int) -> None:
        """Count towards `total_bytes`, starting the clock now."""
        self.progress = progress
        self._total = max(total_bytes, 1)
        self._moved = 0
        self._began = time.monotonic()

    def advance(self, moved_bytes: int, label: str) -> None:
        """Add `moved_bytes` and show how far it is, with `label` in front."""
        self._moved += moved_bytes
        seconds = max(time.monotonic() - self._began, 1e-3)
        rate = self._moved / seconds
        left = max(self._total - self._moved, 0) / max(rate, 1)
        share = min(self._moved / self._total, 1)
        self.progress.update(
            f"{label}  {share:4.0%}  {rate / 1e6:.0f} MB/s  {duration(left)} left"
        )


def duration(seconds: float) -> str:
    """Return `seconds` as m:ss, or h:mm:ss from an hour on."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minute:02d}:{second:02d}"
    return f"{minute}:{second:02d}"
