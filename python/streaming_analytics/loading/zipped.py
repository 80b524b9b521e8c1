"""Zipped folders."""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from streaming_analytics.errors import UserError


@contextmanager
def unzipped(directory: Path) -> Generator[Path]:
    """Yield the folder that a zip file holds, unpacked; a directory as it is.

    Raises:
        UserError: The zip file cannot be read, or names places outside of itself.
    """
    if directory.is_dir() or directory.suffix.lower() != ".zip":
        yield directory
        return
    with tempfile.TemporaryDirectory(prefix="streaming-zip-") as folder:
        try:
            with zipfile.ZipFile(directory) as archive:
                for member in archive.infolist():
                    _unpack(archive, member, Path(folder), directory)
        except (
            *(OSError, EOFError, RuntimeError, NotImplementedError, ValueError),
            *(zipfile.BadZipFile, zlib.error),
        ) as error:
            raise UserError(f"{directory} cannot be read as zip: {error}") from error
        found = Path(folder)
        # Most archives hold one folder that holds the files.
        inner = [path for path in found.iterdir() if path.name != "__MACOSX"]
        while len(inner) == 1 and inner[0].is_dir():
            found = inner[0]
            inner = list(found.iterdir())
        yield found


def _unpack(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, source: Path
) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts:
        raise UserError(f"{source} names a place outside of itself: {member.filename}")
    if member.is_dir() or name.parts[0] == "__MACOSX":
        return
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file, 1 << 20)
