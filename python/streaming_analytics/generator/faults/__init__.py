"""Dirt on request: the faults of the catalogue, injected into finished CSV files.

Faults of rows and of tables are what a broken source delivers: they are made before
the manifest is written, which lists the files as delivered. Faults of files are what
happens on the way: they are made after it, so that a checksum or a row count can notice
them. docs/faults.md lists them all.
"""
