"""Names as TMDL writes them, and the tags that follow a thing through its changes."""

import re
import uuid


def quoted(name: str) -> str:
    """Return a name as TMDL and DAX write it."""
    if re.fullmatch(r"[A-Za-z_]\w*", name):
        return name
    return "'" + name.replace("'", "''") + "'"


def lineage(*names: str) -> str:
    """Return a tag that is the same for the same names."""
    return str(
        uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("streaming_analytics", *names)))
    )
