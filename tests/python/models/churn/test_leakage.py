"""Nothing that is known only after the closing date can reach a forecast."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from dbt_sample import Built, Dbt
from sklearn.metrics import roc_auc_score

from streaming_analytics.models.churn.hazard import fit_hazard
from streaming_analytics.models.churn.trainer import split
from streaming_analytics.warehouse.connection import Connection

from .conftest import RULES, TARGET, Trained, read

CLOSING = "2025-06-30"
FEATURES = f"""
select *
from {{mart_churn}}.fct_churn_features
where closing_date <= date '{CLOSING}'
order by user_id, month_start_date
"""
# Another future: hardly any viewing in every other play, dearer plans, and nobody who
# asks to leave or fails to pay once July is over.
AFTER = f"""
update dev_sample.viewing_2025
set watched_seconds = 1, start_position_seconds = 0
where started_at >= date '{CLOSING}' + 1 and hashtext(play_id) % 2 = 0;
update dev_sample.subscriptions
set cancel_requested_date = null, ended_date = null, end_reason = null
where least(cancel_requested_date, ended_date) > date '{CLOSING}' + 31;
update dev_sample.plan_prices
set monthly_price_usd = monthly_price_usd * 2
where valid_from_date > date '{CLOSING}';
"""


def test_what_comes_after_the_closing_date_changes_no_feature(
    copy_of_sample: Callable[[], Connection], dbt: Dbt, tmp_path: Path
) -> None:
    connection = copy_of_sample()
    before = read(connection, FEATURES)
    with connection.connect() as session:
        session.execute(AFTER.encode())
    done = dbt(
        "run",
        "--select",
        "+fct_churn_features",
        "--target",
        TARGET,
        connection=connection,
        target=tmp_path,
    )
    assert done.returncode == 0, done.stdout

    after = read(connection, FEATURES)
    assert len(before) > 3_000
    pd.testing.assert_frame_equal(before, after)
    later = "select * from {mart_churn}.fct_churn_features where closing_date > "
    assert not read(connection, f"{later} date '{CLOSING}'").empty


def test_the_features_know_plays_spells_and_prices_and_nothing_else(
    built: Built,
) -> None:
    """Tables that sum up all time, such as what was ever finished, tell the future."""
    nodes = built.manifest["nodes"]

    def parents(name: str) -> set[str]:
        # Not `depends_on`, which has the tables that foreign keys lead to as well.
        code = nodes[f"model.streaming_analytics.{name}"]["raw_code"]
        return set(re.findall(r"ref\('(\w+)'\)", code))

    assert parents("fct_churn_features") == {
        *("int_members_by_month", "int_subscription_spells", "int_users_located"),
        *("int_viewing_by_member_month", "util_months"),
    }
    assert parents("int_viewing_by_member_month") == {
        *("int_members_by_month", "int_subscription_spells"),
        *("int_viewing_by_user_day", "util_months"),
    }
    # What these add up they add up by day.
    assert parents("int_viewing_by_user_day") == {"int_viewing_by_user_title_day"}
    assert parents("int_viewing_by_user_title_day") == {
        *("fct_viewing", "int_users_located"),
    }


def test_outcomes_shuffled_within_their_month_cannot_be_predicted(
    trained: Trained,
) -> None:
    """A model that saw its outcome in a feature, or in the month, would still do."""
    frame = trained.member_months
    later = split(frame)
    rng = np.random.default_rng(3)
    areas = []
    for _ in range(12):
        shuffled = frame.assign(
            is_lost=frame.groupby("month_start_date")["is_lost"].transform(
                lambda month: rng.permutation(month.to_numpy())
            )
        )
        scores = fit_hazard(shuffled[~later], RULES).probabilities(shuffled[later])
        areas.append(roc_auc_score(shuffled["is_lost"][later], scores))
    # A single shuffle of the sample's few losses is off by .025.
    assert abs(np.mean(areas) - 0.5) < 0.03
