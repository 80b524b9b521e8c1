"""The shell: variables of libpq that lead a command to another server."""

import os
from collections.abc import Mapping

from streaming_analytics.health.finding import Finding
from streaming_analytics.warehouse.libpq import libpq_variables
from streaming_analytics.warehouse.roles import READER

_SECRET = "PGPASSWORD"


def look_at_shell(environment: Mapping[str, str] | None = None) -> Finding:
    """Say which of libpq's variables are set, and what they do here."""
    environment = os.environ if environment is None else environment
    found = [name for name in libpq_variables(environment) if environment[name]]
    if not found:
        return Finding("shell", "ok", "no variable of libpq is set")
    shown = ", ".join(
        name if name == _SECRET else f"{name}={environment[name]}" for name in found
    )
    if not environment.get("PGHOST"):
        return Finding(
            "shell",
            "warn",
            f"{shown}: not used, because PGHOST is not set",
            "set PGHOST to use a server of your own, or unset them",
        )
    if environment.get("PGUSER") == READER:
        return Finding(
            "shell",
            "fail",
            f"{shown}: {READER} reads the marts and may build nothing",
            "set PGUSER to the warehouse's owner, or unset PGHOST",
        )
    return Finding("shell", "ok", f"{shown}: commands use that server")
