"""What a load says of the marts that its rows are enough for."""

from dbt_sample import ROOT, Built

from streaming_analytics.loading.outlook import describe_outlook, lacking
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract

TABLES = read_raw_contract(Project(ROOT).raw_contract)
# Of the reference seeds alone.
ALWAYS_THERE = {"dim_channels", "dim_devices", "dim_regions"}


def test_three_tables_are_enough_for_what_they_say() -> None:
    marts = lacking(TABLES, {"users": 2, "content": 3, "viewing": 4})

    assert marts["fct_viewing"] == ()
    assert marts["fct_recommendations"] == ()
    assert marts["fct_ratings"] == ("ratings",)
    assert marts["agg_episode_performance"] == ("episodes",)
    assert marts["agg_survival_by_segment"] == ("subscriptions",)


def test_plays_or_ratings_are_enough_to_recommend() -> None:
    marts = lacking(TABLES, {"users": 2, "content": 3, "ratings": 1})

    assert marts["fct_recommendations"] == ()
    assert lacking(TABLES, {"content": 3})["fct_recommendations"] == (
        "viewing or ratings",
    )


def test_it_is_told_by_what_is_missing() -> None:
    lines = list(describe_outlook(TABLES, {"users": 2}))

    assert lines[0].startswith("with this you get ")
    assert ", dim_users" in lines[0]
    assert "  no rows in ratings: fct_ratings" in lines
    assert "  no rows in plans: dim_plans" in lines


def test_what_more_than_rows_some_marts_need_is_told() -> None:
    lines = list(describe_outlook(TABLES, {"viewing": 1}))
    need = "  a title released on the day of the first play or later: "

    assert need + "agg_content_launch_curve" in lines
    told = lines[: lines.index("these stay empty, or at zero in all that rests on it:")]
    assert not any("agg_member_forecast" in line for line in told)
    assert not any(need in line for line in describe_outlook(TABLES, {"users": 2}))


def test_every_mart_says_what_it_rests_on(built: Built) -> None:
    marts = {
        node["name"]: key
        for key, node in built.manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["fqn"][1] in ("core", "areas")
        and "steps" not in node["fqn"]
    }
    assert set(lacking(TABLES, {})) == set(marts) - ALWAYS_THERE
    needing = {m for t in TABLES for names in t.marts_need.values() for m in names}
    assert needing < set(marts)


def test_no_mart_waits_for_a_table_that_it_does_not_read(built: Built) -> None:
    parents = built.manifest["parent_map"]

    def sources(key: str) -> set[str]:
        found, waiting = set(), [key]
        while waiting:
            for parent in parents.get(waiting.pop(), []):
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return {name.split(".")[-1] for name in found if name.startswith("seed.")}

    # What is learned in Python from the marts is not in the lineage.
    learned = {
        *("agg_churn_model_calibration", "agg_churn_model_evaluation"),
        *("agg_recommender_evaluation", "fct_similar_content"),
    }
    assert [
        (table.name, mart)
        for table in TABLES
        for mart in table.marts
        if mart not in learned
        and not sources(f"model.streaming_analytics.{mart}") & set(table.seeds)
    ] == []
