"""What tests that run side by side are given."""

from pathlib import Path

import pytest
from made_once import made_once
from side_by_side import LONGEST, TOGETHER

from streaming_analytics.errors import UserError


def test_what_is_named_is_there() -> None:
    here = Path(__file__).parent
    missing = [name for name in (*TOGETHER, *LONGEST) if not (here / name).exists()]
    assert missing == []


def test_one_makes_it_and_who_fails_leaves_it_to_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "dear"

    def fail() -> None:
        with made_once(folder):
            (folder / "half").touch()
            raise UserError("no")

    with pytest.raises(UserError):
        fail()
    with made_once(folder) as is_made:
        assert not is_made
        assert not (folder / "half").exists()
    with made_once(folder) as is_made:
        assert is_made
