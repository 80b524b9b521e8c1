"""Whose marts a model learns from."""

PUBLISHED = "published"
TARGETS = (PUBLISHED, "candidate", "dev", "ci")


def schema_of(target: str, schema: str) -> str:
    """Return where a schema lies: under its own name only when published."""
    return schema if target == PUBLISHED else f"{target}_{schema}"
