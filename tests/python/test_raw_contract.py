from pathlib import Path

import pytest

from streaming_analytics.loading.casts import type_of
from streaming_analytics.project import find_project
from streaming_analytics.raw_contract import read_raw_contract


def test_the_years_of_viewing_are_one_table() -> None:
    tables = {t.name: t for t in read_raw_contract(find_project().raw_contract)}

    viewing = tables["viewing"]
    assert viewing.seeds == ("viewing_2024", "viewing_2025")
    assert viewing.key == ("play_id",)
    assert viewing.column_names[:2] == ("play_id", "user_id")
    assert "viewing_2024" not in tables
    assert tables["content"].seeds == ("content",)


def test_every_column_has_a_type_that_a_load_takes() -> None:
    columns = [
        column
        for table in read_raw_contract(find_project().raw_contract)
        for column in table.columns
    ]
    assert len(columns) > 100
    # It raises for one that it does not know.
    assert all(type_of(column.type).kind for column in columns)


def test_parts_that_differ_are_refused(tmp_path: Path) -> None:
    contract = tmp_path / "seeds.yml"
    seed = """
  - name: plays_{year}
    config: {{column_types: {{play_id: {type}}}, meta: {{key: [play_id]}}}}
    columns: [{{name: play_id}}]
"""
    contract.write_text(
        "seeds:"
        + seed.format(year=2024, type="string")
        + seed.format(year=2025, type="integer")
        + "sources: [{name: raw, tables: [{name: plays}]}]\n"
    )

    with pytest.raises(ValueError, match="plays differ"):
        read_raw_contract(contract)
