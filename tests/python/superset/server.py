"""A Superset of its own, thrown away afterwards, that answers on loopback only."""

import json
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

LOOPBACK = "127.0.0.1"
USER = "admin"
_SECONDS_TO_START = 180
_SECONDS_TO_ANSWER = 120

_SETTINGS = """\
import json
from pathlib import Path

SECRET_KEY = {key!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
# Nobody but this machine reaches it, for some minutes.
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
EXTRA_CATEGORICAL_COLOR_SCHEMES = [json.loads(Path({colours!r}).read_text())]
"""


@dataclass(frozen=True)
class Superset:
    """A running server.

    Attributes:
        address: Its pages.
        password: Of `USER`, who may do everything.
    """

    address: str
    password: str

    def _headers(self) -> dict[str, str]:
        answer = requests.post(
            f"{self.address}/api/v1/security/login",
            json={"username": USER, "password": self.password, "provider": "db"},
            timeout=_SECONDS_TO_ANSWER,
        )
        answer.raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def import_bundle(self, bundle: Path, database_file: str, password: str) -> None:
        """Import dashboards with all that belongs to them.

        Args:
            bundle: The ZIP file.
            database_file: Where the database is in it.
            password: The database's.
        """
        answer = requests.post(
            f"{self.address}/api/v1/dashboard/import/",
            headers=self._headers(),
            files={"formData": (bundle.name, bundle.read_bytes(), "application/zip")},
            data={"passwords": json.dumps({database_file: password})},
            timeout=_SECONDS_TO_ANSWER,
        )
        if not answer.ok:
            raise AssertionError(answer.text)

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """Return all datasets, charts or dashboards."""
        answer = requests.get(
            f"{self.address}/api/v1/{kind}/?q=(page_size:1000)",
            headers=self._headers(),
            timeout=_SECONDS_TO_ANSWER,
        )
        answer.raise_for_status()
        return answer.json()["result"]


@contextmanager
def running_superset(program: Path, folder: Path, colours: Path) -> Generator[Superset]:
    """Yield a server without content; it ends with the block.

    Args:
        program: The command `superset` of its environment.
        folder: Where it keeps what it knows.
        colours: A JSON file of a colour scheme.
    """
    settings = folder / "superset_config.py"
    key = secrets.token_hex()
    settings.write_text(
        _SETTINGS.format(key=key, folder=folder, colours=str(colours)),
        encoding="utf-8",
    )
    environment = {name: os.environ[name] for name in ("PATH", "HOME")} | {
        "SUPERSET_CONFIG_PATH": str(settings),
        "SUPERSET_HOME": str(folder),
        "FLASK_APP": "superset",
        "SCARF_ANALYTICS": "false",
    }
    password = secrets.token_hex(8)
    names = ["--firstname=Any", "--lastname=Body", "--email=anybody@example.com"]
    for arguments in (
        ["db", "upgrade"],
        ["fab", "create-admin", f"--username={USER}", f"--password={password}", *names],
        ["init"],
    ):
        done = subprocess.run(
            [program, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"{arguments}: {done.stderr[-3000:]}")
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    with log.open("w", encoding="utf-8") as written:
        process = subprocess.Popen(
            [program, "run", f"--host={LOOPBACK}", f"--port={port}", "--with-threads"],
            env=environment,
            stdout=written,
            stderr=written,
        )
        try:
            server = Superset(f"http://{LOOPBACK}:{port}", password)
            _wait(server.address, process, log)
            yield server
        finally:
            process.terminate()
            process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            if requests.get(f"{address}/health", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.5)
    raise AssertionError(log.read_text(encoding="utf-8")[-3000:])
