"""Columns of a block of rows: text as it was delivered, and values of a type."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Text:
    """Strings as Arrow keeps them: row i is `data[offsets[i]:offsets[i + 1]]`, UTF-8.

    A row that is not `valid` is NULL, and empty.
    """

    offsets: NDArray[np.int32]
    data: Bytes
    valid: Flags

    @classmethod
    def from_arrow(cls, array: "pa.Array") -> Self:
        """Return the strings of an Arrow array of type string, without copying them."""
        rows = len(array)
        validity, offsets, data = array.buffers()
        begin = np.frombuffer(offsets, np.int32)[array.offset :][: rows + 1]
        if validity is None:
            valid = np.ones(rows, np.bool_)
        else:
            bits = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little")
            valid = bits[array.offset : array.offset + rows].astype(np.bool_)
        text = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
        return cls(begin if rows else np.zeros(1, np.int32), text, valid)

    def to_arrow(self) -> "pa.Array":
        """Return the strings as an Arrow array."""
        import pyarrow as pa

        bits = np.packbits(self.valid, bitorder="little")
        return pa.StringArray.from_buffers(
            len(self.valid),
            pa.py_buffer(np.ascontiguousarray(self.offsets)),
            pa.py_buffer(self.data),
            pa.py_buffer(bits),
        )

    def at(self, row: int) -> str | None:
        """Return one row's string."""
        if not self.valid[row]:
            return None
        text = self.data[self.offsets[row] : self.offsets[row + 1]].tobytes()
        return text.decode("utf-8", "replace")

    @property
    def lengths(self) -> NDArray[np.int32]:
        """Bytes of each row."""
        return self.offsets[1:] - self.offsets[:-1]


@dataclass(frozen=True)
class Values:
    """Values of a type, as whole numbers.

    integer: itself; numeric(p, s): times 10^s; boolean: 0 or 1; date: days since
    1970-01-01; timestamp: microseconds since 1970-01-01T00:00:00Z.
    """

    numbers: NDArray[np.int64]
    valid: Flags


Column = Text | Values
