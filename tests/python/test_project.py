from pathlib import Path

from streaming_analytics.project import find_project

CHECKOUT = Path(__file__).resolve().parents[2]


def test_the_nearest_project_of_this_name_is_found(tmp_path: Path) -> None:
    checkout = tmp_path / "fork"
    inner = checkout / "models" / "other"
    inner.mkdir(parents=True)
    (checkout / "dbt_project.yml").write_text("name: 'streaming_analytics'\n")
    (checkout / "models" / "dbt_project.yml").write_text("name: something_else\n")

    assert find_project(inner).root == checkout


def test_elsewhere_the_packages_own_checkout_is_found(tmp_path: Path) -> None:
    assert find_project(tmp_path).root == CHECKOUT
