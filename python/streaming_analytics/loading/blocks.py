"""Blocks of rows as a file delivers them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.loading.cells import Text

if TYPE_CHECKING:
    import pyarrow as pa

# Rows of a block: enough that Python's part is small, few enough for the caches.
BLOCK_ROWS = 32_768


@dataclass(frozen=True)
class Options:
    """How files are read.

    Attributes:
        codes: Folder of the reference seeds, which say what codes there are.
        ignore_unknown: Leave out columns that the contract does not know.
        assume_utc: Moments without an offset are UTC.
        source: What the user named, where the files were unpacked or rewritten from it.
    """

    codes: Path
    ignore_unknown: bool = False
    assume_utc: bool = False
    source: Path | None = None

    @property
    def checkout(self) -> Path:
        """The checkout that the seeds stand in."""
        return self.codes.parents[1]


@dataclass(frozen=True)
class Block:
    """Some rows of a file, by contract column; a column it lacks is absent.

    Attributes:
        path: The file.
        lines: Line of each row in a text file, its number from 1 in a Parquet file.
        cells: Text, or Arrow arrays, by column.
        reasons: By row, a `Reason` that its fields could not be told apart, or 0.
        bytes: Bytes of the file that the block took.
        line_text: A row of a text file as it stands there.
    """

    path: Path
    lines: NDArray[np.int64]
    cells: Mapping[str, "Text | pa.Array"]
    reasons: NDArray[np.uint8]
    bytes: int
    line_text: Callable[[int], str] | None = field(default=None, compare=False)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.lines)
