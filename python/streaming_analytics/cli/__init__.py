"""The command line."""

import click


@click.group()
def main() -> None:
    """Streaming analytics from the command line."""
