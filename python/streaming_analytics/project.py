"""Where the project lies, and where it keeps what it makes."""

import re
from dataclasses import dataclass
from pathlib import Path

from streaming_analytics.errors import UserError

_NAMES_THIS_PROJECT = re.compile(
    r"""^name:\s*["']?streaming_analytics["']?\s*(#.*)?$""", re.MULTILINE
)


@dataclass(frozen=True)
class Project:
    """A checkout of the project."""

    root: Path

    @property
    def warehouse(self) -> Path:
        """The embedded PostgreSQL, its passwords and the rendered profile."""
        return self.root / ".warehouse"

    @property
    def run_logs(self) -> Path:
        """A log of each command that ran, with the time of its steps."""
        return self.warehouse / "logs"

    @property
    def data(self) -> Path:
        """Generated data, one folder per scale."""
        return self.root / ".data"

    def arrivals(self, scale: str) -> Path:
        """Where `streaming advance` adds to a generated platform."""
        return self.data / scale / "arrivals"

    def arrived(self, scale: str) -> list[Path]:
        """Return the folders that `streaming advance` added, in their order."""
        # What a killed run left unfinished has another name.
        numbered = (
            path for path in self.arrivals(scale).glob("*") if path.name.isdecimal()
        )
        return sorted(numbered, key=lambda path: int(path.name))

    @property
    def manifest(self) -> Path:
        """What dbt last read or built."""
        return self.root / "target" / "manifest.json"

    @property
    def site(self) -> Path:
        """What is rendered for people: docs, dashboard, report."""
        return self.root / "site"

    @property
    def erd(self) -> Path:
        """The committed entity-relationship diagrams."""
        return self.root / "docs" / "erd"

    @property
    def contracts(self) -> Path:
        """What the tables of the last released version promise, as digests."""
        return self.root / "docs" / "contracts.txt"

    @property
    def notebooks(self) -> Path:
        """The committed notebooks, without outputs."""
        return self.root / "docs" / "notebooks"

    @property
    def reference_seeds(self) -> Path:
        """The reference seeds: codes and what they mean."""
        return self.root / "seeds" / "reference"

    @property
    def countries(self) -> Path:
        """The reference seed of countries, with their regions and time zones."""
        return self.root / "seeds" / "reference" / "countries.csv"

    @property
    def raw_contract(self) -> Path:
        """The file that states every raw table's columns and types."""
        return self.root / "seeds" / "sample" / "_sample__seeds.yml"


def find_project(start: Path | None = None) -> Project:
    """Return the checkout around `start` (by default the working directory).

    Falls back to the checkout that the package itself was installed from, so that
    `streaming` also works from elsewhere.

    Raises:
        UserError: Neither is there, as when only the package was installed.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents, own_checkout().root):
        if _is_project(folder):
            return Project(folder)
    raise UserError(
        f"no streaming_analytics project at or above {start}; "
        "change into a checkout of it and try again"
    )


def own_checkout() -> Project:
    """Return the folder that this code lies in; a project unless it was installed."""
    return Project(Path(__file__).resolve().parents[2])


def _is_project(folder: Path) -> bool:
    try:
        text = (folder / "dbt_project.yml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return _NAMES_THIS_PROJECT.search(text) is not None
