"""The README's pictures: dashboard, report, lineage and ERD, taken from a build.

make pictures
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from browsing import Browser, address_of, browser
from PIL import Image, ImageDraw

from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import read_mart_contract
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project, own_checkout
from streaming_analytics.report.marts import read_marts
from streaming_analytics.report.paper import paper_pictures
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import select_server
from streaming_analytics.whole_files import write_whole

from .lineage import lineage_svg
from .shrinking import WIDTH, opened, small_png

LINEAGE_OF = "agg_churn_risk_by_region"
_DESK, _EDGE = "#e9e6df", "#d4cfc4"
_GAP = 48


def write_pictures(
    project: Project, connection: Connection, progress: Progress
) -> list[Path]:
    """Write docs/images/ anew from what is published and rendered, return the paths.

    Raises:
        UserError: Nothing was built and rendered yet.
    """
    for path in (project.site / "dashboard.html", project.manifest):
        if not path.is_file():
            raise UserError(f"{path} is missing; run: streaming build")
    manifest = json.loads(project.manifest.read_text(encoding="utf-8"))
    marts = read_marts(connection, read_mart_contract(manifest))
    progress.update("taking the pictures")
    with browser() as chromium:
        pictures: dict[str, Callable[[], Image.Image]] = {
            "dashboard.png": lambda: _dashboard(project, chromium),
            "report.png": lambda: _report(paper_pictures(marts, 110)),
            "lineage.png": lambda: _vector(
                lineage_svg(manifest, LINEAGE_OF), chromium, project
            ),
            "erd.png": lambda: _vector(
                (project.erd / "all.svg").read_text(encoding="utf-8"),
                chromium,
                project,
            ),
        }
        written = []
        for name, take in pictures.items():
            path = project.root / "docs" / "images" / name
            write_whole(path, small_png(take(), name))
            written.append(path)
    progress.clear()
    return written


def _dashboard(project: Project, chromium: Browser) -> Image.Image:
    """Return the top of the page on a desk, with a phone beside it."""
    address = address_of(project.site / "dashboard.html")
    ready = "document.documentElement.dataset.region"
    wide = chromium.page(1180, 1170).open(address, ready)
    narrow = chromium.page(390, 1170).open(address, ready)
    narrow.evaluate("document.getElementById('churn_risk').scrollIntoView()")
    screens = [opened(page.picture()) for page in (wide, narrow)]
    return _beside(screens)


def _report(pages: list[bytes]) -> Image.Image:
    """Return the summary and two of the pages beside each other."""
    return _beside([opened(page) for page in (pages[0], pages[2], pages[-2])])


def _beside(sheets: list[Image.Image]) -> Image.Image:
    """Lay sheets of one height on a desk."""
    width = sum(sheet.width for sheet in sheets) + _GAP * (len(sheets) + 1)
    height = sheets[0].height + 2 * _GAP
    desk = Image.new("RGB", (width, height), _DESK)
    x = _GAP
    for sheet in sheets:
        desk.paste(sheet, (x, _GAP))
        ImageDraw.Draw(desk).rectangle(
            (x - 1, _GAP - 1, x + sheet.width, _GAP + sheet.height), outline=_EDGE
        )
        x += sheet.width + _GAP
    return desk


def _vector(text: str, chromium: Browser, project: Project) -> Image.Image:
    path = project.site / "picture.svg"
    write_whole(path, text)
    try:
        page = chromium.page(800, 600).open(address_of(path))
        box: list[Any] = page.evaluate(
            "(box => [box.width, box.height])(document.documentElement.viewBox.baseVal)"
        )
        width, height = (round(side) for side in box)
        scale = max(1.0, WIDTH / width)
        sharp = chromium.page(width, height, scale=scale).open(address_of(path))
        return opened(sharp.picture())
    finally:
        path.unlink()


if __name__ == "__main__":
    try:
        here = own_checkout()
        paths = write_pictures(here, select_server(here).connection, Progress())
    except UserError as error:
        raise SystemExit(f"Error: {error}") from error
    sys.stdout.writelines(f"{path}\n" for path in paths)
