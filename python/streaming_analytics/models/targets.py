"""Whose marts a model learns from."""

PUBLISHED = "published"
TARGETS = (PUBLISHED, "candidate", "dev", "ci")
# A file holds one build, whose schemas need no other name while it is made.
FILE_TARGET = "duckdb"


def schema_of(target: str, schema: str) -> str:
    """Return where a schema lies: under its own name when published, or in a file."""
    return schema if target in (PUBLISHED, FILE_TARGET) else f"{target}_{schema}"
