"""Variables and seeds are read as dbt reads them, and mistakes are told in one line."""

from pathlib import Path

import pytest

from streaming_analytics.definitions import read_definitions
from streaming_analytics.errors import UserError
from streaming_analytics.models.churn.rules import churn_rules
from streaming_analytics.models.recommender.settings import list_rules


def project(folder: Path, variables: str) -> Path:
    (folder / "dbt_project.yml").write_text(f"name: fork\nvars:\n{variables}")
    return folder


def test_a_variable_of_the_project_itself_goes_first(tmp_path: Path) -> None:
    root = project(
        tmp_path, "  days: 1\n  weeks: 2\n  streaming_analytics:\n    days: 3\n"
    )
    definitions = read_definitions(root)
    assert (definitions.whole("days"), definitions.whole("weeks")) == (3, 2)


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("  other: 1\n", "has no variable days"),
        ("  days: many\n", "days is 'many'; use a whole number from 1"),
        ("  days: 2.5\n", "days is '2.5'"),
        ("  days: -2\n", "days is '-2'"),
        ("  days: 0\n", "days is '0'"),
        ("  days: [\n", "is no YAML"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    tmp_path: Path, stated: str, message: str
) -> None:
    with pytest.raises(UserError, match=message) as error:
        read_definitions(project(tmp_path, stated)).whole("days", lowest=1)
    assert "\n" not in str(error.value)


def test_a_number_in_quotes_is_a_number_as_in_sql(tmp_path: Path) -> None:
    assert read_definitions(project(tmp_path, "  days: '7'\n")).whole("days") == 7


def test_every_third_place_of_a_list_is_a_new_titles(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        "  recommendation_ranks: 8\n  new_title_every_ranks: 3\n"
        "  recommendations_per_genre: 2\n  taste_fading_days: 9\n  taste_titles: 4\n",
    )
    rules = list_rules(read_definitions(root))
    assert rules.new_places == (3, 6)
    assert (rules.length, rules.per_genre) == (8, 2)
    assert (rules.fading_days, rules.taste_titles) == (9, (4,))


def test_flags_are_numbers_and_bands_are_in_order(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        "  churn_baseline_prior_months: 5\n  churn_features:\n"
        "    - {column: region_code, kind: category, driver: region}\n"
        "    - {column: is_dormant, kind: flag, driver: gone_quiet}\n"
        "    - {column: log_hours, kind: number, driver: low_viewing}\n",
    )
    seeds = root / "seeds" / "reference"
    seeds.mkdir(parents=True)
    (seeds / "tenure_bands.csv").write_text("band_label,from_months\nlate,6\nearly,0\n")
    rules = churn_rules(read_definitions(root))
    assert rules.numbers == ("is_dormant", "log_hours")
    assert rules.categories == ("region_code",)
    assert rules.band_starts == (0, 6)
    assert rules.prior_months == 5


def test_a_feature_without_a_kind_is_told(tmp_path: Path) -> None:
    root = project(
        tmp_path, "  churn_features:\n    - {column: is_dormant, driver: gone_quiet}\n"
    )
    with pytest.raises(UserError, match="state column, kind, driver"):
        churn_rules(read_definitions(root))


def test_a_seed_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no seed .*moons"):
        read_definitions(project(tmp_path, "  days: 1\n")).seed("moons")
