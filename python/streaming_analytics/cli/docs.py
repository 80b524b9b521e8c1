"""`streaming docs`: the docs site and the entity-relationship diagrams."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import click


@click.command()
@click.option(
    "--erd",
    "only_erd",
    is_flag=True,
    help="Rewrite docs/erd/ from the contracts instead; no server is needed.",
)
@click.option(
    "--check",
    is_flag=True,
    help="With --erd: write nothing, and fail when docs/erd/ is out of date.",
)
@click.option(
    "--contracts",
    "only_contracts",
    is_flag=True,
    help="Rewrite docs/contracts.txt instead, when a new version is released.",
)
@click.option(
    "--target",
    type=click.Choice(["candidate", "dev", "ci"]),
    default="candidate",
    show_default=True,
    help="Whose schemas the site describes.",
)
def docs(only_erd: bool, check: bool, only_contracts: bool, target: str) -> None:
    """Write the docs site: site/docs.html, one file that opens from disk.

    It holds every model with its columns, tests and SQL, the lineage graph, and the
    entity-relationship diagrams. Beside it, below site/notebooks/, the notebooks of
    docs/notebooks/ are run on the published marts and written as a page each. Nothing
    is fetched when any of them is opened. Build first.

    \b
    Examples:
      streaming docs
      streaming docs --erd           after a change to a contract
      streaming docs --erd --check   whether the committed diagrams are current
    """
    if check and not only_erd:
        raise click.UsageError("--check goes with --erd")

    if only_contracts and only_erd:
        raise click.UsageError("--contracts and --erd are two things; give one")

    from streaming_analytics.errors import UserError
    from streaming_analytics.jobs import docs as jobs
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    project = find_project()
    progress = Progress()
    if check:
        names = jobs.stale_diagrams(project, progress)
        if names:
            raise UserError(
                f"docs/erd/ is out of date ({', '.join(names)}); "
                "run: streaming docs --erd"
            )
        click.echo("docs/erd/ is current")
        return
    if only_erd:
        for path in jobs.write_diagrams(project, progress):
            click.echo(path)
        return

    if only_contracts:
        click.echo(jobs.write_contracts(project, progress))
        return

    from streaming_analytics.cli.server import chosen_server

    selection = chosen_server(project, progress)
    site = jobs.write_site(project, selection, target, progress)
    for path in (site.docs, *site.notebooks):
        click.echo(path)
    if site.failures:
        raise UserError("; ".join(map(str, site.failures)))
