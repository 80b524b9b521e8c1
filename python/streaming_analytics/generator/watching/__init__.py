"""What members watch, when, and how they rate it."""
