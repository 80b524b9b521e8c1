"""Keys by their hash: a table of 64-bit hashes in open addressing.

Two of a million keys share a hash once in 37 million platforms.
"""

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.loading.native import native

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_START = np.uint64(0xCBF29CE484222325)


@native
def hashes(
    offsets: NDArray[np.int32], data: NDArray[np.uint8], valid: NDArray[np.bool_]
) -> NDArray[np.uint64]:
    """Return a hash of each string that is there, 0 for the others."""
    rows = len(valid)
    found = np.zeros(rows, np.uint64)
    for row in range(rows):
        if not valid[row]:
            continue
        value = _START
        word = np.uint64(0)
        shift = np.uint64(0)
        for at in range(offsets[row], offsets[row + 1]):
            word |= np.uint64(data[at]) << shift
            shift += np.uint64(8)
            if shift == np.uint64(64):
                value = (value ^ word) * _PRIME
                value ^= value >> np.uint64(29)
                word = np.uint64(0)
                shift = np.uint64(0)
        word ^= np.uint64(offsets[row + 1] - offsets[row]) << np.uint64(56)
        value = (value ^ word) * _PRIME
        value ^= value >> np.uint64(32)
        value *= _MIX
        value ^= value >> np.uint64(29)
        found[row] = max(value, np.uint64(1))
    return found


@native
def insert(
    table: NDArray[np.uint64],
    places: NDArray[np.int32],
    keys: NDArray[np.uint64],
    count: int,
) -> tuple[NDArray[np.int32], int]:
    """Put hashes into the table; return the place of each, and how many there are.

    Places count from 0 in the order of arrival. 0 is no key: its place is -1.
    """
    mask = np.uint64(len(table) - 1)
    found = np.empty(len(keys), np.int32)
    for row in range(len(keys)):
        key = keys[row]
        if key == 0:
            found[row] = -1
            continue
        slot = key & mask
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + np.uint64(1)) & mask
        if table[slot] == 0:
            table[slot] = key
            places[slot] = count
            count += 1
        found[row] = places[slot]
    return found, count


@native
def look_up(
    table: NDArray[np.uint64], places: NDArray[np.int32], keys: NDArray[np.uint64]
) -> NDArray[np.int32]:
    """Return the place of each hash, -1 where it is not in the table."""
    mask = np.uint64(len(table) - 1)
    found = np.empty(len(keys), np.int32)
    for row in range(len(keys)):
        key = keys[row]
        slot = key & mask
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + np.uint64(1)) & mask
        found[row] = places[slot] if key != 0 and table[slot] == key else -1
    return found
