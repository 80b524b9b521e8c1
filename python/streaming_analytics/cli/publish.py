"""`streaming publish`: the audited candidate becomes what BI sees."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import click


@click.command()
def publish() -> None:
    """Publish the newest build, if all of its tests passed.

    One transaction changes the rows of the mart_* schemas that differ. Readers are
    not blocked and see either the old build or the new one. `streaming build` does
    this itself; use it to repeat a publication that something stood in the way of.

    \b
    Example:
      streaming publish
    """
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.jobs.publish import publish as publish_newest
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project
    from streaming_analytics.publishing.report import (
        describe_connection,
        describe_publication,
    )

    project = find_project()
    progress = Progress()
    selection = chosen_server(project, progress)
    publication, reader = publish_newest(project, selection, progress)
    if publication is None:
        click.echo("the newest build is published already; nothing to do")
        return
    for line in describe_publication(publication):
        click.echo(line)
    click.echo(f"published in {publication.seconds:.1f} s")
    click.echo()
    for line in describe_connection(selection.connection, reader):
        click.echo(line)
