"""`streaming check`: the newest build against what was published before."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import click


@click.command()
@click.option(
    "--accept",
    metavar="NAME",
    help="Let the newest build break this expectation; needs --why.",
)
@click.option("--why", metavar="TEXT", help="Why that is right; it is recorded.")
def check(accept: str | None, why: str | None) -> None:
    """Hold the newest build to what was published before.

    `streaming build` does so by itself between dbt's tests and publishing: volumes
    by weekday, empty tables, freshness, mixes, durations, NULLs, addresses in texts,
    sums that must agree. The expectations are those of Great Expectations, written
    in python/streaming_analytics/quality/suites.yml; results are kept in
    audit.expectation_results and shown as Data Docs in site/checks.

    What is right and looks wrong, such as a launch that trebles a day, is accepted
    for one build by name and with a reason. The next builds are held to that one.

    \b
    Examples:
      streaming check
      streaming check --accept no_day_has_three_times_its_plays --why "cup final"
      streaming publish
    """
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.errors import UserError
    from streaming_analytics.jobs.check import check as check_newest
    from streaming_analytics.jobs.check import describe_check
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    if accept and not (why or "").strip():
        raise UserError(f'say why {accept} may be broken: --why "what happened"')
    if why and not accept:
        raise UserError("--why belongs to --accept NAME")
    project = find_project()
    progress = Progress()
    report = check_newest(
        project,
        chosen_server(project, progress),
        [(accept, why.strip())] if accept and why else [],
        progress,
    )
    for line in describe_check(report):
        click.echo(line)
    click.echo(f"Data Docs: {report.page}")
    report.require_passed()
    if accept and report.build.status != "published":
        click.echo("to make the build visible: streaming publish")
