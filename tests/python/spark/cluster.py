"""A standalone cluster here: a master and two workers, each a process of its own."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
WORKERS = 2
_SECONDS = 60


@dataclass(frozen=True)
class Cluster:
    """What answers where.

    Attributes:
        url: The master's address for those who compute.
        page: Its address for those who look.
        folder: Where workers keep what their executors wrote.
    """

    url: str
    page: str
    folder: Path

    def state(self) -> dict:
        """Return what the master says of workers and applications."""
        with urllib.request.urlopen(f"{self.page}/json/", timeout=10) as answer:
            return json.load(answer)


@contextmanager
def running_cluster(folder: Path) -> Generator[Cluster]:
    """Yield a cluster that answers; its processes end with the block."""
    port, page = free_port(), free_port()
    processes = [_start(folder, "master", "Master", {"port": port, "webui-port": page})]
    cluster = Cluster(f"spark://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{page}", folder)
    try:
        for number in range(WORKERS):
            name = f"worker-{number}"
            processes.append(
                _start(
                    folder,
                    name,
                    "Worker",
                    {
                        "webui-port": free_port(),
                        "cores": 1,
                        "memory": "2g",
                        "work-dir": folder / name,
                    },
                    cluster.url,
                )
            )
        _wait(cluster, folder)
        yield cluster
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return listener.getsockname()[1]


def _start(
    folder: Path, name: str, role: str, options: dict[str, Any], *addresses: str
) -> subprocess.Popen[bytes]:
    package = find_spec("pyspark")
    assert package is not None
    assert package.origin is not None
    home = Path(package.origin).parent
    arguments = [
        part
        for option, value in {"host": LOOPBACK, **options}.items()
        for part in (f"--{option}", str(value))
    ]
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [
                home / "bin" / "spark-class",
                f"org.apache.spark.deploy.{role.lower()}.{role}",
                *arguments,
                *addresses,
            ],
            env={
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "SPARK_HOME": str(home),
                "SPARK_LOCAL_IP": LOOPBACK,
                "SPARK_DAEMON_MEMORY": "512m",
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait(cluster: Cluster, folder: Path) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        try:
            if cluster.state()["aliveworkers"] == WORKERS:
                return
        except OSError:
            pass
        time.sleep(0.5)
    logs = [path.read_text(errors="replace")[-2000:] for path in folder.glob("*.log")]
    raise AssertionError("the cluster did not start\n" + "\n".join(logs))
