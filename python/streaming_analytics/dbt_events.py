"""What dbt says while it runs, as progress."""

import re
import time
from typing import Any

from streaming_analytics.progress import Progress, duration

_MESSAGE_CHARACTERS = 300
# Without a terminal, one line per so many parts of the run.
_PLAIN_LINES = 10
# How libpq says that a session was ended.
_CUT_OFF = re.compile("terminating connection|server closed the connection")


class Watcher:
    """Says how many nodes are done, and which failed."""

    def __init__(self, progress: Progress) -> None:
        """State where it is said."""
        self._progress = progress
        self._began = time.monotonic()
        self._done = 0
        self._total = 0
        self._cut_off: list[str] = []

    def __call__(self, event: Any) -> None:
        """Take an event of dbt's, as its programmatic runner hands it on."""
        data = event.data
        if event.info.name == "LogStartLine":
            self._total = data.total
            self._show(data.description)
        elif event.info.name == "NodeFinished":
            self._done += 1
            status = data.run_result.status
            self._progress.note(
                f"dbt {data.node_info.resource_type} {data.node_info.node_name}: "
                f"{status}, {data.run_result.execution_time:.2f} s"
            )
            if status in ("error", "fail"):
                message = one_line(data.run_result.message)
                line = f"ERROR {data.node_info.node_name}: {message}"
                if _CUT_OFF.search(data.run_result.message):
                    self._cut_off.append(line)
                else:
                    self._progress.say(line)
            self._show("")
            if not self._progress.is_live and self._is_at_a_tenth():
                self._progress.say(f"dbt: {self._done} of {self._total} done")
        elif event.info.name == "JinjaLogInfo":
            # What our own macros have to say, such as the rows that break a rule.
            self._progress.say(data.msg)

    def tell_cut_off(self) -> None:
        """Say which nodes lost their session: with Ctrl-C dbt ends all of them."""
        for line in self._cut_off:
            self._progress.say(line)

    def _show(self, what: str) -> None:
        spent = duration(time.monotonic() - self._began)
        self._progress.update(
            f"dbt: {self._done} of {self._total} done, {spent}  {what}"
        )

    def _is_at_a_tenth(self) -> bool:
        tenths = self._done * _PLAIN_LINES
        return self._total > 0 and tenths % self._total < _PLAIN_LINES


def one_line(message: str) -> str:
    """Return a message of dbt's, or the beginning of a long one, in one line."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    text = "; ".join(lines)
    if len(text) > _MESSAGE_CHARACTERS:
        text = text[: _MESSAGE_CHARACTERS - 3] + "..."
    return text
