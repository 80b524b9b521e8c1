"""The world that is simulated: its numbers, places and calendar."""
