"""The saved state of a platform, from which it lives on."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from streaming_analytics.errors import UserError
from streaming_analytics.generator.simulation.state import Snapshot, UnitState
from streaming_analytics.generator.world.world import World

_DESCRIPTION = "platform.json"


def fingerprint(world: World) -> str:
    """Return a checksum of every number of a world."""
    text = json.dumps(asdict(world), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Saved:
    """What a state directory says about its platform."""

    seed: int
    start_day: int
    users: int
    titles: int
    intensity: float
    rating_share: float
    form: str
    end_day: int
    fingerprint: str


def write_description(directory: Path, saved: Saved) -> None:
    """Write what the platform is and how far it has come."""
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(saved), indent=2)
    (directory / _DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def read_description(directory: Path) -> Saved:
    """Read it back.

    Raises:
        UserError: There is no state, or it cannot be read.
    """
    path = directory / _DESCRIPTION
    try:
        return Saved(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise UserError(
            f"no saved platform in {directory}; "
            "make one with: streaming generate --out DIR"
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise UserError(
            f"{path} cannot be read ({error}); generate the platform again"
        ) from error


def replace_state(state: Path, new: Path) -> None:
    """Put a new state in place of the old one, which is there until it is."""
    old = _old(state)
    shutil.rmtree(old, ignore_errors=True)
    try:
        state.replace(old)
        new.replace(state)
    finally:
        put_back_state(state)
    shutil.rmtree(old, ignore_errors=True)


def put_back_state(state: Path) -> None:
    """Undo what a `replace_state` that did not end has left."""
    old = _old(state)
    if old.is_dir() and not state.exists():
        old.replace(state)


def _old(state: Path) -> Path:
    # Hidden, so that a load does not look at it.
    return state.with_name(f".{state.name}.old")


def save_shard(directory: Path, shard: int, snapshot: Snapshot) -> None:
    """Write the states of a shard's unit blocks, seen titles as a sparse list."""
    arrays: dict[str, np.ndarray] = {"month": np.array(snapshot.month)}
    for unit, state in snapshot.states.items():
        for name, values in state.arrays().items():
            if name != "seen":
                arrays[f"{unit}/{name}"] = values
        # Several times quicker than over two axes and numbers.
        seen = state.watch.seen
        marked = np.flatnonzero(seen.ravel() != 0)
        user, title = np.divmod(marked, seen.shape[1])
        arrays[f"{unit}/seen_user"] = user.astype(np.int16)
        arrays[f"{unit}/seen_title"] = title.astype(np.int32)
        arrays[f"{unit}/seen_marks"] = seen[user, title]
    directory.mkdir(parents=True, exist_ok=True)
    np.savez(directory / f"part-{shard:05d}.npz", allow_pickle=False, **arrays)


def load_shard(directory: Path, shard: int, titles: int) -> Snapshot | None:
    """Read a shard's states; None for a shard that had no users yet.

    Args:
        directory: The state directory.
        shard: Number of the shard.
        titles: Size of the catalogue to go on with, at least that of before.
    """
    path = directory / f"part-{shard:05d}.npz"
    if not path.exists():
        return None
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    month = int(arrays.pop("month"))
    states = {}
    for unit in sorted({int(name.split("/")[0]) for name in arrays}):
        own = {
            name.split("/")[1]: values
            for name, values in arrays.items()
            if name.startswith(f"{unit}/")
        }
        user, title = own.pop("seen_user"), own.pop("seen_title")
        seen = np.zeros((len(own["status"]), titles), dtype=np.uint8)
        seen[user, title] = own.pop("seen_marks")
        states[unit] = UnitState.from_arrays(own | {"seen": seen})
    return Snapshot(month, states)
