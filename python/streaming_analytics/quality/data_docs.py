"""Data Docs: Great Expectations' own pages in one folder, without outside requests."""

import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from streaming_analytics.quality.expecting import Checked

_TEMPLATES = Path(__file__).parent / "templates"
# What the pages ask other servers for, or run when it has come.
_FROM_OUTSIDE = re.compile(
    r"""
    <script\b.*?</script> | <link\b[^>]*>
    | <img\b[^>]*> | <(iframe|object|embed)\b.*?</\1>
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_STYLE_FROM_OUTSIDE = re.compile(r"""url\(\s*["']?https?://[^)]*\)""", re.IGNORECASE)
_LINK_OUTSIDE = re.compile(r"""\s(?:href|src)=(["'])https?://.*?\1""", re.IGNORECASE)


def write_data_docs(
    folder: Path, checked: Sequence[Checked], about: str, note: str
) -> Path:
    """Write a page per suite and one that lists them all; return that one.

    Args:
        folder: Where the pages go; older ones are replaced.
        checked: The suites, held to their tables.
        about: Which build was checked.
        note: What to know about the comparison; may be empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.html"):
        old.unlink()
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=select_autoescape(["j2"])
    )
    style = (_TEMPLATES / "checks.css").read_text(encoding="utf-8")
    for one in checked:
        if one.page:
            page = _without_outside(one.page, style)
            (folder / f"{one.suite.name}.html").write_text(page, encoding="utf-8")
    index = folder / "index.html"
    index.write_text(
        environment.get_template("checks.html.j2").render(
            checked=checked, about=about, note=note, style=style
        ),
        encoding="utf-8",
    )
    return index


def _without_outside(page: str, style: str) -> str:
    page = _FROM_OUTSIDE.sub("", page)
    page = _STYLE_FROM_OUTSIDE.sub("none", page)
    page = _LINK_OUTSIDE.sub("", page)
    page = re.sub(r"""href=(["'])[^"']*index\.html\1""", 'href="index.html"', page)
    return page.replace("</head>", f"<style>{style}</style></head>", 1)
