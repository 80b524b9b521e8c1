"""Commands, and the process beside them, search rarely for unreachable objects."""

import gc
import io
import subprocess
import sys

from streaming_analytics.progress import Progress
from streaming_analytics.side_process import SideProcess

COMMAND = """
import gc
from streaming_analytics.cli import main
main(["doctor", "--help"], standalone_mode=False)
print(gc.get_threshold()[0])
"""


def objects_between_searches(_: Progress) -> int:
    return gc.get_threshold()[0]


def test_a_command_searches_rarely() -> None:
    command = subprocess.run(
        [sys.executable, "-c", COMMAND], capture_output=True, text=True, check=True
    )
    assert command.stdout.splitlines()[-1] == "50000"


def test_the_process_beside_it_does_too() -> None:
    with SideProcess() as side:
        found = side.run(Progress(io.StringIO()), objects_between_searches)
    assert found == 50_000
