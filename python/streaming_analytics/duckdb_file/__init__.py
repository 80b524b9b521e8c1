"""A warehouse in one DuckDB file: built beside it, and put in its place when green."""
