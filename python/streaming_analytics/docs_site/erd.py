"""The files under docs/erd/: pictures, the draw.io file and the Markdown page."""

from pathlib import Path

from streaming_analytics.docs_site.diagram import diagrams
from streaming_analytics.docs_site.drawio import to_drawio
from streaming_analytics.docs_site.layout import place
from streaming_analytics.docs_site.mermaid import to_markdown
from streaming_analytics.docs_site.svg import to_svg
from streaming_analytics.mart_contract import MartContract
from streaming_analytics.whole_files import write_whole

DRAWIO = "streaming_analytics.drawio"


def draw(marts: MartContract) -> dict[str, str]:
    """Return the text of every file, by its name.

    Raises:
        UserError: Graphviz is missing.
    """
    pictures = diagrams(marts)
    layouts = [place(picture) for picture in pictures]
    files = {f"{layout.diagram.name}.svg": to_svg(layout) for layout in layouts}
    files[DRAWIO] = to_drawio(layouts)
    files["README.md"] = to_markdown(pictures, DRAWIO)
    return files


def write(files: dict[str, str], folder: Path) -> list[Path]:
    """Write the files, remove pictures of areas that are gone, and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        write_whole(folder / name, text)
    return [folder / name for name in files]


def stale(files: dict[str, str], folder: Path) -> list[str]:
    """Return the names of files that are missing, differ or are of no diagram."""
    changed = [
        name
        for name, text in files.items()
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8") != text
    ]
    left_over = [old.name for old in folder.glob("*.svg") if old.name not in files]
    return sorted(changed + left_over)
