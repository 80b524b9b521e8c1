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
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project
    from streaming_analytics.publishing.publisher import publish as publish_newest
    from streaming_analytics.publishing.report import (
        describe_connection,
        describe_publication,
    )
    from streaming_analytics.warehouse.roles import ensure_reader
    from streaming_analytics.warehouse.selection import select_server
    from streaming_analytics.warehouse.work_lock import work_lock

    project = find_project()
    progress = Progress()
    selection = select_server(project)
    for note in selection.notes:
        progress.say(note)
    with work_lock(selection.connection, "publish") as lock:
        reader = ensure_reader(selection, project.warehouse)
        publication = publish_newest(lock, reader, progress)
    if publication is None:
        click.echo("the newest build is published already; nothing to do")
        return
    for line in describe_publication(publication):
        click.echo(line)
    click.echo(f"published in {publication.seconds:.1f} s")
    click.echo()
    for line in describe_connection(selection.connection, reader):
        click.echo(line)
