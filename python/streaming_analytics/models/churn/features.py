"""What the churn model sees: member-months with what was known when they closed.

The columns are those of `fct_churn_features`; which of them the model reads, and what
each stands for, is the variable `churn_features`. docs/decisions/0027-churn-risk.md
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from streaming_analytics.models.churn.rules import ChurnRules
from streaming_analytics.models.training_data import TrainingData

_QUERY = """
select *
from {mart_churn}.fct_churn_features
where is_lost_next_month is not null
order by month_start_date, user_id
"""


@dataclass(frozen=True)
class Feature:
    """One input of the model: a number, or whether a column is a category."""

    column: str
    category: str | None = None

    @property
    def name(self) -> str:
        """The column, with `=category` where there is one."""
        return (
            self.column if self.category is None else f"{self.column}={self.category}"
        )


def read_member_months(data: TrainingData) -> pd.DataFrame:
    """Return the member-months whose next month is known, in order of time.

    One row per member and closing date, with the columns of `fct_churn_features`.
    """
    frame = data.read(_QUERY)
    return frame.assign(is_lost=frame["is_lost_next_month"].astype(bool))


def features_of(member_months: pd.DataFrame, rules: ChurnRules) -> list[Feature]:
    """Return the inputs: every number, and every category that occurs."""
    return [
        *(Feature(column) for column in rules.numbers),
        *(
            Feature(column, category)
            for column in rules.categories
            for category in sorted(member_months[column].unique())
        ),
    ]


def matrix(member_months: pd.DataFrame, features: list[Feature]) -> NDArray[np.float64]:
    """Return the inputs as member-month x feature."""
    columns: list[Any] = [
        member_months[feature.column]
        if feature.category is None
        else member_months[feature.column] == feature.category
        for feature in features
    ]
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])
