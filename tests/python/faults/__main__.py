"""Write what becomes of each fault into docs/faults.md: `make faults`."""

import sys
import tempfile
from pathlib import Path

from streaming_analytics.project import Project
from streaming_analytics.warehouse.server import EmbeddedServer

from .run import outcomes, write

with tempfile.TemporaryDirectory() as folder:
    root = Path(folder)
    root.chmod(0o755)
    (root / "server").mkdir()
    server = EmbeddedServer(Project(root / "server"))
    server.start()
    try:
        found = outcomes(server.connection(), root)
    finally:
        server.remove()
wrong = {name: outcome.wrong for name, outcome in found.items() if outcome.wrong}
for name, why in wrong.items():
    sys.stderr.write(f"{name}: {why}\n")
if not wrong:
    write(found)
sys.exit(bool(wrong))
