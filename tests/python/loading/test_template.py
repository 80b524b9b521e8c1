from pathlib import Path

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.loading.template import page, write_template
from streaming_analytics.project import find_project
from streaming_analytics.raw_contract import read_raw_contract


def test_the_page_in_the_docs_is_that_of_the_contract() -> None:
    project = find_project()
    tables = read_raw_contract(project.raw_contract)

    text = "\n".join(page(tables, project.reference_seeds)) + "\n"

    # Written anew by: streaming load --template, whose README.md it is.
    committed = (project.root / "docs" / "raw-files.md").read_text(encoding="utf-8")
    assert committed == text


def test_every_column_has_an_example() -> None:
    project = find_project()

    for table in read_raw_contract(project.raw_contract):
        for column in table.columns:
            assert column.rules.example, f"{table.name}.{column.name}"


def test_a_template_spares_what_is_there(tmp_path: Path) -> None:
    project = find_project()
    tables = read_raw_contract(project.raw_contract)
    write_template(tmp_path / "new", tables, project.reference_seeds)

    header = (tmp_path / "new" / "plans.csv").read_text()
    assert header == "plan_code,plan_name,plan_rank,has_ads,max_streams,loaded_at\n"
    with pytest.raises(UserError, match="is not empty"):
        write_template(tmp_path / "new", tables, project.reference_seeds)
