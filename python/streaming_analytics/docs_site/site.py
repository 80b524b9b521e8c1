"""The docs site of what was built: dbt's docs with the ERD, in one file."""

import json
from pathlib import Path

from streaming_analytics.dbt_run import DbtJob
from streaming_analytics.docs_site import erd
from streaming_analytics.docs_site.page import docs_page
from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import read_mart_contract
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.whole_files import write_whole

PAGE = "docs.html"


def write_docs(dbt: DbtJob, progress: Progress) -> Path:
    """Write `site/docs.html` about the schemas of the job's target; return its path.

    The models' SQL comes from the manifest that a `dbt build` before left in
    `target/`; where there is none, dbt compiles the project first.

    Raises:
        UserError: Nothing was built, or the project does not parse.
    """
    project, target = dbt.project, dbt.target
    manifest = _built_manifest(project, target)
    catalog = dbt.catalog(compiles=manifest is None, progress=progress)
    if manifest is None:
        manifest = json.loads(project.manifest.read_text(encoding="utf-8"))
    marts = read_mart_contract(manifest)
    if not any(
        name.endswith(f".{mart.name}") for mart in marts for name in catalog["nodes"]
    ):
        raise UserError(
            f"the server has no marts in {target}_mart_*; build them first "
            "(streaming build)"
        )

    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    progress.update("writing the docs site")
    page = docs_page(
        Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8"),
        manifest,
        catalog,
        erd.draw(marts),
        target=target,
    )
    path = project.site / PAGE
    write_whole(path, page)
    progress.clear()
    return path


def _built_manifest(project: Project, target: str) -> dict | None:
    """Return the manifest of a build of `target`, if it has the models' SQL."""
    try:
        manifest = json.loads(project.manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    models = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "model"
    ]
    is_whole = all(
        node.get("compiled_code") and node["schema"].startswith(f"{target}_")
        for node in models
    )
    return manifest if models and is_whole else None
