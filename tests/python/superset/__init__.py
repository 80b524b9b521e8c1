"""Superset itself on the published marts: make superset."""
