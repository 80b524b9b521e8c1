"""The notebooks, run once on the sample for all tests of a session."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from dbt_sample import ROOT
from made_once import made_once
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.notebooks.running import notebook_paths, run_all
from streaming_analytics.warehouse.connection import Connection

PATHS = notebook_paths(ROOT / "docs" / "notebooks")
_READER = "notebook_reader"


@pytest.fixture(scope="session")
def notebook_reader(published: Connection, trained: Connection) -> Iterator[Connection]:
    """Yield a role that sees the published marts and nothing else, as bi_reader.

    After `trained` was copied, which would carry the grants along.
    """
    role = sql.Identifier(_READER)
    with published.connect(autocommit=True) as session:
        session.execute(
            sql.SQL("create role {} login password 'notebooks'").format(role)
        )
        schemas = session.execute(
            "select nspname from pg_namespace where nspname like 'mart\\_%'"
        ).fetchall()
        for (schema,) in schemas:
            for statement in (
                "grant usage on schema {} to {}",
                "grant select on all tables in schema {} to {}",
            ):
                session.execute(sql.SQL(statement).format(sql.Identifier(schema), role))
        session.execute(
            sql.SQL("grant connect on database {} to {}").format(
                sql.Identifier(published.database), role
            )
        )
    yield replace(published, user=_READER, password="notebooks")
    with published.connect(autocommit=True) as session:
        session.execute(sql.SQL("drop owned by {}").format(role))
        session.execute(sql.SQL("drop role {}").format(role))


@pytest.fixture(scope="session")
def notebooks(notebook_reader: Connection, shared_folder: Path) -> dict[str, Any]:
    """Return the notebooks after they ran as that role, by name."""
    return _run_once(PATHS, notebook_reader, shared_folder / "notebooks")


@pytest.fixture(scope="session")
def trained_notebooks(trained: Connection, shared_folder: Path) -> dict[str, Any]:
    """Return those that a training changes after they ran on the trained marts."""
    paths = [path for path in PATHS if path.stem in ("churn", "recommender")]
    return _run_once(paths, trained, shared_folder / "trained_notebooks")


def _run_once(
    paths: list[Path], connection: Connection, folder: Path
) -> dict[str, Any]:
    with made_once(folder) as is_made:
        if not is_made:
            for path, notebook in zip(paths, sound(paths, connection), strict=True):
                nbformat.write(notebook, folder / path.name)
    return {
        path.stem: nbformat.read(folder / path.name, nbformat.NO_CONVERT)
        for path in paths
    }


def figures(notebook: Any) -> list[str]:
    """Return the titles of the charts, which are also their alternative text."""
    return [
        output["metadata"]["image/svg+xml"]["alt"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if "image/svg+xml" in output.get("data", {})
    ]


def sound(paths: list[Path], connection: Connection) -> list[Any]:
    """Return the notebooks after they ran, none of which may fail."""
    notebooks = run_all(paths, connection)
    for notebook in notebooks:
        if isinstance(notebook, UserError):
            raise notebook
    return notebooks
