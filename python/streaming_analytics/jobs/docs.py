"""The docs site, the notebooks and the entity-relationship diagrams."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from streaming_analytics.dbt_run import DbtJob, run_dbt_parse
from streaming_analytics.docs_site import contracts, erd
from streaming_analytics.docs_site.site import write_docs
from streaming_analytics.errors import UserError
from streaming_analytics.jobs.build_request import CANDIDATE
from streaming_analytics.mapped_tables import mapped_tables
from streaming_analytics.mart_contract import read_mart_contract
from streaming_analytics.notebooks.page import write_notebooks
from streaming_analytics.notebooks.running import Kernels, notebook_paths
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.publishing.builds import newest_build
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.whole_files import write_whole


@dataclass(frozen=True)
class Site:
    """What was written, and why notebooks without a page have none."""

    docs: Path
    notebooks: tuple[Path, ...]
    failures: tuple[UserError, ...]


def write_site(
    project: Project, selection: Selection, target: str, progress: Progress
) -> Site:
    """Write `site/docs.html` about the schemas of `target`, and the notebooks' pages.

    Raises:
        UserError: Nothing was built, or the project does not parse.
    """
    connection = selection.connection
    variables: dict[str, Any] = {"raw_data": _raw_data(selection, target)}
    if variables["raw_data"] == "loaded":
        variables |= mapped_tables(project)
    dbt = DbtJob(project, connection, target=target, variables=variables)
    with Kernels(notebook_paths(project.notebooks), connection) as kernels:
        docs = write_docs(dbt, progress)
        pages, failures = write_notebooks(project, kernels, progress)
    return Site(docs, tuple(pages), tuple(failures))


def _raw_data(selection: Selection, target: str) -> str:
    """Return what was built; targets that only dbt builds leave no record of it."""
    if target != CANDIDATE:
        return "sample"
    return newest_build(selection.connection).raw_data


def write_diagrams(project: Project, progress: Progress) -> list[Path]:
    """Draw `docs/erd/` from the contracts; no server is needed."""
    return erd.write(_diagrams(project, progress), project.erd)


def stale_diagrams(project: Project, progress: Progress) -> list[str]:
    """Return the files of `docs/erd/` that are not what the contracts say."""
    return erd.stale(_diagrams(project, progress), project.erd)


def write_contracts(project: Project, progress: Progress) -> Path:
    """Keep in `docs/contracts.txt` what a new version promises; no server is needed."""
    found = contracts.digests(read_mart_contract(run_dbt_parse(project, progress)))
    settings = (project.root / "dbt_project.yml").read_text(encoding="utf-8")
    version = yaml.safe_load(settings)["version"]
    write_whole(project.contracts, contracts.to_text(version, found))
    return project.contracts


def _diagrams(project: Project, progress: Progress) -> dict[str, str]:
    return erd.draw(read_mart_contract(run_dbt_parse(project, progress)))
