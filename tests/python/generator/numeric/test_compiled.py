"""The compiled loops: what is kept of them, and the same bytes without compiling."""

import os
import subprocess
import sys
from pathlib import Path

from streaming_analytics.generator.numeric.compiled import directory_for


def test_interpreted_loops_give_the_same_bytes(tmp_path: Path) -> None:
    def generate(name: str, **environment: str) -> dict[str, bytes]:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "streaming_analytics",
                "generate",
                "--scale",
                "demo",
                "--users",
                "120",
                "--days",
                "75",
                "--out",
                str(tmp_path / name),
            ],
            env=os.environ | environment,
            check=True,
            capture_output=True,
        )
        return {
            path.relative_to(tmp_path / name).as_posix(): path.read_bytes()
            for path in sorted((tmp_path / name).rglob("*.csv"))
        }

    compiled = generate("compiled")
    assert len(compiled["viewing_2024.csv"].splitlines()) > 10_000
    assert generate("interpreted", NUMBA_DISABLE_JIT="1") == compiled


def test_a_changed_source_is_compiled_anew(tmp_path: Path) -> None:
    source, kept_in = tmp_path / "source", tmp_path / "kept"
    source.mkdir()
    (source / "constants.py").write_text("LIMIT = 1\n")
    before = directory_for(source, kept_in)
    assert before is not None
    assert directory_for(source, kept_in) == before
    (source / "constants.py").write_text("LIMIT = 2\n")
    after = directory_for(source, kept_in)
    assert after != before
    assert list(kept_in.iterdir()) == [after]


def test_a_change_in_a_folder_of_the_source_is_noticed(tmp_path: Path) -> None:
    source, kept_in = tmp_path / "source", tmp_path / "kept"
    folder = source / "deep" / "deeper"
    folder.mkdir(parents=True)
    (folder / "constants.py").write_text("LIMIT = 1\n")
    before = directory_for(source, kept_in)
    (folder / "constants.py").write_text("LIMIT = 2\n")
    changed = directory_for(source, kept_in)
    assert changed != before
    # The same text at another place is another module.
    (folder / "constants.py").rename(source / "constants.py")
    assert directory_for(source, kept_in) not in (before, changed)


def test_the_generators_own_folders_are_its_source() -> None:
    from streaming_analytics.generator.numeric import compiled

    names = {path.parent.name for path in compiled.SOURCE.rglob("*.py")}
    assert {"generator", "world", "watching", "numeric"} <= names


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file, so that no directory can be made")
    assert directory_for(tmp_path, tmp_path / "kept") is None
