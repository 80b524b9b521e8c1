"""Superset: a bundle of a database, datasets, charts and dashboards to import."""
