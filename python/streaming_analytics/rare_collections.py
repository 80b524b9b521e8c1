"""Python's search for unreachable objects, made rarer."""

import gc

# Python's own are 700, 10 and 10.
_NEW_OBJECTS = 50_000
_YOUNG_SEARCHES = 20


def collect_rarely() -> None:
    """Look for unreachable objects once in so many new ones, instead of in 700.

    dbt keeps the whole project in small objects until it ends, and each search goes
    through many of them: a tenth of a sample's build, at the same memory.
    """
    gc.set_threshold(_NEW_OBJECTS, _YOUNG_SEARCHES, _YOUNG_SEARCHES)
