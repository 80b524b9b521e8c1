"""Notebooks run from top to bottom on a server's marts, each in a kernel of its own."""

import os
import re
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.connection import Connection

if TYPE_CHECKING:
    from nbformat import NotebookNode

_SECONDS_PER_CELL = 300
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def notebook_paths(folder: Path) -> list[Path]:
    """Return the notebooks of a folder, in the order of their names."""
    return sorted(folder.glob("*.ipynb"))


def run_all(
    paths: Sequence[Path], connection: Connection
) -> list["NotebookNode | UserError"]:
    """Return each notebook with its outputs, or why it fails; the files stay.

    Args:
        paths: Where they lie; each runs in its folder.
        connection: Whose marts they read, told to them in libpq's variables.

    Raises:
        UserError: What runs notebooks is not installed.
    """
    try:
        import nbclient  # noqa: F401
    except ImportError as error:
        raise UserError(
            "notebooks need nbclient, ipykernel, matplotlib and seaborn; install what "
            "requirements.lock lists (make env)"
        ) from error
    # Two at a time: a kernel mostly waits for its imports and the server.
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda path: _run(path, connection), paths))


def _run(path: Path, connection: Connection) -> "NotebookNode | UserError":
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=_SECONDS_PER_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--log-level=ERROR", "--HistoryManager.enabled=False"],
    )
    with tempfile.TemporaryDirectory(prefix="streaming-notebook-") as profile:
        try:
            client.execute(
                env=os.environ
                | connection.environment()
                # No profile and no history of the user's own.
                | {"IPYTHONDIR": profile, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
            )
        except CellExecutionError as error:
            return UserError(f"{path.name} fails: {error.ename}: {error.evalue}")
        except TimeoutError:
            return UserError(
                f"{path.name} has a cell that takes more than {_SECONDS_PER_CELL} s"
            )
    return notebook


def errors_told(notebook: "NotebookNode") -> list[str]:
    """Return what the cells wrote to standard error, without colours."""
    return [
        _COLOURS.sub("", output["text"])
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream" and output["name"] == "stderr"
    ]
