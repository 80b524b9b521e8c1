"""A file is opened as the profile opens it."""

from pathlib import Path

import pytest
import yaml
from faults.platform import HERE

from streaming_analytics.duckdb_file.file import MEMORY_VARIABLE, DuckdbFile
from streaming_analytics.errors import UserError


def memory_limit(file: DuckdbFile) -> str:
    with file.connect() as session:
        row = session.execute("select current_setting('memory_limit')").fetchone()
    assert row is not None
    return row[0]


def test_memory_is_bounded_as_in_the_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = DuckdbFile(tmp_path / "marts.duckdb")
    monkeypatch.delenv(MEMORY_VARIABLE, raising=False)
    profile = yaml.safe_load(
        (HERE.root / "profiles.yml.example").read_text(encoding="utf-8")
    )
    (outputs,) = [each["outputs"] for each in profile.values() if "outputs" in each]
    setting = outputs["duckdb"]["settings"]["memory_limit"]
    assert setting == f"{{{{ env_var('{MEMORY_VARIABLE}', '4GB') }}}}"
    # 4 GB in powers of two, as DuckDB writes it.
    assert memory_limit(file) == "3.7 GiB"
    monkeypatch.setenv(MEMORY_VARIABLE, "1GiB")
    assert memory_limit(file) == "1.0 GiB"


def test_a_size_that_is_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, "plenty")
    with pytest.raises(UserError, match="STREAMING_DUCKDB_MEMORY=plenty is no size"):
        memory_limit(DuckdbFile(tmp_path / "marts.duckdb"))
