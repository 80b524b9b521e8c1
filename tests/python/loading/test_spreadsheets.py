"""What is exported for people executes nothing, and comes back as it was."""

import csv
from pathlib import Path

import pytest

from streaming_analytics.loading.spreadsheets import neutralised, restore


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('=HYPERLINK("x")', '\'=HYPERLINK("x")'),
        ("@sum(1)", "'@sum(1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        ("-60", "-60"),
        ("-1.5", "-1.5"),
        ("2024-02-30", "2024-02-30"),
        ("'quoted", "'quoted"),
        ("", ""),
    ],
)
def test_a_formula_becomes_a_text(cell: str, shown: str) -> None:
    assert neutralised(cell) == shown


def test_a_repaired_file_has_its_cells_back(tmp_path: Path) -> None:
    written, restored = tmp_path / "written.csv", tmp_path / "restored.csv"
    written.write_text(
        'id,title,note\n"1","\'=a ""b"", \'=c\n\'=d","\'x"\n2,\'=plain,\r\n3,"",\n',
        encoding="utf-8",
        newline="",
    )
    restore(written, restored)
    text = restored.read_text(encoding="utf-8")
    assert '3,"",\n' in text
    with restored.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["id", "title", "note"],
            ["1", "=a \"b\", '=c\n'=d", "'x"],
            ["2", "=plain", ""],
            ["3", "", ""],
        ]


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    written, restored = tmp_path / "written.csv", tmp_path / "restored.csv"
    text = b'id,note\r\n1,"a\r\nb"\r2,"c\nd\r"\n3,"%s=e\r"\r4,%s=f\r'
    written.write_bytes(b"\xef\xbb\xbf" + text % (b"'", b"'"))
    restore(written, restored)
    assert restored.read_bytes() == text % (b"", b"")
