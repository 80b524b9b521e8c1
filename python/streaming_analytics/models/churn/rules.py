"""What the churn model shares with SQL: its columns, and the groups of the baseline."""

from dataclasses import dataclass

from streaming_analytics.definitions import Definitions

CATEGORY = "category"


@dataclass(frozen=True)
class ChurnRules:
    """The rules of a fit.

    Attributes:
        numbers: Columns of `fct_churn_features` that the model reads as numbers, flags
            as 1 or 0.
        categories: Columns of which it reads each value as a flag of its own.
        band_starts: Full months with which each tenure band begins, in ascending order,
            as in the seed `tenure_bands`.
        prior_months: Member-months at the platform's rate that each group of the
            baseline begins with.
    """

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    band_starts: tuple[int, ...]
    prior_months: int


def churn_rules(definitions: Definitions) -> ChurnRules:
    """Return the rules that the marts are built by.

    Raises:
        UserError: A variable is not there, or of another kind.
    """
    features = definitions.rows("churn_features", ("column", "kind", "driver"))
    return ChurnRules(
        numbers=tuple(row["column"] for row in features if row["kind"] != CATEGORY),
        categories=tuple(row["column"] for row in features if row["kind"] == CATEGORY),
        band_starts=tuple(
            sorted(int(row["from_months"]) for row in definitions.seed("tenure_bands"))
        ),
        prior_months=definitions.whole("churn_baseline_prior_months", lowest=1),
    )
