"""The world that is simulated: everything that a run of the generator needs."""

from dataclasses import dataclass, field

from streaming_analytics.generator.world.behaviour import (
    Catalogue,
    Growth,
    Leaving,
    Rating,
    Viewing,
)
from streaming_analytics.generator.world.market import (
    CHANNELS,
    COUNTRIES,
    GENRES,
    PLANS,
    REGIONS,
    Channel,
    Country,
    Genre,
    Plan,
    Region,
)
from streaming_analytics.generator.world.places import Place, own_places

# Users are always drawn in blocks of this size: it is part of the format, because
# each block has random streams of its own. 1,024 users with full viewing make about
# 90,000 plays a month, arrays that still fit a core's cache.
UNIT_USERS = 1_024
# Blocks of one shard, which share an output file; also part of the format.
SHARD_UNITS = 4
# The days within which `--users` accounts have signed up: two years, one of them leap.
REFERENCE_DAYS = 731


@dataclass(frozen=True)
class World:
    """Everything that a run of the generator needs."""

    seed: int
    start_day: int
    # Accounts that sign up within the first 731 days.
    users: int
    # Titles after 731 days.
    titles: int
    # Viewing relative to the hours of REALISM; the sample thins it to stay small.
    intensity: float = 1.0
    growth: Growth = field(default_factory=Growth)
    leaving: Leaving = field(default_factory=Leaving)
    viewing: Viewing = field(default_factory=Viewing)
    catalogue: Catalogue = field(default_factory=Catalogue)
    rating: Rating = field(default_factory=Rating)
    regions: dict[str, Region] = field(default_factory=lambda: dict(REGIONS))
    countries: dict[str, Country] = field(default_factory=lambda: dict(COUNTRIES))
    # Where the countries lie: of the project that the platform is made for.
    places: tuple[Place, ...] = field(default_factory=own_places)
    plans: dict[str, Plan] = field(default_factory=lambda: dict(PLANS))
    channels: dict[str, Channel] = field(default_factory=lambda: dict(CHANNELS))
    genres: dict[str, Genre] = field(default_factory=lambda: dict(GENRES))
