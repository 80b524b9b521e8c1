"""What dbt read of the project, kept for each way of reading it.

Of these dbt keeps one alone, and reads the whole project anew whenever the variables,
the target or the server are not those of the time before: loaded data after the sample,
say.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streaming_analytics.project import Project

_MOST_KEPT = 8


class KeptParse:
    """One way of reading the project, and the file of what was read."""

    def __init__(
        self,
        project: Project,
        target: str,
        variables: Mapping[str, Any],
        environment: Mapping[str, str],
    ) -> None:
        """Name the file after everything that the project's reading depends on."""
        way = json.dumps([target, variables, environment], sort_keys=True, default=str)
        self._folder = project.warehouse / "parses"
        self._file = (
            self._folder / f"{hashlib.sha256(way.encode()).hexdigest()}.msgpack"
        )
        self._written = project.root / "target" / "partial_parse.msgpack"

    @property
    def arguments(self) -> list[str]:
        """Arguments that make dbt go on from what was kept, if anything was."""
        if not self._file.is_file():
            return []
        return ["--partial-parse-file-path", str(self._file)]

    def keep(self) -> None:
        """Keep what dbt has just read, and the newest few of the others.

        dbt itself sees whether a file is older than the project or of another dbt.
        """
        if not self._written.is_file():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        passing = self._file.with_suffix(".passing")
        shutil.copyfile(self._written, passing)
        passing.replace(self._file)
        for old in _newest_first(self._folder)[_MOST_KEPT:]:
            old.unlink(missing_ok=True)


def _newest_first(folder: Path) -> list[Path]:
    return sorted(
        folder.glob("*.msgpack"), key=lambda path: path.stat().st_mtime, reverse=True
    )
