"""`streaming open`: what a build wrote, in the browser."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import click

_PAGES = {
    "dashboard": "dashboard.html",
    "report": "report.pdf",
    "docs": "docs.html",
    "checks": "checks/index.html",
}


@click.command(name="open")
@click.argument("page", type=click.Choice(list(_PAGES)), default="dashboard")
@click.option("--print", "only_prints", is_flag=True, help="Only say where it is.")
def open_page(page: str, only_prints: bool) -> None:
    """Open the dashboard, the report, the docs or the checks in the browser.

    \b
    Examples:
      streaming open
      streaming open report
      streaming open docs --print
    """
    import webbrowser

    from streaming_analytics.errors import UserError
    from streaming_analytics.project import find_project

    path = find_project().site / _PAGES[page]
    if not path.is_file():
        raise UserError(f"there is no {page} yet; it is written by: streaming build")
    click.echo(path)
    if not only_prints and not webbrowser.open(path.as_uri()):
        click.echo("no browser could be started; open the file above", err=True)
