"""What SQL scores today, beside what scikit-learn does from the same member-months."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from streaming_analytics.models.churn.hazard import fit_baseline, fit_hazard
from streaming_analytics.models.churn.rules import ChurnRules

TODAY = """
select features.*
from {mart_churn}.fct_churn_features as features
where month_start_date = (
    select max(month_start_date) from {mart_churn}.fct_user_months
)
"""


def assert_sql_is_scikit_learn(
    read: Callable[[str], pd.DataFrame], member_months: pd.DataFrame, rules: ChurnRules
) -> None:
    """Compare every member's probability, by the model and by the baseline."""
    today = read(TODAY)
    risk = read("select * from {mart_churn}.dim_user_churn_risk").set_index("user_id")
    scored = risk.loc[today["user_id"]]
    assert len(today) > 300
    assert set(scored["risk_source"]) == {"model"}
    expected = fit_hazard(member_months, rules).probabilities(today)
    assert np.abs(scored["churn_probability"].to_numpy() - expected).max() < 1e-9
    plain = fit_baseline(member_months, rules).probabilities(today)
    assert np.abs(scored["baseline_probability"].to_numpy() - plain).max() < 1e-9
    decided = risk.drop(index=today["user_id"])
    assert len(decided) > 3
    assert set(decided["risk_source"]) == {"asked"}
    assert set(decided["churn_probability"]) == {1.0}
