"""Random streams that depend on what is drawn, never on when or where."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Uint16s = NDArray[np.uint16]


def stream(
    seed: int, purpose: str, unit: int = 0, month: int = 0
) -> np.random.Generator:
    """Return the generator of one purpose, unit block and month.

    Streams are keyed rather than drawn in turn, so that a new purpose leaves every
    existing one as it was, and a block can be drawn in any process.
    """
    key = np.random.SeedSequence([seed, crc32(purpose.encode()), unit, month])
    return np.random.Generator(np.random.SFC64(key))


def sixteen_bits(rng: np.random.Generator, count: int) -> Uint16s:
    """Return `count` uniform 16-bit integers, four from each word drawn.

    They index tables of 65,536 quantiles, which is several times cheaper than a
    float and a transformation of it.
    """
    words = np.asarray(rng.bit_generator.random_raw((count + 3) // 4), dtype="<u8")
    return words.view("<u2")[:count]
