"""What a build is asked for."""

from dataclasses import dataclass
from datetime import date

CANDIDATE = "candidate"
SAMPLE = "sample"


@dataclass(frozen=True)
class BuildRequest:
    """What to build.

    Attributes:
        scale: sample reads the committed seeds; other scales are generated into
            `.data/<scale>` and loaded. None reads what was loaded before.
        target: candidate is published when it passed; others are built only.
        select: dbt's selection; a part of the models is never published.
        full_refresh: Build every table from nothing, kept ones too.
        since: Compute anew what plays of this day and later days reach, changed or not.
        threads: dbt's threads; None leaves it to the profile.
        trains: Fit the models from the new marts before those that score are built.
        as_of: The day to take for today; None takes the last day of the data.
    """

    scale: str | None
    target: str = CANDIDATE
    select: tuple[str, ...] = ()
    full_refresh: bool = False
    since: date | None = None
    threads: int | None = None
    trains: bool = True
    as_of: date | None = None

    @property
    def variables(self) -> dict[str, str]:
        """What dbt gets as `--vars`."""
        day = {"as_of_date": self.as_of.isoformat()} if self.as_of else {}
        return {"raw_data": self.raw_data, **day}

    @property
    def raw_data(self) -> str:
        """The value of dbt's variable `raw_data`."""
        return "sample" if self.scale == SAMPLE else "loaded"

    @property
    def is_published(self) -> bool:
        """Whether a green build goes on to publish."""
        return self.target == CANDIDATE and not self.select
