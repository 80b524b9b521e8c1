"""CSV to fields: one compiled pass over the bytes of a block."""

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.loading.native import native
from streaming_analytics.loading.reasons import Reason

_TORN = int(Reason.TORN)
_QUOTES = int(Reason.QUOTES)

PLAIN, QUOTED, DOUBLED = 0, 1, 2
COMPLETE, UNTERMINATED, CUT = 0, 1, 2

_QUOTE, _NEWLINE, _RETURN, _BACKSLASH, _CAPITAL_N = 34, 10, 13, 92, 78


@native
def split_rows(
    data: NDArray[np.uint8],
    delimiter: int,
    columns: int,
    is_last: bool,
    first_line: int,
    most_rows: int,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int32],
    NDArray[np.uint8],
    NDArray[np.int64],
    NDArray[np.int32],
    NDArray[np.uint8],
    int,
    int,
    int,
]:
    """Find the fields of whole rows at the start of `data`.

    Returns:
        Begin, length and kind of each field (column x row); line, begin (and, one row
        further, the end) and reason of each row; bytes used, the line they end on,
        and whether the file ends within a quoted field or a row.
    """
    begins = np.zeros((columns, most_rows), np.int32)
    lengths = np.zeros((columns, most_rows), np.int32)
    kinds = np.zeros((columns, most_rows), np.uint8)
    lines = np.zeros(most_rows, np.int64)
    row_begins = np.zeros(most_rows + 1, np.int32)
    reasons = np.zeros(most_rows, np.uint8)
    size = len(data)
    at = 0
    line = first_line
    row = 0
    status = COMPLETE
    while at < size and row < most_rows:
        begin_of_row, line_of_row = at, line
        # A blank line is no row.
        if data[at] == _NEWLINE or data[at] == _RETURN:
            if data[at] == _RETURN and at + 1 == size and not is_last:
                break
            at += (
                2 if data[at] == _RETURN and at + 1 < size and data[at + 1] == 10 else 1
            )
            line += 1
            continue
        column = 0
        reason = 0
        is_done = False
        while not is_done:
            begin = at
            kind = PLAIN
            if at < size and data[at] == _QUOTE:
                kind = QUOTED
                at += 1
                begin = at
                end = -1
                while at < size:
                    byte = data[at]
                    if byte == _QUOTE:
                        if at + 1 < size and data[at + 1] == _QUOTE:
                            kind = DOUBLED
                            at += 2
                            continue
                        if at + 1 == size and not is_last:
                            break
                        end = at
                        at += 1
                        break
                    if byte == _NEWLINE or (
                        byte == _RETURN and at + 1 < size and data[at + 1] != _NEWLINE
                    ):
                        line += 1
                    at += 1
                if end < 0:
                    if is_last:
                        status = UNTERMINATED
                    break
                if at < size and data[at] not in (delimiter, _NEWLINE, _RETURN):
                    reason = _QUOTES
                    while at < size and data[at] not in (
                        delimiter,
                        _NEWLINE,
                        _RETURN,
                    ):
                        at += 1
            else:
                while at < size:
                    byte = data[at]
                    if byte in (delimiter, _NEWLINE, _RETURN):
                        break
                    at += 1
                end = at
            if column < columns:
                begins[column, row] = begin
                lengths[column, row] = end - begin
                kinds[column, row] = kind
            column += 1
            if at == size:
                if is_last:
                    is_done = True
                    # Cut off within the row: what is missing cannot be known.
                    if column < columns:
                        status = CUT
                break
            if data[at] == delimiter:
                at += 1
                continue
            if data[at] == _RETURN:
                if at + 1 == size and not is_last:
                    break
                at += 1
                if at < size and data[at] == _NEWLINE:
                    at += 1
            else:
                at += 1
            line += 1
            is_done = True
        if not is_done:
            at, line = begin_of_row, line_of_row
            break
        lines[row] = line_of_row
        row_begins[row] = begin_of_row
        row_begins[row + 1] = at
        if column != columns and reason == 0:
            reason = _TORN
        reasons[row] = reason
        row += 1
    return (
        begins[:, :row],
        lengths[:, :row],
        kinds[:, :row],
        lines[:row],
        row_begins[: row + 1],
        reasons[:row],
        at,
        line,
        status,
    )


@native
def gather(
    data: NDArray[np.uint8],
    begins: NDArray[np.int32],
    lengths: NDArray[np.int32],
    kinds: NDArray[np.uint8],
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.bool_]]:
    r"""Return one column as offsets, bytes and which rows are there.

    Nothing and \N are NULL unless they are quoted.
    """
    rows = len(begins)
    offsets = np.zeros(rows + 1, np.int32)
    valid = np.ones(rows, np.bool_)
    total = 0
    for row in range(rows):
        total += lengths[row]
    out = np.empty(total, np.uint8)
    to = 0
    for row in range(rows):
        begin, length = begins[row], lengths[row]
        if kinds[row] == PLAIN and (
            length == 0
            or (
                length == 2
                and data[begin] == _BACKSLASH
                and data[begin + 1] == _CAPITAL_N
            )
        ):
            valid[row] = False
        elif kinds[row] == DOUBLED:
            at = begin
            while at < begin + length:
                out[to] = data[at]
                to += 1
                at += 2 if data[at] == _QUOTE else 1
        else:
            for at in range(begin, begin + length):
                out[to] = data[at]
                to += 1
        offsets[row + 1] = to
    return offsets, out[:to], valid
