"""Whole runs: processes, files, and the state to go on from."""
