"""What a model is fitted from: the marts of one build, read as they are."""

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from streaming_analytics.errors import UserError
from streaming_analytics.models.targets import PUBLISHED, schema_of
from streaming_analytics.reading import FitStore, NotThereError

if TYPE_CHECKING:
    import pandas as pd

_MART_SCHEMA = re.compile(r"\{(mart_\w+)\}")


@dataclass(frozen=True)
class TrainingData:
    """The marts of one build, within one transaction.

    Attributes:
        store: Sees one state of the warehouse throughout, and takes the fit.
        target: Whose marts: the published ones, or those of a dbt target.
        raw_data: What they were built from: sample or loaded.
        as_of_date: Their last day, the only today that a fit knows.
    """

    store: FitStore
    target: str
    raw_data: str
    as_of_date: date

    def read(self, query: str) -> "pd.DataFrame":
        """Return the rows of a query; `{mart_churn}` is the schema of that name.

        Exact numbers come as floats, NULL as missing.

        Raises:
            UserError: A mart is not there.
        """
        try:
            return self.store.frame(
                _MART_SCHEMA.sub(lambda name: schema_of(self.target, name[1]), query)
            )
        except NotThereError as error:
            raise UserError(
                f"{error}: these marts were not built; run: streaming build"
            ) from error


def read_training_data(store: FitStore, target: str) -> TrainingData:
    """Begin reading the marts of `target`, all of them in one state.

    Raises:
        UserError: They were not built.
    """
    query = (
        """
        select raw_data, as_of_date
        from audit.build_info
        order by published_at desc
        limit 1
        """
        if target == PUBLISHED
        else "select raw_data, as_of_date "
        f"from {schema_of(target, 'intermediate')}.util_raw_data"
    )
    try:
        found = store.frame(query)
    except NotThereError as error:
        raise UserError(_nothing_built(target)) from error
    if found.empty or found["as_of_date"].isna().iloc[0]:
        raise UserError(_nothing_built(target))
    raw_data, as_of_date = found.astype(object).iloc[0]
    return TrainingData(store, target, raw_data, as_of_date)


def _nothing_built(target: str) -> str:
    if target == PUBLISHED:
        return (
            "nothing is published yet, so there is nothing to train on; "
            "run: streaming build"
        )
    return (
        f"there are no marts in schemas {target}_*, so there is nothing to train on; "
        f"run: streaming build --target {target} --no-train"
    )
