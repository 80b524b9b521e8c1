"""Import the bundle into Superset, and hold what it shows to the marts.

make superset
"""

import json
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

from pictures.shrinking import opened, small_png

from streaming_analytics.bi.files import read_manifest, write_superset
from streaming_analytics.bi.pages import PAGES
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.superset.bundle import COLOURS_FILE, DATABASE_FILE
from streaming_analytics.errors import UserError
from streaming_analytics.project import Project, own_checkout
from streaming_analytics.warehouse.roles import ensure_reader
from streaming_analytics.warehouse.selection import select_server
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.whole_files import write_whole

from .expected import expected_cells
from .server import running_superset
from .showing import cells, shown

# What the documentation shows.
PICTURED = "churn_risk"


def main(project: Project, program: Path) -> str:
    """Do it all, and return what came of it.

    Raises:
        UserError: Nothing is built, or a number is not the mart's.
    """
    if not project.manifest.is_file():
        raise UserError("nothing is built yet; run: streaming build")
    selection = select_server(project)
    reader = ensure_reader(selection, project.warehouse)
    if reader.password is None:
        raise UserError(f"the password of {reader.name} is not known here")
    manifest = json.loads(project.manifest.read_text(encoding="utf-8"))
    marts, metrics = read_manifest(manifest)
    server = Server.of(selection.connection)

    def ask(statement: str) -> list[tuple[Any, ...]]:
        with selection.connection.connect() as session:
            return session.execute(trusted(statement)).fetchall()

    folder = project.site / "superset"
    bundle = write_superset(marts, metrics, server, folder)
    colours = folder / bundle.stem / COLOURS_FILE
    with (
        tempfile.TemporaryDirectory(prefix="superset-") as place,
        running_superset(program, Path(place), colours) as superset,
    ):
        superset.import_bundle(bundle, DATABASE_FILE, reader.password)
        datasets = len(superset.listed("dataset"))
        charts = {one["slice_name"]: one["id"] for one in superset.listed("chart")}
        seen = shown(superset, PAGES)

    wrong: list[str] = []
    compared = 0
    for page in PAGES:
        picture = seen[page.name].picture
        write_whole(folder / f"{page.name}.png", picture)
        if page.name == PICTURED:
            path = project.root / "docs" / "images" / "superset.png"
            write_whole(path, small_png(opened(picture), path.name))
        for visual in page.visuals:
            answer = seen[page.name].answers[charts[visual.title]]
            found = cells(visual, answer)
            right = expected_cells(visual, marts, manifest, ask)
            compared += len(right)
            # A pivot has a cell for each pair, also where there are no rows.
            for key in right.keys() | {key for key in found if found[key] is not None}:
                if not _same(found.get(key), right.get(key)) or key not in found:
                    wrong.append(
                        f"{visual.name} {key}: {found.get(key)} in Superset, "
                        f"{right.get(key)} in the mart"
                    )
    if wrong:
        raise UserError("\n".join(wrong))
    return (
        f"Superset took {datasets} datasets, {len(charts)} charts and {len(PAGES)} "
        f"dashboards; all {compared} numbers and texts of the charts, read as "
        f"{reader.name}, are those of the marts. Pictures are in {folder}."
    )


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


if __name__ == "__main__":
    try:
        told = main(own_checkout(), Path(sys.argv[1]).absolute())
    except UserError as error:
        raise SystemExit(f"Error: {error}") from error
    sys.stdout.write(f"{told}\n")
