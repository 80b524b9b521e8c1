"""The jobs: what each command does, as plain functions.

Every job is handed the checkout that it works on, so that nothing depends on where
one stands. The command line reads arguments, calls a job and prints what came of it.
"""
