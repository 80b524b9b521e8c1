"""Rules on text: what a table cannot hold, and codes that are written alike."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from streaming_analytics.loading.cells import Flags, Text

if TYPE_CHECKING:
    import pyarrow as pa


def written_alike(array: "pa.Array", case: str) -> Text:
    """Return the strings without blanks around them, in the contract's case.

    Of blanks alone nothing is left, and that is NULL.
    """
    pc: Any = import_module("pyarrow.compute")

    trimmed = pc.utf8_trim_whitespace(array)
    write = pc.utf8_lower if case == "lower" else pc.utf8_upper
    alike = Text.from_arrow(pc.if_else(pc.is_valid(array), write(trimmed), None))
    return Text(alike.offsets, alike.data, alike.valid & (alike.lengths > 0))


def differing(one: Text, other: Text) -> int:
    """Return how many strings are not the same; one that is NULL is no difference."""
    pc: Any = import_module("pyarrow.compute")

    return pc.sum(pc.not_equal(one.to_arrow(), other.to_arrow())).as_py() or 0


def unstorable(text: Text) -> Flags:
    """Return which strings have NUL or bytes that are no UTF-8; CSV has neither."""
    wrong = np.zeros(len(text.valid), np.bool_)
    begin, end = text.offsets[0], text.offsets[-1]
    data = text.data[begin:end].tobytes()
    try:
        if b"\0" not in data:
            str(data, "utf-8")
            return wrong
    except UnicodeDecodeError:
        pass
    for row in range(len(wrong)):
        cell = text.data[text.offsets[row] : text.offsets[row + 1]].tobytes()
        try:
            wrong[row] = b"\0" in cell
            str(cell, "utf-8")
        except UnicodeDecodeError:
            wrong[row] = True
    return wrong
