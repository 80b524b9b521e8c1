"""A generated platform: what was planted in it, and what the marts make of it."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.dataset as ds

from streaming_analytics.generator.world.world import World
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

#: dbt's target, whose name the schemas begin with.
TARGET = "ci"
REGION, PLAN, CHANNEL = "region_code", "plan_code", "channel_code"


@dataclass(frozen=True)
class Recovered:
    """A platform that was generated, loaded and built.

    Attributes:
        world: The constants that were planted.
        directory: The generated files, with the truth below them.
        connection: The database that holds the marts.
    """

    world: World
    directory: Path
    connection: Connection

    def query(self, statement: str) -> pd.DataFrame:
        """Return what a statement selects from the marts, numbers as floats."""
        with self.connection.connect() as session:
            cursor = session.execute(
                trusted(statement.replace("mart_", f"{TARGET}_mart_"))
            )
            names = [column.name for column in cursor.description or ()]
            rows = [
                [float(v) if isinstance(v, Decimal) else v for v in row]
                for row in cursor.fetchall()
            ]
        return pd.DataFrame(rows, columns=pd.Index(names))

    def truth(self, name: str) -> pd.DataFrame:
        """Return a table of the planted truth."""
        return _read(self.directory / "truth" / name)

    def hazards(
        self, changed: dict[str, dict[str, float]] | None = None
    ) -> pd.DataFrame:
        """Return who could leave at each bill, and how many were planted to.

        Args:
            changed: Hazard ratios to put in place of the planted ones, by column
                (such as region_code) and value.

        Returns:
            The table `hazards` with `month` (yyyy-mm of the bill), `tenure_months`
            (0 at the first bill) and `exposed`: members whose bill was paid. They ask
            to leave before the next bill, or stay until it fails.
        """
        frame = self.truth("hazards").astype(
            dict.fromkeys((REGION, PLAN, CHANNEL), str)
        )
        for column, ratios in (changed or {}).items():
            # Hazards are small enough for a factor on them to be one on their sum.
            factor = pd.Series(ratios) / pd.Series(self.hazard_ratios(column))
            frame["expected_cancels"] *= frame[column].map(factor).fillna(1.0)
        return frame.assign(
            month=[day.strftime("%Y-%m") for day in frame.bill_month_start_date],
            tenure_months=frame.bill_number - 1,
            exposed=frame.bills - frame.failures,
        )

    def hazard_ratios(self, column: str) -> dict[str, float]:
        """Return the planted hazard ratio of each region, plan or channel."""
        world = self.world
        things = {REGION: world.regions, PLAN: world.plans, CHANNEL: world.channels}
        return {code: thing.hazard_ratio for code, thing in things[column].items()}


@cache
def _read(folder: Path) -> pd.DataFrame:
    return ds.dataset(folder, format="parquet").to_table().to_pandas()
