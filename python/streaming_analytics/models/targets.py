"""Whose marts a model learns from."""

PUBLISHED = "published"
TARGETS = (PUBLISHED, "candidate", "dev", "ci")
# A file or folder holds one build, whose schemas need no other name while it is made.
FILE_TARGET = "duckdb"
SPARK_TARGET = "spark"


def schema_of(target: str, schema: str) -> str:
    """Return where a schema lies: under its own name when published, or alone."""
    alone = (PUBLISHED, FILE_TARGET, SPARK_TARGET)
    return schema if target in alone else f"{target}_{schema}"
