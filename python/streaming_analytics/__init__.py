"""Streaming analytics: synthetic platform, warehouse, publishing."""
