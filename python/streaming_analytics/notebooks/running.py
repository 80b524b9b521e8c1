"""Notebooks run from top to bottom on a server's marts, each in a kernel of its own."""

import asyncio
import os
import re
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.connection import Connection

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

_SECONDS_PER_CELL = 300
_SECONDS_TO_START = 300
_SECONDS_BETWEEN_LOOKS = 0.1
_ARGUMENTS = ["--log-level=ERROR", "--HistoryManager.enabled=False"]
# What cannot be imported, the notebook's own cell says.
_LOADS = """
import contextlib
for module in {modules}:
    with contextlib.suppress(Exception):
        __import__(module)
del contextlib, module
"""
_IMPORT = re.compile(r"^(?:from|import)\s+([\w.]+)", re.MULTILINE)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def notebook_paths(folder: Path) -> list[Path]:
    """Return the notebooks of a folder, in the order of their names."""
    return sorted(folder.glob("*.ipynb"))


class Kernels:
    """A kernel for each notebook, which loads its libraries before it is needed.

    They are loaded while others are at work, and the notebooks run when `run` says so.
    """

    def __init__(self, paths: Sequence[Path], connection: Connection) -> None:
        """Begin to start a kernel for each notebook.

        Args:
            paths: Where they lie; each runs in its folder.
            connection: Whose marts they read, told to them in libpq's variables.
        """
        self.paths = tuple(paths)
        # Taken here, because dbt changes the environment while it runs.
        self._environment = os.environ | connection.environment()
        self._is_decided = threading.Event()
        self._is_wanted = False
        # A kernel waits for the server now and then, and another one has the core.
        self._turns = threading.Semaphore((os.cpu_count() or 1) + 1)
        # A thread for each, because a kernel belongs to the thread that started it.
        self._pool = ThreadPoolExecutor(max(len(self.paths), 1))
        self._notebooks = [self._pool.submit(self._run, path) for path in self.paths]

    def __enter__(self) -> Self:
        """Return the kernels; leaving the block ends them, wanted or not."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the kernels."""
        self._is_wanted = False
        self._is_decided.set()
        self._pool.shutdown()

    def run(self) -> list["NotebookNode | UserError"]:
        """Return each notebook with its outputs, or why it fails; the files stay.

        Raises:
            UserError: What runs notebooks is not installed.
        """
        self._is_wanted = True
        self._is_decided.set()
        return [notebook.result() for notebook in self._notebooks]

    def _run(self, path: Path) -> "NotebookNode | UserError":
        """Start a kernel, and run the notebook when that is wanted."""
        try:
            import nbformat
            from nbclient import NotebookClient
            from nbclient.exceptions import CellExecutionError
            from nbclient.util import run_sync
        except ImportError as error:
            raise UserError(
                "notebooks need nbclient, ipykernel, matplotlib and seaborn; install "
                "what requirements.lock lists (make env)"
            ) from error
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=_SECONDS_PER_CELL,
            startup_timeout=_SECONDS_TO_START,
            # A notebook leaves nothing to tidy up, which takes half a second.
            shutdown_kernel="immediate",
        )
        # An asynchronous one, which its type does not say.
        kernel: Any = client.create_kernel_manager()
        with tempfile.TemporaryDirectory(prefix="streaming-notebook-") as profile:
            try:
                run_sync(kernel.start_kernel)(
                    extra_arguments=[*_ARGUMENTS, *_loads(notebook)],
                    cwd=path.parent,
                    env=self._environment
                    # No profile and no history of the user's own.
                    | {"IPYTHONDIR": profile, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
                )
                run_sync(self._hear_from)(client)
                self._is_decided.wait()
                with self._turns:
                    if not self._is_wanted:
                        raise CancelledError
                    if not run_sync(kernel.is_alive)():
                        return UserError(
                            f"the kernel of {path.name} ended before the notebook ran"
                        )
                    client.execute()
            except CellExecutionError as error:
                return UserError(f"{path.name} fails: {error.ename}: {error.evalue}")
            except TimeoutError:
                return UserError(
                    f"{path.name} has a cell that takes more than {_SECONDS_PER_CELL} s"
                )
            except RuntimeError as error:
                return UserError(f"{path.name} lost its kernel: {error}")
            finally:
                run_sync(kernel.shutdown_kernel)(now=True)
                if client.kc is not None:
                    client.kc.stop_channels()
        return notebook

    async def _hear_from(self, client: "NotebookClient") -> None:
        """Wait until a kernel has loaded its libraries, has ended or is not wanted."""
        answer = asyncio.ensure_future(client.async_start_new_kernel_client())
        while not (self._is_decided.is_set() and not self._is_wanted):
            await asyncio.wait([answer], timeout=_SECONDS_BETWEEN_LOOKS)
            if answer.done():
                break
        answer.cancel()
        # That it ended is told when it is wanted.
        with suppress(RuntimeError, asyncio.CancelledError):
            await answer


def _loads(notebook: "NotebookNode") -> list[str]:
    """Return arguments by which a kernel loads what the notebook imports."""
    # Not by `ast`: Python 3.11 fails at times where two threads parse at once.
    modules = {
        module
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        for module in _IMPORT.findall(cell["source"])
    }
    if not modules:
        return []
    return [f"--IPKernelApp.exec_lines={_LOADS.format(modules=sorted(modules))}"]


def run_all(
    paths: Sequence[Path], connection: Connection
) -> list["NotebookNode | UserError"]:
    """Run notebooks at once, as `Kernels` does.

    Raises:
        UserError: What runs notebooks is not installed.
    """
    with Kernels(paths, connection) as kernels:
        return kernels.run()


def errors_told(notebook: "NotebookNode") -> list[str]:
    """Return what the cells wrote to standard error, without colours."""
    return [
        _COLOURS.sub("", output["text"])
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream" and output["name"] == "stderr"
    ]
