"""`streaming publish`: the audited candidate becomes what BI sees."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import click


@click.command()
@click.option(
    "--status",
    "shows",
    is_flag=True,
    help="Show the published set and those before it.",
)
@click.option(
    "--rollback", "takes_back", is_flag=True, help="Go back to the set before this one."
)
def publish(shows: bool, takes_back: bool) -> None:
    """Publish the newest build, if all of its tests passed.

    One transaction changes the rows of the mart_* schemas that differ. Readers are
    not blocked and see either the old build or the new one. `streaming build` does
    this itself; use it to repeat a publication that something stood in the way of.

    What the last three publications replaced is kept. --rollback takes the last one
    back in one transaction as well; run it again to go back further, and publish to
    come forward to the newest build. A publication that changed a table's columns
    cannot be taken back.

    \b
    Examples:
      streaming publish
      streaming publish --status
      streaming publish --rollback
    """
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.errors import UserError
    from streaming_analytics.jobs.publish import publish as publish_newest
    from streaming_analytics.jobs.publish import roll_back
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project
    from streaming_analytics.publishing.report import (
        describe_connection,
        describe_publication,
        describe_rollback,
        describe_sets,
    )
    from streaming_analytics.publishing.rollback import published_sets

    if shows and takes_back:
        raise UserError("use --status or --rollback, not both")
    project = find_project()
    progress = Progress()
    selection = chosen_server(project, progress)
    if shows:
        for line in describe_sets(published_sets(selection.connection)):
            click.echo(line)
        return
    if takes_back:
        for line in describe_rollback(roll_back(selection, progress)):
            click.echo(line)
        return
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
