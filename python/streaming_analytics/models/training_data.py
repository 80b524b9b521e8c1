"""What a model is fitted from: the marts of one build, read as they are."""

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.models.targets import PUBLISHED, schema_of
from streaming_analytics.warehouse.statements import trusted

if TYPE_CHECKING:
    import pandas as pd

_MART_SCHEMA = re.compile(r"\{(mart_\w+)\}")


@dataclass(frozen=True)
class TrainingData:
    """The marts of one build, within one transaction.

    Attributes:
        session: Sees one state of the database throughout.
        target: Whose marts: the published ones, or those of a dbt target.
        raw_data: What they were built from: sample or loaded.
        as_of_date: Their last day, the only today that a fit knows.
    """

    session: psycopg.Connection[Any]
    target: str
    raw_data: str
    as_of_date: date

    def read(self, query: str) -> "pd.DataFrame":
        """Return the rows of a query; `{mart_churn}` is the schema of that name.

        Numbers of PostgreSQL's `numeric` come as floats, NULL as missing.

        Raises:
            UserError: A mart is not there.
        """
        import pandas as pd
        from psycopg.types.numeric import FloatLoader

        names = {
            schema: sql.Identifier(schema_of(self.target, schema))
            for schema in set(_MART_SCHEMA.findall(query))
        }
        with self.session.cursor() as cursor:
            cursor.adapters.register_loader("numeric", FloatLoader)
            try:
                cursor.execute(trusted(query).format(**names))
            except psycopg.errors.UndefinedTable as error:
                raise UserError(
                    f"{error.diag.message_primary}: these marts were not built; "
                    "run: streaming build"
                ) from error
            columns = [column.name for column in cursor.description or ()]
            return pd.DataFrame(cursor.fetchall(), columns=columns)


def read_training_data(session: psycopg.Connection[Any], target: str) -> TrainingData:
    """Begin reading the marts of `target`, all of them in one state.

    Raises:
        UserError: They were not built.
    """
    session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    query = (
        """
        select raw_data, as_of_date
        from audit.build_info
        order by published_at desc
        limit 1
        """
        if target == PUBLISHED
        else "select raw_data, as_of_date from {schema}.util_raw_data"
    )
    schema = sql.Identifier(f"{target}_intermediate")
    try:
        row = session.execute(trusted(query).format(schema=schema)).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise UserError(_nothing_built(target)) from error
    if row is None or row[1] is None:
        raise UserError(_nothing_built(target))
    raw_data, as_of_date = row
    return TrainingData(session, target, raw_data, as_of_date)


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
