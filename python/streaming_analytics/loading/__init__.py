"""Bulk loading of generated or own files into schema `raw`."""
