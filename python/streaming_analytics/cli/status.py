"""`streaming status`: what there is, and what to run next."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import click


@click.command()
def status() -> None:
    """Say what there is: server, load, build, publication, fits; and what to run next.

    Starts no server and changes nothing.

    \b
    Example:
      streaming status
    """
    from streaming_analytics.jobs.status import describe_status, read_status
    from streaming_analytics.project import find_project

    for line in describe_status(read_status(find_project())):
        click.echo(line)
