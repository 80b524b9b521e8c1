"""The keys that were loaded, for the rows that refer to them."""

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.loading.cells import Text
from streaming_analytics.loading.key_kernels import hashes, insert, look_up

Hashes = NDArray[np.uint64]
Places = NDArray[np.int32]
_FIRST_SLOTS = 1 << 10


def hash_text(text: Text) -> Hashes:
    """Return a hash of each string, 0 for NULL."""
    return hashes(text.offsets, text.data, text.valid)


def text_of(values: list[str]) -> Text:
    """Return strings as a column."""
    data = [value.encode() for value in values]
    offsets = np.cumsum([0, *map(len, data)]).astype(np.int32)
    joined = np.frombuffer(b"".join(data), np.uint8)
    return Text(offsets, joined, np.ones(len(values), np.bool_))


class Keys:
    """A set of keys that grows; each has a place, counted from 0, and facts beside it.

    Safe to use from several threads; 24 bytes per key and 8 per fact.
    """

    def __init__(self, values: list[str] | None = None, facts: tuple[str, ...] = ()):
        """Begin with `values`; `facts` are names of whole numbers kept by key."""
        self._lock = Lock()
        self._table = np.zeros(_FIRST_SLOTS, np.uint64)
        self._places = np.zeros(_FIRST_SLOTS, np.int32)
        self._count = 0
        self._gone = np.zeros(_FIRST_SLOTS, np.bool_)
        self._facts = {name: np.zeros(_FIRST_SLOTS, np.int64) for name in facts}
        if values:
            self.add(hash_text(text_of(values)))

    def __len__(self) -> int:
        """Return how many keys there are."""
        return self._count

    def add(self, keys: Hashes, **facts: NDArray[np.int64]) -> int:
        """Add keys, and return how many are new; the others get the new facts."""
        with self._lock:
            before = self._count
            while 2 * (self._count + len(keys)) > len(self._table):
                self._grow()
            places, self._count = insert(self._table, self._places, keys, self._count)
            there = places >= 0
            self._gone[places[there]] = False
            for name, values in facts.items():
                self._facts[name][places[there]] = values[there]
            return self._count - before

    def find(self, keys: Hashes) -> Places:
        """Return the place of each key, -1 for those that there are not."""
        places = look_up(self._table, self._places, keys)
        return np.where(self._gone[places], np.int32(-1), places)

    def discard(self, keys: Hashes) -> None:
        """Take keys out again."""
        with self._lock:
            places = look_up(self._table, self._places, keys)
            self._gone[places[places >= 0]] = True

    def fact(self, name: str, places: Places) -> NDArray[np.int64]:
        """Return a fact by place; that of place -1 means nothing."""
        return self._facts[name][places]

    def fact_of_all(self, name: str) -> NDArray[np.int64]:
        """Return a fact of every key, in the order of their places."""
        return self._facts[name][: self._count]

    def _grow(self) -> None:
        old, old_places = self._table, self._places
        size = 4 * len(old)
        table, places = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        # In the order of their places, so that these stay.
        held = np.zeros(self._count, np.uint64)
        held[old_places[old != 0]] = old[old != 0]
        insert(table, places, held, 0)
        more = size - len(old)
        for name, values in self._facts.items():
            self._facts[name] = np.concatenate([values, np.zeros(more, np.int64)])
        self._gone = np.concatenate([self._gone, np.zeros(more, np.bool_)])
        self._table, self._places = table, places
