"""Where the names of points go, so that none lies on another."""

from collections.abc import Sequence
from dataclasses import dataclass

_CHARACTER = 6.6
_LINE = 14.0
_GAP = 7.0
_POINT = 5.0


@dataclass(frozen=True)
class Point:
    """A named point, in pixels from the upper left."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "_Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def place_names(points: Sequence[Point], width: float) -> list[str]:
    """Return for each point where its name goes: right, left, above, below and so on.

    Greedy, in the order given: the first point gets the best place. A name that finds
    no room within `width` is "none": left to tooltip and table.
    """
    taken = [
        _Box(p.x - _POINT, p.y - _POINT, p.x + _POINT, p.y + _POINT) for p in points
    ]
    places = []
    for own, point in enumerate(points):
        others = taken[:own] + taken[own + 1 :]
        place = "none"
        for side, box in _candidates(point):
            fits = box.left >= 0 and box.right <= width
            if fits and not any(box.overlaps(other) for other in others):
                place = side
                taken.append(box)
                break
        places.append(place)
    return places


def _candidates(point: Point) -> list[tuple[str, _Box]]:
    long, half = len(point.name) * _CHARACTER, len(point.name) * _CHARACTER / 2
    up, down = point.y - _LINE / 2, point.y + _LINE / 2
    above, below = point.y - _GAP, point.y + _GAP
    return [
        ("right", _Box(point.x + _GAP, up, point.x + _GAP + long, down)),
        ("left", _Box(point.x - _GAP - long, up, point.x - _GAP, down)),
        (
            "above",
            _Box(point.x - half, above - _LINE, point.x + half, above),
        ),
        (
            "below",
            _Box(point.x - half, below, point.x + half, below + _LINE),
        ),
        # A line further off, where points crowd.
        (
            "higher",
            _Box(point.x - half, above - 2 * _LINE, point.x + half, above - _LINE),
        ),
        (
            "lower",
            _Box(point.x - half, below + _LINE, point.x + half, below + 2 * _LINE),
        ),
    ]
