"""What was planted."""

from dataclasses import asdict

from streaming_analytics.generator.choice import launch_boosts
from streaming_analytics.generator.platform import Platform


def summary(platform: Platform) -> dict:
    """Return the planted numbers, ready for JSON."""
    world = platform.world
    return {
        "hazard_ratio": {
            "region": {code: r.hazard_ratio for code, r in world.regions.items()},
            "plan": {code: p.hazard_ratio for code, p in world.plans.items()},
            "channel": {code: c.hazard_ratio for code, c in world.channels.items()},
        },
        "payment_failure": {
            code: r.payment_failure for code, r in world.regions.items()
        },
        "season_index": {
            "sign_ups": list(world.growth.months),
            "viewing": list(world.viewing.months),
        },
        "genre_rating_effect": {
            code: genre.rating_effect for code, genre in world.genres.items()
        },
        "launch_boost": dict(
            zip(("film", "series"), launch_boosts(world), strict=True)
        ),
        "leaving": asdict(world.leaving),
        "viewing": asdict(world.viewing),
    }
