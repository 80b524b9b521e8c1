"""Notebooks: what they read the marts with, how they look, and how they are run.

A notebook begins with `from streaming_analytics.notebooks.reading import open_marts`.
"""
