"""The oracle's reading of the sample."""

from oracle.conftest import raw

__all__ = ["raw"]
